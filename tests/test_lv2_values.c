/* SPDX-License-Identifier: ISC */
/* No control value and no sample harms the analysis, or brings an output out of its
   range.

   usage: test_lv2_values BUNDLE [full] */
#include "lv2_host.h"
#include "lv2_twin.h"
#include "record.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Ports of #stereo: control inputs, then control outputs. */
enum { MOST = 8192, FIRST_INPUT = 6, FIRST_OUTPUT = 12, N_STEREO = 25 };

static const char *bundle;
static bool full;

static void
assert_outputs_in_range(const host *h)
{
  const LilvPlugin *plugin = host_plugin(h);
  float low[HOST_MAX_PORTS], high[HOST_MAX_PORTS];
  lilv_plugin_get_port_ranges_float(plugin, low, high, NULL);
  for (uint32_t i = FIRST_OUTPUT; i < N_STEREO; ++i) {
    const float value = host_get(h, host_symbol(h, i));
    if (!(value >= low[i] && value <= high[i])) {
      fail_msg("%s is %g", host_symbol(h, i), (double)value);
    }
  }
}

static void
any_control_value_is_survived(void **state)
{
  (void)state;
  static const float value[] = {
      NAN,  -NAN, INFINITY, -INFINITY,    FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f, -0.0f,
      0,    1,    -1,       0.5f,         2,       3,        100,     101,    5000,
      5001, 1.5f, 1e9f,     4294967296.0f};
  host *h = host_new("stereo", 48000, HOST_ALL);
  for (int i = 0; i < (full ? 8000 : 1500); ++i) {
    for (uint32_t k = FIRST_INPUT; k < FIRST_OUTPUT; ++k) {
      host_set(h, host_symbol(h, k),
               value[(uint32_t)rand() % (sizeof value / sizeof *value)]);
    }
    const uint32_t n = (uint32_t)rand() % 2000;
    make_music(host_in(h, 0), n, 48000, (uint32_t)i);
    make_music(host_in(h, 1), n, 48000, (uint32_t)i + 1);
    host_run(h, n);
    assert_memory_equal(host_in(h, 0), host_out(h, 0), n * sizeof(float));
    assert_outputs_in_range(h);
  }
  host_free(h);
}

/* What is outside a range counts as its end, and what is no number as the default. */
static void
control_values_are_clamped(void **state)
{
  (void)state;
  static const struct {
    float threshold, hold, horizon, threshold_is, hold_is;
    uint32_t horizon_is;
  } cases[] = {{NAN, NAN, NAN, 0, 500, EAR_SHORT},
               {-3, -1, -7, 0, 0, EAR_MOMENTARY},
               {1e9f, INFINITY, 99, 100, 5000, EAR_INTEGRATED},
               {30, 200, 0.4f, 30, 200, EAR_MOMENTARY},
               {30, 200, 1.6f, 30, 200, EAR_INTEGRATED}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    host *h = host_new("mono", 22050, HOST_ALL);
    twin *t = twin_new(22050);
    host_set(h, "freewheel", NAN); /* is off; then on */
    host_run(h, 0);
    host_set(h, "freewheel", 7);
    host_set(h, "enabled", i % 2 ? NAN : 5);
    host_set(h, "threshold", cases[i].threshold);
    host_set(h, "hold", cases[i].hold);
    host_set(h, "horizon", cases[i].horizon);
    t->threshold = cases[i].threshold_is;
    t->hold = cases[i].hold_is;
    t->horizon = cases[i].horizon_is;
    twin_set_flags(t);
    for (uint32_t s = 0; s < 40; ++s) {
      make_turns(host_in(h, 0), s * 4000, 4000, 22050);
      twin_push(t, (const float *[]){host_in(h, 0)}, 1, 4000);
      host_run(h, 4000);
      twin_assert_equal(t, h);
    }
    twin_free(t);
    host_free(h);
  }
}

/* Samples that are no numbers, in bursts, count as zero and leave no trace. */
static void
analysis_recovers_from_nan_and_infinity(void **state)
{
  (void)state;
  static const double rate_hz[] = {22050, 44100, 96000};
  for (size_t r = 0; r < 3; ++r) {
    host *h = host_new("stereo", rate_hz[r], HOST_ALL);
    twin *t = twin_new(rate_hz[r]);
    static float left[MOST], right[MOST];
    host_set(h, "freewheel", 1);
    for (uint32_t b = 0; b < (full ? 400 : 100); ++b) {
      const uint32_t n = (uint32_t)rand() % (MOST + 1);
      make_music(left, n, rate_hz[r], b);
      make_music(right, n, rate_hz[r], b + 1000);
      memcpy(host_in(h, 0), left, n * sizeof(float));
      memcpy(host_in(h, 1), right, n * sizeof(float));
      for (uint32_t i = n / 3; b % 3 == 1 && i < n - n / 4; ++i) {
        left[i] = right[i] = 0;
        host_in(h, 0)[i] = i % 2 ? NAN : INFINITY;
        host_in(h, 1)[i] = i % 3 ? NAN : -INFINITY;
      }
      twin_push(t, (const float *[]){left, right}, 2, n);
      host_run(h, n);
      twin_assert_equal(t, h);
      assert_outputs_in_range(h);
    }
    assert_true(t->n_verdicts > 10);
    twin_free(t);
    host_free(h);
  }
}

static int
start(void **state)
{
  (void)state;
  host_open(bundle);
  return 0;
}

static int
stop(void **state)
{
  (void)state;
  host_close();
  return 0;
}

int
main(int argc, char **argv)
{
  bundle = argc > 1 ? argv[1] : NULL;
  full = argc > 2 && !strcmp(argv[2], "full");
  srand(5);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_control_value_is_survived),
      cmocka_unit_test(control_values_are_clamped),
      cmocka_unit_test(analysis_recovers_from_nan_and_infinity),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
