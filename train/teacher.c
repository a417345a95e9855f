/* SPDX-License-Identifier: ISC */
/* What a teacher says of labels that are not here is left out before it is softened. */
#include "teacher.h"
#include "evaluate.h"
#include "fail.h"
#include "thresholds.h"

#include <stdlib.h>
#include <string.h>

/* A teacher's p to out [n_labels], which is added to; false without a verdict. */
static bool
add_softened(const float *p, const uint32_t *from, uint32_t n_labels, const recipe *r,
             double *out)
{
  float soft[EAR_MAX_LABELS];
  bool any = false;
  for (uint32_t l = 0; l < n_labels; ++l) {
    soft[l] = p[from[l]];
    any = any || soft[l] > 0;
  }
  soften(soft, n_labels, (double)r->train.temperature,
         r->train.activation == RECIPE_SIGMOID);
  for (uint32_t l = 0; l < n_labels && any; ++l) {
    out[l] += (double)soft[l];
  }
  return any;
}

typedef struct {
  double *sum;     /* [n_clips][n_labels] */
  uint32_t *voice; /* [n_clips] teachers with a verdict */
} votes;

/* Where each of ds's labels stands in the teacher, which evaluate_model has checked. */
static void
find_labels(uint32_t *from, const ear_model_info *info, const dataset *ds)
{
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    from[l] = 0;
    while (strcmp(info->label[from[l]], ds->label[l]) != 0) {
      ++from[l];
    }
  }
}

static ear_status
add_teacher(votes *v, const char *name, const dataset *ds, const recipe *r,
            ear_error *err)
{
  ear_model *model;
  evaluation e;
  uint32_t from[EAR_MAX_LABELS];
  const bool file = strchr(name, '/') || strchr(name, '.');
  ear_error why = {""};
  ear_status st =
      file ? ear_model_open(&model, name, &why) : ear_model_builtin(&model, name, &why);
  if (st) {
    return fail(err, st, "--teacher %.200s: %.250s", name, why.text);
  }
  st = evaluate_model(&e, model, ds, SIDE_TRAIN, &why);
  if (st || e.n_failed) {
    st = fail(err, st ? st : EAR_IO, "--teacher %.200s: %.250s", name,
              st ? why.text : e.problem[0]);
  } else {
    find_labels(from, ear_model_info_get(model), ds);
  }
  for (uint32_t i = 0; i < e.n && !st; ++i) {
    v->voice[i] += add_softened(e.p + (size_t)i * e.n_labels, from, ds->n_labels, r,
                                v->sum + (size_t)i * ds->n_labels);
  }
  evaluation_free(&e);
  ear_model_unref(model);
  return st;
}

ear_status
teach(teaching *t, const char *models, const dataset *ds, const recipe *r, ear_error *err)
{
  const uint32_t n = dataset_side(ds, SIDE_TRAIN, NULL), labels = ds->n_labels;
  char *names = strdup(models), *rest = NULL;
  votes v = {calloc((size_t)n * labels + 1, sizeof *v.sum),
             calloc(n + 1u, sizeof *v.voice)};
  *t = (teaching){n, labels, calloc((size_t)n * labels + 1, sizeof *t->p)};
  ear_status st = names && v.sum && v.voice && t->p
                      ? EAR_OK
                      : fail(err, EAR_NO_MEMORY, "not enough memory");
  for (char *name = st ? NULL : strtok_r(names, ",", &rest); name && !st;
       name = strtok_r(NULL, ",", &rest)) {
    st = add_teacher(&v, name, ds, r, err);
  }
  for (size_t k = 0; k < (size_t)n * labels && !st; ++k) {
    const uint32_t voices = v.voice[k / labels];
    t->p[k] = voices ? (float)(v.sum[k] / voices) : 0;
  }
  free(names);
  free(v.sum);
  free(v.voice);
  if (st) {
    teaching_free(t);
  }
  return st;
}

void
teaching_free(teaching *t)
{
  free(t->p);
  *t = (teaching){0};
}

ear_status
clip_source_teach(clip_source *cs, const dataset *ds, const teaching *t)
{
  const float **taught = calloc(cs->n_clips + 1u, sizeof *taught);
  uint32_t n = 0;
  if (!taught) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) { /* as clip_source_new orders them */
    for (uint32_t i = 0, k = 0; i < ds->n_clips; ++i) {
      if (ds->clip[i].side == SIDE_TRAIN) {
        if (ds->clip[i].label == l) {
          taught[n++] = t->p + (size_t)k * t->n_labels;
        }
        ++k;
      }
    }
  }
  cs->taught = taught;
  return EAR_OK;
}
