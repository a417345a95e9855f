/* SPDX-License-Identifier: ISC */
/* FFTW's planner is the only shared thing: it is made thread-safe once, before the first
   plan.  Plans are estimated, never measured, so that the bits do not depend on timing.
 */
#include "dsp.h"

#include <fftw3.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

struct dsp_fft {
  uint32_t n;
  float *time;
  fftwf_complex *spectrum;
  fftwf_plan forward, inverse;
};

static pthread_once_t planner_once = PTHREAD_ONCE_INIT;

static void
share_planner(void)
{
  fftwf_make_planner_thread_safe();
}

void
dsp_fft_free(dsp_fft *f)
{
  if (f) {
    if (f->forward) {
      fftwf_destroy_plan(f->forward);
    }
    if (f->inverse) {
      fftwf_destroy_plan(f->inverse);
    }
    fftwf_free(f->time);
    fftwf_free(f->spectrum);
    free(f);
  }
}

ear_status
dsp_fft_new(dsp_fft **out, uint32_t n)
{
  *out = NULL;
  pthread_once(&planner_once, share_planner);
  dsp_fft *f = calloc(1, sizeof *f);
  if (!f) {
    return EAR_NO_MEMORY;
  }
  f->n = n;
  f->time = fftwf_alloc_real(n);
  f->spectrum = fftwf_alloc_complex(n / 2 + 1);
  if (f->time && f->spectrum) {
    f->forward = fftwf_plan_dft_r2c_1d((int)n, f->time, f->spectrum, FFTW_ESTIMATE);
    f->inverse = fftwf_plan_dft_c2r_1d((int)n, f->spectrum, f->time, FFTW_ESTIMATE);
  }
  if (!f->forward || !f->inverse) {
    dsp_fft_free(f);
    return EAR_NO_MEMORY;
  }
  *out = f;
  return EAR_OK;
}

float *
dsp_fft_time(dsp_fft *f)
{
  return f->time;
}

float *
dsp_fft_spectrum(dsp_fft *f)
{
  return &f->spectrum[0][0];
}

void
dsp_fft_forward(dsp_fft *f)
{
  fftwf_execute(f->forward);
}

void
dsp_fft_inverse(dsp_fft *f)
{
  fftwf_execute(f->inverse);
  const float scale = 1.0f / (float)f->n;
  for (uint32_t i = 0; i < f->n; ++i) {
    f->time[i] *= scale;
  }
}

/* One frame starting at sample `at` (may be negative): in, change, overlap-added out. */
static void
spectral_frame(dsp_fft *f, const float *window, const float *x, float *y,
               size_t n_samples, ptrdiff_t at, size_t t, dsp_spectrum_fn change,
               void *user)
{
  const ptrdiff_t end = (ptrdiff_t)n_samples, n = (ptrdiff_t)f->n;
  for (ptrdiff_t i = 0; i < n; ++i) {
    f->time[i] = at + i >= 0 && at + i < end ? x[at + i] * window[i] : 0.0f;
  }
  dsp_fft_forward(f);
  change(&f->spectrum[0][0], f->n / 2 + 1, t, user);
  dsp_fft_inverse(f);
  for (ptrdiff_t i = 0; i < n; ++i) {
    if (at + i >= 0 && at + i < end) {
      y[at + i] += f->time[i] * window[i];
    }
  }
}

ear_status
dsp_spectral(float *x, size_t n_samples, uint32_t n, dsp_spectrum_fn change, void *user)
{
  const ptrdiff_t hop = n / 4;
  dsp_fft *f;
  ear_status st = dsp_fft_new(&f, n);
  float *window = malloc(n * sizeof *window);
  float *y = calloc(n_samples ? n_samples : 1, sizeof *y);
  if (st || !window || !y) {
    st = EAR_NO_MEMORY;
  } else {
    for (uint32_t i = 0; i < n; ++i) { /* Hann squared over 4 overlaps sums to 2 */
      window[i] = (float)(sin(3.14159265358979323846 * i / n) * sqrt(0.5));
    }
    size_t t = 0;
    for (ptrdiff_t at = hop - (ptrdiff_t)n; at < (ptrdiff_t)n_samples; at += hop) {
      spectral_frame(f, window, x, y, n_samples, at, t++, change, user);
    }
    for (size_t i = 0; i < n_samples; ++i) {
      x[i] = y[i];
    }
  }
  free(y);
  free(window);
  dsp_fft_free(f);
  return st;
}
