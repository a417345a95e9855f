/* SPDX-License-Identifier: ISC */
/* Figures are what their definitions say, and an interval treats an artist as one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../train/metrics.h"
#include "../train/rng.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

/* Nine clips, three classes: verdicts 0 0 1 | 1 1 2 | 2 0 none. */
static const uint32_t truth[9] = {0, 0, 0, 1, 1, 1, 2, 2, 2};
static const uint32_t group[9] = {4, 4, 4, 4, 7, 7, 7, 7, 9};
static const float p[9][3] = {{.8f, .1f, .1f}, {.6f, .2f, .2f}, {.3f, .5f, .2f},
                              {.1f, .7f, .2f}, {.2f, .7f, .1f}, {.1f, .4f, .5f},
                              {.2f, .2f, .6f}, {.9f, .1f, .0f}, {0, 0, 0}};
static const predictions nine = {9, 3, truth, group, &p[0][0], NULL};

static void
figures_equal_those_counted_by_hand(void **state)
{
  metrics m;
  (void)state;
  assert_int_equal(metrics_compute(&m, &nine), EAR_OK);
  NEAR(m.accuracy, 5.0 / 9);
  NEAR(m.balanced, (2.0 / 3 + 2.0 / 3 + 1.0 / 3) / 3);
  NEAR(m.precision[0], 2.0 / 3);
  NEAR(m.precision[1], 2.0 / 3);
  NEAR(m.precision[2], 1.0 / 2);
  NEAR(m.recall[2], 1.0 / 3);
  NEAR(m.f1[0], 2.0 / 3);
  NEAR(m.f1[2], 2.0 / 5); /* 2 * 1 / (2 predicted + 3 true) */
  NEAR(m.macro_f1, (2.0 / 3 + 2.0 / 3 + 2.0 / 5) / 3);
  assert_int_equal(m.support[2], 3);
  assert_int_equal(m.confusion[0][1], 1);
  assert_int_equal(m.confusion[2][0], 1);
}

static void
a_clip_without_verdict_counts_as_wrong(void **state)
{
  metrics m;
  (void)state;
  assert_int_equal(metrics_compute(&m, &nine), EAR_OK);
  assert_int_equal(m.n_undecided, 1);
  assert_int_equal(m.undecided[2], 1);
  uint32_t cells = 0;
  for (int t = 0; t < 3; ++t) {
    for (int l = 0; l < 3; ++l) {
      cells += m.confusion[t][l];
    }
  }
  assert_int_equal(cells, 8);
}

static void
each_artist_counts_once_in_the_group_accuracy(void **state)
{
  metrics m;
  (void)state;
  assert_int_equal(metrics_compute(&m, &nine), EAR_OK);
  NEAR(m.group_accuracy, (3.0 / 4 + 2.0 / 4 + 0.0) / 3);
  predictions alone = nine;
  alone.group = NULL;
  assert_int_equal(metrics_compute(&m, &alone), EAR_OK);
  NEAR(m.group_accuracy, m.accuracy);
}

static void
a_class_that_never_occurs_nor_is_predicted_is_left_out_of_the_means(void **state)
{
  static const uint32_t two[2] = {0, 1};
  static const float q[2][3] = {{.9f, .1f, 0}, {.2f, .8f, 0}};
  const predictions pr = {2, 3, two, NULL, &q[0][0], NULL};
  metrics m;
  (void)state;
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  NEAR(m.balanced, 1);
  NEAR(m.macro_f1, 1);
  NEAR(m.auroc, 1);
}

