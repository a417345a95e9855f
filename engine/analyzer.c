/* SPDX-License-Identifier: ISC */
/* Input is cleaned into blocks of one fixed size, and only whole blocks go on: so neither
   the verdicts nor their order depend on how the caller split the samples. */
#include "denormal.h"
#include "frontend.h"
#include "judge.h"
#include "stage.h"
#include "verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 64 };           /* samples; what a verdict may be late by */
static const float limit = 32; /* +30 dBFS, as ear_features_push */

struct ear_analyzer {
  ear_analyzer_config config;
  uint32_t n_stages;
  ear_stage *stage[EAR_MAX_MODELS];
  ear_judge *judge[EAR_MAX_MODELS];
  uint64_t n_in; /* samples pushed */
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
        err, "A sample rate of %.10g Hz cannot be used: take one from 8000 to 384000 Hz.",
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

/* Hand the judge to the stage with its front end, made if there is none yet. */
static ear_status
join_stage(ear_analyzer *an, ear_judge *judge, const ear_front_end *fe, ear_error *err)
{
  uint32_t s = 0;
  while (s < an->n_stages &&
         !ear_front_end_equal(ear_stage_front_end(an->stage[s]), fe)) {
    ++s;
  }
  if (s == an->n_stages) {
    const ear_status st = ear_stage_new(&an->stage[s], an->config.rate_hz, fe, err);
    if (st) {
      return st;
    }
    ++an->n_stages;
  }
  ear_stage_add(an->stage[s], judge);
  return EAR_OK;
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
  for (uint32_t m = 0; m < config->n_models && !status; ++m) {
    status = ear_judge_new(&an->judge[m], &an->config, m, err);
    if (!status) {
      const ear_model_info *info = ear_model_info_get(config->model[m]);
      status = join_stage(an, an->judge[m], &info->front_end, err);
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
    ear_stage_free(an->stage[m]);
  }
  free(an);
}

static void
flush_block(ear_analyzer *an)
{
  for (uint32_t s = 0; s < an->n_stages; ++s) {
    ear_stage_push(an->stage[s], an->block, an->n_block);
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

void
ear_analyzer_finish(ear_analyzer *an)
{
  const uint64_t mode = ear_denormal_begin();
  const double end_s = (double)an->n_in / an->config.rate_hz;
  flush_block(an);
  for (uint32_t s = 0; s < an->n_stages; ++s) {
    ear_stage_finish(an->stage[s], end_s);
  }
  for (uint32_t m = 0; m < an->config.n_models; ++m) {
    ear_judge_finish(an->judge[m], end_s);
  }
  ear_denormal_end(mode);
}

void
ear_analyzer_reset(ear_analyzer *an)
{
  const uint64_t mode = ear_denormal_begin();
  for (uint32_t s = 0; s < an->n_stages; ++s) {
    ear_stage_reset(an->stage[s]);
  }
  for (uint32_t m = 0; m < an->config.n_models; ++m) {
    ear_judge_reset(an->judge[m]);
  }
  an->n_in = 0;
  an->n_block = 0;
  ear_denormal_end(mode);
}

void
ear_analyzer_set_flags(ear_analyzer *an, uint32_t model, const ear_flag_config *flag)
{
  if (model < an->config.n_models) {
    ear_judge_set_flags(an->judge[model], flag);
  }
}
