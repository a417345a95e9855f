/* SPDX-License-Identifier: ISC */
/* Samples are cut where frames end, so the energy of a hop is complete before the frame
   that it completes, and its order of summation never depends on how samples came. */
#include "stage.h"

#include "frontend.h"
#include "passes.h"
#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ear_stage {
  ear_front_end config;
  const ear_passes *passes;
  ear_resampler *resampler;
  ear_frontend *frontend;
  double end_s;                  /* of the input, infinite until it is known */
  bool padding;                  /* silence is pushed for judges without a tick */
  double energy[EAR_PASS_LANES]; /* of the hop under way, sums of squares */
  uint64_t n_energy;             /* samples of the input in them */
  uint32_t n_hop;                /* samples until its end */
  uint64_t n_skip;               /* samples until the first that is wanted */
  uint32_t n_judges;
  ear_judge *judge[EAR_MAX_MODELS];
};

/* Frames end at n_fft + t hop: so the first cut comes where that grid starts. */
static void
clear(ear_stage *st)
{
  const uint32_t rest = st->config.n_fft % st->config.hop;
  st->n_hop = rest ? rest : st->config.hop;
  memset(st->energy, 0, sizeof st->energy);
  st->n_energy = 0;
  st->n_skip = 0;
  st->end_s = INFINITY;
  st->padding = false;
}

ear_status
ear_stage_new(ear_stage **out, double in_rate_hz, const ear_front_end *fe, ear_error *err)
{
  *out = NULL;
  ear_stage *st = calloc(1, sizeof *st);
  if (!st) {
    return EAR_NO_MEMORY;
  }
  st->config = *fe;
  st->passes = ear_passes_get();
  clear(st);
  ear_status status =
      ear_resampler_new_cold(&st->resampler, in_rate_hz, (double)fe->rate_hz, err);
  if (!status) {
    status = ear_frontend_new(&st->frontend, fe, err);
  }
  if (status) {
    ear_stage_free(st);
    return status;
  }
  *out = st;
  return EAR_OK;
}

void
ear_stage_free(ear_stage *st)
{
  if (st) {
    ear_resampler_free(st->resampler);
    ear_frontend_free(st->frontend);
    free(st);
  }
}

const ear_front_end *
ear_stage_front_end(const ear_stage *st)
{
  return &st->config;
}

void
ear_stage_add(ear_stage *st, ear_judge *judge)
{
  st->judge[st->n_judges++] = judge;
}

bool
ear_stage_remove(ear_stage *st, const ear_judge *judge)
{
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    if (st->judge[j] == judge) {
      --st->n_judges;
      memmove(&st->judge[j], &st->judge[j + 1], (st->n_judges - j) * sizeof *st->judge);
      return true;
    }
  }
  return false;
}

bool
ear_stage_is_empty(const ear_stage *st)
{
  return st->n_judges == 0;
}

bool
ear_stage_reset(ear_stage *st)
{
  ear_frontend_reset(st->frontend);
  clear(st);
  return ear_resampler_reset(st->resampler);
}

bool
ear_stage_can_seek(const ear_stage *st)
{
  return ear_resampler_can_seek(st->resampler);
}

uint64_t
ear_stage_seek(ear_stage *st, double from_s)
{
  const double from = from_s * (double)st->config.rate_hz / st->config.hop;
  uint64_t t = from > 0 ? (uint64_t)from : 0, first_out;
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    const uint32_t stride = ear_judge_stride(st->judge[j]);
    if (t % stride) { /* one that suits all judges: back to the first */
      t -= t % stride;
      j = UINT32_MAX;
    }
  }
  clear(st);
  ear_frontend_seek(st->frontend, t);
  const uint64_t wanted = t * st->config.hop;
  const uint64_t first_in = ear_resampler_seek(st->resampler, wanted, &first_out);
  st->n_skip = wanted - first_out;
  return first_in;
}

static void
take_frame(void *user, uint64_t t, const float *band)
{
  const ear_stage *st = user;
  const uint64_t end = t * st->config.hop + st->config.n_fft;
  const double t_s = (double)end / (double)st->config.rate_hz;
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    if (!st->padding || !ear_judge_has_ticked(st->judge[j])) {
      ear_judge_push(st->judge[j], fmin(t_s, st->end_s), band);
    }
  }
}

static void
end_hop(ear_stage *st)
{
  const double *e = st->energy;
  const double energy = ((e[0] + e[4]) + (e[2] + e[6])) + ((e[1] + e[5]) + (e[3] + e[7]));
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    ear_judge_energy(st->judge[j], energy, st->n_energy);
  }
  memset(st->energy, 0, sizeof st->energy);
  st->n_energy = 0;
  st->n_hop = st->config.hop;
}

/* Samples at the model's rate. */
static void
take_samples(void *user, const float *y, size_t n)
{
  ear_stage *st = user;
  const size_t n_skip = n < st->n_skip ? n : (size_t)st->n_skip;
  st->n_skip -= n_skip;
  y += n_skip;
  n -= n_skip;
  while (n > 0) {
    const uint32_t n_now = n < st->n_hop ? (uint32_t)n : st->n_hop;
    if (!st->padding) {
      st->passes->squares(st->energy, y, n_now, st->n_energy);
      st->n_energy += n_now;
    }
    st->n_hop -= n_now;
    if (!st->n_hop) {
      end_hop(st);
    }
    ear_frontend_push(st->frontend, y, n_now, take_frame, st);
    y += n_now;
    n -= n_now;
  }
}

void
ear_stage_push(ear_stage *st, const float *x, size_t n)
{
  ear_resampler_push(st->resampler, x, n, take_samples, st);
}

static bool
all_have_ticked(const ear_stage *st)
{
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    if (!ear_judge_has_ticked(st->judge[j])) {
      return false;
    }
  }
  return true;
}

void
ear_stage_finish(ear_stage *st, double end_s)
{
  static const float silence[64];
  st->end_s = end_s;
  ear_resampler_finish(st->resampler, take_samples, st);
  st->padding = end_s > 0;
  while (st->padding && !all_have_ticked(st)) {
    take_samples(st, silence, sizeof silence / sizeof *silence);
  }
}
