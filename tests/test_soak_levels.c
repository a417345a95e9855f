/* SPDX-License-Identifier: ISC */
/* The meter of a live session: after hours of the loudest sound, and after one sample
   that no sound has, quiet sound has the level that it has at first. */
#include "levels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

enum { BLOCK = 64, LOUD_BLOCKS = 1000000 };

static void
add(levels *l, float value, int n_blocks)
{
  float x[BLOCK];
  for (int i = 0; i < BLOCK; ++i) {
    x[i] = value;
  }
  const float *const in[] = {x};
  for (int b = 0; b < n_blocks; ++b) {
    levels_add(l, in, 1, BLOCK);
  }
}

/* What the meter says of values of -90 dBFS. */
static void
assert_hears_quiet_sound(levels *l)
{
  const float quiet = 3.1623e-5f;
  float peak = 0, rms = 0;
  levels_take(l, &peak, &rms, 1);
  add(l, quiet, 100);
  assert_true(levels_take(l, &peak, &rms, 1));
  assert_true(peak == quiet);
  assert_true(fabsf(rms / quiet - 1) < 1e-3f);
}

static void
loud_hours_leave_the_meter_exact(void **state)
{
  (void)state;
  static levels l;
  assert_hears_quiet_sound(&l);
  add(&l, 32, LOUD_BLOCKS);
  assert_hears_quiet_sound(&l);
}

static void
no_single_sample_spoils_the_meter(void **state)
{
  (void)state;
  static const float odd[] = {1e30f, -3e38f, INFINITY, NAN};
  static levels l;
  for (int i = 0; i < 4; ++i) {
    add(&l, odd[i], 1);
    assert_hears_quiet_sound(&l);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loud_hours_leave_the_meter_exact),
      cmocka_unit_test(no_single_sample_spoils_the_meter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
