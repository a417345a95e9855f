/* SPDX-License-Identifier: ISC */
/* Usual pairs of rates go by overlap.h, all others by libsoxr.

   soxr sees the same calls for the same samples: whole blocks of BLOCK, however the
   caller split them, and the rest only at the end.

   soxr's queues grow while the first seconds pass through them, and soxr_clear gives them
   back.  So each start pushes some seconds of silence, 1 to 10 ms of work, and drops as
   much output: from then on soxr allocates nothing, and all its memory was touched. */
#include "resample.h"

#include "overlap.h"

#include <math.h>
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  BLOCK = 512,
  N_OUT = 1024,
  /* Over 400 s of 15 x 5 rates no queue grew after 13.3 s, but for 8,000 to 22,050 Hz and
     other ratios of 2.7 to 2.9: there after 422,400 samples in, 52.8 s. */
  MIN_SILENCE_S = 16,
  MIN_SILENCE_IN = 500000, /* input samples */
  MORE_SILENCE_S = 16,
};

struct ear_resampler {
  double in_rate_hz;
  double out_rate_hz;
  soxr_t soxr; /* NULL: rates are equal, or a reset found no memory */
  bool straight;
  bool simple;          /* by overlap */
  ear_overlap *overlap; /* NULL: not simple, not started, or no memory */
  bool fresh;           /* nothing was pushed since the silence */
  bool ended;           /* finished: soxr would crash on samples that follow */
  size_t n_drop;        /* output samples of the silence, still to come */
  size_t n_held;        /* input samples that wait for a whole block */
  float held[BLOCK];
  float out[N_OUT];
};

/* One thread, one channel, float: the same bits on every run.  The precise clock keeps
   odd pairs of rates from drifting and leaves the others as they are. */
static soxr_t
create_soxr(const ear_resampler *rs)
{
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, SOXR_HI_PREC_CLOCK);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = NULL;
  soxr_t soxr =
      soxr_create(rs->in_rate_hz, rs->out_rate_hz, 1, &error, &io, &quality, &runtime);
  if (error) {
    soxr_delete(soxr);
    return NULL;
  }
  return soxr;
}

/* Hand x[0..n) to soxr, or its end of input if x is NULL, and pass on all it gives. */
static void
process(ear_resampler *rs, const float *x, size_t n, ear_samples_fn on_samples,
        void *user)
{
  size_t n_out = N_OUT;
  while (rs->soxr && (n > 0 || n_out == N_OUT)) {
    size_t n_in = 0;
    n_out = 0;
    if (soxr_process(rs->soxr, x, n, &n_in, rs->out, N_OUT, &n_out)) {
      return; /* memory ran out inside soxr: this block is lost */
    }
    const size_t n_drop = n_out < rs->n_drop ? n_out : rs->n_drop;
    rs->n_drop -= n_drop;
    if (n_out > n_drop) {
      on_samples(user, rs->out + n_drop, n_out - n_drop);
    } else if (n_in == 0 && n_out == 0) {
      return;
    }
    x = x ? x + n_in : NULL;
    n -= n_in;
  }
}

/* Seconds of silence that are whole samples at both rates, or nearly. */
static int
silence_s(const ear_resampler *rs)
{
  const int first = (int)fmax(MIN_SILENCE_S, ceil(MIN_SILENCE_IN / rs->in_rate_hz));
  int best = first;
  double least = 1.0;
  for (int s = first; s <= first + MORE_SILENCE_S; s++) {
    const double in = s * rs->in_rate_hz;
    const double out = s * rs->out_rate_hz;
    const double off = fabs(in - round(in)) + fabs(out - round(out));
    if (off < least) {
      least = off;
      best = s;
    }
  }
  return best;
}

static void
ignore_samples(void *user, const float *y, size_t n)
{
  (void)user;
  (void)y;
  (void)n;
}

/* Simple rates; false if memory is short. */
static bool
start_overlap(ear_resampler *rs)
{
  if (!rs->overlap) {
    rs->overlap = ear_overlap_new(rs->in_rate_hz, rs->out_rate_hz);
  } else {
    ear_overlap_reset(rs->overlap);
  }
  return rs->overlap != NULL;
}

/* A fresh soxr with the silence behind it; none if memory is short. */
static bool
start_soxr(ear_resampler *rs)
{
  const int s = silence_s(rs);
  soxr_delete(rs->soxr);
  rs->soxr = create_soxr(rs);
  rs->n_drop = (size_t)round(s * rs->out_rate_hz);
  memset(rs->held, 0, sizeof rs->held);
  size_t n = (size_t)round(s * rs->in_rate_hz);
  while (n > 0) {
    const size_t n_now = n < BLOCK ? n : BLOCK;
    process(rs, rs->held, n_now, ignore_samples, NULL);
    n -= n_now;
  }
  rs->fresh = rs->soxr != NULL;
  return rs->fresh;
}

