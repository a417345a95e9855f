/* SPDX-License-Identifier: ISC */
/* A series of any length keeps its extremes and its mean in at most MOST_COLUMNS columns,
   and a lane puts each value at its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "series.h"

#include <math.h>

/* 0..1, the same in every run */
static float
noise(uint64_t i)
{
  const uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
  return (float)((z ^ z >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 40) / (1 << 24);
}

static void
each_column_holds_the_largest_of_its_share(void **state)
{
  (void)state;
  for (uint64_t n = 1; n <= 40000; n = n * 3 + 1) {
    series s;
    assert_true(series_init(&s, SERIES_LARGEST, 2));
    for (uint64_t i = 0; i < n; i++) {
      const float v[2] = {noise(i), -noise(i)};
      series_push(&s, v);
    }
    assert_true(s.n <= MOST_COLUMNS && s.n > 0);
    assert_true((s.n - 1) * s.per + s.in_last == n);
    for (uint64_t c = 0; c < s.n; c++) {
      float most = 0, least = 1;
      for (uint64_t i = c * s.per; i < (c + 1) * s.per && i < n; i++) {
        most = fmaxf(most, noise(i));
        least = fminf(least, noise(i));
      }
      assert_true(s.v[2 * c] >= most && s.v[2 * c] <= most);
      assert_true(s.v[2 * c + 1] >= -least && s.v[2 * c + 1] <= -least);
    }
    series_free(&s);
  }
}

static void
each_column_holds_the_mean_of_its_share(void **state)
{
  (void)state;
  enum { N = 30011 };
  series s;
  assert_true(series_init(&s, SERIES_MEAN, 1));
  for (uint64_t i = 0; i < N; i++) {
    const float v = noise(i);
    series_push(&s, &v);
  }
  for (uint64_t c = 0; c < s.n; c++) {
    double sum = 0;
    uint64_t n = 0;
    for (uint64_t i = c * s.per; i < (c + 1) * s.per && i < N; i++, n++) {
      sum += (double)noise(i);
    }
    assert_float_equal(s.v[c], sum / (double)n, 1e-5);
  }
  series_free(&s);
}

static void
a_value_stands_at_its_time_and_holds_until_the_next(void **state)
{
  (void)state;
  lane l;
  const float first = 1, second = 3, less = 2;
  assert_true(lane_init(&l, SERIES_LARGEST, 1, 0.5));
  lane_at(&l, 0.6, &first); /* from the start */
  lane_at(&l, 2.0, &second);
  lane_at(&l, 2.1, &less); /* for the same step: the larger stays */
  lane_close(&l, 4);
  static const float want[8] = {1, 1, 3, 3, 3, 2, 2, 2};
  assert_int_equal(l.c.n, 8);
  for (int i = 0; i < 8; i++) {
    assert_float_equal(l.c.v[i], want[i], 0);
  }
  lane_free(&l);
}

static void
a_lane_without_values_stays_empty(void **state)
{
  (void)state;
  lane l;
  assert_true(lane_init(&l, SERIES_MEAN, 3, 0.1));
  lane_close(&l, 100);
  assert_int_equal(l.c.n, 0);
  lane_free(&l);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_column_holds_the_largest_of_its_share),
      cmocka_unit_test(each_column_holds_the_mean_of_its_share),
      cmocka_unit_test(a_value_stands_at_its_time_and_holds_until_the_next),
      cmocka_unit_test(a_lane_without_values_stays_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
