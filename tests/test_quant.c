/* SPDX-License-Identifier: ISC */
/* The integers of quant.h are the real numbers that they stand for, rounded halves away
   from zero, at every extreme. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quant.h"
#include "random_model.h"

/* The definition by division, which has no shifts of negative numbers in it. */
static int32_t
defined(int32_t acc, int32_t multiplier, int shift)
{
  const int64_t p = (int64_t)acc * multiplier, unit = INT64_C(1) << (31 + shift);
  const uint64_t size = p < 0 ? -(uint64_t)p : (uint64_t)p;
  const uint64_t q =
      size / (uint64_t)unit + (size % (uint64_t)unit >= (uint64_t)unit / 2);
  const int64_t r = p < 0 ? -(int64_t)q : (int64_t)q;
  return r > INT32_MAX ? INT32_MAX : r < INT32_MIN ? INT32_MIN : (int32_t)r;
}

static void
requantize_is_its_definition(void **state)
{
  static const int32_t edge[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT32_MIN + 1, 1 << 20};
  uint64_t s = 1;
  (void)state;
  for (int shift = -20; shift <= 31; ++shift) {
    for (int i = 0; i < 20000; ++i) {
      const int32_t multiplier =
          i % 3 == 0 ? 1 << 30 : (int32_t)random_in(&s, 1u << 30, INT32_MAX);
      const int32_t acc = i < 21 ? edge[i % 7] : (int32_t)random_next(&s) >> i % 31;
      assert_int_equal(ear_requantize(acc, multiplier, shift),
                       defined(acc, multiplier, shift));
    }
  }
  assert_int_equal(ear_requantize(3, 1 << 30, 0), 2); /* 1.5 */
  assert_int_equal(ear_requantize(-3, 1 << 30, 0), -2);
  assert_int_equal(ear_requantize(1, 1 << 30, 0), 1);
  assert_int_equal(ear_requantize(-1, 1 << 30, 1), 0); /* -0.25 */
}

static void
multipliers_are_within_half_a_step(void **state)
{
  uint64_t s = 2;
  (void)state;
  for (int i = 0; i < 100000; ++i) {
    const double real = ldexp(0.5 + (double)(random_next(&s) >> 12) / 9007199254740992.0,
                              (int)random_in(&s, 0, 51) - 31);
    int32_t multiplier;
    int shift;
    if (ear_quantize_multiplier(real, &multiplier, &shift)) {
      assert_true(real >= 1048575.9); /* rounds to 2^20 */
      continue;
    }
    assert_true(multiplier >= 1 << 30 && shift >= -20 && shift <= 31);
    assert_true(fabs(ldexp(multiplier, -31 - shift) / real - 1) <= ldexp(1, -31));
  }
}

static void
impossible_multipliers_are_refused(void **state)
{
  static const double bad[] = {0, -1, NAN, INFINITY, 1048576, 1e-10, -INFINITY};
  int32_t multiplier;
  int shift;
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    assert_int_equal(ear_quantize_multiplier(bad[i], &multiplier, &shift), -1);
  }
}

static void
values_round_away_from_zero_and_clamp(void **state)
{
  (void)state;
  assert_int_equal(ear_quantize_u8(0.5f, 1, 10), 11);
  assert_int_equal(ear_quantize_u8(-0.5f, 1, 10), 9);
  assert_int_equal(ear_quantize_u8(1.49f, 1, 10), 11);
  assert_int_equal(ear_quantize_u8(1e30f, 1e30f, 10), 255);
  assert_int_equal(ear_quantize_u8(-1e30f, 1e30f, 10), 0);
  assert_int_equal(ear_quantize_u8(INFINITY, 1, 10), 255);
  assert_int_equal(ear_quantize_u8(-INFINITY, 1, 10), 0);
  assert_int_equal(ear_quantize_u8(NAN, 1, 10), 10);
  assert_int_equal(ear_quantize_u8(999, 1, 0), 255);
  assert_int_equal(ear_quantize_u8(-999, 1, 255), 0);
  for (float y = 0.2f; y < 0.75f; y = nextafterf(y, 1)) { /* the half that sums reach */
    if (ear_quantize_u8(y, 1, 10) != 10 + (int)roundf(y) ||
        ear_quantize_u8(-y, 1, 10) != 10 - (int)roundf(y)) {
      fail_msg("%.9g is not rounded", (double)y);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requantize_is_its_definition),
      cmocka_unit_test(multipliers_are_within_half_a_step),
      cmocka_unit_test(impossible_multipliers_are_refused),
      cmocka_unit_test(values_round_away_from_zero_and_clamp),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