static ear_status
no_memory(double in_rate_hz, double out_rate_hz, ear_error *err)
{
  if (err) {
    snprintf(err->text, sizeof err->text,
             "Not enough memory for the resampler from %g to %g Hz: close other "
             "programs.",
             in_rate_hz, out_rate_hz);
  }
  return EAR_NO_MEMORY;
}

ear_status
ear_resampler_new_cold(ear_resampler **out, double in_rate_hz, double out_rate_hz,
                       ear_error *err)
{
  *out = NULL;
  const bool in_ok = in_rate_hz >= 8000.0 && in_rate_hz <= 384000.0;
  if (!in_ok || !(out_rate_hz >= 8000.0 && out_rate_hz <= 384000.0)) {
    if (err) {
      snprintf(
          err->text, sizeof err->text,
          "A sample rate of %.10g Hz cannot be used: take one from 8000 to 384000 Hz.",
          in_ok ? out_rate_hz : in_rate_hz);
    }
    return EAR_BAD_ARGUMENT;
  }
  ear_resampler *rs = calloc(1, sizeof *rs);
  if (!rs) {
    return no_memory(in_rate_hz, out_rate_hz, err);
  }
  rs->in_rate_hz = in_rate_hz;
  rs->out_rate_hz = out_rate_hz;
  rs->straight = in_rate_hz == out_rate_hz;
  rs->simple = ear_overlap_possible(in_rate_hz, out_rate_hz);
  *out = rs;
  return EAR_OK;
}

ear_status
ear_resampler_new(ear_resampler **rs, double in_rate_hz, double out_rate_hz,
                  ear_error *err)
{
  const ear_status st = ear_resampler_new_cold(rs, in_rate_hz, out_rate_hz, err);
  if (!st && !ear_resampler_reset(*rs)) {
    ear_resampler_free(*rs);
    *rs = NULL;
    return no_memory(in_rate_hz, out_rate_hz, err);
  }
  return st;
}

void
ear_resampler_free(ear_resampler *rs)
{
  if (rs) {
    soxr_delete(rs->soxr);
    ear_overlap_free(rs->overlap);
    free(rs);
  }
}

bool
ear_resampler_reset(ear_resampler *rs)
{
  rs->n_held = 0;
  rs->ended = false;
  if (rs->simple) {
    return start_overlap(rs);
  }
  return rs->straight || rs->fresh || start_soxr(rs);
}

bool
ear_resampler_can_seek(const ear_resampler *rs)
{
  return rs->straight || rs->simple;
}

uint64_t
ear_resampler_seek(ear_resampler *rs, uint64_t wanted, uint64_t *first_out)
{
  rs->ended = false;
  *first_out = wanted;
  return rs->overlap ? ear_overlap_seek(rs->overlap, wanted, first_out) : wanted;
}

void
ear_resampler_push(ear_resampler *rs, const float *x, size_t n, ear_samples_fn on_samples,
                   void *user)
{
  if (rs->straight) {
    if (n > 0 && !rs->ended) {
      on_samples(user, x, n);
    }
    return;
  }
  if (rs->simple) {
    if (rs->overlap && !rs->ended) {
      ear_overlap_push(rs->overlap, x, n, on_samples, user);
    }
    return;
  }
  rs->fresh &= n == 0;
  while (n > 0 && !rs->ended) {
    const size_t room = BLOCK - rs->n_held;
    const size_t n_now = n < room ? n : room;
    memcpy(rs->held + rs->n_held, x, n_now * sizeof *x);
    rs->n_held += n_now;
    x += n_now;
    n -= n_now;
    if (rs->n_held == BLOCK) {
      rs->n_held = 0;
      process(rs, rs->held, BLOCK, on_samples, user);
    }
  }
}

void
ear_resampler_finish(ear_resampler *rs, ear_samples_fn on_samples, void *user)
{
  if (rs->simple) {
    if (rs->overlap && !rs->ended) {
      ear_overlap_finish(rs->overlap, on_samples, user);
    }
  } else if (!rs->straight && !rs->ended) {
    const size_t n = rs->n_held;
    rs->n_held = 0;
    rs->fresh = false;
    process(rs, rs->held, n, on_samples, user);
    process(rs, NULL, 0, on_samples, user);
  }
  rs->ended = true;
}
