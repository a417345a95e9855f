/* SPDX-License-Identifier: ISC */
/* Thresholds keep the precision that was asked for, and a temperature finds back by how
   much posteriors are too sure. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../train/rng.h"
#include "../train/thresholds.h"

enum { N = 20000, LABELS = 3 };

static uint32_t truth[N];
static float p[N][LABELS];
static const predictions many = {.n = N, .n_labels = LABELS, .truth = truth, .p = p[0]};

/* Truths drawn from the posteriors that are told, so they are as sure as they say. */
static void
draw_world(void)
{
  rng r = rng_stream(5, 0, 0);
  for (int i = 0; i < N; ++i) {
    double sum = 0, at = rng_uniform(&r);
    for (int l = 0; l < LABELS; ++l) {
      p[i][l] = (float)exp(2 * rng_normal(&r));
      sum += (double)p[i][l];
    }
    truth[i] = LABELS - 1;
    for (uint32_t l = LABELS; l-- > 0;) {
      p[i][l] = (float)((double)p[i][l] / sum);
    }
    for (uint32_t l = 0; l < LABELS - 1; ++l) {
      if (at >= 0 && at < (double)p[i][l]) {
        truth[i] = l;
      }
      at = at >= 0 ? at - (double)p[i][l] : at;
    }
  }
}

static void
softening_is_a_softmax_at_a_temperature(void **state)
{
  float q[LABELS] = {0.7f, 0.2f, 0.1f}, s[2] = {0.9f, 0.5f};
  (void)state;
  soften(q, LABELS, 2, false);
  const double sum = sqrt(0.7) + sqrt(0.2) + sqrt(0.1);
  assert_true(fabs((double)q[0] - sqrt(0.7) / sum) < 1e-6);
  assert_true(fabs((double)q[2] - sqrt(0.1) / sum) < 1e-6);
  soften(s, 2, 2, true); /* logit log 9 becomes log 3 */
  assert_true(fabs((double)s[0] - 0.75) < 1e-6 && fabs((double)s[1] - 0.5) < 1e-6);
  float none[LABELS] = {0};
  soften(none, LABELS, 2, false);
  assert_true(none[0] == 0 && none[1] == 0);
}

static void
a_temperature_that_was_taken_is_found_again(void **state)
{
  static const double taken[] = {0.5, 1, 2.5};
  (void)state;
  for (int k = 0; k < 3; ++k) {
    draw_world();
    for (int i = 0; i < N; ++i) {
      soften(p[i], LABELS, 1 / taken[k], false);
    }
    const double found = temperature_of(&many, false);
    print_message("too sure by %.2f, found %.3f\n", taken[k], found);
    assert_true(fabs(found / taken[k] - 1) < 0.05);
  }
  predictions few = many;
  few.n = TEMPERATURE_LEAST_CLIPS - 1;
  assert_true(temperature_of(&few, false) == 1);
}

/* Counted again by hand, and one step lower it would no longer be as precise. */
static void
thresholds_keep_their_precision_and_are_the_lowest(void **state)
{
  class_threshold ct[LABELS];
  (void)state;
  draw_world();
  assert_int_equal(thresholds_of(ct, &many, 0.9), EAR_OK);
  for (uint32_t l = 0; l < LABELS; ++l) {
    uint32_t hits = 0, flagged = 0, n = 0;
    for (int i = 0; i < N; ++i) {
      const bool flag = p[i][l] >= ct[l].threshold;
      flagged += flag;
      hits += flag && truth[i] == l;
      n += truth[i] == l;
    }
    print_message("from %.3f: %u of %u right, of %u\n", (double)ct[l].threshold, hits,
                  flagged, n);
    assert_true(ct[l].reached && hits >= 0.9 * flagged);
    assert_true(ct[l].hits == hits && ct[l].flagged == flagged && ct[l].n == n);
    for (float lower = 0; lower < ct[l].threshold - 1e-6f; lower += 0.002f) {
      uint32_t right = 0, all = 0;
      for (int i = 0; i < N; ++i) {
        all += p[i][l] >= lower;
        right += p[i][l] >= lower && truth[i] == l;
      }
      assert_true(all == flagged || right < 0.9 * all);
    }
  }
}

static void
what_cannot_be_precise_says_so(void **state)
{
  class_threshold ct[LABELS];
  predictions few = many;
  (void)state;
  draw_world();
  for (int i = 0; i < N; ++i) {
    truth[i] = 2; /* 0 and 1 are never right */
  }
  assert_int_equal(thresholds_of(ct, &many, 0.9), EAR_OK);
  assert_false(ct[0].reached);
  assert_true(ct[0].threshold == 0.5f && ct[0].hits == 0 && ct[0].flagged > 0);
  assert_true(ct[2].reached && ct[2].flagged == N);
  few.n = THRESHOLD_LEAST_HITS - 1;
  assert_int_equal(thresholds_of(ct, &few, 0.9), EAR_OK);
  assert_false(ct[2].reached);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(softening_is_a_softmax_at_a_temperature),
      cmocka_unit_test(a_temperature_that_was_taken_is_found_again),
      cmocka_unit_test(thresholds_keep_their_precision_and_are_the_lowest),
      cmocka_unit_test(what_cannot_be_precise_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
