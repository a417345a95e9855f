/* SPDX-License-Identifier: ISC */
/* Smooth curves without memory; drive is counted from the level that 1 % of the samples
   exceed, so quiet and loud music bend alike. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>

typedef struct {
  float drive, bias; /* per full scale */
} curve;

static curve
driven(const audio *a, double drive)
{
  return (curve){(float)(drive / dsp_quantile(a, 0.99)), 0.0f};
}

static float
bend_tanh(float x, const void *user)
{
  const curve *c = user;
  return tanhf(x * c->drive) / c->drive;
}

ear_status
op_saturation_tanh(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double drive = ops_between(0.7, 30.0, amount);
  const curve c = driven(a, drive);
  snprintf(say->text, sizeof say->text, "drive %.1f", drive);
  return dsp_shape(a, 2, bend_tanh, &c);
}

static float
bend_cubic(float x, const void *user)
{
  const curve *c = user;
  const float v = fmaxf(-1.0f, fminf(1.0f, x * c->drive));
  return (1.5f * v - 0.5f * v * v * v) / c->drive;
}

ear_status
op_saturation_cubic(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double drive = ops_between(0.6, 20.0, amount);
  const curve c = driven(a, drive);
  snprintf(say->text, sizeof say->text, "drive %.1f", drive);
  return dsp_shape(a, 1, bend_cubic, &c);
}

/* One side bends exponentially, the other passes up to a soft knee. */
static float
bend_diode(float x, const void *user)
{
  const curve *c = user;
  const float v = x * c->drive;
  return (v > 0.0f ? 1.0f - expf(-v) : c->bias * v / (c->bias - v)) / c->drive;
}

static ear_status
block_dc(float *x, size_t n, double rate_hz, void *user)
{
  (void)user;
  const biquad f = biquad_high_pass(rate_hz, 12.0, 0.7);
  biquad_run(&f, x, n);
  return EAR_OK;
}

ear_status
op_saturation_diode(audio *a, double amount, rng *r, degrade_words *say)
{
  const double drive = ops_between(0.8, 40.0, amount);
  curve c = driven(a, drive);
  c.bias = (float)rng_range(r, 3.0, 6.0);
  snprintf(say->text, sizeof say->text, "drive %.1f knee %.1f", drive, (double)c.bias);
  const ear_status st = dsp_shape(a, 2, bend_diode, &c);
  return st ? st : dsp_each_channel(a, block_dc, NULL);
}

static float
bend_fold(float x, const void *user)
{
  const curve *c = user;
  return sinf(x * c->drive) / c->drive;
}

ear_status
op_saturation_fold(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double drive = ops_between(1.0, 9.0, amount);
  const curve c = driven(a, drive);
  snprintf(say->text, sizeof say->text, "drive %.1f", drive);
  return dsp_shape(a, 4, bend_fold, &c);
}
