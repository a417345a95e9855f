/* SPDX-License-Identifier: ISC */
/* Whatever the samples hold, silence, full scale, or values that are no sound, verdicts
   stay finite and the level, the gate and the memory are what earshot.h says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "count_malloc.h"
#include "record.h"
#include "toy_model.h"

enum { RATE = 22050, N_TOYS = 4 }; /* the toys' own rate: no resampler between */
static ear_model *model[N_TOYS];

static int
make_models(void **state)
{
  (void)state;
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    const toy t = {.seed = 11 + m, .flatten = m % 2, .n_labels = 3, .harshness = m < 2};
    model[m] = toy_model(&t);
  }
  return 0;
}

static int
free_models(void **state)
{
  (void)state;
  for (int m = 0; m < N_TOYS; ++m) {
    ear_model_unref(model[m]);
  }
  return 0;
}

static ear_analyzer *
make(record *r, double rate_hz)
{
  ear_analyzer_config config = {.rate_hz = rate_hz,
                                .n_models = N_TOYS,
                                .on_verdict = record_verdict,
                                .on_event = record_event,
                                .user = r};
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    config.model[m] = model[m];
    config.flag[m] = ear_flag_config_default(model[m]);
  }
  ear_analyzer *an = NULL;
  ear_error err;
  assert_int_equal(ear_analyzer_new(&an, &config, &err), EAR_OK);
  return an;
}

static record
analyse(const float *x, size_t n)
{
  record r = {.n = 0};
  ear_analyzer *an = make(&r, RATE);
  ear_analyzer_push(an, x, n);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  return r;
}

static float *
zeros(double seconds, size_t *n)
{
  *n = (size_t)(RATE * seconds);
  float *x = calloc(*n, sizeof *x);
  assert_non_null(x);
  return x;
}

static const ear_verdict *
last_verdict(const record *r, uint32_t m)
{
  for (size_t i = r->n; i-- > 0;) {
    const ear_verdict *v = &r->report[i].u.verdict;
    if (r->report[i].kind == EAR_REPORT_VERDICT && v->model == m) {
      return v;
    }
  }
  fail();
  return NULL;
}

static void
assert_finite(const record *r)
{
  for (size_t i = 0; i < r->n; ++i) {
    const ear_verdict *v = &r->report[i].u.verdict;
    if (r->report[i].kind == EAR_REPORT_VERDICT) {
      assert_true(isfinite(v->level_dbfs) && v->level_dbfs >= -200);
      for (int h = 0; h < EAR_N_HORIZONS; ++h) {
        float sum = 0;
        for (uint32_t l = 0; l < v->n_labels; ++l) {
          assert_true(v->p[h][l] >= 0 && v->p[h][l] <= 1);
          sum += v->p[h][l];
        }
        assert_true(fabsf(sum - 1) < 1e-5f);
      }
    }
  }
}

static void
sine_of_full_scale_has_minus_3_01_dbfs(void **state)
{
  (void)state;
  size_t n;
  float *x = zeros(3, &n);
  for (size_t i = 0; i < n; ++i) {
    x[i] = (float)sin(2 * 3.14159265358979 * 1000 * (double)i / RATE);
  }
  record r = analyse(x, n);
  for (size_t i = 0; i < r.n; ++i) {
    if (r.report[i].kind == EAR_REPORT_VERDICT) {
      assert_true(fabsf(r.report[i].u.verdict.level_dbfs + 3.01f) < 0.05f);
    }
  }
  record_free(&r);
  free(x);
}

static void
assert_level_is_exact(uint32_t wide)
{
  const toy t = {.seed = 1, .wide = wide, .n_labels = 2};
  ear_model *was = model[0];
  model[0] = toy_model(&t);
  const ear_model_info *info = ear_model_info_get(model[0]);
  const double rate_hz = (double)info->front_end.rate_hz;
  size_t n;
  float *x = zeros(3, &n);
  const size_t tick = (size_t)round(info->tick_s * rate_hz);
  const size_t first = (size_t)round(info->receptive_s * rate_hz);
  x[first + 3 * tick] = 1;        /* the first sample of the fifth tick */
  x[first + 5 * tick - 1] = 0.5f; /* the last of the sixth */
  record r = {.n = 0};
  ear_analyzer *an = make(&r, rate_hz);
  ear_analyzer_push(an, x, n);
  ear_analyzer_free(an);
  size_t i_tick = 0;
  for (size_t i = 0; i < r.n; ++i) {
    const ear_verdict *v = &r.report[i].u.verdict;
    if (r.report[i].kind != EAR_REPORT_VERDICT || v->model != 0) {
      continue;
    }
    const double mean = i_tick == 4   ? 1.0 / (double)tick
                        : i_tick == 5 ? 0.25 / (double)tick
                                      : 0;
    assert_true(fabs(v->level_dbfs - (mean > 0 ? 10 * log10(mean) : -200)) < 1e-4);
    ++i_tick;
  }
  assert_true(i_tick > 6);
  record_free(&r);
  free(x);
  ear_model_unref(model[0]);
  model[0] = was;
}

