/* SPDX-License-Identifier: ISC */
/* Input is cleaned into blocks of one fixed size, and only whole blocks go on: so neither
   the verdicts nor their order depend on how the caller split the samples. */
#include "analyzer.h"
#include "denormal.h"
#include "frontend.h"
#include "passes.h"
#include "verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 64 };              /* samples; what a verdict may be late by */
static const float limit = 32;    /* +30 dBFS, as ear_features_push */
static const double held_s = 0.5; /* more than a resampler's block ever holds back */

/* A stage and what it has heard: a swapped-in one starts in the middle of a block. */
typedef struct {
  ear_stage *stage;
  uint64_t start;   /* samples pushed before its first */
  uint32_t n_apart; /* samples of the block under way that are not for it */
  uint64_t n_wait;  /* samples of all blocks to come that are not for it */
} lane;

struct ear_analyzer {
  const ear_passes *passes;
  double rate_hz;
  uint32_t n_models;
  uint32_t n_lanes; /* <= n_models: each stage has a judge */
  lane lane[EAR_MAX_MODELS];
  ear_judge *judge[EAR_MAX_MODELS];
  uint64_t start[EAR_MAX_MODELS]; /* samples pushed before the judge's first */
  ear_sink sink;
  uint64_t n_in;    /* samples pushed */
  ear_notes *notes; /* NULL: judges judge */
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
  uint32_t l = 0;
  while (l < an->n_lanes &&
         !ear_front_end_equal(ear_stage_front_end(an->lane[l].stage), fe)) {
    ++l;
  }
  if (l == an->n_lanes) {
    const ear_status st = ear_stage_new(&an->lane[l].stage, an->rate_hz, fe, err);
    if (st) {
      return st;
    }
    ++an->n_lanes;
  }
  ear_stage_add(an->lane[l].stage, judge);
  return EAR_OK;
}

