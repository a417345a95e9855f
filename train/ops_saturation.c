/* SPDX-License-Identifier: ISC */
/* Smooth curves without memory; drive is counted from the level that 1 % of the samples
   exceed, so quiet and loud music bend alike. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum { LAST_ORDER = 7 };
typedef struct {
  float drive, part[LAST_ORDER + 1]; /* of each Chebyshev polynomial */
} polynomial;

/* T0 of the even orders at 0 is taken off: silence stays silence. */
static float
bend_polynomial(float x, const void *user)
{
  const polynomial *c = user;
  const float v = fmaxf(-1.0f, fminf(1.0f, x * c->drive));
  float before = 1.0f, now = v, at_zero[2] = {1.0f, 0.0f}, y = v;
  for (int k = 2; k <= LAST_ORDER; ++k) {
    const float next = 2.0f * v * now - before;
    at_zero[k % 2] = -at_zero[k % 2];
    y += c->part[k] * (next - at_zero[k % 2]);
    before = now;
    now = next;
  }
  return y / c->drive;
}

/* Another mixture of the 2nd to 7th harmonic each time. */
ear_status
op_saturation_harmonics(audio *a, double amount, rng *r, degrade_words *say)
{
  polynomial c = {.drive = (float)(1.0 / dsp_quantile(a, 0.999))};
  for (int k = 2; k <= LAST_ORDER; ++k) {
    c.part[k] = (float)((0.01 + 0.8 * amount) * rng_normal(r) / sqrt(k));
  }
  snprintf(say->text, sizeof say->text, "2nd %+.2f 3rd %+.2f 4th %+.2f",
           (double)c.part[2], (double)c.part[3], (double)c.part[4]);
  const ear_status st = dsp_shape(a, 4, bend_polynomial, &c);
  return st ? st : dsp_each_channel(a, block_dc, NULL);
}

static float
bend_crossover(float x, const void *user)
{
  const curve *c = user;
  return x - c->bias * tanhf(x / c->bias);
}

/* What is small is lost, as in an output stage without bias. */
ear_status
op_saturation_crossover(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double dead = ops_between(0.01, 1.0, amount);
  const curve c = {0.0f, (float)(dead * dsp_rms(a) + 1e-9)};
  snprintf(say->text, sizeof say->text, "dead zone %.2f of RMS", dead);
  return dsp_shape(a, 2, bend_crossover, &c);
}

typedef struct {
  double hz, drive;
} upper;

/* What lies over hz bends on its own and keeps its RMS. */
static ear_status
run_upper(float *x, size_t n, double rate_hz, void *user)
{
  const upper *p = user;
  float *low = malloc((n ? n : 1) * sizeof *low);
  if (!low) {
    return EAR_NO_MEMORY;
  }
  const biquad f = biquad_low_pass(rate_hz, p->hz, 0.5);
  memcpy(low, x, n * sizeof *low);
  biquad_run(&f, low, n);
  double before = 1e-18, after = 1e-18;
  for (size_t i = 0; i < n; ++i) {
    x[i] -= low[i];
    before += (double)x[i] * (double)x[i];
  }
  const float scale = (float)(p->drive / (2.0 * sqrt(before / (double)n)));
  for (size_t i = 0; i < n; ++i) {
    x[i] = tanhf(scale * x[i]);
    after += (double)x[i] * (double)x[i];
  }
  const float back = (float)sqrt(before / after);
  for (size_t i = 0; i < n; ++i) {
    x[i] = low[i] + back * x[i];
  }
  free(low);
  return EAR_OK;
}

ear_status
op_saturation_upper(audio *a, double amount, rng *r, degrade_words *say)
{
  upper p = {ops_between(900, 3000, rng_uniform(r)), ops_between(0.3, 25.0, amount)};
  snprintf(say->text, sizeof say->text, "over %.0f Hz, drive %.1f", p.hz, p.drive);
  return dsp_each_channel(a, run_upper, &p);
}
