/* SPDX-License-Identifier: ISC */
/* The threshold lies where a given fraction of the samples is over it, so that an amount
   means the same for quiet and loud, dense and sparse music. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>

typedef struct {
  float low, high;
} bounds;

static float
clip(float x, const void *user)
{
  const bounds *b = user;
  return x > b->high ? b->high : x < b->low ? b->low : x;
}

/* Fraction of samples that the amount clips. */
static double
fraction_of(double amount)
{
  return 0.02 + 0.83 * amount * sqrt(amount);
}

static bounds
symmetric(const audio *a, double fraction)
{
  const float t = (float)dsp_quantile(a, 1.0 - fraction);
  return (bounds){-t, t};
}

ear_status
op_clipping_hard(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double fraction = fraction_of(amount);
  const bounds b = symmetric(a, fraction);
  snprintf(say->text, sizeof say->text, "%.2f %% of samples", 100.0 * fraction);
  return dsp_shape(a, 1, clip, &b);
}

ear_status
op_clipping_oversampled(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double fraction = fraction_of(amount);
  const bounds b = symmetric(a, fraction);
  snprintf(say->text, sizeof say->text, "%.2f %% of samples, 4x", 100.0 * fraction);
  return dsp_shape(a, 4, clip, &b);
}

ear_status
op_clipping_asymmetric(audio *a, double amount, rng *r, degrade_words *say)
{
  const double fraction = fraction_of(amount), ratio = rng_range(r, 1.6, 3.0);
  const bool up = rng_below(r, 2);
  const float t = (float)dsp_quantile(a, 1.0 - fraction), wide = (float)ratio * t;
  const bounds b = up ? (bounds){-wide, t} : (bounds){-t, wide};
  snprintf(say->text, sizeof say->text, "%.2f %% of samples, other side %.1f x",
           100.0 * fraction, ratio);
  return dsp_shape(a, 1, clip, &b);
}

typedef struct {
  biquad turn, high;
} disguise;

static ear_status
run_disguise(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  const disguise *d = user;
  biquad_run(&d->turn, x, n);
  biquad_run(&d->high, x, n);
  return EAR_OK;
}

/* Clipped, then mastered once more: no sample is at a common peak any longer. */
ear_status
op_clipping_disguised(audio *a, double amount, rng *r, degrade_words *say)
{
  const double fraction = fraction_of(amount), hz = ops_between(60, 400, rng_uniform(r));
  const double down_db = rng_range(r, 1.0, 9.0);
  const bounds b = symmetric(a, fraction);
  disguise d = {biquad_all_pass(a->rate_hz, hz, 0.7),
                biquad_high_pass(a->rate_hz, 20, 0.7)};
  const ear_status st = dsp_shape(a, 2, clip, &b);
  if (st) {
    return st;
  }
  dsp_gain(a, db_to_gain(-down_db));
  snprintf(say->text, sizeof say->text, "%.2f %% of samples, turned at %.0f Hz",
           100.0 * fraction, hz);
  return dsp_each_channel(a, run_disguise, &d);
}

typedef struct {
  float knee, top; /* straight up to the knee, flat at the top */
} soft;

static float
clip_softly(float x, const void *user)
{
  const soft *s = user;
  const float v = fabsf(x), over = v - s->knee, room = s->top - s->knee;
  const float y = over <= 0 ? v : over < 2 * room ? v - over * over / (4 * room) : s->top;
  return copysignf(y, x);
}

/* A parabola leads from the straight part to the flat one. */
ear_status
op_clipping_knee(audio *a, double amount, rng *r, degrade_words *say)
{
  const double fraction = fraction_of(amount), at = rng_range(r, 0.4, 0.9);
  const float top = (float)dsp_quantile(a, 1.0 - fraction);
  const soft s = {(float)at * top, top};
  snprintf(say->text, sizeof say->text, "%.2f %% of samples, knee at %.2f",
           100.0 * fraction, at);
  return dsp_shape(a, 1, clip_softly, &s);
}

typedef struct {
  double over_db, block_ms;
} follow;

static float
block_rms(const float *x, size_t from, size_t to)
{
  float sum = 0;
  for (size_t i = from; i < to; ++i) {
    sum += x[i] * x[i];
  }
  return to > from ? sqrtf(sum / (float)(to - from)) : 0;
}

/* From block to block the threshold goes straight from one level to the next. */
static ear_status
run_follow(float *x, size_t n, double rate_hz, void *user)
{
  const follow *p = user;
  const size_t size = (size_t)fmax(p->block_ms * 1e-3 * rate_hz, 1.0);
  const float over = (float)db_to_gain(p->over_db);
  float last = over * block_rms(x, 0, n < size ? n : size);
  for (size_t from = 0; from < n; from += size) {
    const size_t to = n - from < size ? n : from + size;
    const float next = over * block_rms(x, from, to);
    for (size_t i = from; i < to; ++i) {
      const float t = last + (next - last) * (float)(i - from) / (float)size;
      x[i] = fmaxf(-t, fminf(t, x[i]));
    }
    last = next;
  }
  return EAR_OK;
}

/* Quiet passages are clipped as much as loud ones. */
ear_status
op_clipping_following(audio *a, double amount, rng *r, degrade_words *say)
{
  follow p = {9.0 - 14.0 * amount, ops_between(15, 120, rng_uniform(r))};
  snprintf(say->text, sizeof say->text, "%+.1f dB over the RMS of %.0f ms", p.over_db,
           p.block_ms);
  return dsp_each_channel(a, run_follow, &p);
}