ear_status
ear_analyzer_new_cold(ear_analyzer **out, const ear_analyzer_config *config,
                      ear_error *err)
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
  an->passes = ear_passes_get();
  an->rate_hz = config->rate_hz;
  an->n_models = config->n_models;
  an->sink = (ear_sink){.on_verdict = config->on_verdict,
                        .on_event = config->on_event,
                        .user = config->user,
                        .clock = {.rate_hz = config->rate_hz}};
  for (uint32_t m = 0; m < config->n_models && !status; ++m) {
    status = ear_judge_new(&an->judge[m], &an->sink, m, config->model[m], err);
    if (!status) {
      const ear_model_info *info = ear_model_info_get(config->model[m]);
      ear_judge_set_flags(an->judge[m], &config->flag[m]);
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

ear_status
ear_analyzer_new(ear_analyzer **an, const ear_analyzer_config *config, ear_error *err)
{
  const ear_status status = ear_analyzer_new_cold(an, config, err);
  if (!status && !ear_analyzer_warm(*an)) {
    ear_analyzer_free(*an);
    *an = NULL;
    return no_memory(err);
  }
  return status;
}

void
ear_analyzer_free(ear_analyzer *an)
{
  if (!an) {
    return;
  }
  for (uint32_t m = 0; m < EAR_MAX_MODELS; ++m) {
    ear_judge_free(an->judge[m]);
    ear_stage_free(an->lane[m].stage);
  }
  free(an);
}

static void
flush_block(ear_analyzer *an)
{
  if (an->notes) {
    an->notes->at = an->n_in - an->n_block;
  }
  for (uint32_t l = 0; l < an->n_lanes; ++l) {
    lane *ln = &an->lane[l];
    if (ln->n_wait > 0) {
      ln->n_apart = ln->n_wait < an->n_block ? (uint32_t)ln->n_wait : an->n_block;
      ln->n_wait -= ln->n_apart;
    }
    ear_stage_push(ln->stage, an->block + ln->n_apart, an->n_block - ln->n_apart);
    ln->n_apart = 0;
  }
  an->n_block = 0;
}

void
ear_analyzer_push(ear_analyzer *an, const float *x, size_t n)
{
  const uint64_t mode = ear_denormal_begin();
  while (n > 0) {
    const size_t room = BLOCK - an->n_block;
    const size_t n_now = n < room ? n : room;
    an->passes->clean(an->block + an->n_block, x, n_now, limit);
    an->n_block += (uint32_t)n_now;
    an->n_in += n_now;
    x += n_now;
    n -= n_now;
    if (an->n_block == BLOCK) {
      flush_block(an);
    }
  }
  ear_denormal_end(mode);
}

/* Seconds from a start to the newest sample, lost ones not counted. */
static double
since(const ear_analyzer *an, uint64_t start)
{
  return (double)(an->n_in - start) / an->rate_hz;
}

void
ear_analyzer_finish(ear_analyzer *an)
{
  const uint64_t mode = ear_denormal_begin();
  flush_block(an);
  for (uint32_t l = 0; l < an->n_lanes; ++l) {
    ear_stage_finish(an->lane[l].stage, since(an, an->lane[l].start));
  }
  for (uint32_t m = 0; m < an->n_models; ++m) {
    ear_judge_finish(an->judge[m], since(an, an->start[m]));
  }
  ear_denormal_end(mode);
}

bool
ear_analyzer_warm(ear_analyzer *an)
{
  const uint64_t mode = ear_denormal_begin();
  bool complete = true;
  for (uint32_t l = 0; l < an->n_lanes; ++l) {
    complete &= ear_stage_reset(an->lane[l].stage);
    an->lane[l] = (lane){.stage = an->lane[l].stage};
  }
  for (uint32_t m = 0; m < an->n_models; ++m) {
    ear_judge_reset(an->judge[m]);
    an->start[m] = 0;
  }
  ear_clock_clear(&an->sink.clock);
  an->n_in = 0;
  an->n_block = 0;
  ear_denormal_end(mode);
  return complete;
}

void
ear_analyzer_reset(ear_analyzer *an)
{
  ear_analyzer_warm(an);
}

bool
ear_analyzer_can_seek(const ear_analyzer *an)
{
  bool all = true;
  for (uint32_t l = 0; l < an->n_lanes; ++l) {
    all &= ear_stage_can_seek(an->lane[l].stage);
  }
  return all;
}

size_t
ear_analyzer_column_bytes(const ear_analyzer *an, uint32_t model)
{
  return ear_judge_column_bytes(an->judge[model]);
}

void
ear_analyzer_set_notes(ear_analyzer *an, ear_notes *notes)
{
  an->notes = notes;
  for (uint32_t m = 0; m < an->n_models; ++m) {
    ear_judge_set_notes(an->judge[m], notes);
  }
}

uint64_t
ear_analyzer_seek(ear_analyzer *an, uint64_t first)
{
  double before_s = 0;
  for (uint32_t m = 0; m < an->n_models; ++m) {
    /* the tick's own audio, the tick before it, and what a resampler holds back */
    const double own_s = ear_judge_behind_s(an->judge[m]) + held_s;
    before_s = own_s > before_s ? own_s : before_s;
    ear_judge_reset(an->judge[m]);
  }
  uint64_t begin = first, at[EAR_MAX_MODELS];
  for (uint32_t l = 0; l < an->n_lanes; ++l) {
    const double first_s = (double)first / an->rate_hz;
    at[l] = ear_stage_seek(an->lane[l].stage, first_s - before_s);
    begin = at[l] < begin ? at[l] : begin;
  }
  begin -= begin % BLOCK;
  for (uint32_t l = 0; l < an->n_lanes; ++l) {
    an->lane[l] = (lane){.stage = an->lane[l].stage, .n_wait = at[l] - begin};
  }
  an->n_in = begin;
  an->n_block = 0;
  return begin;
}

void
ear_analyzer_take_notes(ear_analyzer *an, const ear_notes *notes, uint64_t n_in)
{
  const uint64_t mode = ear_denormal_begin();
  for (uint32_t i = 0; i < notes->n; ++i) {
    ear_judge_take(an->judge[notes->note[i].model], &notes->note[i]);
  }
  an->n_in = n_in;
  ear_denormal_end(mode);
}

void
ear_analyzer_set_flags(ear_analyzer *an, uint32_t model, const ear_flag_config *flag)
{
  if (model < an->n_models) {
    ear_judge_set_flags(an->judge[model], flag);
  }
}

void
ear_analyzer_on_frame(ear_analyzer *an,
                      void (*on_frame)(void *user, uint32_t index,
                                       const ear_front_end *fe, const float *value))
{
  an->sink.on_frame = on_frame;
}

void
ear_analyzer_skip(ear_analyzer *an, uint64_t n)
{
  ear_clock_lose(&an->sink.clock, an->n_in, n);
}

ear_status
ear_part_new(ear_part *part, const ear_analyzer *an, uint32_t index, ear_model *model,
             ear_error *err)
{
  *part = (ear_part){.index = index};
  if (index >= an->n_models) {
    return refuse(err, "There is no place %u in an analyzer of %u models.", index + 1,
                  an->n_models);
  }
  if (!model) {
    return refuse(err, "The model for place %u is missing: open it first.", index + 1);
  }
  const uint64_t mode = ear_denormal_begin();
  const ear_front_end *fe = &ear_model_info_get(model)->front_end;
  ear_status status = ear_judge_new(&part->judge, &an->sink, index, model, err);
  if (!status) {
    status = ear_stage_new(&part->stage, an->rate_hz, fe, err);
  }
  if (!status && !ear_stage_reset(part->stage)) {
    status = EAR_NO_MEMORY;
  }
  if (status) {
    ear_part_clear(part);
  } else {
    ear_stage_add(part->stage, part->judge);
  }
  ear_denormal_end(mode);
  return status == EAR_NO_MEMORY ? no_memory(err) : status;
}

void
ear_part_clear(ear_part *part)
{
  ear_judge_free(part->judge);
  ear_stage_free(part->stage);
  part->judge = NULL;
  part->stage = NULL;
}

void
ear_analyzer_swap(ear_analyzer *an, ear_part *part, const ear_flag_config *flag)
{
  ear_judge *old = an->judge[part->index];
  const uint64_t lost = ear_clock_lost(&an->sink.clock);
  uint32_t l = 0;
  ear_judge_finish(old, since(an, an->start[part->index]));
  while (!ear_stage_remove(an->lane[l].stage, old)) {
    ++l;
  }
  ear_stage *alone = NULL; /* the old stage, if it has no judge any more */
  if (ear_stage_is_empty(an->lane[l].stage)) {
    alone = an->lane[l].stage;
  } else {
    l = an->n_lanes++;
  }
  an->lane[l] = (lane){.stage = part->stage, .start = an->n_in, .n_apart = an->n_block};
  an->judge[part->index] = part->judge;
  an->start[part->index] = an->n_in;
  ear_judge_set_flags(part->judge, flag);
  ear_judge_start(part->judge, since(an, 0), (double)(an->n_in + lost) / an->rate_hz);
  part->judge = old;
  part->stage = alone;
}
