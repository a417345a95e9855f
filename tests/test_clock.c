/* SPDX-License-Identifier: ISC */
/* The clock of a stream with gaps: sound keeps the time it was heard at, and without gaps
   no bit of a time changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static void
without_gaps_a_time_keeps_every_bit(void **state)
{
  (void)state;
  ear_clock clock = {.rate_hz = 44100};
  for (int i = 0; i < 1000; ++i) {
    const double t_s = (double)rand() / 7;
    const double true_s = ear_clock_true_s(&clock, t_s);
    assert_memory_equal(&true_s, &t_s, sizeof t_s);
  }
  assert_int_equal(ear_clock_lost(&clock), 0);
}

static void
a_gap_moves_what_comes_after_it(void **state)
{
  (void)state;
  ear_clock clock = {.rate_hz = 1000};
  ear_clock_lose(&clock, 2000, 500);
  ear_clock_lose(&clock, 3000, 250);
  assert_int_equal(ear_clock_lost(&clock), 750);
  assert_float_equal(ear_clock_true_s(&clock, 1.5), 1.5, 0);
  assert_float_equal(ear_clock_true_s(&clock, 2.0), 2.0, 0); /* heard before the gap */
  assert_float_equal(ear_clock_true_s(&clock, 2.001), 2.501, 1e-12);
  assert_float_equal(ear_clock_true_s(&clock, 3.0), 3.5, 1e-12);
  assert_float_equal(ear_clock_true_s(&clock, 3.001), 3.751, 1e-12);
  ear_clock_clear(&clock);
  assert_int_equal(ear_clock_lost(&clock), 0);
  assert_float_equal(ear_clock_true_s(&clock, 5), 5, 0);
}

static void
two_losses_at_one_place_are_one_gap(void **state)
{
  (void)state;
  ear_clock clock = {.rate_hz = 1000};
  for (int i = 0; i < 3 * EAR_MAX_GAPS; ++i) {
    ear_clock_lose(&clock, 1000, 10);
  }
  assert_int_equal(clock.n_gaps, 1);
  assert_float_equal(ear_clock_true_s(&clock, 1), 1, 0);
  assert_float_equal(ear_clock_true_s(&clock, 2), 2 + 0.03 * EAR_MAX_GAPS, 1e-12);
}

static void
of_many_gaps_only_the_oldest_are_forgotten(void **state)
{
  (void)state;
  ear_clock clock = {.rate_hz = 1000};
  enum { N = 3 * EAR_MAX_GAPS, FORGOTTEN = N - EAR_MAX_GAPS };
  for (int i = 0; i < N; ++i) {
    ear_clock_lose(&clock, 1000 * ((uint64_t)i + 1), 100);
  }
  assert_int_equal(ear_clock_lost(&clock), 100 * N);
  for (int i = FORGOTTEN - 1; i < N; ++i) { /* between gap i and the next */
    assert_float_equal(ear_clock_true_s(&clock, i + 1.5), i + 1.5 + 0.1 * (i + 1), 1e-9);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_gaps_a_time_keeps_every_bit),
      cmocka_unit_test(a_gap_moves_what_comes_after_it),
      cmocka_unit_test(two_losses_at_one_place_are_one_gap),
      cmocka_unit_test(of_many_gaps_only_the_oldest_are_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
