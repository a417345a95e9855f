/* SPDX-License-Identifier: ISC */
/* Narrow peaks between 1.5 and 9 kHz: standing still, wobbling, following the notes, or
   ringing on.  A peak only ever adds. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PEAKS = DEGRADE_MAX_CENTRES, FOLLOW_N = 2048, FOLLOW_HOP = 512, RETUNE = 16 };

typedef struct {
  uint32_t n;
  double hz[MAX_PEAKS], q[MAX_PEAKS];
  double db, wobble_hz, depth; /* depth in octaves */
} peaks;

static peaks
draw_peaks(rng *r, uint32_t at_least, uint32_t at_most, double q_lo, double q_hi)
{
  peaks p = {.n = at_least + rng_below(r, at_most - at_least + 1)};
  for (uint32_t i = 0; i < MAX_PEAKS; ++i) {
    p.hz[i] = i ? ops_between(1500, 9000, rng_uniform(r))
                : ops_between(1900, 5000, rng_uniform(r));
    p.q[i] = ops_between(q_lo, q_hi, rng_uniform(r));
  }
  return p;
}

static void
describe(const peaks *p, degrade_words *say)
{
  snprintf(say->text, sizeof say->text, "%u at %.0f Hz q %.0f ... %+.1f dB", p->n,
           p->hz[0], p->q[0], p->db);
  say->centres.n = p->n;
  for (uint32_t i = 0; i < p->n; ++i) {
    say->centres.hz[i] = (float)p->hz[i];
  }
}

static ear_status
run_peaks(float *x, size_t n, double rate_hz, void *user)
{
  const peaks *p = user;
  for (uint32_t i = 0; i < p->n; ++i) {
    const biquad f = biquad_peak(rate_hz, p->hz[i], p->q[i], p->db);
    biquad_run(&f, x, n);
  }
  return EAR_OK;
}

ear_status
op_resonance_peak(audio *a, double amount, rng *r, degrade_words *say)
{
  peaks p = draw_peaks(r, 1, 4, 8, 40);
  p.db = 6.0 + 12.0 * amount;
  describe(&p, say);
  return dsp_each_channel(a, run_peaks, &p);
}

static ear_status
run_wobble(float *x, size_t n, double rate_hz, void *user)
{
  const peaks *p = user;
  const float mix = (float)(db_to_gain(p->db) - 1.0);
  for (uint32_t k = 0; k < p->n; ++k) {
    svf s = {0};
    for (size_t i = 0; i < n; ++i) {
      if (i % RETUNE == 0) {
        const double turn = 6.283185307179586 * p->wobble_hz * (double)i / rate_hz;
        svf_tune(&s, rate_hz, p->hz[k] * exp2(p->depth * sin(turn + k)), p->q[k]);
      }
      x[i] += mix * svf_band_pass(&s, x[i]);
    }
  }
  return EAR_OK;
}

ear_status
op_resonance_wobble(audio *a, double amount, rng *r, degrade_words *say)
{
  peaks p = draw_peaks(r, 1, 3, 8, 30);
  p.wobble_hz = ops_between(0.3, 6.0, rng_uniform(r));
  p.depth = rng_range(r, 0.03, 0.3);
  p.db = 6.0 + 12.0 * amount;
  describe(&p, say);
  return dsp_each_channel(a, run_wobble, &p);
}

/* The strongest bin of 1.5 to 6 kHz in the window at x, in Hz; `last` when there is none.
 */
static double
strongest_hz(dsp_fft *fft, const float *x, size_t n, double rate_hz, double last)
{
  float *time = dsp_fft_time(fft);
  for (size_t i = 0; i < FOLLOW_N; ++i) {
    const float w = (float)i * (float)(FOLLOW_N - i);
    time[i] = i < n ? x[i] * w : 0.0f;
  }
  dsp_fft_forward(fft);
  const float *bin = dsp_fft_spectrum(fft);
  const uint32_t lo = (uint32_t)(1500.0 * FOLLOW_N / rate_hz);
  const uint32_t hi = (uint32_t)(fmin(6000.0, 0.45 * rate_hz) * FOLLOW_N / rate_hz);
  float best = 1e-6f;
  for (uint32_t k = lo; k < hi; ++k) {
    const float power = bin[2 * k] * bin[2 * k] + bin[2 * k + 1] * bin[2 * k + 1];
    const float weighted = power * (float)k; /* against the fall of the spectrum */
    if (weighted > best) {
      best = weighted;
      last = k * rate_hz / FOLLOW_N;
    }
  }
  return last;
}

