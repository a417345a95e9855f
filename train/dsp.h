/* SPDX-License-Identifier: ISC */
/* Building blocks of the operators: filters, rates, levels, short-time spectra.
   All work on whole signals and start from rest; none keeps anything between calls, so
   they may run in several threads at once.
   Sources: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filters";
   V. Zavalishin, "The Art of VA Filter Design" (TPT state-variable filter). */
#ifndef EAR_TRAIN_DSP_H
#define EAR_TRAIN_DSP_H

#include "audio.h"

/* y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2 */
typedef struct {
  double b0, b1, b2, a1, a2;
} biquad;

/* Frequencies are kept under 0.49 of the rate. */
biquad biquad_peak(double rate_hz, double hz, double q, double db);
biquad biquad_band_pass(double rate_hz, double hz, double q); /* 0 dB at hz */
biquad biquad_low_shelf(double rate_hz, double hz, double db);
biquad biquad_high_shelf(double rate_hz, double hz, double db);
biquad biquad_low_pass(double rate_hz, double hz, double q);
biquad biquad_high_pass(double rate_hz, double hz, double q);
biquad biquad_all_pass(double rate_hz, double hz, double q);

/* In place over x[0..n). */
void biquad_run(const biquad *f, float *x, size_t n);

/* Gain at hz, linear. */
double biquad_gain(const biquad *f, double rate_hz, double hz);

/* State-variable band-pass, 0 dB at its peak, that may be retuned between any two
 * samples. */
typedef struct {
  double g, r, d; /* set by svf_tune */
  double s1, s2;
} svf;
void svf_tune(svf *s, double rate_hz, double hz, double q);
float svf_band_pass(svf *s, float x);

double db_to_gain(double db);
double gain_to_db(double gain); /* -200 at the lowest */

/* exp(-1 / (rate * seconds)): a one-pole smoother's coefficient. */
float dsp_smoothing(double rate_hz, double ms);

/* Peak follower of |x|: attack and release in ms, env[0..n). */
void dsp_envelope(const float *x, size_t n, double rate_hz, double attack_ms,
                  double release_ms, float *env);

/* ---- whole signals ---- */

ear_status dsp_copy(audio *to, const audio *from); /* to->x is malloc'ed */
double dsp_peak(const audio *a);
double dsp_rms(const audio *a);
/* The amplitude that a fraction 0..1 of all samples does not exceed; never 0. */
double dsp_quantile(const audio *a, double fraction);
void dsp_gain(audio *a, double gain);

/* libsoxr (HQ) to another rate; output sample k lies at k / rate. */
ear_status dsp_resample(audio *a, double rate_hz);
/* Cut, or lengthen with zeros, to n_frames. */
ear_status dsp_fit(audio *a, size_t n_frames);

/* One channel after the other, as x[0..n) in a row, written back afterwards. */
typedef ear_status (*dsp_channel_fn)(float *x, size_t n, double rate_hz, void *user);
ear_status dsp_each_channel(audio *a, dsp_channel_fn fn, void *user);

/* sample = f(sample), at `factor` times the rate (1: as it is). */
typedef float (*dsp_shape_fn)(float x, const void *user);
ear_status dsp_shape(audio *a, uint32_t factor, dsp_shape_fn fn, const void *user);

/* ---- short-time spectra (FFTW3f) ---- */

typedef struct dsp_fft dsp_fft;
ear_status dsp_fft_new(dsp_fft **f, uint32_t n); /* n real samples, a power of two */
void dsp_fft_free(dsp_fft *f);
float *dsp_fft_time(dsp_fft *f);     /* [n] */
float *dsp_fft_spectrum(dsp_fft *f); /* [n / 2 + 1][re, im] */
void dsp_fft_forward(dsp_fft *f);
void dsp_fft_inverse(dsp_fft *f); /* scaled by 1 / n; destroys the spectrum */

/* Analysis, a change of the spectrum, synthesis: root-Hann windows of n samples, hop n /
   4, without delay.  change gets [n / 2 + 1][re, im] of frame t. */
typedef void (*dsp_spectrum_fn)(float *spectrum, uint32_t n_bins, size_t t, void *user);
ear_status dsp_spectral(float *x, size_t n_samples, uint32_t n, dsp_spectrum_fn change,
                        void *user);

#endif
