/* SPDX-License-Identifier: ISC */
/* One gain for all channels, computed from their loudest; too much of it, too fast. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* link[i] = the largest magnitude of any channel at instant i; malloc'ed. */
static float *
linked_level(const audio *a)
{
  float *level = malloc((a->n_frames ? a->n_frames : 1) * sizeof *level);
  for (size_t i = 0; level && i < a->n_frames; ++i) {
    level[i] = 0.0f;
    for (uint32_t c = 0; c < a->n_channels; ++c) {
      level[i] = fmaxf(level[i], fabsf(a->x[i * a->n_channels + c]));
    }
  }
  return level;
}

static void
scale_frame(audio *a, size_t i, float gain)
{
  for (uint32_t c = 0; c < a->n_channels; ++c) {
    a->x[i * a->n_channels + c] *= gain;
  }
}

/* Nothing over the threshold comes out; the gain is ready `ahead` samples before a peak
   (its level is held as long) and comes back within release_ms. */
static ear_status
brickwall(audio *a, float threshold, double ahead_ms, double release_ms)
{
  float *level = linked_level(a);
  if (!level) {
    return EAR_NO_MEMORY;
  }
  const float back = dsp_smoothing(a->rate_hz, release_ms);
  const float fall = dsp_smoothing(a->rate_hz, ahead_ms);
  const size_t n = a->n_frames;
  float peak = 0.0f;
  for (size_t i = 0; i < n; ++i) { /* release, forwards in time */
    peak = fmaxf(level[i], peak * back);
    level[i] = peak;
  }
  peak = 0.0f;
  for (size_t i = n; i-- > 0;) { /* look-ahead: the same, backwards */
    peak = fmaxf(level[i], peak * fall);
    scale_frame(a, i, peak > threshold ? threshold / peak : 1.0f);
  }
  free(level);
  return EAR_OK;
}

ear_status
op_limiting_brickwall(audio *a, double amount, rng *r, degrade_words *say)
{
  const double release_ms = ops_between(0.6, 4.0, rng_uniform(r));
  const double over_db = 3.0 + 30.0 * amount;
  const double threshold = dsp_quantile(a, 0.999) * db_to_gain(-over_db);
  snprintf(say->text, sizeof say->text, "%.0f dB, release %.1f ms", over_db, release_ms);
  return brickwall(a, (float)threshold, 0.3, release_ms);
}

/* Samples that a follower hears backwards before it begins: an excerpt begins in the
   middle of the music, and a follower that begins at zero would let its first
   milliseconds through as a click that tells harsh from clean. */
static size_t
settling(const audio *a)
{
  const size_t n = (size_t)(0.05 * a->rate_hz);
  return n < a->n_frames ? n : a->n_frames;
}

typedef struct {
  float up, down, threshold, slope;
  float env, gain;
} pump;

/* The gain of instant i for this level. */
static float
pump_step(pump *p, float level, size_t i)
{
  const float out = level * p->gain;
  p->env = out + (out > p->env ? p->up : p->down) * (p->env - out) + 1e-20f;
  if (i % 8 == 0) { /* the gain is slower than 8 samples anyway */
    const float t = p->threshold;
    const float want = p->env > t && t > 0.0f ? powf(p->env / t, p->slope) : 1.0f;
    p->gain = want < p->gain ? fmaxf(want, 0.8f * p->gain) : fminf(want, 1.02f * p->gain);
  }
  return p->gain;
}

/* Feed-back: the detector hears the output. */
ear_status
op_limiting_pumping(audio *a, double amount, rng *r, degrade_words *say)
{
  const double release_ms = ops_between(30, 150, rng_uniform(r));
  const double ratio = rng_range(r, 8.0, 20.0), under_db = -9.0 + 43.0 * amount * amount;
  const float t = (float)(dsp_rms(a) * db_to_gain(-under_db));
  float *level = linked_level(a);
  if (!level) {
    return EAR_NO_MEMORY;
  }
  pump p = {.up = dsp_smoothing(a->rate_hz, 0.4),
            .down = dsp_smoothing(a->rate_hz, release_ms),
            .threshold = t,
            .slope = (float)(1.0 - ratio),
            .gain = 1.0f};
  for (size_t i = settling(a); i-- > 0;) {
    pump_step(&p, level[i], i);
  }
  for (size_t i = 0; i < a->n_frames; ++i) {
    scale_frame(a, i, pump_step(&p, level[i], i));
  }
  free(level);
  snprintf(say->text, sizeof say->text, "%.0f:1 %.0f dB under RMS, release %.0f ms",
           ratio, under_db, release_ms);
  return EAR_OK;
}

static ear_status
low_half(float *x, size_t n, double rate_hz, void *user)
{
  const biquad f = biquad_low_pass(rate_hz, *(const double *)user, 0.5);
  biquad_run(&f, x, n);
  return EAR_OK;
}

