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
