/* SPDX-License-Identifier: ISC */
/* Every clip is heard once by a fit that never met its group; the figures of a setting
   are of all clips together. */
#include "learner.h"
#include "metrics.h"
#include "split.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_FOLDS = 3, REPEATS = 3 }; /* one parting of few artists is mostly luck */

/* Folds of the set's clips; 0 where no class can be parted. */
static uint32_t
part(const learner_set *s, const dataset *ds, uint64_t seed, uint32_t *fold)
{
  dataset some = *ds; /* its clips are copies of a few, which own nothing */
  uint32_t k = MOST_FOLDS;
  some.n_clips = s->n;
  some.clip = malloc((s->n + 1u) * sizeof *some.clip);
  if (!some.clip) {
    return 0;
  }
  for (uint32_t i = 0; i < s->n; ++i) {
    some.clip[i] = ds->clip[s->index[i]];
  }
  while (k > 1 && split_folds(&some, k, seed, fold, NULL)) {
    --k;
  }
  free(some.clip);
  return k > 1 ? k : 0;
}

/* Fit on all but one fold, and say what it thinks of that. */
static ear_status
hear_fold(const learner *kind, const learner_set *s, const uint32_t *fold, uint32_t which,
          uint32_t setting, float *p)
{
  uint32_t *index = malloc((s->n + 1u) * sizeof *index), n = 0;
  learned l;
  if (!index) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < s->n; ++i) {
    if (fold[i] != which) {
      index[n++] = s->index[i];
    }
  }
  const learner_set others = {n, s->n_values, s->n_labels, index, s->x, s->label};
  const ear_status st = learned_fit(&l, kind, &others, setting);
  for (uint32_t i = 0; i < s->n && !st; ++i) {
    if (fold[i] == which) {
      learned_say(&l, s->x + (size_t)s->index[i] * s->n_values,
                  p + (size_t)i * s->n_labels);
    }
  }
  if (!st) {
    learned_free(&l);
  }
  free(index);
  return st;
}

typedef struct {
  const learner_set *s;
  uint32_t n_folds;
  const uint32_t *fold;          /* [n] */
  const uint32_t *truth, *group; /* [n] */
} inner;

/* NaN when memory is short. */
static double
score(const inner *in, const learner *kind, uint32_t setting)
{
  metrics m;
  float *p = calloc((size_t)in->s->n * in->s->n_labels + 1, sizeof *p);
  ear_status st = p ? EAR_OK : EAR_NO_MEMORY;
  for (uint32_t f = 0; f < in->n_folds && !st; ++f) {
    st = hear_fold(kind, in->s, in->fold, f, setting, p);
  }
  const predictions pr = {in->s->n, in->s->n_labels, in->truth, in->group, p, NULL};
  st = st ? st : metrics_compute(&m, &pr);
  free(p);
  return st ? NAN : m.macro_f1 + m.group_accuracy;
}

/* Adds the scores of each setting on one parting; false when memory is short. */
static bool
add_scores(double *of, const inner *in, const learner *kind)
{
  bool good = true;
#pragma omp parallel for schedule(dynamic)
  for (uint32_t k = 0; k < kind->n_settings; ++k) {
    of[k] += score(in, kind, k);
  }
  for (uint32_t k = 0; k < kind->n_settings; ++k) {
    good = good && !isnan(of[k]);
  }
  return good;
}

ear_status
learner_choose(uint32_t *setting, const learner *kind, const learner_set *s,
               const dataset *ds, uint64_t seed)
{
  uint32_t *each = malloc(3 * (s->n + 1u) * sizeof *each); /* fold, truth, group */
  double *of = calloc(kind->n_settings, sizeof *of);
  bool good = each && of;
  *setting = kind->n_settings / 4;
  for (uint32_t i = 0; i < s->n && good; ++i) {
    each[s->n + i] = s->label[s->index[i]];
    each[2 * (size_t)s->n + i] = ds->clip[s->index[i]].group;
  }
  for (uint32_t again = 0; again < REPEATS && good; ++again) {
    const inner in = {s, part(s, ds, seed * REPEATS + again, each), each, each + s->n,
                      each + 2 * (size_t)s->n};
    good = in.n_folds == 0 || add_scores(of, &in, kind);
  }
  for (uint32_t k = 0; k < kind->n_settings && good; ++k) {
    *setting = of[k] > of[*setting] ? k : *setting;
  }
  free(each);
  free(of);
  return good ? EAR_OK : EAR_NO_MEMORY;
}
