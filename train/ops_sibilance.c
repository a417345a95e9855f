/* SPDX-License-Identifier: ISC */
/* Bursts in 5 to 9 kHz come out; what lies between the bursts stays as it was. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  double hz, q, gain, decay_ms;
  rng noise;
} burst;

static double
mean_of(const float *x, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; ++i) {
    sum += x[i];
  }
  return n ? sum / (double)n : 0.0;
}

/* The band itself, let through where its envelope exceeds its own mean. */
static ear_status
run_gated(float *x, size_t n, double rate_hz, void *user)
{
  const burst *p = user;
  float *band = malloc((2 * n + 1) * sizeof *band), *env = band ? band + n : NULL;
  if (!band) {
    return EAR_NO_MEMORY;
  }
  const biquad f = biquad_band_pass(rate_hz, p->hz, p->q);
  memcpy(band, x, n * sizeof *band);
  biquad_run(&f, band, n);
  dsp_envelope(band, n, rate_hz, 1.0, 35.0, env);
  const float mean = (float)mean_of(env, n) + 1e-12f;
  float open = 0.0f;
  for (size_t i = 0; i < n; ++i) {
    const float want = fminf(1.0f, fmaxf(0.0f, 2.0f * (env[i] / mean - 0.7f)));
    open += 0.01f * (want - open);
    x[i] += (float)p->gain * open * band[i];
  }
  free(band);
  return EAR_OK;
}

ear_status
op_sibilance_gated(audio *a, double amount, rng *r, degrade_words *say)
{
  const double db = 5.0 + 20.0 * amount;
  burst p = {.hz = ops_between(5500, 8500, rng_uniform(r)),
             .q = rng_range(r, 0.9, 1.8),
             .gain = db_to_gain(db) - 1.0};
  snprintf(say->text, sizeof say->text, "%.0f Hz %+.1f dB at bursts", p.hz, db);
  return dsp_each_channel(a, run_gated, &p);
}

/* Noise in the band, started by every rise of the signal's upper half and dying away. */
static ear_status
run_bursts(float *x, size_t n, double rate_hz, void *user)
{
  const burst *p = user;
  rng noise = p->noise;
  float *band = malloc((3 * n + 1) * sizeof *band);
  if (!band) {
    return EAR_NO_MEMORY;
  }
  float *fast = band + n, *slow = fast + n;
  const biquad f = biquad_band_pass(rate_hz, p->hz, p->q);
  const biquad upper = biquad_high_pass(rate_hz, 1500.0, 0.7);
  memcpy(band, x, n * sizeof *band);
  biquad_run(&upper, band, n);
  dsp_envelope(band, n, rate_hz, 0.5, p->decay_ms, fast);
  dsp_envelope(band, n, rate_hz, 25.0, 250.0, slow);
  for (size_t i = 0; i < n; ++i) {
    const float rise = fmaxf(0.0f, fast[i] - 0.9f * slow[i]);
    band[i] = rise * (float)(3.46 * (rng_uniform(&noise) - 0.5));
  }
  biquad_run(&f, band, n);
  for (size_t i = 0; i < n; ++i) {
    x[i] += (float)p->gain * band[i];
  }
  free(band);
  return EAR_OK;
}

ear_status
op_sibilance_bursts(audio *a, double amount, rng *r, degrade_words *say)
{
  const double db = -14.0 + 30.0 * amount;
  burst p = {.hz = ops_between(5500, 8500, rng_uniform(r)),
             .q = rng_range(r, 1.0, 2.5),
             .gain = db_to_gain(db),
             .decay_ms = ops_between(25, 110, rng_uniform(r)),
             .noise = rng_stream(rng_u64(r), 0, 0)};
  snprintf(say->text, sizeof say->text, "%.0f Hz %.0f ms %+.1f dB", p.hz, p.decay_ms, db);
  return dsp_each_channel(a, run_bursts, &p);
}

enum { EXPAND_N = 1024, EXPAND_BANDS = 6 };

typedef struct {
  uint32_t edge[EXPAND_BANDS + 1];
  double mean[EXPAND_BANDS]; /* running mean of the band's magnitude */
  double power, limit;
} expander;