static void
level_covers_exactly_the_samples_since_the_last_tick(void **state)
{
  (void)state;
  assert_level_is_exact(0);
  assert_level_is_exact(1); /* a window that is no whole number of hops */
}

static void
quiet_ticks_are_not_counted_by_the_integrated_horizon(void **state)
{
  (void)state;
  size_t n;
  float *x = zeros(9, &n);
  make_music(x + n / 3, n / 3, RATE, 3);
  for (size_t i = 0; i < n / 3; ++i) {
    x[i] = x[2 * n / 3 + i] = i % 2 ? 2e-4f : -2e-4f; /* -74 dBFS */
  }
  record quiet = analyse(x, n / 3), loud = analyse(x, 2 * n / 3), all = analyse(x, n);
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    const ear_verdict *v = last_verdict(&quiet, m);
    assert_true(v->gated);
    assert_false(v->flag[EAR_INTEGRATED]);
    for (uint32_t l = 0; l < v->n_labels; ++l) {
      const float nothing_heard = m < 2 ? (float)(l == 0) : 1.0f / 3;
      assert_true(v->p[EAR_INTEGRATED][l] == nothing_heard);
    }
    const ear_verdict *a = last_verdict(&loud, m), *b = last_verdict(&all, m);
    assert_true(!a->gated && b->gated && b->t_s > a->t_s + 2);
    assert_true(a->p[EAR_INTEGRATED][1] != v->p[EAR_INTEGRATED][1]);
  }
  /* Once all of the loud part has passed, the integrated verdict stands still. */
  const ear_verdict *settled[N_TOYS] = {NULL};
  for (size_t i = 0; i < all.n; ++i) {
    const ear_verdict *v = &all.report[i].u.verdict;
    if (all.report[i].kind != EAR_REPORT_VERDICT || v->t_s < 6.2) {
      continue;
    }
    assert_true(v->gated);
    if (settled[v->model]) {
      assert_memory_equal(v->p[EAR_INTEGRATED], settled[v->model]->p[EAR_INTEGRATED],
                          sizeof v->p[EAR_INTEGRATED]);
    }
    settled[v->model] = v;
  }
  record_free(&quiet);
  record_free(&loud);
  record_free(&all);
  free(x);
}

/* Momentary 0.4 s after the last sound, short-term 3 s after, and not before. */
static void
a_horizon_of_nothing_but_quiet_ticks_has_heard_nothing(void **state)
{
  (void)state;
  size_t n;
  float *x = zeros(12, &n);
  make_music(x + n / 3, n / 6, RATE, 3); /* from 4 to 6 s */
  record r = analyse(x, n);
  size_t n_silent[N_TOYS][2] = {{0}}, n_sounding[N_TOYS] = {0};
  double quiet_s[N_TOYS] = {0}, last_s[N_TOYS] = {0};
  for (size_t i = 0; i < r.n; ++i) {
    const ear_verdict *v = &r.report[i].u.verdict;
    if (r.report[i].kind != EAR_REPORT_VERDICT) {
      continue;
    }
    const uint32_t m = v->model;
    quiet_s[m] = v->gated ? quiet_s[m] + v->t_s - last_s[m] : 0;
    last_s[m] = v->t_s;
    n_sounding[m] += !v->gated;
    for (int h = EAR_MOMENTARY; h <= EAR_SHORT; ++h) {
      const double own_s = h == EAR_MOMENTARY ? 0.4 : 3;
      const float clean = m < 2 ? 1 : 1.0f / 3;
      const bool silent = v->p[h][0] == clean && v->p[h][1] == (m < 2 ? 0 : clean);
      if (v->t_s < 4 || quiet_s[m] > own_s + 0.1) {
        assert_true(silent && !v->flag[h] && v->high_hz[h] == 0);
        ++n_silent[m][h];
      } else if (quiet_s[m] < own_s - 0.1) {
        assert_false(silent);
      }
    }
  }
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    assert_true(n_silent[m][0] > n_silent[m][1] && n_silent[m][1] && n_sounding[m]);
  }
  record_free(&r);
  free(x);
}

static void
values_that_are_no_sound_count_as_zero_or_are_clamped(void **state)
{
  (void)state;
  size_t n;
  float *x = zeros(5, &n), *cleaned = zeros(5, &n);
  make_music(x, n, RATE, 5);
  memcpy(cleaned, x, n * sizeof *x);
  static const float hostile[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 32.5f, 1e-42f};
  static const float meant[] = {0, 0, 0, 32, -32, 32, 0};
  for (size_t i = 0; i < n / 2; i += 97) {
    x[i] = hostile[i % 7];
    cleaned[i] = meant[i % 7];
  }
  record dirty = analyse(x, n), clean = analyse(cleaned, n);
  record_assert_equal(&clean, &dirty);
  assert_finite(&dirty);
  record_free(&dirty);
  record_free(&clean);
  free(x);
  free(cleaned);
}