static void
auroc_is_the_share_of_pairs_in_order_with_ties_as_half(void **state)
{
  (void)state;
  for (uint32_t round = 0; round < 50; ++round) {
    rng r = rng_stream(1, 2, round);
    enum { N = 40 };
    float score[N];
    bool positive[N];
    double wins = 0, pairs = 0;
    for (int i = 0; i < N; ++i) {
      score[i] = (float)rng_below(&r, 8); /* many ties */
      positive[i] = i < 2 ? i == 1 : rng_below(&r, 2) == 1;
    }
    for (int i = 0; i < N; ++i) {
      for (int j = 0; j < N; ++j) {
        if (positive[i] && !positive[j]) {
          ++pairs;
          wins += score[i] > score[j] ? 1 : score[i] < score[j] ? 0 : 0.5;
        }
      }
    }
    NEAR(metrics_auroc(score, positive, N), wins / pairs);
  }
  assert_true(isnan(metrics_auroc((float[]){1, 2}, (bool[]){true, true}, 2)));
}

static void
calibration_error_is_confidence_minus_accuracy_in_each_bin(void **state)
{
  static const uint32_t t[4] = {0, 0, 0, 1};
  static const float q[4][2] = {{.9f, .1f}, {.9f, .1f}, {.9f, .1f}, {.9f, .1f}};
  const predictions pr = {4, 2, t, NULL, &q[0][0], NULL};
  metrics m;
  (void)state;
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  assert_true(fabs(m.ece - (0.9 - 0.75)) < 1e-6);
}

enum { CLIPS = 400, ARTISTS = 8 };
static void
a_true_label_among_the_first_three_counts_for_top_3(void **state)
{
  static const uint32_t t[6] = {0, 0, 3, 4, 1, 0};
  static const float q[6][5] = {{.1f, .2f, .3f, .4f, 0},  /* fourth */
                                {.2f, .2f, .3f, .3f, 0},  /* third, before its equal */
                                {.3f, .3f, .2f, .2f, 0},  /* fourth, after its equal */
                                {.5f, .5f, 0, 0, 0},      /* nothing says so */
                                {0, 0, 0, 0, 0},          /* undecided */
                                {.1f, .1f, .3f, .5f, 0}}; /* third, again */
  const predictions pr = {6, 5, t, NULL, &q[0][0], NULL};
  metrics m;
  (void)state;
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  NEAR(m.top3, 2.0 / 6);
  assert_int_equal(metrics_compute(&m, &nine), EAR_OK);
  assert_true(isnan(m.top3)); /* three labels */
}

static void
clips_with_several_labels_are_counted_label_by_label(void **state)
{
  /* labels a b c d; said from 0.5 on */
  static const uint32_t first[4] = {0, 1, 0, 3};
  static const uint64_t all[4] = {1 | 2, 2, 1 | 4, 8};
  static const float q[4][4] = {{.9f, .6f, .1f, .0f},  /* exactly right */
                                {.5f, .8f, .1f, .2f},  /* b, but a too */
                                {.4f, .3f, .7f, .1f},  /* c without a */
                                {.3f, .3f, .3f, .2f}}; /* nothing, d fourth */
  const predictions pr = {4, 4, first, NULL, &q[0][0], all};
  metrics m;
  (void)state;
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  assert_true(m.many);
  NEAR(m.accuracy, 1.0 / 4);
  NEAR(m.top3, 3.0 / 4);
  NEAR(m.precision[0], 1.0 / 2);
  NEAR(m.recall[0], 1.0 / 2);
  NEAR(m.f1[1], 1);
  NEAR(m.recall[2], 1);
  NEAR(m.recall[3], 0);
  NEAR(m.macro_f1, (0.5 + 1 + 1 + 0) / 4);
  NEAR(m.balanced, (0.5 + 1 + 1 + 0) / 4);
  assert_int_equal(m.support[0], 2);
  assert_int_equal(m.confusion[0][1], 1);
  assert_int_equal(m.confusion[1][0], 2);
  assert_int_equal(m.n_undecided, 0);
  /* a: .9 and .4 against .5 and .3: 3 of 4 pairs in order; b and c all; d 2.5 of 3 */
  NEAR(m.auroc, (3.0 / 4 + 1 + 1 + 2.5 / 3) / 4);
  metrics_intervals mi;
  assert_int_equal(metrics_bootstrap(&mi, &pr, 100, 1), EAR_OK);
  assert_true(mi.accuracy.low < 0.25 && mi.accuracy.high > 0.25 && mi.accuracy.high < 1);
}