/* Upward expansion in six bands, each against its own running mean. */
static void
expand(float *spectrum, uint32_t n_bins, size_t t, void *user)
{
  expander *e = user;
  (void)n_bins;
  for (int b = 0; b < EXPAND_BANDS; ++b) {
    double sum = 1e-18;
    for (uint32_t k = e->edge[b]; k < e->edge[b + 1]; ++k) {
      sum +=
          spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
    }
    const double level = sqrt(sum);
    e->mean[b] =
        t > 3 ? e->mean[b] + 0.01 * (level - e->mean[b]) : fmax(e->mean[b], level);
    const double gain =
        fmin(pow(fmax(2.0 * level / e->mean[b], 1.0), e->power), e->limit);
    for (uint32_t k = e->edge[b]; k < e->edge[b + 1]; ++k) {
      spectrum[2 * k] *= (float)gain;
      spectrum[2 * k + 1] *= (float)gain;
    }
  }
}

static ear_status
run_expander(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  expander own = *(const expander *)user;
  return dsp_spectral(x, n, EXPAND_N, expand, &own);
}

ear_status
op_sibilance_expander(audio *a, double amount, rng *r, degrade_words *say)
{
  const double low = ops_between(4800, 5600, rng_uniform(r));
  const double high = ops_between(8500, 10500, rng_uniform(r));
  const double db = 4.0 + 22.0 * amount;
  expander e = {.power = 0.3 + 3.0 * amount, .limit = db_to_gain(db)};
  for (int b = 0; b <= EXPAND_BANDS; ++b) {
    const double hz = ops_between(low, high, (double)b / EXPAND_BANDS);
    e.edge[b] = (uint32_t)fmin(hz * EXPAND_N / a->rate_hz, EXPAND_N / 2);
  }
  snprintf(say->text, sizeof say->text, "%.0f-%.0f Hz power %.1f to %+.0f dB", low, high,
           e.power, db);
  return dsp_each_channel(a, run_expander, &e);
}

static ear_status
run_peak(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  biquad_run(user, x, n);
  return EAR_OK;
}

/* An equalizer turned up where the bursts are. */
ear_status
op_sibilance_peak(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(5500, 8500, rng_uniform(r)), q = rng_range(r, 0.8, 2.2);
  const double db = 4.0 + 18.0 * amount;
  biquad f = biquad_peak(a->rate_hz, hz, q, db);
  snprintf(say->text, sizeof say->text, "%.0f Hz q %.2f %+.1f dB", hz, q, db);
  say->centres = (degrade_centres){1, {(float)hz}};
  return dsp_each_channel(a, run_peak, &f);
}

/* The band, as much louder as its envelope rises. */
static ear_status
run_attack(float *x, size_t n, double rate_hz, void *user)
{
  const burst *p = user;
  float *band = malloc((3 * n + 1) * sizeof *band);
  if (!band) {
    return EAR_NO_MEMORY;
  }
  float *fast = band + n, *slow = fast + n;
  const biquad f = biquad_band_pass(rate_hz, p->hz, p->q);
  memcpy(band, x, n * sizeof *band);
  biquad_run(&f, band, n);
  dsp_envelope(band, n, rate_hz, 0.5, p->decay_ms, fast);
  dsp_envelope(band, n, rate_hz, p->decay_ms, 4 * p->decay_ms, slow);
  for (size_t i = 0; i < n; ++i) {
    const float rise = fminf(fmaxf(fast[i] / (slow[i] + 1e-9f) - 0.7f, 0.0f), 1.5f);
    x[i] += (float)p->gain * rise * band[i];
  }
  free(band);
  return EAR_OK;
}

ear_status
op_sibilance_attack(audio *a, double amount, rng *r, degrade_words *say)
{
  const double db = 3.0 + 19.0 * amount;
  burst p = {.hz = ops_between(5500, 8500, rng_uniform(r)),
             .q = rng_range(r, 0.8, 2.0),
             .gain = db_to_gain(db) - 1.0,
             .decay_ms = ops_between(15, 60, rng_uniform(r))};
  snprintf(say->text, sizeof say->text, "%.0f Hz %.0f ms %+.1f dB", p.hz, p.decay_ms, db);
  return dsp_each_channel(a, run_attack, &p);
}
