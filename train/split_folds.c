/* SPDX-License-Identifier: ISC */
/* Largest groups first, each to the fold that lacks its classes most. */
#include "fail.h"
#include "rng.h"
#include "split.h"

#include <stdlib.h>

typedef struct {
  uint32_t n_groups, n_labels, k;
  uint32_t *count; /* [n_groups][n_labels] clips */
  uint32_t *size;  /* [n_groups] clips */
  uint32_t *order; /* [n_groups] largest first, equals shuffled */
  uint64_t *draw;  /* [n_groups] */
  uint32_t *at;    /* [n_groups] fold */
  double *have;    /* [k][n_labels] clips given so far */
  double *all;     /* [n_labels] */
} plan;

static void
plan_free(plan *p)
{
  free(p->count);
  free(p->size);
  free(p->order);
  free(p->draw);
  free(p->at);
  free(p->have);
  free(p->all);
}

static bool
plan_new(plan *p, const dataset *ds, uint32_t k, uint64_t seed)
{
  const size_t n = ds->n_groups + 1u, l = ds->n_labels + 1u;
  *p = (plan){.n_groups = ds->n_groups, .n_labels = ds->n_labels, .k = k};
  p->count = calloc(n * l, sizeof *p->count);
  p->size = calloc(n, sizeof *p->size);
  p->order = calloc(n, sizeof *p->order);
  p->draw = calloc(n, sizeof *p->draw);
  p->at = calloc(n, sizeof *p->at);
  p->have = calloc(k * l, sizeof *p->have);
  p->all = calloc(l, sizeof *p->all);
  if (!p->count || !p->size || !p->order || !p->draw || !p->at || !p->have || !p->all) {
    return false;
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const clip *c = &ds->clip[i];
    ++p->size[c->group];
    for (uint32_t b = 0; b < ds->n_labels; ++b) {
      p->count[(size_t)c->group * ds->n_labels + b] += c->labels >> b & 1;
      p->all[b] += c->labels >> b & 1;
    }
  }
  for (uint32_t g = 0; g < ds->n_groups; ++g) {
    rng r = rng_stream(seed, 0xf01d, g);
    p->draw[g] = rng_u64(&r);
    p->order[g] = g;
  }
  return true;
}

static int
larger_first(const void *a, const void *b, void *user)
{
  const plan *p = user;
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  if (p->size[x] != p->size[y]) {
    return p->size[x] > p->size[y] ? -1 : 1;
  }
  return p->draw[x] < p->draw[y] ? -1 : p->draw[x] > p->draw[y];
}

/* How full fold f would be of the classes of group g. */
static double
load_of(const plan *p, uint32_t g, uint32_t f)
{
  double sum = 0;
  for (uint32_t l = 0; l < p->n_labels; ++l) {
    const double n = p->count[(size_t)g * p->n_labels + l];
    sum += n > 0 ? n * (p->have[(size_t)f * p->n_labels + l] + n / 2) / p->all[l] : 0;
  }
  return sum;
}

static void
place(plan *p, uint32_t g)
{
  uint32_t best = 0;
  for (uint32_t f = 1; f < p->k; ++f) {
    best = load_of(p, g, f) < load_of(p, g, best) ? f : best;
  }
  p->at[g] = best;
  for (uint32_t l = 0; l < p->n_labels; ++l) {
    p->have[(size_t)best * p->n_labels + l] += p->count[(size_t)g * p->n_labels + l];
  }
}

/* Each class in every fold. */
static ear_status
check(const plan *p, const dataset *ds, ear_error *err)
{
  for (uint32_t l = 0; l < p->n_labels; ++l) {
    uint32_t groups = 0;
    for (uint32_t g = 0; g < p->n_groups; ++g) {
      groups += p->count[(size_t)g * p->n_labels + l] > 0;
    }
    for (uint32_t f = 0; f < p->k; ++f) {
      if (p->have[(size_t)f * p->n_labels + l] <= 0) {
        return fail(err, EAR_BAD_ARGUMENT,
                    "--folds %u: class %s has %u groups, too few for one in each fold: "
                    "give fewer folds or more sounds",
                    p->k, ds->label[l], groups);
      }
    }
  }
  return EAR_OK;
}

ear_status
split_folds(const dataset *ds, uint32_t k, uint64_t seed, uint32_t *fold, ear_error *err)
{
  plan p;
  if (!plan_new(&p, ds, k, seed)) {
    plan_free(&p);
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  qsort_r(p.order, p.n_groups, sizeof *p.order, larger_first, &p);
  for (uint32_t i = 0; i < p.n_groups; ++i) {
    place(&p, p.order[i]);
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    fold[i] = p.at[ds->clip[i].group];
  }
  const ear_status st = check(&p, ds, err);
  plan_free(&p);
  return st;
}

void
split_use_fold(dataset *ds, const uint32_t *fold, uint32_t k, uint32_t which)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    ds->clip[i].side = fold[i] == which             ? SIDE_TEST
                       : fold[i] == (which + 1) % k ? SIDE_VALID
                                                    : SIDE_TRAIN;
  }
}
