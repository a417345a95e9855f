/* SPDX-License-Identifier: ISC */
/* fft.in[0..n_held) are the newest samples, the first n_pad of a block being the last of
   the one before it; a block is transformed as soon as it is full. */
#include "overlap.h"

#include "fft.h"
#include "passes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define STOP_DB 126.0 /* 20 bits, as soxr's HQ, and a margin */
#define PASS 0.9137   /* of the lower Nyquist frequency, as soxr's */

enum { MAX_BLOCK = 16384 };
static const double longest_step_s = 0.064; /* what live waits for a block at most */

/* Sizes in samples; those with _in at the input's rate. */
typedef struct {
  uint32_t up, down;    /* out_rate / in_rate = up / down, in lowest terms */
  uint32_t n_half;      /* taps of the filter on either side of the middle */
  uint32_t pad_in;      /* on either side of what a block is for, a multiple of down */
  uint32_t n_in, n_out; /* of a block */
  uint32_t step_in;     /* from block to block */
  uint32_t pad, n_step; /* of a block's output: to be passed over; to be passed on */
} shape;

struct ear_overlap {
  shape s;
  ear_fft_pair fft;
  const ear_passes *passes;
  float *gain; /* [n_bins][2] of the filter, twice each, 1 / n_in included */
  uint32_t n_bins;
  uint32_t n_held;
  uint64_t n_pushed; /* samples in */
  uint64_t n_given;  /* samples out */
};

