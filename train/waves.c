/* SPDX-License-Identifier: ISC */
/* Every amount is drawn whether it is used or not, so that one setting never changes what
   another draws. */
#include "waves.h"
#include "dsp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rubberband/rubberband-c.h>

static const double window_s = 0.046; /* of silence trimming */
enum { BLOCK = 4096 };                /* samples to and from Rubber Band at once */

/* Mean power of each piece of n samples, the last may be shorter. */
static double *
powers(const audio *a, size_t n, size_t *n_pieces)
{
  *n_pieces = (a->n_frames + n - 1) / n;
  double *power = calloc(*n_pieces + 1, sizeof *power);
  for (size_t i = 0; power && i < a->n_frames; ++i) {
    const size_t from = i / n * n, left = a->n_frames - from;
    power[i / n] += (double)a->x[i] * (double)a->x[i] / (double)(left < n ? left : n);
  }
  return power;
}

ear_status
waves_trim(audio *a, double db)
{
  const size_t n = (size_t)fmax(window_s * a->rate_hz, 1);
  size_t n_pieces, first = 0;
  double loudest = 0;
  double *power = powers(a, n, &n_pieces);
  if (!power) {
    return EAR_NO_MEMORY;
  }
  for (size_t k = 0; k < n_pieces; ++k) {
    loudest = fmax(loudest, power[k]);
  }
  const double least = loudest * pow(10, -db / 10);
  size_t end = n_pieces;
  while (loudest > 0 && power[first] < least) {
    ++first;
  }
  while (loudest > 0 && power[end - 1] < least) {
    --end;
  }
  free(power);
  const size_t from = first * n, to = end * n < a->n_frames ? end * n : a->n_frames;
  memmove(a->x, a->x + from, (to - from) * sizeof *a->x);
  a->n_frames = to - from;
  return EAR_OK;
}

/* The finer engine: the other one left pure tones up to 1.3 % off their pitch. */
static const RubberBandOptions how =
    RubberBandOptionProcessOffline | RubberBandOptionThreadingNever |
    RubberBandOptionPitchHighQuality | RubberBandOptionEngineFiner;

/* What rb has ready, to y[*n..room). */
static void
retrieve(RubberBandState rb, float *y, size_t *n, size_t room)
{
  int ready;
  while ((ready = rubberband_available(rb)) > 0 && *n < room) {
    const size_t wanted = (size_t)ready < room - *n ? (size_t)ready : room - *n;
    float *const to = y + *n;
    *n += rubberband_retrieve(rb, &to, (unsigned)wanted);
  }
}

ear_status
waves_stretch(audio *a, double ratio, double semitones)
{
  const size_t room = (size_t)llround((double)a->n_frames * ratio);
  float *y = calloc(room + 1, sizeof *y);
  RubberBandState rb = y ? rubberband_new((unsigned)lround(a->rate_hz), 1, how, ratio,
                                          pow(2, semitones / 12))
                         : NULL;
  if (!rb) {
    free(y);
    return EAR_NO_MEMORY;
  }
  size_t n = 0;
  rubberband_set_max_process_size(rb, BLOCK);
  rubberband_set_expected_input_duration(rb, (unsigned)a->n_frames);
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t i = 0; i < a->n_frames; i += BLOCK) {
      const size_t left = a->n_frames - i, some = left < BLOCK ? left : BLOCK;
      const float *const x = a->x + i;
      (pass ? rubberband_process : rubberband_study)(rb, &x, (unsigned)some,
                                                     left <= BLOCK);
      if (pass) {
        retrieve(rb, y, &n, room);
      }
    }
  }
  rubberband_delete(rb);
  free(a->x);
  a->x = y;
  a->n_frames = room; /* the last few samples may be missing: zeros */
  return EAR_OK;
}

void
waves_filter(audio *a, double db, rng *r)
{
  for (int k = 0; k < 2; ++k) {
    const double hz = 80 * pow(0.45 * a->rate_hz / 80, rng_uniform(r));
    const double q = rng_range(r, 0.5, 2);
    const biquad peak = biquad_peak(a->rate_hz, hz, q, rng_range(r, -db, db));
    biquad_run(&peak, a->x, a->n_frames);
  }
  const double hz = rng_range(r, 1000, 4000);
  const biquad shelf = biquad_high_shelf(a->rate_hz, hz, rng_range(r, -db, db));
  biquad_run(&shelf, a->x, a->n_frames);
}

ear_status
waves_shift(audio *a, ptrdiff_t by)
{
  const ptrdiff_t n = (ptrdiff_t)a->n_frames;
  if (n == 0) {
    return EAR_OK;
  }
  const size_t front = (size_t)(((by % n) + n) % n); /* samples that come from the end */
  float *end = malloc(front * sizeof *end + 1);
  if (!end) {
    return EAR_NO_MEMORY;
  }
  memcpy(end, a->x + a->n_frames - front, front * sizeof *end);
  memmove(a->x + front, a->x, (a->n_frames - front) * sizeof *end);
  memcpy(a->x, end, front * sizeof *end);
  free(end);
  return EAR_OK;
}

void
waves_noise(audio *a, double snr_db, rng *r)
{
  const double deviation = dsp_rms(a) * db_to_gain(-snr_db);
  for (size_t i = 0; i < a->n_frames; ++i) {
    a->x[i] += (float)(deviation * rng_normal(r));
  }
}

void
waves_normalize(audio *a)
{
  const double peak = dsp_peak(a);
  if (peak > 0) {
    dsp_gain(a, 1 / peak);
  }
}

ear_status
waves_pad(audio *a, double seconds)
{
  const size_t n = (size_t)ceil(seconds * a->rate_hz);
  return n > a->n_frames ? dsp_fit(a, n) : EAR_OK;
}

ear_status
waves_vary(audio *a, const recipe_sound *s, rng *r)
{
  const double ratio = 1 + rng_range(r, -1, 1) * (double)s->stretch / 100;
  const double semitones = rng_range(r, -1, 1) * (double)s->pitch;
  const double shift_s = rng_range(r, -1, 1) * (double)s->shift / 1000;
  const double snr_db = rng_range(r, (double)s->noise_low, (double)s->noise_high);
  rng filter = {rng_u64(r)}, noise = {rng_u64(r)};
  ear_status st = s->trim > 0 ? waves_trim(a, (double)s->trim) : EAR_OK;
  if (!st && s->denoise > 0) {
    st = waves_gate(a, (double)s->denoise);
  }
  if (!st && a->n_frames && (s->stretch > 0 || s->pitch > 0)) {
    st = waves_stretch(a, ratio, semitones);
  }
  if (!st && s->filter > 0) {
    waves_filter(a, (double)s->filter, &filter);
  }
  if (!st && s->shift > 0) {
    st = waves_shift(a, (ptrdiff_t)lround(shift_s * a->rate_hz));
  }
  if (!st && s->noise_high > 0) {
    waves_noise(a, snr_db, &noise);
  }
  if (!st && s->normalize) {
    waves_normalize(a);
  }
  return st ? st : waves_pad(a, (double)s->pad);
}
