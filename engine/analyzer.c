/* SPDX-License-Identifier: ISC */
/* Input is cleaned into blocks of one fixed size, and only whole blocks go on: so neither
   the verdicts nor their order depend on how the caller split the samples. */
#include "frontend.h"
#include "judge.h"
#include "resample.h"
#include "verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "denormal.h"

enum { BLOCK = 64 };           /* samples; what a verdict may be late by */
static const float limit = 32; /* +30 dBFS, as ear_features_push */

/* One front end at one rate, and the models that share its frames.  Samples are cut where
   frames end, so a hop's energy is complete before the frame that it completes. */
typedef struct {
  struct ear_analyzer *an;
  ear_front_end config;
  ear_resampler *resampler;
  ear_frontend *frontend;
  double energy;     /* of the hop under way, sum of squares */
  uint64_t n_energy; /* samples of the input in it */
  uint32_t n_hop;    /* samples until its end */
  uint32_t n_judges;
  ear_judge *judge[EAR_MAX_MODELS];
} stage;

struct ear_analyzer {
  ear_analyzer_config config;
  uint32_t n_stages;
  stage stage[EAR_MAX_MODELS];
  ear_judge *judge[EAR_MAX_MODELS];
  uint64_t n_in; /* samples pushed */
  double end_s;  /* end of the input, once it is known */
  bool padding;  /* zeros are pushed for models that have not ticked yet */
  uint32_t n_block;
  float block[BLOCK];
};

static ear_status refuse(ear_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static ear_status
refuse(ear_error *err, const char *format, ...)
{
  if (err) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
  }
  return EAR_BAD_ARGUMENT;
}

static ear_status
no_memory(ear_error *err)
{
  refuse(err, "Not enough memory for the analyzer: close other programs.");
  return EAR_NO_MEMORY;
}

static ear_status
check(const ear_analyzer_config *config, ear_error *err)
{
  if (!(config->rate_hz >= 8000 && config->rate_hz <= 384000)) {
    return refuse(
        err, "A sample rate of %g Hz cannot be used: take one from 8000 to 384000 Hz.",
        config->rate_hz);
  }
  if (config->n_models < 1 || config->n_models > EAR_MAX_MODELS) {
    return refuse(err, "%u models were asked for: an analyzer runs 1 to %d.",
                  config->n_models, EAR_MAX_MODELS);
  }
  for (uint32_t m = 0; m < config->n_models; ++m) {
    if (!config->model[m]) {
      return refuse(err, "Model %u of the analyzer is missing: open it first.", m + 1);
    }
    const ear_model_info *info = ear_model_info_get(config->model[m]);
    const char *problem = ear_flag_config_problem(&config->flag[m], info->n_labels);
    if (problem) {
      return refuse(err, "Flags of model %s: %s.", info->name, problem);
    }
  }
  return EAR_OK;
}

static uint32_t
first_hop(const ear_front_end *config)
{
  const uint32_t rest = config->n_fft % config->hop;
  return rest ? rest : config->hop;
}

/* The stage with this front end, made if there is none yet. */
static ear_status
find_stage(ear_analyzer *an, const ear_front_end *fe, stage **found, ear_error *err)
{
  for (uint32_t s = 0; s < an->n_stages; ++s) {
    if (ear_front_end_equal(&an->stage[s].config, fe)) {
      *found = &an->stage[s];
      return EAR_OK;
    }
  }
  stage *st = *found = &an->stage[an->n_stages++];
  st->an = an;
  st->config = *fe;
  st->n_hop = first_hop(fe);
  const ear_status status =
      ear_resampler_new(&st->resampler, an->config.rate_hz, fe->rate_hz, err);
  return status ? status : ear_frontend_new(&st->frontend, fe, err);
}

ear_status
ear_analyzer_new(ear_analyzer **out, const ear_analyzer_config *config, ear_error *err)
{
  *out = NULL;
  ear_status status = check(config, err);
  if (status) {
    return status;
  }
  ear_analyzer *an = calloc(1, sizeof *an);
  if (!an) {
    return no_memory(err);
  }
  an->config = *config;
  an->end_s = INFINITY;
  for (uint32_t m = 0; m < config->n_models && !status; ++m) {
    stage *st = NULL;
    status = find_stage(an, &ear_model_info_get(config->model[m])->front_end, &st, err);
    if (!status) {
      status = ear_judge_new(&an->judge[m], &an->config, m, err);
      st->judge[st->n_judges++] = an->judge[m];
    }
  }
  if (status) {
    ear_analyzer_free(an);
    return status == EAR_NO_MEMORY ? no_memory(err) : status;
  }
  *out = an;
  return EAR_OK;
}

