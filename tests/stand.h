/* SPDX-License-Identifier: ISC */
/* Four toy models and an analyzer over them: what the tests of streams stand on. */
#ifndef EAR_TESTS_STAND_H
#define EAR_TESTS_STAND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "toy_model.h"

enum { N_TOYS = 4, RANDOM = 0 };
static ear_model *model[N_TOYS]; /* mean, flatten; both on the wide front end */

static inline int
make_models(void **state)
{
  (void)state;
  const toy mean = {.seed = 11, .n_labels = 2, .harshness = true};
  const toy flatten = {.seed = 4, .flatten = true, .n_labels = 3};
  toy wide_mean = mean, wide_flatten = flatten;
  wide_mean.wide = wide_flatten.wide = 1;
  wide_mean.n_labels = 5;
  model[0] = toy_model(&mean);
  model[1] = toy_model(&flatten);
  model[2] = toy_model(&wide_mean);
  model[3] = toy_model(&wide_flatten);
  return 0;
}

static inline int
free_models(void **state)
{
  (void)state;
  for (int m = 0; m < N_TOYS; ++m) {
    ear_model_unref(model[m]);
  }
  return 0;
}

/* Models [first, first + n) with thresholds that random networks cross now and then. */
static inline ear_analyzer_config
settings(double rate_hz, uint32_t first, uint32_t n, record *r)
{
  ear_analyzer_config config = {.rate_hz = rate_hz,
                                .n_models = n,
                                .on_verdict = record_verdict,
                                .on_event = record_event,
                                .user = r};
  for (uint32_t m = 0; m < n; ++m) {
    config.model[m] = model[first + m];
    config.flag[m] = ear_flag_config_default(config.model[m]);
    config.flag[m].hold_ms = 100;
    config.flag[m].min_ms = 150;
    config.flag[m].event_horizon = EAR_MOMENTARY;
  }
  return config;
}

static inline ear_analyzer *
make(const ear_analyzer_config *config)
{
  ear_analyzer *an = NULL;
  ear_error err;
  assert_int_equal(ear_analyzer_new(&an, config, &err), EAR_OK);
  return an;
}

static inline void
push_split(ear_analyzer *an, const float *x, size_t n, size_t split)
{
  for (size_t i = 0; i < n;) {
    const size_t size = split == RANDOM ? (size_t)rand() % 3000 : split;
    const size_t n_now = size < n - i ? size : n - i;
    ear_analyzer_push(an, x + i, n_now);
    i += n_now;
  }
}

/* All that the models say of x, pushed in blocks of `split`. */
static inline record
analyse(double rate_hz, uint32_t first, uint32_t n_models, const float *x, size_t n,
        size_t split)
{
  record r = {.n = 0};
  const ear_analyzer_config config = settings(rate_hz, first, n_models, &r);
  ear_analyzer *an = make(&config);
  push_split(an, x, n, split);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  return r;
}

static inline float *
music(double rate_hz, double seconds, size_t *n)
{
  *n = (size_t)(rate_hz * seconds);
  float *x = malloc(*n * sizeof *x);
  assert_non_null(x);
  make_music(x, *n, rate_hz, 1);
  return x;
}

#endif
