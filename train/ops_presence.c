/* SPDX-License-Identifier: ISC */
/* More of 2 to 5 kHz than the programme's own trend, and nothing taken away elsewhere. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  biquad f;
  double mix; /* how much of the band is added */
} boost;

static ear_status
run_filter(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  biquad_run(user, x, n);
  return EAR_OK;
}

ear_status
op_presence_peak(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(2200, 4500, rng_uniform(r)), q = rng_range(r, 0.6, 1.4);
  const double db = 3.0 + 13.0 * amount;
  biquad f = biquad_peak(a->rate_hz, hz, q, db);
  snprintf(say->text, sizeof say->text, "%.0f Hz q %.2f %+.1f dB", hz, q, db);
  say->centres = (degrade_centres){1, {(float)hz}};
  return dsp_each_channel(a, run_filter, &f);
}

static ear_status
add_band(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  const boost *p = user;
  float *band = malloc((n ? n : 1) * sizeof *band);
  if (!band) {
    return EAR_NO_MEMORY;
  }
  memcpy(band, x, n * sizeof *band);
  biquad_run(&p->f, band, n);
  biquad_run(&p->f, band, n);
  for (size_t i = 0; i < n; ++i) {
    x[i] += (float)p->mix * band[i];
  }
  free(band);
  return EAR_OK;
}

ear_status
op_presence_parallel(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(2300, 4200, rng_uniform(r)), q = rng_range(r, 0.5, 1.0);
  const double db = 3.0 + 13.0 * amount;
  boost p = {biquad_band_pass(a->rate_hz, hz, q), db_to_gain(db) - 1.0};
  snprintf(say->text, sizeof say->text, "%.0f Hz q %.2f %+.1f dB", hz, q, db);
  say->centres = (degrade_centres){1, {(float)hz}};
  return dsp_each_channel(a, add_band, &p);
}

/* The boost opens with the band's own envelope: loud moments get the most. */
static ear_status
add_following(float *x, size_t n, double rate_hz, void *user)
{
  const boost *p = user;
  float *band = malloc((2 * n + 1) * sizeof *band), *env = band ? band + n : NULL;
  if (!band) {
    return EAR_NO_MEMORY;
  }
  memcpy(band, x, n * sizeof *band);
  biquad_run(&p->f, band, n);
  dsp_envelope(band, n, rate_hz, 4.0, 90.0, env);
  double mean = 1e-9;
  for (size_t i = 0; i < n; ++i) {
    mean += env[i] / (double)n;
  }
  for (size_t i = 0; i < n; ++i) {
    x[i] += band[i] * (float)(p->mix * 2.0 * env[i] / (env[i] + mean));
  }
  free(band);
  return EAR_OK;
}

ear_status
op_presence_following(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(2300, 4400, rng_uniform(r)), q = rng_range(r, 0.7, 1.3);
  const double db = 2.0 + 13.0 * amount;
  boost p = {biquad_band_pass(a->rate_hz, hz, q), db_to_gain(db) - 1.0};
  snprintf(say->text, sizeof say->text, "%.0f Hz q %.2f %+.1f dB at loud moments", hz, q,
           db);
  say->centres = (degrade_centres){1, {(float)hz}};
  return dsp_each_channel(a, add_following, &p);
}

enum { FIR_N = 4096 };

static void
scale_bins(float *spectrum, uint32_t n_bins, size_t t, void *user)
{
  (void)t;
  const float *gain = user;
  for (uint32_t k = 0; k < n_bins; ++k) {
    spectrum[2 * k] *= gain[k];
    spectrum[2 * k + 1] *= gain[k];
  }
}

static ear_status
run_spectral(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  return dsp_spectral(x, n, FIR_N, scale_bins, user);
}