static uint32_t
common_divisor(uint32_t a, uint32_t b)
{
  while (b) {
    const uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Edge of the stop band in turns per input sample. */
static double
stop_edge(double in_rate_hz, double out_rate_hz)
{
  return 0.5 * fmin(in_rate_hz, out_rate_hz) / in_rate_hz;
}

/* Kaiser's estimate of the taps that the transition band needs. */
static uint32_t
half_length(double stop)
{
  const double width = 2 * PI * stop * (1 - PASS);
  return (uint32_t)ceil((STOP_DB - 7.95) / (2.285 * width) / 2);
}

static bool
find_shape(double in_rate_hz, double out_rate_hz, shape *s)
{
  const uint32_t in = (uint32_t)in_rate_hz, out = (uint32_t)out_rate_hz;
  if (in != in_rate_hz || out != out_rate_hz || in == out) {
    return false;
  }
  const uint32_t divisor = common_divisor(in, out);
  s->up = out / divisor;
  s->down = in / divisor;
  s->n_half = half_length(stop_edge(in_rate_hz, out_rate_hz));
  /* a sixteenth more: what is between the samples rings a little longer */
  const uint32_t groups = (s->n_half + s->n_half / 16) / s->down + 1;
  s->pad_in = groups * s->down;
  uint64_t n = 8;
  while (n * s->down < 8 * (uint64_t)s->pad_in) {
    n *= 2;
  }
  if (n * s->down > MAX_BLOCK || n * s->up > MAX_BLOCK) {
    return false;
  }
  s->n_in = (uint32_t)n * s->down;
  s->n_out = (uint32_t)n * s->up;
  s->step_in = s->n_in - 2 * s->pad_in;
  s->pad = groups * s->up;
  s->n_step = s->n_out - 2 * s->pad;
  return s->step_in <= longest_step_s * in_rate_hz;
}

bool
ear_overlap_possible(double in_rate_hz, double out_rate_hz)
{
  shape s;
  return ear_fft_pair_pays() && find_shape(in_rate_hz, out_rate_hz, &s);
}

/* Modified Bessel function of the first kind, order 0. */
static double
bessel(double x)
{
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-17 * sum; k++) {
    term *= x / (2 * k) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/* Tap i from the middle of a sinc of cutoff turns per sample, under Kaiser's window. */
static double
tap(uint32_t i, uint32_t n_half, double cutoff)
{
  const double beta = 0.1102 * (STOP_DB - 8.7);
  const double r = (double)i / (n_half + 1);
  const double sinc = i ? sin(2 * PI * cutoff * i) / (PI * i) : 2 * cutoff;
  return sinc * bessel(beta * sqrt(1 - r * r)) / bessel(beta);
}

/* The filter's response at every bin that both sides have, in double precision. */
static bool
fill_gain(ear_overlap *ov, double stop)
{
  const shape *s = &ov->s;
  double *h = malloc((s->n_half + 1) * sizeof *h);
  double *cosine = malloc(s->n_in * sizeof *cosine);
  if (h && cosine) {
    for (uint32_t i = 0; i < s->n_in; i++) {
      cosine[i] = cos(2 * PI * i / s->n_in);
    }
    for (uint32_t i = 0; i <= s->n_half; i++) {
      h[i] = tap(i, s->n_half, stop * (1 + PASS) / 2) * (i ? 2 : 1);
    }
    for (uint32_t k = 0; k < ov->n_bins; k++) {
      double sum = 0;
      for (uint32_t i = 0, at = 0; i <= s->n_half; i++, at = (at + k) % s->n_in) {
        sum += h[i] * cosine[at];
      }
      ov->gain[2 * k] = ov->gain[2 * k + 1] = (float)(sum / s->n_in);
    }
  }
  const bool filled = h && cosine;
  free(h);
  free(cosine);
  return filled;
}

ear_overlap *
ear_overlap_new(double in_rate_hz, double out_rate_hz)
{
  ear_overlap *ov = calloc(1, sizeof *ov);
  if (!ov || !find_shape(in_rate_hz, out_rate_hz, &ov->s)) {
    free(ov);
    return NULL;
  }
  const shape *s = &ov->s;
  ov->n_bins = (s->n_in < s->n_out ? s->n_in : s->n_out) / 2; /* 0 at Nyquist itself */
  ov->passes = ear_passes_get();
  ov->gain = calloc(2 * (size_t)ov->n_bins, sizeof *ov->gain);
  if (!ov->gain || !ear_fft_pair_new(&ov->fft, s->n_in, s->n_out) ||
      !fill_gain(ov, stop_edge(in_rate_hz, out_rate_hz))) {
    ear_overlap_free(ov);
    return NULL;
  }
  ear_overlap_reset(ov);
  return ov;
}

void
ear_overlap_free(ear_overlap *ov)
{
  if (ov) {
    ear_fft_pair_free(&ov->fft);
    free(ov->gain);
    free(ov);
  }
}

void
ear_overlap_reset(ear_overlap *ov)
{
  memset(ov->fft.in, 0, ov->s.n_in * sizeof *ov->fft.in);
  ov->n_held = ov->s.pad_in;
  ov->n_pushed = 0;
  ov->n_given = 0;
}

uint64_t
ear_overlap_seek(ear_overlap *ov, uint64_t wanted, uint64_t *first_out)
{
  const uint64_t block = wanted / ov->s.n_step;
  ear_overlap_reset(ov);
  if (block > 0) {
    ov->n_held = 0;
    ov->n_pushed = block * ov->s.step_in - ov->s.pad_in;
    ov->n_given = block * ov->s.n_step;
  }
  *first_out = ov->n_given;
  return ov->n_pushed;
}

/* The block is full: pass on what it is for, at most n samples. */
static void
give_block(ear_overlap *ov, uint64_t n, ear_samples_fn on_samples, void *user)
{
  const shape *s = &ov->s;
  ear_fft_pair_forward(&ov->fft);
  ov->passes->multiply(ov->fft.spectrum, ov->fft.bin, ov->gain, 2 * ov->n_bins);
  memset(ov->fft.spectrum + 2 * (size_t)ov->n_bins, 0,
         (s->n_out + 2 - 2 * (size_t)ov->n_bins) * sizeof *ov->fft.spectrum);
  ear_fft_pair_inverse(&ov->fft);
  memmove(ov->fft.in, ov->fft.in + s->step_in, 2 * (size_t)s->pad_in * sizeof(float));
  ov->n_held = 2 * s->pad_in;
  const uint64_t n_now = n < s->n_step ? n : s->n_step;
  ov->n_given += n_now;
  if (n_now > 0) {
    on_samples(user, ov->fft.out + s->pad, (size_t)n_now);
  }
}

void
ear_overlap_push(ear_overlap *ov, const float *x, size_t n, ear_samples_fn on_samples,
                 void *user)
{
  ov->n_pushed += n;
  while (n > 0) {
    const size_t room = ov->s.n_in - ov->n_held;
    const size_t n_now = n < room ? n : room;
    memcpy(ov->fft.in + ov->n_held, x, n_now * sizeof *x);
    ov->n_held += (uint32_t)n_now;
    x += n_now;
    n -= n_now;
    if (ov->n_held == ov->s.n_in) {
      give_block(ov, UINT64_MAX, on_samples, user);
    }
  }
}

void
ear_overlap_finish(ear_overlap *ov, ear_samples_fn on_samples, void *user)
{
  const shape *s = &ov->s;
  const uint64_t n_all = (ov->n_pushed * s->up + s->down / 2) / s->down;
  while (ov->n_given < n_all) {
    memset(ov->fft.in + ov->n_held, 0, (s->n_in - ov->n_held) * sizeof(float));
    give_block(ov, n_all - ov->n_given, on_samples, user);
  }
}
