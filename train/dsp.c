/* SPDX-License-Identifier: ISC */
/* A signal keeps its rate, channels and length through every function here but
   dsp_resample and dsp_fit; on failure it is still a valid signal. */
#include "dsp.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

ear_status
dsp_copy(audio *to, const audio *from)
{
  const size_t n = from->n_frames * from->n_channels;
  *to = *from;
  to->x = malloc((n ? n : 1) * sizeof *to->x);
  if (!to->x) {
    *to = (audio){0};
    return EAR_NO_MEMORY;
  }
  if (n) {
    memcpy(to->x, from->x, n * sizeof *to->x);
  }
  return EAR_OK;
}

double
dsp_peak(const audio *a)
{
  float peak = 0.0f;
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    peak = fmaxf(peak, fabsf(a->x[i]));
  }
  return peak;
}

double
dsp_rms(const audio *a)
{
  const size_t n = a->n_frames * a->n_channels;
  double sum = 0.0;
  for (size_t i = 0; i < n; ++i) {
    sum += (double)a->x[i] * a->x[i];
  }
  return n ? sqrt(sum / (double)n) : 0.0;
}

double
dsp_quantile(const audio *a, double fraction)
{
  enum { N_BINS = 4096 };
  const size_t n = a->n_frames * a->n_channels;
  const double peak = dsp_peak(a);
  uint32_t count[N_BINS] = {0};
  if (!(peak > 1e-9)) {
    return 1e-9;
  }
  const float scale = (float)((N_BINS - 1) / peak);
  for (size_t i = 0; i < n; ++i) {
    ++count[(int)(fabsf(a->x[i]) * scale)];
  }
  double seen = 0.0;
  for (int b = 0; b < N_BINS; ++b) {
    seen += count[b];
    if (seen >= fraction * (double)n) {
      return (b + 1) * peak / N_BINS;
    }
  }
  return peak;
}

void
dsp_gain(audio *a, double gain)
{
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    a->x[i] = (float)(a->x[i] * gain);
  }
}

ear_status
dsp_resample(audio *a, double rate_hz)
{
  if (fabs(rate_hz - a->rate_hz) < 1e-9 || !a->n_frames) {
    a->rate_hz = rate_hz;
    return EAR_OK;
  }
  const size_t room = (size_t)((double)a->n_frames * rate_hz / a->rate_hz) + 2;
  float *y = malloc(room * a->n_channels * sizeof *y);
  if (!y) {
    return EAR_NO_MEMORY;
  }
  const soxr_quality_spec_t hq = soxr_quality_spec(SOXR_HQ, 0);
  size_t used = 0, n = 0;
  if (soxr_oneshot(a->rate_hz, rate_hz, a->n_channels, a->x, a->n_frames, &used, y, room,
                   &n, NULL, &hq, NULL)) {
    free(y);
    return EAR_NO_MEMORY;
  }
  free(a->x);
  a->x = y;
  a->n_frames = n;
  a->rate_hz = rate_hz;
  return EAR_OK;
}

ear_status
dsp_fit(audio *a, size_t n_frames)
{
  const size_t c = a->n_channels;
  if (n_frames > a->n_frames) {
    float *x = realloc(a->x, n_frames * c * sizeof *x);
    if (!x) {
      return EAR_NO_MEMORY;
    }
    a->x = x;
    memset(x + a->n_frames * c, 0, (n_frames - a->n_frames) * c * sizeof *x);
  }
  a->n_frames = n_frames;
  return EAR_OK;
}

ear_status
dsp_each_channel(audio *a, dsp_channel_fn fn, void *user)
{
  const size_t n = a->n_frames, c = a->n_channels;
  if (c == 1) {
    return fn(a->x, n, a->rate_hz, user);
  }
  float *x = malloc((n ? n : 1) * sizeof *x);
  ear_status st = x ? EAR_OK : EAR_NO_MEMORY;
  for (size_t ch = 0; !st && ch < c; ++ch) {
    for (size_t i = 0; i < n; ++i) {
      x[i] = a->x[i * c + ch];
    }
    st = fn(x, n, a->rate_hz, user);
    for (size_t i = 0; !st && i < n; ++i) {
      a->x[i * c + ch] = x[i];
    }
  }
  free(x);
  return st;
}

ear_status
dsp_shape(audio *a, uint32_t factor, dsp_shape_fn fn, const void *user)
{
  const double rate_hz = a->rate_hz;
  const size_t n = a->n_frames;
  ear_status st = factor > 1 ? dsp_resample(a, rate_hz * factor) : EAR_OK;
  if (st) {
    return st;
  }
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    a->x[i] = fn(a->x[i], user);
  }
  st = factor > 1 ? dsp_resample(a, rate_hz) : EAR_OK;
  return st ? st : dsp_fit(a, n);
}