/* What is over the crossover is limited on its own and comes up to meet the bass. */
ear_status
op_limiting_two_band(audio *a, double amount, rng *r, degrade_words *say)
{
  double hz = ops_between(600, 1800, rng_uniform(r));
  const double over_db = 4.0 + 30.0 * amount;
  audio low;
  ear_status st = dsp_copy(&low, a);
  if (!st) {
    st = dsp_each_channel(&low, low_half, &hz);
  }
  if (!st) {
    for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
      a->x[i] -= low.x[i];
    }
    const double level = dsp_quantile(a, 0.999), rms = dsp_rms(a);
    st = brickwall(a, (float)(level * db_to_gain(-over_db)), 0.5, 12.0);
    dsp_gain(a, rms * db_to_gain(9.0 * amount) / fmax(dsp_rms(a), 1e-12));
    for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
      a->x[i] += low.x[i];
    }
  }
  audio_free(&low);
  snprintf(say->text, sizeof say->text, "%.0f dB over %.0f Hz", over_db, hz);
  return st;
}

/* Divide by a power of the fast envelope: everything becomes equally loud. */
ear_status
op_limiting_leveller(audio *a, double amount, rng *r, degrade_words *say)
{
  const double ms = ops_between(0.5, 3.0, rng_uniform(r));
  const float power = (float)(0.1 + 0.9 * amount);
  float *level = linked_level(a);
  if (!level) {
    return EAR_NO_MEMORY;
  }
  const float floor = (float)(0.003 * dsp_rms(a) + 1e-9);
  const float c = dsp_smoothing(a->rate_hz, ms);
  float env = 0.0f;
  for (size_t i = settling(a); i-- > 0;) {
    env = level[i] + c * (env - level[i]) + 1e-20f;
  }
  for (size_t i = 0; i < a->n_frames; ++i) {
    env = level[i] + c * (env - level[i]) + 1e-20f;
    scale_frame(a, i, powf(env + floor, -power));
  }
  free(level);
  snprintf(say->text, sizeof say->text, "power %.2f, %.1f ms", (double)power, ms);
  return EAR_OK;
}

/* Feed-forward: the detector hears the input, so that 20:1 really is. */
ear_status
op_limiting_forward(audio *a, double amount, rng *r, degrade_words *say)
{
  const double attack_ms = ops_between(0.3, 4.0, rng_uniform(r));
  const double release_ms = ops_between(15, 90, rng_uniform(r));
  const double under_db = -3.0 + 33.0 * amount;
  const float t = (float)(dsp_rms(a) * db_to_gain(-under_db)) + 1e-9f;
  float *level = linked_level(a);
  if (!level) {
    return EAR_NO_MEMORY;
  }
  const float up = dsp_smoothing(a->rate_hz, attack_ms);
  const float down = dsp_smoothing(a->rate_hz, release_ms);
  float env = 0.0f;
  for (size_t i = settling(a); i-- > 0;) {
    env = level[i] + (level[i] > env ? up : down) * (env - level[i]) + 1e-20f;
  }
  for (size_t i = 0; i < a->n_frames; ++i) {
    env = level[i] + (level[i] > env ? up : down) * (env - level[i]) + 1e-20f;
    scale_frame(a, i, env > t ? powf(env / t, 1.0f / 20.0f - 1.0f) : 1.0f);
  }
  free(level);
  snprintf(say->text, sizeof say->text, "%.0f dB under RMS, %.1f/%.0f ms", under_db,
           attack_ms, release_ms);
  return EAR_OK;
}

enum { LEVEL_N = 2048, LEVEL_BANDS = 20 };

typedef struct {
  uint32_t edge[LEVEL_BANDS + 1];
  double power, floor;
} leveller;

static void
level_bands(float *spectrum, uint32_t n_bins, size_t t, void *user)
{
  const leveller *l = user;
  (void)n_bins;
  (void)t;
  for (int b = 0; b < LEVEL_BANDS; ++b) {
    double sum = 1e-18;
    for (uint32_t k = l->edge[b]; k < l->edge[b + 1]; ++k) {
      sum +=
          spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
    }
    const uint32_t n = l->edge[b + 1] - l->edge[b];
    const double gain = pow(sqrt(sum / (n ? n : 1)) + l->floor, -l->power);
    for (uint32_t k = l->edge[b]; k < l->edge[b + 1]; ++k) {
      spectrum[2 * k] *= (float)gain;
      spectrum[2 * k + 1] *= (float)gain;
    }
  }
}

static ear_status
run_bands(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  return dsp_spectral(x, n, LEVEL_N, level_bands, user);
}

/* Twenty bands, each brought towards the same level, from 150 Hz on. */
ear_status
op_limiting_bands(audio *a, double amount, rng *r, degrade_words *say)
{
  const double top = ops_between(7000, 15000, rng_uniform(r));
  leveller l = {.power = 0.02 + 0.58 * amount,
                .floor = 0.02 * dsp_rms(a) * LEVEL_N / 32.0 + 1e-9};
  for (int b = 0; b <= LEVEL_BANDS; ++b) {
    const double hz = ops_between(150, top, (double)b / LEVEL_BANDS);
    l.edge[b] = (uint32_t)fmin(hz * LEVEL_N / a->rate_hz, LEVEL_N / 2);
  }
  l.edge[0] = 0;
  l.edge[LEVEL_BANDS] = LEVEL_N / 2 + 1;
  snprintf(say->text, sizeof say->text, "power %.2f in bands to %.0f Hz", l.power, top);
  return dsp_each_channel(a, run_bands, &l);
}
