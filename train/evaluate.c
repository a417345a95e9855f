/* SPDX-License-Identifier: ISC */
/* Clips keep their order whichever thread is done first. */
#include "evaluate.h"
#include "audio.h"
#include "fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
evaluation_free(evaluation *e)
{
  for (uint32_t i = 0; i < e->n_failed; ++i) {
    free(e->problem[i]);
  }
  free(e->problem);
  free(e->truth);
  free(e->truths);
  free(e->group);
  free(e->p);
  *e = (evaluation){0};
}

predictions
evaluation_predictions(const evaluation *e)
{
  return (predictions){e->n, e->n_labels, e->truth, e->group, e->p, e->truths};
}

ear_status
evaluation_new(evaluation *e, const dataset *ds, side s, uint32_t n_labels,
               const uint32_t *label_of_ds, uint32_t **index, ear_error *err)
{
  const bool multi = dataset_is_multi(ds);
  *e = (evaluation){.n_labels = n_labels};
  *index = malloc((ds->n_clips + 1u) * sizeof **index);
  e->truth = malloc((ds->n_clips + 1u) * sizeof *e->truth);
  e->truths = multi ? calloc(ds->n_clips + 1u, sizeof *e->truths) : NULL;
  e->group = malloc((ds->n_clips + 1u) * sizeof *e->group);
  e->problem = calloc(ds->n_clips + 1u, sizeof *e->problem);
  e->p = calloc((size_t)ds->n_clips * n_labels + 1, sizeof *e->p);
  if (!*index || !e->truth || (multi && !e->truths) || !e->group || !e->problem ||
      !e->p) {
    free(*index);
    evaluation_free(e);
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  e->n = dataset_side(ds, s, *index);
  for (uint32_t i = 0; i < e->n; ++i) {
    const clip *c = &ds->clip[(*index)[i]];
    e->truth[i] = label_of_ds ? label_of_ds[c->label] : c->label;
    for (uint32_t l = 0; l < ds->n_labels && multi; ++l) {
      const uint32_t to = label_of_ds ? label_of_ds[l] : l;
      e->truths[i] |= (c->labels >> l & 1) << to;
    }
    e->group[i] = c->group;
  }
  return EAR_OK;
}

typedef struct {
  uint32_t n_labels;
  float *p;
} last_verdict;

static void
take_verdict(void *user, const ear_verdict *v)
{
  const last_verdict *last = user;
  if (!v->gated) {
    memcpy(last->p, v->p[EAR_INTEGRATED], last->n_labels * sizeof *last->p);
  }
}

ear_status
evaluate_signal(float *p, ear_model *model, const float *x, size_t n, double rate_hz,
                ear_error *err)
{
  ear_analyzer *an;
  last_verdict last = {ear_model_info_get(model)->n_labels, p};
  memset(p, 0, last.n_labels * sizeof *p);
  const ear_analyzer_config config = {.rate_hz = rate_hz,
                                      .n_models = 1,
                                      .model = {model},
                                      .flag = {ear_flag_config_default(model)},
                                      .on_verdict = take_verdict,
                                      .user = &last};
  const ear_status st = ear_analyzer_new(&an, &config, err);
  if (st) {
    return st;
  }
  ear_analyzer_push(an, x, n);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  return EAR_OK;
}

/* Posteriors of one file; a sentence for the caller to free if it could not be read. */
static char *
evaluate_file(float *p, ear_model *model, const char *path)
{
  audio a;
  ear_error e = {""};
  ear_status st = audio_read_mono(&a, path, 0, 0, &e);
  if (!st) {
    st = evaluate_signal(p, model, a.x, a.n_frames, a.rate_hz, &e);
    audio_free(&a);
  }
  return st ? strdup(e.text) : NULL;
}

/* Move the clips that could not be read out of the figures. */
static void
close_gaps(evaluation *e, char **problem)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < e->n; ++i) {
    if (problem[i]) {
      e->problem[e->n_failed++] = problem[i];
      continue;
    }
    e->truth[n] = e->truth[i];
    e->group[n] = e->group[i];
    if (e->truths) {
      e->truths[n] = e->truths[i];
    }
    memmove(e->p + (size_t)n * e->n_labels, e->p + (size_t)i * e->n_labels,
            e->n_labels * sizeof *e->p);
    ++n;
  }
  e->n = n;
}

/* Where each label of the data set stands in the model. */
static ear_status
match_labels(uint32_t *to, const ear_model_info *info, const dataset *ds, ear_error *err)
{
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    for (to[l] = 0; to[l] < info->n_labels; ++to[l]) {
      if (strcmp(info->label[to[l]], ds->label[l]) == 0) {
        break;
      }
    }
    if (to[l] == info->n_labels) {
      return fail(err, EAR_BAD_ARGUMENT, "the model %s does not know the label %s",
                  info->name, ds->label[l]);
    }
  }
  return EAR_OK;
}

ear_status
evaluation_for_model(evaluation *e, ear_model *model, const dataset *ds, side s,
                     uint32_t **index, ear_error *err)
{
  const ear_model_info *info = ear_model_info_get(model);
  uint32_t to[EAR_MAX_LABELS];
  *e = (evaluation){0};
  const ear_status st = match_labels(to, info, ds, err);
  return st ? st : evaluation_new(e, ds, s, info->n_labels, to, index, err);
}

ear_status
evaluate_model(evaluation *e, ear_model *model, const dataset *ds, side s, ear_error *err)
{
  uint32_t *index;
  const ear_status st = evaluation_for_model(e, model, ds, s, &index, err);
  if (st) {
    return st;
  }
  char **problem = calloc(e->n + 1u, sizeof *problem);
  if (!problem) {
    free(index);
    evaluation_free(e);
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < e->n; ++i) {
    problem[i] =
        evaluate_file(e->p + (size_t)i * e->n_labels, model, ds->clip[index[i]].path);
  }
  close_gaps(e, problem);
  free(problem);
  free(index);
  return EAR_OK;
}