static void
hostile_values_are_forgotten_after_one_receptive_field(void **state)
{
  (void)state;
  size_t n;
  float *x = zeros(5, &n);
  make_music(x, n, RATE, 6);
  record clean = analyse(x, n);
  const size_t at = n / 2;
  x[at] = 1e30f;
  x[at + 1] = NAN;
  record dirty = analyse(x, n);
  assert_finite(&dirty);
  size_t n_checked = 0;
  for (size_t i = 0, j = 0; i < clean.n && j < dirty.n; ++i, ++j) {
    for (; i < clean.n && clean.report[i].kind != EAR_REPORT_VERDICT; ++i) {
    }
    for (; j < dirty.n && dirty.report[j].kind != EAR_REPORT_VERDICT; ++j) {
    }
    if (i == clean.n || j == dirty.n) {
      break;
    }
    const ear_verdict *a = &clean.report[i].u.verdict, *b = &dirty.report[j].u.verdict;
    const ear_model_info *info = ear_model_info_get(model[a->model]);
    const double horizon_s = a->model % 2 ? 0 : 0.4 + info->tick_s;
    assert_true(a->t_s == b->t_s && a->model == b->model);
    if (a->t_s > (double)(at + 2) / RATE + info->receptive_s + horizon_s) {
      assert_memory_equal(a->p[EAR_MOMENTARY], b->p[EAR_MOMENTARY],
                          sizeof a->p[EAR_MOMENTARY]);
      ++n_checked;
    }
  }
  assert_true(n_checked > 20);
  record_free(&clean);
  record_free(&dirty);
  free(x);
}

static void
look_at_denormals(void *user, const ear_verdict *v)
{
  (void)v;
  volatile float tiny = 1e-40f;
  *(float *)user = tiny * 0.5f;
}

static void
denormals_count_as_zero_and_the_callers_mode_comes_back(void **state)
{
  (void)state;
  size_t n;
  float *x = zeros(2, &n);
  record silent = analyse(x, n);
  for (size_t i = 0; i < n; ++i) {
    x[i] = i % 2 ? 1e-40f : -3e-44f;
  }
  record denormal = analyse(x, n);
  record_assert_equal(&silent, &denormal);
  assert_true(last_verdict(&denormal, 0)->level_dbfs == -200);
  float seen = -1;
  ear_analyzer_config config = {.rate_hz = RATE, .n_models = 1, .model = {model[0]}};
  config.flag[0] = ear_flag_config_default(model[0]);
  config.on_verdict = look_at_denormals;
  config.user = &seen;
  ear_analyzer *an = NULL;
  assert_int_equal(ear_analyzer_new(&an, &config, NULL), EAR_OK);
  ear_analyzer_push(an, x, n);
  ear_analyzer_free(an);
#if defined(__SSE2__) || defined(__aarch64__)
  assert_true(seen == 0);
#endif
  look_at_denormals(&seen, NULL);
  assert_true(seen > 0);
  record_free(&silent);
  record_free(&denormal);
  free(x);
}

static void
count_nothing(void *user, const ear_verdict *v)
{
  (void)v;
  ++*(unsigned *)user;
}

static void
push_and_set_flags_allocate_nothing(void **state)
{
  (void)state;
  if (!COUNT_MALLOC) {
    skip();
  }
  static const double rate_hz[] = {8000, 22050, 48000, 384000};
  for (size_t i = 0; i < sizeof rate_hz / sizeof *rate_hz; ++i) {
    unsigned n_verdicts = 0;
    ear_analyzer_config config = {.rate_hz = rate_hz[i], .n_models = N_TOYS};
    for (uint32_t m = 0; m < N_TOYS; ++m) {
      config.model[m] = model[m];
      config.flag[m] = ear_flag_config_default(model[m]);
    }
    config.on_verdict = count_nothing;
    config.user = &n_verdicts;
    ear_analyzer *an = NULL;
    const unsigned long at_start = n_allocations;
    assert_int_equal(ear_analyzer_new(&an, &config, NULL), EAR_OK);
    assert_true(n_allocations > at_start); /* the counter counts */
    const size_t n = (size_t)(4 * rate_hz[i]);
    float *x = malloc(n * sizeof *x);
    make_music(x, n, rate_hz[i], 9);
    const unsigned long before = n_allocations;
    for (size_t at = 0; at < n; at += 1000) {
      ear_analyzer_push(an, x + at, n - at < 1000 ? n - at : 1000);
      ear_analyzer_set_flags(an, 0, &config.flag[0]);
    }
    assert_int_equal(n_allocations, before);
    assert_true(n_verdicts > 100);
    ear_analyzer_free(an);
    free(x);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sine_of_full_scale_has_minus_3_01_dbfs),
      cmocka_unit_test(level_covers_exactly_the_samples_since_the_last_tick),
      cmocka_unit_test(quiet_ticks_are_not_counted_by_the_integrated_horizon),
      cmocka_unit_test(a_horizon_of_nothing_but_quiet_ticks_has_heard_nothing),
      cmocka_unit_test(values_that_are_no_sound_count_as_zero_or_are_clamped),
      cmocka_unit_test(hostile_values_are_forgotten_after_one_receptive_field),
      cmocka_unit_test(denormals_count_as_zero_and_the_callers_mode_comes_back),
      cmocka_unit_test(push_and_set_flags_allocate_nothing),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
