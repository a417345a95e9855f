/* SPDX-License-Identifier: ISC */
/* What careful engineers and ordinary players do to music: it stays clean.  Nothing here
   clips; a level that would go over full scale is held under it. */
#include "ops.h"

#include "codec.h"
#include "dsp.h"

#include <stdio.h>
#include <stdlib.h>

ear_status
op_neutral_gain(audio *a, double amount, rng *r, degrade_words *say)
{
  const double peak = dsp_peak(a), sign = rng_below(r, 2) ? 1.0 : -1.0;
  const double gain = fmin(db_to_gain(12.0 * amount * sign), peak > 0 ? 1.0 / peak : 1.0);
  dsp_gain(a, gain);
  snprintf(say->text, sizeof say->text, "%+.1f dB", gain_to_db(gain));
  return EAR_OK;
}

static ear_status
run_filter(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  biquad_run(user, x, n);
  return EAR_OK;
}

ear_status
op_neutral_low_shelf(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(80, 250, rng_uniform(r));
  const double db = (rng_below(r, 2) ? 3.0 : -3.0) * amount;
  biquad f = biquad_low_shelf(a->rate_hz, hz, db);
  snprintf(say->text, sizeof say->text, "%.0f Hz %+.1f dB", hz, db);
  return dsp_each_channel(a, run_filter, &f);
}

ear_status
op_neutral_air_shelf(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(9000, 13000, rng_uniform(r));
  const double db = (rng_below(r, 2) ? 3.0 : -3.0) * amount;
  biquad f = biquad_high_shelf(a->rate_hz, hz, db);
  snprintf(say->text, sizeof say->text, "%.0f Hz %+.1f dB", hz, db);
  return dsp_each_channel(a, run_filter, &f);
}

/* One gain for all channels; rms 30 ms, attack and release as given, at most `most_db`.
 */
static void
compress(audio *a, double threshold, double ratio, double attack_ms, double release_ms,
         double most_db)
{
  const float up = dsp_smoothing(a->rate_hz, attack_ms);
  const float down = dsp_smoothing(a->rate_hz, release_ms);
  const uint32_t c = a->n_channels;
  const float t2 = (float)(threshold * threshold), least = (float)db_to_gain(-most_db);
  const float slope = (float)(0.5 * (1.0 / ratio - 1.0));
  float power = 0.0f, gain = 1.0f;
  for (size_t i = 0; i < a->n_frames; ++i) {
    float p = 1e-20f;
    for (uint32_t k = 0; k < c; ++k) {
      p = fmaxf(p, a->x[i * c + k] * a->x[i * c + k]);
    }
    power = p + (p > power ? up : down) * (power - p);
    if (i % 8 == 0) {
      gain = power > t2 && t2 > 0.0f ? fmaxf(powf(power / t2, slope), least) : 1.0f;
    }
    for (uint32_t k = 0; k < c; ++k) {
      a->x[i * c + k] *= gain;
    }
  }
}

ear_status
op_neutral_compress(audio *a, double amount, rng *r, degrade_words *say)
{
  const double attack_ms = ops_between(10, 40, rng_uniform(r));
  const double release_ms = ops_between(120, 400, rng_uniform(r));
  const double threshold_db = 6.0 - 6.0 * amount;
  compress(a, dsp_rms(a) * db_to_gain(threshold_db), 2.0, attack_ms, release_ms, 4.0);
  snprintf(say->text, sizeof say->text, "2:1 at RMS %+.1f dB, %.0f/%.0f ms", threshold_db,
           attack_ms, release_ms);
  return EAR_OK;
}

ear_status
op_neutral_limit(audio *a, double amount, rng *r, degrade_words *say)
{
  const double release_ms = ops_between(60, 200, rng_uniform(r));
  compress(a, dsp_peak(a) * db_to_gain(-amount), 50.0, 0.5, release_ms, 1.0);
  snprintf(say->text, sizeof say->text, "%.1f dB, release %.0f ms", amount, release_ms);
  return EAR_OK;
}

ear_status
op_neutral_resample(audio *a, double amount, rng *r, degrade_words *say)
{
  static const double rates[] = {44100, 48000, 88200, 96000};
  (void)amount;
  const double rate_hz = a->rate_hz, there = fmax(rates[rng_below(r, 4)], rate_hz);
  const size_t n = a->n_frames;
  snprintf(say->text, sizeof say->text, "%.0f Hz and back", there);
  ear_status st = dsp_resample(a, there);
  if (!st) {
    st = dsp_resample(a, rate_hz);
  }
  return st ? st : dsp_fit(a, n);
}

ear_status
op_neutral_dither(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)amount;
  const float limit = 1.0f - 2.0f / 32768.0f;
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    const float noise = (float)(rng_uniform(r) - rng_uniform(r)); /* triangular, 1 LSB */
    const float v = rintf(32768.0f * a->x[i] + noise) / 32768.0f;
    a->x[i] = fabsf(a->x[i]) < limit ? v : a->x[i];
  }
  snprintf(say->text, sizeof say->text, "16 bit");
  return EAR_OK;
}