void
ear_analyzer_free(ear_analyzer *an)
{
  if (!an) {
    return;
  }
  for (uint32_t m = 0; m < EAR_MAX_MODELS; ++m) {
    ear_judge_free(an->judge[m]);
    ear_resampler_free(an->stage[m].resampler);
    ear_frontend_free(an->stage[m].frontend);
  }
  free(an);
}

static void
take_frame(void *user, uint64_t t, const float *band)
{
  const stage *st = user;
  const uint64_t end = t * st->config.hop + st->config.n_fft;
  const double t_s = (double)end / (double)st->config.rate_hz;
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    if (!st->an->padding || !ear_judge_has_ticked(st->judge[j])) {
      ear_judge_push(st->judge[j], fmin(t_s, st->an->end_s), band);
    }
  }
}

static void
end_hop(stage *st)
{
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    ear_judge_energy(st->judge[j], st->energy, st->n_energy);
  }
  st->energy = 0;
  st->n_energy = 0;
  st->n_hop = st->config.hop;
}

/* Samples at the model's rate. */
static void
take_samples(void *user, const float *y, size_t n)
{
  stage *st = user;
  while (n > 0) {
    const uint32_t n_now = n < st->n_hop ? (uint32_t)n : st->n_hop;
    if (!st->an->padding) {
      for (uint32_t i = 0; i < n_now; ++i) {
        st->energy += (double)y[i] * y[i];
      }
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

static void
flush_block(ear_analyzer *an)
{
  for (uint32_t s = 0; s < an->n_stages; ++s) {
    stage *st = &an->stage[s];
    ear_resampler_push(st->resampler, an->block, an->n_block, take_samples, st);
  }
  an->n_block = 0;
}

static float
clean(float x)
{
  return !isfinite(x) ? 0 : x > limit ? limit : x < -limit ? -limit : x;
}

void
ear_analyzer_push(ear_analyzer *an, const float *x, size_t n)
{
  const uint64_t mode = ear_denormal_begin();
  for (size_t i = 0; i < n; ++i) {
    an->block[an->n_block++] = clean(x[i]);
    if (an->n_block == BLOCK) {
      flush_block(an);
    }
  }
  an->n_in += n;
  ear_denormal_end(mode);
}

static bool
all_have_ticked(const stage *st)
{
  for (uint32_t j = 0; j < st->n_judges; ++j) {
    if (!ear_judge_has_ticked(st->judge[j])) {
      return false;
    }
  }
  return true;
}

/* An input shorter than a model's receptive field still gets one verdict: of the input
   followed by silence. */
static void
pad(stage *st)
{
  static const float zero[BLOCK];
  while (!all_have_ticked(st)) {
    take_samples(st, zero, BLOCK);
  }
}

void
ear_analyzer_finish(ear_analyzer *an)
{
  const uint64_t mode = ear_denormal_begin();
  an->end_s = (double)an->n_in / an->config.rate_hz;
  flush_block(an);
  for (uint32_t s = 0; s < an->n_stages; ++s) {
    stage *st = &an->stage[s];
    ear_resampler_finish(st->resampler, take_samples, st);
    an->padding = true;
    if (an->n_in > 0) {
      pad(st);
    }
    an->padding = false;
  }
  for (uint32_t m = 0; m < an->config.n_models; ++m) {
    ear_judge_finish(an->judge[m], an->end_s);
  }
  ear_denormal_end(mode);
}

void
ear_analyzer_reset(ear_analyzer *an)
{
  const uint64_t mode = ear_denormal_begin();
  for (uint32_t s = 0; s < an->n_stages; ++s) {
    stage *st = &an->stage[s];
    ear_resampler_reset(st->resampler);
    ear_frontend_reset(st->frontend);
    st->energy = 0;
    st->n_energy = 0;
    st->n_hop = first_hop(&st->config);
  }
  for (uint32_t m = 0; m < an->config.n_models; ++m) {
    ear_judge_reset(an->judge[m]);
  }
  an->n_in = 0;
  an->n_block = 0;
  an->end_s = INFINITY;
  ear_denormal_end(mode);
}

void
ear_analyzer_set_flags(ear_analyzer *an, uint32_t model, const ear_flag_config *flag)
{
  if (model < an->config.n_models) {
    ear_judge_set_flags(an->judge[model], flag);
  }
}
