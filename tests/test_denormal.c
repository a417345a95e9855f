/* SPDX-License-Identifier: ISC */
/* Between begin and end the smallest numbers count as zero; after end they are what they
   were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denormal.h"
#include <float.h>

static volatile float least = FLT_MIN, half = 0.5f, small = FLT_MIN / 4;

static void
results_are_zero_between_begin_and_end(void **state)
{
  (void)state;
  assert_true(least * half > 0);
  uint64_t was = ear_denormal_begin();
  assert_true(least * half == 0);
  ear_denormal_end(was);
  assert_true(least * half > 0);
  was = ear_denormal_begin_results();
  assert_true(least * half == 0);
  ear_denormal_end(was);
  assert_true(least * half > 0);
}

static void
inputs_are_zero_between_begin_and_end(void **state)
{
  (void)state;
  assert_true(small * 1e20f > 0);
  const uint64_t was = ear_denormal_begin();
  assert_true(small * 1e20f == 0);
  ear_denormal_end(was);
  assert_true(small * 1e20f > 0);
}

static void
an_inner_pair_leaves_the_outer_one_in_force(void **state)
{
  (void)state;
  const uint64_t outer = ear_denormal_begin();
  const uint64_t inner = ear_denormal_begin();
  ear_denormal_end(inner);
  assert_true(least * half == 0);
  ear_denormal_end(outer);
  assert_true(least * half > 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_are_zero_between_begin_and_end),
      cmocka_unit_test(inputs_are_zero_between_begin_and_end),
      cmocka_unit_test(an_inner_pair_leaves_the_outer_one_in_force),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