typedef struct {
  double wet, seconds; /* gain of the reverb; time to -60 dB */
  rng taps;
} room;

/* M. R. Schroeder, JAES 10(3), 1962: four combs in parallel, damped. */
static ear_status
run_comb(float *x, size_t n, double rate_hz, void *user)
{
  static const double delay_ms[] = {29.7, 37.1, 41.1, 43.7};
  const room *p = user;
  float *wet = calloc(n + 1, sizeof *wet), *line = calloc(n + 1, sizeof *line);
  ear_status st = wet && line ? EAR_OK : EAR_NO_MEMORY;
  for (int k = 0; !st && k < 4; ++k) {
    const size_t d = (size_t)(delay_ms[k] * rate_hz / 1000.0);
    const float back = (float)pow(10.0, -3.0 * delay_ms[k] / (1000.0 * p->seconds));
    float damp = 0.0f;
    for (size_t i = 0; i < n; ++i) {
      const float tail = i >= d ? line[i - d] : 0.0f;
      damp += 0.5f * (tail - damp);
      line[i] = x[i] + back * damp + 1e-20f;
      wet[i] += 0.25f * tail;
    }
  }
  for (size_t i = 0; !st && i < n; ++i) {
    x[i] += (float)p->wet * wet[i];
  }
  free(wet);
  free(line);
  return st;
}

ear_status
op_neutral_comb_reverb(audio *a, double amount, rng *r, degrade_words *say)
{
  room p = {.wet = 0.02 + 0.16 * amount, .seconds = rng_range(r, 0.3, 1.2)};
  snprintf(say->text, sizeof say->text, "%.2f wet, %.1f s", p.wet, p.seconds);
  return dsp_each_channel(a, run_comb, &p);
}

/* Early reflections: 24 single taps under a falling envelope. */
static ear_status
run_sparse(float *x, size_t n, double rate_hz, void *user)
{
  const room *p = user;
  rng taps = p->taps;
  float *dry = malloc((n + 1) * sizeof *dry);
  if (!dry) {
    return EAR_NO_MEMORY;
  }
  for (size_t i = 0; i < n; ++i) {
    dry[i] = x[i];
  }
  for (int k = 0; k < 24; ++k) {
    const double at_s = rng_range(&taps, 0.004, 0.5 * p->seconds);
    const double level = p->wet * 0.4 * pow(10.0, -3.0 * at_s / p->seconds);
    const float gain = (float)(rng_below(&taps, 2) ? level : -level);
    for (size_t i = (size_t)(at_s * rate_hz); i < n; ++i) {
      x[i] += gain * dry[i - (size_t)(at_s * rate_hz)];
    }
  }
  free(dry);
  return EAR_OK;
}

ear_status
op_neutral_sparse_reverb(audio *a, double amount, rng *r, degrade_words *say)
{
  room p = {.wet = 0.03 + 0.17 * amount, .seconds = rng_range(r, 0.15, 0.6)};
  p.taps = rng_stream(rng_u64(r), 0, 0);
  snprintf(say->text, sizeof say->text, "%.2f wet, %.1f s", p.wet, p.seconds);
  return dsp_each_channel(a, run_sparse, &p);
}

ear_status
op_neutral_polarity(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)amount;
  (void)r;
  dsp_gain(a, -1.0);
  snprintf(say->text, sizeof say->text, "turned");
  return EAR_OK;
}

/* Sides of a stereo pair by 0 (mono) to 1.4. */
ear_status
op_neutral_width(audio *a, double amount, rng *r, degrade_words *say)
{
  const bool narrower = rng_below(r, 2);
  const double width = narrower ? 1.0 - amount : 1.0 + 0.4 * amount;
  for (size_t i = 0; a->n_channels == 2 && i < a->n_frames; ++i) {
    const float mid = 0.5f * (a->x[2 * i] + a->x[2 * i + 1]);
    const float side = (float)(0.5 * width) * (a->x[2 * i] - a->x[2 * i + 1]);
    a->x[2 * i] = mid + side;
    a->x[2 * i + 1] = mid - side;
  }
  snprintf(say->text, sizeof say->text, "width %.2f", width);
  return EAR_OK;
}

/* Softer than it was where harshness lives. */
ear_status
op_neutral_dip(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(1800, 6500, rng_uniform(r)), q = rng_range(r, 0.5, 1.0);
  biquad f = biquad_peak(a->rate_hz, hz, q, -3.0 * amount);
  snprintf(say->text, sizeof say->text, "%.0f Hz q %.2f %+.1f dB", hz, q, -3.0 * amount);
  return dsp_each_channel(a, run_filter, &f);
}

/* A broad lift far below where harshness lives. */
ear_status
op_neutral_body(audio *a, double amount, rng *r, degrade_words *say)
{
  const double hz = ops_between(120, 900, rng_uniform(r)), q = rng_range(r, 0.5, 1.0);
  biquad f = biquad_peak(a->rate_hz, hz, q, 3.0 * amount);
  snprintf(say->text, sizeof say->text, "%.0f Hz q %.2f %+.1f dB", hz, q, 3.0 * amount);
  return dsp_each_channel(a, run_filter, &f);
}
