/* SPDX-License-Identifier: ISC */
/* The margin that the trainer chooses leaves verdicts of which 80 % are right, makes no
   more clips unsure than that takes, and never more than 40 %. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../train/rng.h"
#include "../train/unsure.h"

enum { N = 100, LABELS = 3 };

static uint32_t truth[N];
static float p[N][LABELS];
static const predictions all = {.n = N, .n_labels = LABELS, .truth = truth, .p = p[0]};

/* Clip i: margin (i + 1) / 128, on label i % 2, right or not. */
static void
say(uint32_t i, bool right)
{
  const float margin = (float)(i + 1) / 128;
  p[i][i % 2] = 0.5f + margin / 2;
  p[i][1 - i % 2] = 0.5f - margin / 2;
  p[i][2] = 0;
  truth[i] = right ? i % 2 : 2;
}

/* The n_wrong least sure clips are wrong, and of the others every `each`-th. */
static void
make_table(uint32_t n_wrong, uint32_t each)
{
  for (uint32_t i = 0; i < N; ++i) {
    say(i, i >= n_wrong && (each == 0 || i % each != 0));
  }
}

static unsure_counts
counts_at(float margin)
{
  unsure_counts c = {0};
  unsure_count(&c, &all, margin);
  return c;
}

static unsure_counts
chosen(float *margin)
{
  assert_int_equal(unsure_margin(margin, &all), EAR_OK);
  return counts_at(*margin);
}

/* 30 wrong ones at the lower end: 12 or 13 of them may stay among 87. */
static void
as_few_are_unsure_as_leave_80_percent_right(void **state)
{
  float margin;
  (void)state;
  make_table(30, 0);
  const unsure_counts c = chosen(&margin);
  assert_int_equal(c.n, 100);
  assert_int_equal(c.n_unsure, 13); /* 70 of 87 are right: 80.5 %; of 88 79.5 % */
  assert_int_equal(c.n_right, 70);
  assert_true(margin > p[12][0] - p[12][1] && margin < p[13][1] - p[13][0]);
}

/* Of 60 left 48 would have to be right, and every third is wrong. */
static void
at_most_40_percent_are_unsure_whatever_is_left(void **state)
{
  float margin;
  (void)state;
  make_table(50, 3);
  const unsure_counts c = chosen(&margin);
  assert_int_equal(c.n_unsure, 40);
  assert_true(unsure_accuracy(&c) < 0.8);
}

static void
what_is_right_often_enough_is_never_unsure(void **state)
{
  float margin;
  (void)state;
  make_table(20, 0);
  const unsure_counts c = chosen(&margin);
  assert_true(margin == 0 && c.n_unsure == 0 && c.n_right == 80);
  make_table(21, 0);
  assert_int_equal(chosen(&margin).n_unsure, 2); /* 79 of 98; of 99 79.8 % */
}

/* A good stretch after a bad one counts: the longest that is good enough is told. */
static void
the_longest_good_enough_beginning_is_told(void **state)
{
  float margin;
  (void)state;
  for (uint32_t i = 0; i < N; ++i) {
    say(i, i < 5 ? false : i < 25 ? true : i < 60 ? i % 2 == 0 : true);
  }
  const unsure_counts c = chosen(&margin);
  assert_int_equal(c.n_unsure, 4); /* 57 of 75 would not do, 77 of 96 do again */
}

/* None of several with one margin is told without the others. */
static void
equal_margins_stay_together(void **state)
{
  float margin;
  (void)state;
  make_table(30, 0);
  for (uint32_t i = 10; i < 20; ++i) { /* all as sure as clip 10 */
    memcpy(p[i], p[10], sizeof p[i]);
    truth[i] = 2;
  }
  const unsure_counts c = chosen(&margin);
  assert_int_equal(c.n_unsure, 20);
}

static void
clips_without_a_verdict_and_few_clips_choose_nothing(void **state)
{
  float margin;
  (void)state;
  make_table(30, 0);
  for (uint32_t i = 0; i < N - UNSURE_LEAST_CLIPS + 1; ++i) {
    memset(p[i], 0, sizeof p[i]);
  }
  for (uint32_t i = N - 10; i < N; ++i) {
    truth[i] = 2;
  }
  assert_int_equal(chosen(&margin).n, UNSURE_LEAST_CLIPS - 1);
  assert_true(margin == 0);
  say(0, false);
  assert_int_equal(chosen(&margin).n, UNSURE_LEAST_CLIPS);
  assert_true(margin > 0);
}

static void
clips_of_several_labels_choose_nothing(void **state)
{
  static uint64_t several[N];
  predictions pr = all;
  float margin = 1;
  (void)state;
  make_table(50, 0);
  pr.truths = several;
  assert_int_equal(unsure_margin(&margin, &pr), EAR_OK);
  assert_true(margin == 0);
}

/* Against a search through all margins, on tables without any order. */
static void
any_table_gets_the_smallest_margin_that_does(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    rng r = rng_stream(3, seed, 0);
    const double skill = 0.5 + 0.5 * rng_uniform(&r);
    for (uint32_t i = 0; i < N; ++i) {
      say(i, rng_uniform(&r) < skill * (0.5 + (double)i / (2 * N)));
    }
    uint32_t best = 40;
    for (uint32_t n_unsure = 40; n_unsure < 41; --n_unsure) {
      const unsure_counts c = counts_at(((float)n_unsure + 0.5f) / 128);
      assert_int_equal(c.n_unsure, n_unsure);
      best = c.n_right >= 0.8 * (N - n_unsure) ? n_unsure : best;
    }
    float margin;
    assert_int_equal(chosen(&margin).n_unsure, best);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_few_are_unsure_as_leave_80_percent_right),
      cmocka_unit_test(at_most_40_percent_are_unsure_whatever_is_left),
      cmocka_unit_test(what_is_right_often_enough_is_never_unsure),
      cmocka_unit_test(the_longest_good_enough_beginning_is_told),
      cmocka_unit_test(equal_margins_stay_together),
      cmocka_unit_test(clips_without_a_verdict_and_few_clips_choose_nothing),
      cmocka_unit_test(clips_of_several_labels_choose_nothing),
      cmocka_unit_test(any_table_gets_the_smallest_margin_that_does),
  };
  return cmocka_run_group_tests_name("unsure_margin", tests, NULL, NULL);
}