static uint32_t many_truth[CLIPS], many_group[CLIPS];
static float many_p[CLIPS][2];

/* Artists are wholly right or wholly wrong: 50 clips of one are worth one. */
static predictions
lumpy(void)
{
  for (uint32_t i = 0; i < CLIPS; ++i) {
    many_group[i] = i % ARTISTS;
    many_truth[i] = 0;
    many_p[i][0] = many_group[i] % 2 ? .9f : .1f;
    many_p[i][1] = 1 - many_p[i][0];
  }
  return (predictions){CLIPS, 2, many_truth, many_group, &many_p[0][0], NULL};
}

static void
intervals_know_that_clips_of_one_artist_are_not_independent(void **state)
{
  metrics_intervals by_artist, by_clip, again;
  predictions pr = lumpy();
  (void)state;
  assert_int_equal(metrics_bootstrap(&by_artist, &pr, 500, 3), EAR_OK);
  assert_int_equal(metrics_bootstrap(&again, &pr, 500, 3), EAR_OK);
  pr.group = NULL;
  assert_int_equal(metrics_bootstrap(&by_clip, &pr, 500, 3), EAR_OK);
  assert_memory_equal(&by_artist, &again, sizeof again);
  /* binomial: 8 artists give +-0.35, 400 clips +-0.05 */
  assert_true(by_artist.accuracy.high - by_artist.accuracy.low > 0.5);
  assert_true(by_clip.accuracy.high - by_clip.accuracy.low < 0.12);
  assert_true(by_clip.accuracy.low < 0.5 && by_clip.accuracy.high > 0.5);
}

static void
nine_of_nine_right_is_no_proof_of_perfection(void **state)
{
  static const uint32_t each[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  uint32_t is[9] = {0};
  float said[9][2];
  metrics_intervals mi;
  (void)state;
  for (int i = 0; i < 9; ++i) {
    said[i][0] = 0.9f;
    said[i][1] = 0.1f;
  }
  const predictions pr = {9, 2, is, each, &said[0][0], NULL};
  assert_int_equal(metrics_bootstrap(&mi, &pr, 100, 1), EAR_OK);
  NEAR(mi.accuracy.low, pow(0.025, 1.0 / 9)); /* 0.66 */
  NEAR(mi.accuracy.high, 1);
  NEAR(mi.group_accuracy.low, pow(0.025, 1.0 / 9));
  for (int i = 0; i < 9; ++i) {
    is[i] = 1;
  }
  assert_int_equal(metrics_bootstrap(&mi, &pr, 100, 1), EAR_OK);
  NEAR(mi.accuracy.low, 0);
  NEAR(mi.accuracy.high, 1 - pow(0.025, 1.0 / 9));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_equal_those_counted_by_hand),
      cmocka_unit_test(a_clip_without_verdict_counts_as_wrong),
      cmocka_unit_test(each_artist_counts_once_in_the_group_accuracy),
      cmocka_unit_test(
          a_class_that_never_occurs_nor_is_predicted_is_left_out_of_the_means),
      cmocka_unit_test(auroc_is_the_share_of_pairs_in_order_with_ties_as_half),
      cmocka_unit_test(calibration_error_is_confidence_minus_accuracy_in_each_bin),
      cmocka_unit_test(a_true_label_among_the_first_three_counts_for_top_3),
      cmocka_unit_test(clips_with_several_labels_are_counted_label_by_label),
      cmocka_unit_test(intervals_know_that_clips_of_one_artist_are_not_independent),
      cmocka_unit_test(nine_of_nine_right_is_no_proof_of_perfection),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