static ear_status
run_note(float *x, size_t n, double rate_hz, void *user)
{
  const peaks *p = user;
  const float mix = (float)(db_to_gain(p->db) - 1.0);
  dsp_fft *fft;
  const ear_status st = dsp_fft_new(&fft, FOLLOW_N);
  if (st) {
    return st;
  }
  svf s = {0};
  double target = p->hz[0], hz = target;
  for (size_t i = 0; i < n; ++i) {
    if (i % FOLLOW_HOP == 0) {
      target = strongest_hz(fft, x + i, n - i, rate_hz, target);
    }
    if (i % RETUNE == 0) {
      hz += 0.05 * (target - hz);
      svf_tune(&s, rate_hz, hz, p->q[0]);
    }
    x[i] += mix * svf_band_pass(&s, x[i]);
  }
  dsp_fft_free(fft);
  return EAR_OK;
}

ear_status
op_resonance_note(audio *a, double amount, rng *r, degrade_words *say)
{
  peaks p = draw_peaks(r, 1, 1, 8, 25);
  p.db = 6.0 + 12.0 * amount;
  snprintf(say->text, sizeof say->text, "q %.0f %+.1f dB on the strongest partial",
           p.q[0], p.db);
  return dsp_each_channel(a, run_note, &p);
}

/* In parallel, so narrow that they ring for 20 to 120 ms. */
static ear_status
run_modes(float *x, size_t n, double rate_hz, void *user)
{
  const peaks *p = user;
  const float mix = (float)(db_to_gain(p->db) - 1.0);
  float *mode = malloc((2 * n + 1) * sizeof *mode), *dry = mode ? mode + n : NULL;
  if (!mode) {
    return EAR_NO_MEMORY;
  }
  memcpy(dry, x, n * sizeof *dry);
  for (uint32_t k = 0; k < p->n; ++k) {
    const biquad f = biquad_band_pass(rate_hz, p->hz[k], p->q[k]);
    memcpy(mode, dry, n * sizeof *mode);
    biquad_run(&f, mode, n);
    for (size_t i = 0; i < n; ++i) {
      x[i] += mix * mode[i];
    }
  }
  free(mode);
  return EAR_OK;
}

ear_status
op_resonance_modal(audio *a, double amount, rng *r, degrade_words *say)
{
  peaks p = draw_peaks(r, 3, MAX_PEAKS, 1, 1);
  for (uint32_t k = 0; k < MAX_PEAKS; ++k) {
    const double ring_s = ops_between(0.02, 0.12, rng_uniform(r));
    p.q[k] = 3.14159265 * p.hz[k] * ring_s / 6.9; /* 60 dB down after ring_s */
  }
  p.db = 6.0 + 12.0 * amount;
  describe(&p, say);
  return dsp_each_channel(a, run_modes, &p);
}

/* Crowded around one place, as formants and cheap loudspeakers do. */
ear_status
op_resonance_cluster(audio *a, double amount, rng *r, degrade_words *say)
{
  peaks p = draw_peaks(r, 2, 5, 10, 40);
  for (uint32_t i = 1; i < MAX_PEAKS; ++i) {
    p.hz[i] = p.hz[0] * exp2(rng_range(r, -0.3, 0.3));
  }
  p.db = 5.0 + 9.0 * amount;
  describe(&p, say);
  return dsp_each_channel(a, run_peaks, &p);
}

/* A short echo of itself, again and again, over 1 kHz: peaks at hz and its multiples. */
static ear_status
run_comb(float *x, size_t n, double rate_hz, void *user)
{
  const peaks *p = user;
  const float back = (float)(1.0 - db_to_gain(-p->db));
  const double delay = fmax(rate_hz / p->hz[0], 1.0); /* y is known up to i - 1 */
  const size_t whole = (size_t)delay;
  const float part = (float)(delay - (double)whole);
  float *high = malloc((2 * n + 1) * sizeof *high), *y = high ? high + n : NULL;
  if (!high) {
    return EAR_NO_MEMORY;
  }
  const biquad f = biquad_high_pass(rate_hz, 1000.0, 0.7);
  memcpy(high, x, n * sizeof *high);
  biquad_run(&f, high, n);
  for (size_t i = 0; i < n; ++i) {
    const float near = i >= whole ? y[i - whole] : 0.0f;
    const float far = i > whole ? y[i - whole - 1] : 0.0f;
    y[i] = high[i] + back * (near + part * (far - near));
    x[i] += y[i] - high[i];
  }
  free(high);
  return EAR_OK;
}

ear_status
op_resonance_comb(audio *a, double amount, rng *r, degrade_words *say)
{
  peaks p = {.n = 0, .db = 4.0 + 13.0 * amount};
  const double hz = ops_between(1900, 5000, rng_uniform(r));
  while (p.n < 2 && hz * (p.n + 1) < fmin(9000.0, 0.4 * a->rate_hz)) {
    p.hz[p.n] = hz * (p.n + 1);
    p.q[p.n] = 1.0;
    ++p.n;
  }
  p.hz[0] = hz;
  describe(&p, say);
  return dsp_each_channel(a, run_comb, &p);
}
