/* SPDX-License-Identifier: ISC */
/* What is measured on the clips that taught is all that is known of the others. */
#include "learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const learner *const all[] = {&learner_svm, &learner_logistic};

const learner *
learner_find(const char *name)
{
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
    if (!strcmp(all[i]->name, name)) {
      return all[i];
    }
  }
  return NULL;
}

static void
standardise(learned *l, const learner_set *s)
{
  for (uint32_t v = 0; v < s->n_values; ++v) {
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < s->n; ++i) {
      sum += s->x[(size_t)s->index[i] * s->n_values + v];
    }
    l->mean[v] = sum / s->n;
    for (uint32_t i = 0; i < s->n; ++i) {
      const double d = s->x[(size_t)s->index[i] * s->n_values + v] - l->mean[v];
      squares += d * d;
    }
    l->inverse_std[v] = squares > 1e-12 * s->n ? sqrt(s->n / squares) : 0;
  }
}

static void
scaled(const learned *l, const double *x, double *z)
{
  for (uint32_t v = 0; v < l->n_values; ++v) {
    z[v] = (x[v] - l->mean[v]) * l->inverse_std[v];
  }
}

void
learned_free(learned *l)
{
  if (l->fitted) {
    l->kind->free(l->fitted);
  }
  free(l->mean);
  free(l->inverse_std);
  *l = (learned){0};
}

ear_status
learned_fit(learned *l, const learner *kind, const learner_set *s, uint32_t setting)
{
  *l = (learned){kind,
                 s->n_values,
                 setting,
                 calloc(s->n_values, sizeof *l->mean),
                 calloc(s->n_values, sizeof *l->mean),
                 NULL};
  double *z = malloc(((size_t)s->n * s->n_values + 1) * sizeof *z);
  uint32_t *index = malloc((s->n + 1u) * sizeof *index);
  uint32_t *label = malloc((s->n + 1u) * sizeof *label);
  ear_status st =
      l->mean && l->inverse_std && z && index && label ? EAR_OK : EAR_NO_MEMORY;
  if (!st) {
    standardise(l, s);
    for (uint32_t i = 0; i < s->n; ++i) {
      scaled(l, s->x + (size_t)s->index[i] * s->n_values, z + (size_t)i * s->n_values);
      index[i] = i;
      label[i] = s->label[s->index[i]];
    }
    const learner_set own = {s->n, s->n_values, s->n_labels, index, z, label};
    st = kind->fit(&l->fitted, &own, setting);
  }
  free(z);
  free(index);
  free(label);
  if (st) {
    learned_free(l);
  }
  return st;
}

void
learned_say(const learned *l, const double *x, float *p)
{
  double z[EAR_MAX_BANDS];
  scaled(l, x, z);
  l->kind->say(l->fitted, z, p);
}
