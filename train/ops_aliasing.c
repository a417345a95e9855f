/* SPDX-License-Identifier: ISC */
/* Too few bits or too few samples, and nothing done against what that folds back. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>

typedef struct {
  float step, full;
} grid;

static float
quantize(float x, const void *user)
{
  const grid *g = user;
  return g->step * rintf(x / g->step);
}

ear_status
op_aliasing_bits(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double bits = 9.0 - 6.5 * amount;
  const float full = (float)dsp_quantile(a, 0.999);
  const grid g = {2.0f * full / exp2f((float)bits), full};
  snprintf(say->text, sizeof say->text, "%.1f bits", bits);
  return dsp_shape(a, 1, quantize, &g);
}

static float
quantize_mulaw(float x, const void *user)
{
  const grid *g = user;
  const float v = fminf(fabsf(x) / g->full, 1.0f);
  const float law = logf(1.0f + 255.0f * v) / 5.545177f;
  const float q = g->step * rintf(law / g->step);
  return copysignf(g->full * (expf(5.545177f * q) - 1.0f) / 255.0f, x);
}

ear_status
op_aliasing_mulaw(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double bits = 7.0 - 4.5 * amount;
  const grid g = {2.0f / exp2f((float)bits), (float)dsp_peak(a)};
  snprintf(say->text, sizeof say->text, "%.1f bits", bits);
  return g.full > 1e-9f ? dsp_shape(a, 1, quantize_mulaw, &g) : EAR_OK;
}

static ear_status
hold(float *x, size_t n, double rate_hz, void *user)
{
  const double step = *(const double *)user / rate_hz;
  double phase = 1.0;
  float kept = 0.0f;
  for (size_t i = 0; i < n; ++i) {
    phase += step;
    if (phase >= 1.0) {
      phase -= floor(phase);
      kept = x[i];
    }
    x[i] = kept;
  }
  return EAR_OK;
}

ear_status
op_aliasing_hold(audio *a, double amount, rng *r, degrade_words *say)
{
  double hz = fmin(ops_between(22000, 3500, amount), a->rate_hz) * rng_range(r, 0.9, 1.1);
  snprintf(say->text, sizeof say->text, "%.0f Hz", hz);
  return dsp_each_channel(a, hold, &hz);
}

/* Take a sample now and then, join them by straight lines. */
static ear_status
decimate(float *x, size_t n, double rate_hz, void *user)
{
  const double every = fmax(1.0, rate_hz / *(const double *)user);
  float from = n ? x[0] : 0.0f;
  size_t i = 0;
  for (size_t k = 0; i < n; ++k) {
    const size_t start = (size_t)(every * (double)k),
                 end = (size_t)(every * (double)(k + 1));
    const float to = x[end < n ? end : n - 1];
    for (; i < end && i < n; ++i) {
      x[i] = from + (to - from) * (float)(i - start) / (float)(end - start);
    }
    from = to;
  }
  return EAR_OK;
}

ear_status
op_aliasing_decimate(audio *a, double amount, rng *r, degrade_words *say)
{
  double hz = fmin(ops_between(20000, 1800, amount), a->rate_hz) * rng_range(r, 0.9, 1.1);
  snprintf(say->text, sizeof say->text, "%.0f Hz", hz);
  return dsp_each_channel(a, decimate, &hz);
}

typedef struct {
  double hz, unsteady;
  rng clock;
} jitter;

/* As hold, by a clock that is never on time. */
static ear_status
run_jitter(float *x, size_t n, double rate_hz, void *user)
{
  const jitter *p = user;
  rng clock = p->clock;
  double left = 0.0;
  float kept = 0.0f;
  for (size_t i = 0; i < n; ++i) {
    if (left <= 0.0) {
      left += rate_hz / p->hz * (1.0 + p->unsteady * (rng_uniform(&clock) - 0.5));
      kept = x[i];
    }
    left -= 1.0;
    x[i] = kept;
  }
  return EAR_OK;
}

ear_status
op_aliasing_jitter(audio *a, double amount, rng *r, degrade_words *say)
{
  jitter p = {.hz = fmin(ops_between(30000, 5000, amount), a->rate_hz),
              .unsteady = rng_range(r, 0.2, 1.2),
              .clock = rng_stream(rng_u64(r), 0, 0)};
  snprintf(say->text, sizeof say->text, "%.0f Hz, %.0f %% unsteady", p.hz,
           50.0 * p.unsteady);
  return dsp_each_channel(a, run_jitter, &p);
}

typedef struct {
  double hz;
  float mix;
} images;

static ear_status
run_images(float *x, size_t n, double rate_hz, void *user)
{
  const images *p = user;
  for (size_t i = 0; i < n; ++i) {
    x[i] *= 1.0f + p->mix * (float)sin(6.283185307179586 * p->hz / rate_hz * (double)i);
  }
  return EAR_OK;
}

/* Mirrored around hz, as by a converter without a filter. */
ear_status
op_aliasing_images(audio *a, double amount, rng *r, degrade_words *say)
{
  images p = {ops_between(4500, 11000, rng_uniform(r)),
              (float)db_to_gain(-34.0 + 36.0 * amount)};
  snprintf(say->text, sizeof say->text, "around %.0f Hz, %+.1f dB", p.hz,
           gain_to_db((double)p.mix));
  return dsp_each_channel(a, run_images, &p);
}