/* A raised cosine over octaves from low to high, on a tilt around 1 kHz. */
ear_status
op_presence_linear_phase(audio *a, double amount, rng *r, degrade_words *say)
{
  const double low = ops_between(1500, 2200, rng_uniform(r));
  const double high = ops_between(4800, 7000, rng_uniform(r));
  const double tilt = rng_range(r, 0.0, 1.2) * amount, db = 3.0 + 14.0 * amount;
  float gain[FIR_N / 2 + 1];
  for (int k = 0; k <= FIR_N / 2; ++k) {
    const double hz = fmax(k, 0.5) * a->rate_hz / FIR_N;
    const double at = log(hz / low) / log(high / low);
    const double bump =
        at > 0.0 && at < 1.0 ? 0.5 - 0.5 * cos(6.283185307179586 * at) : 0.0;
    const double slope = tilt * fmin(fmax(log2(hz / 1000.0), -3.0), 3.0);
    gain[k] = (float)db_to_gain(db * bump + slope);
  }
  snprintf(say->text, sizeof say->text, "%.0f-%.0f Hz %+.1f dB tilt %.1f dB/octave", low,
           high, db, tilt);
  say->centres = (degrade_centres){1, {(float)sqrt(low * high)}};
  return dsp_each_channel(a, run_spectral, gain);
}

typedef struct {
  biquad up, down;
} plateau;

static ear_status
run_plateau(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  const plateau *p = user;
  biquad_run(&p->up, x, n);
  biquad_run(&p->down, x, n);
  return EAR_OK;
}

/* Two shelves: up from the low edge on, down again from the high one. */
ear_status
op_presence_plateau(audio *a, double amount, rng *r, degrade_words *say)
{
  const double low = ops_between(1500, 2600, rng_uniform(r));
  const double high = ops_between(4500, 6500, rng_uniform(r)), db = 3.0 + 13.0 * amount;
  plateau p = {biquad_high_shelf(a->rate_hz, low, db),
               biquad_high_shelf(a->rate_hz, high, -db)};
  snprintf(say->text, sizeof say->text, "%.0f-%.0f Hz %+.1f dB", low, high, db);
  say->centres = (degrade_centres){1, {(float)sqrt(low * high)}};
  return dsp_each_channel(a, run_plateau, &p);
}

static double
rms_of(const float *x, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; ++i) {
    sum += (double)x[i] * (double)x[i];
  }
  return sqrt(sum / (n ? (double)n : 1.0));
}

typedef struct {
  biquad below, band;
  double mix; /* RMS of what is added over that of the band */
} exciter;

/* The octave below the band is rectified, and its harmonics are laid over the band. */
static ear_status
run_exciter(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  const exciter *p = user;
  float *made = malloc((2 * n + 1) * sizeof *made), *band = made ? made + n : NULL;
  if (!made) {
    return EAR_NO_MEMORY;
  }
  memcpy(made, x, n * sizeof *made);
  memcpy(band, x, n * sizeof *band);
  biquad_run(&p->band, band, n);
  biquad_run(&p->below, made, n);
  for (size_t i = 0; i < n; ++i) {
    made[i] = fabsf(made[i]);
  }
  biquad_run(&p->band, made, n);
  const float gain = (float)(p->mix * rms_of(band, n) / (rms_of(made, n) + 1e-12));
  for (size_t i = 0; i < n; ++i) {
    x[i] += gain * made[i];
  }
  free(made);
  return EAR_OK;
}

ear_status
op_presence_exciter(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(2300, 4500, rng_uniform(r)), q = rng_range(r, 0.6, 1.2);
  const double db = 1.5 + 15.0 * amount;
  exciter p = {biquad_band_pass(a->rate_hz, hz / 2.0, 0.8),
               biquad_band_pass(a->rate_hz, hz, q), db_to_gain(db) - 1.0};
  snprintf(say->text, sizeof say->text, "%.0f Hz q %.2f %+.1f dB", hz, q, db);
  say->centres = (degrade_centres){1, {(float)hz}};
  return dsp_each_channel(a, run_exciter, &p);
}
