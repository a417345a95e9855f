/* SPDX-License-Identifier: ISC */
/* After half a second of a signal that is no music, NaN, infinities, +-1e30, denormal
   numbers, constants, silence, every verdict is finite; and one receptive field after its
   end a network hears what one hears that was only ever given silence there: the same
   bits for the momentary verdict of a window, and of an average once the horizon is past.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "toy_model.h"

static const double begin_s = 1.5, end_s = 2, all_s = 7;
/* What a resampler holds of the past: blocks of 64 ms at most, soxr's filter less. */
static const double resampler_s = 0.2;

typedef struct {
  const char *name;
  float a, b; /* by turns */
} signal_kind;

static const signal_kind kinds[] = {{"NaN", NAN, NAN},
                                    {"infinity", INFINITY, INFINITY},
                                    {"-infinity", -INFINITY, -INFINITY},
                                    {"both infinities", INFINITY, -INFINITY},
                                    {"+-1e30", 1e30f, -1e30f},
                                    {"1e30", 1e30f, 1e30f},
                                    {"-1e30", -1e30f, -1e30f},
                                    {"+-largest", FLT_MAX, -FLT_MAX},
                                    {"NaN and 1e30", NAN, 1e30f},
                                    {"denormal", 1e-40f, -1e-44f},
                                    {"smallest normal", FLT_MIN, -FLT_MIN},
                                    {"DC", 1, 1},
                                    {"DC of 32", 32, 32},
                                    {"full scale", 1, -1}};

static record
analyse(ear_model *model, double rate_hz, const float *x, size_t n)
{
  record r = {.n = 0};
  ear_analyzer_config config = {.rate_hz = rate_hz,
                                .n_models = 1,
                                .model = {model},
                                .flag = {ear_flag_config_default(model)},
                                .on_verdict = record_verdict,
                                .user = &r};
  ear_analyzer *an;
  assert_int_equal(ear_analyzer_new(&an, &config, NULL), EAR_OK);
  ear_analyzer_push(an, x, n);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  return r;
}

static void
assert_finite(const ear_verdict *v, const char *name)
{
  bool good = isfinite(v->level_dbfs) && isfinite(v->t_s);
  for (int h = 0; h < EAR_N_HORIZONS; ++h) {
    good = good && isfinite(v->low_hz[h]) && isfinite(v->high_hz[h]);
    for (uint32_t l = 0; l < v->n_labels; ++l) {
      good = good && v->p[h][l] >= 0 && v->p[h][l] <= 1;
    }
  }
  for (uint32_t i = 0; i < v->n_rows; ++i) {
    good = good && isfinite(v->contribution[i]) && isfinite(v->momentary[i]);
  }
  if (!good) {
    fail_msg("%s: the verdict at %g s is not finite", name, v->t_s);
  }
}

/* The verdicts at the ticks that begin after `from_s` are the same bits in both. */
static uint32_t
compare(const record *clean, const record *dirty, double from_s, ear_horizon h,
        const char *name)
{
  uint32_t n = 0;
  assert_int_equal(clean->n, dirty->n);
  for (size_t i = 0; i < clean->n; ++i) {
    const ear_verdict *a = &clean->report[i].u.verdict, *b = &dirty->report[i].u.verdict;
    assert_finite(b, name);
    if (a->t_s > from_s) {
      ++n;
      if (memcmp(a->p[h], b->p[h], a->n_labels * sizeof a->p[h][0])) {
        fail_msg("%s is still heard at %g s, horizon %d", name, a->t_s, (int)h);
      }
    }
  }
  return n;
}

static void
recovers(ear_model *model, bool flatten, double rate_hz)
{
  const size_t n = (size_t)(all_s * rate_hz);
  const size_t begin = (size_t)(begin_s * rate_hz), end = (size_t)(end_s * rate_hz);
  const ear_model_info *info = ear_model_info_get(model);
  const bool resampled = rate_hz != (double)info->front_end.rate_hz;
  const double from_s = end_s + info->receptive_s + (resampled ? resampler_s : 0);
  float *x = malloc(n * sizeof *x);
  assert_non_null(x);
  make_music(x, n, rate_hz, 4);
  memset(x + begin, 0, (end - begin) * sizeof *x);
  record clean = analyse(model, rate_hz, x, n);
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
    for (size_t i = begin; i < end; ++i) {
      x[i] = i % 2 ? kinds[k].a : kinds[k].b;
    }
    record dirty = analyse(model, rate_hz, x, n);
    const double average_s = flatten ? 0 : info->tick_s;
    const double m_s = from_s + (flatten ? 0 : 0.4) + average_s;
    assert_true(compare(&clean, &dirty, m_s, EAR_MOMENTARY, kinds[k].name) > 10);
    if (rate_hz == 44100) { /* the longest wait once */
      compare(&clean, &dirty, from_s + 3 + average_s, EAR_SHORT, kinds[k].name);
    }
    record_free(&dirty);
  }
  record_free(&clean);
  free(x);
}

static const double *rates;
static size_t n_rates;

static void
no_signal_is_heard_longer_than_one_receptive_field(void **state)
{
  (void)state;
  for (uint32_t m = 0; m < 4; ++m) {
    const toy t = {.seed = 31 + m, .flatten = m % 2, .wide = m / 2, .n_labels = 3};
    ear_model *model = toy_model(&t);
    for (size_t r = 0; r < n_rates; ++r) {
      recovers(model, m % 2, rates[r]);
    }
    ear_model_unref(model);
  }
}

int
main(int argc, char **argv)
{
  static const double few[] = {22050, 44100},
                      many[] = {8000,  11025, 16000, 22050, 32000,  44100,
                                48000, 50000, 88200, 96000, 192000, 384000};
  (void)argv;
  rates = argc > 1 ? many : few;
  n_rates = argc > 1 ? sizeof many / sizeof *many : sizeof few / sizeof *few;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_signal_is_heard_longer_than_one_receptive_field),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
