/* SPDX-License-Identifier: ISC */
/* A side is given to a group, never to a clip. */
#include "split.h"
#include "fail.h"
#include "rng.h"

#include <stdlib.h>
#include <string.h>

static const double share[N_SIDES] = {0, 0.70, 0.15, 0.15};

typedef struct {
  uint32_t n_groups, n_labels;
  uint32_t *count;                      /* [n_groups][n_labels] clips */
  uint32_t *size;                       /* [n_groups] clips */
  side *at;                             /* [n_groups] */
  uint32_t *order;                      /* [n_groups] largest first, equals shuffled */
  uint64_t *draw;                       /* [n_groups] */
  double have[N_SIDES][EAR_MAX_LABELS]; /* clips given so far */
  double all[EAR_MAX_LABELS];
} plan;

static void
plan_free(plan *p)
{
  free(p->count);
  free(p->size);
  free(p->at);
  free(p->order);
  free(p->draw);
}

static ear_status
plan_new(plan *p, const dataset *ds, uint64_t seed)
{
  const uint32_t n = ds->n_groups;
  *p = (plan){.n_groups = n, .n_labels = ds->n_labels};
  p->count = calloc((size_t)n * ds->n_labels + 1, sizeof *p->count);
  p->size = calloc(n + 1u, sizeof *p->size);
  p->at = calloc(n + 1u, sizeof *p->at);
  p->order = calloc(n + 1u, sizeof *p->order);
  p->draw = calloc(n + 1u, sizeof *p->draw);
  if (!p->count || !p->size || !p->at || !p->order || !p->draw) {
    plan_free(p);
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const clip *c = &ds->clip[i];
    ++p->size[c->group];
    for (uint32_t l = 0; l < ds->n_labels; ++l) {
      p->count[(size_t)c->group * ds->n_labels + l] += c->labels >> l & 1;
      p->all[l] += c->labels >> l & 1;
    }
  }
  for (uint32_t g = 0; g < n; ++g) {
    rng r = rng_stream(seed, 0x5317, g);
    p->draw[g] = rng_u64(&r);
    p->order[g] = g;
  }
  return EAR_OK;
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

/* Move group g to side s, from nowhere or from another side. */
static void
give(plan *p, uint32_t g, side s)
{
  for (uint32_t l = 0; l < p->n_labels; ++l) {
    const uint32_t n = p->count[(size_t)g * p->n_labels + l];
    p->have[p->at[g]][l] -= n;
    p->have[s][l] += n;
  }
  p->at[g] = s;
}

/* How much side s wants group g: its clips, each worth what its class still lacks there.
 */
static double
want(const plan *p, uint32_t g, side s)
{
  double sum = 0;
  for (uint32_t l = 0; l < p->n_labels; ++l) {
    const double n = p->count[(size_t)g * p->n_labels + l];
    if (n > 0) {
      sum += n * (1 - (p->have[s][l] + n / 2) / (share[s] * p->all[l]));
    }
  }
  return sum;
}

/* Groups on side s that hold label l; the smallest of them in *smallest. */
static uint32_t
holders(const plan *p, side s, uint32_t l, uint32_t *smallest)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->n_groups; ++i) {
    const uint32_t g = p->order[i];
    if (p->at[g] == s && p->count[(size_t)g * p->n_labels + l]) {
      *smallest = g;
      ++n;
    }
  }
  return n;
}

/* Every class needs a group in train and in valid, and one in test if it has three. */
static void
repair(plan *p, uint32_t l)
{
  static const side from_to[][2] = {{SIDE_TEST, SIDE_TRAIN}, {SIDE_VALID, SIDE_TRAIN},
                                    {SIDE_TEST, SIDE_VALID}, {SIDE_TRAIN, SIDE_VALID},
                                    {SIDE_TRAIN, SIDE_TEST}, {SIDE_VALID, SIDE_TEST}};
  for (size_t i = 0; i < sizeof from_to / sizeof from_to[0]; ++i) {
    const side from = from_to[i][0], to = from_to[i][1];
    uint32_t g = 0, ignored;
    const uint32_t least = from == SIDE_TEST ? 1 : 2; /* test may give its last */
    if (holders(p, to, l, &ignored) == 0 && holders(p, from, l, &g) >= least) {
      give(p, g, to);
    }
  }
}

ear_status
split_make(dataset *ds, uint64_t seed, ear_error *err)
{
  plan p;
  if (plan_new(&p, ds, seed)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  qsort_r(p.order, p.n_groups, sizeof *p.order, larger_first, &p);
  for (uint32_t i = 0; i < p.n_groups; ++i) {
    side best = SIDE_TRAIN;
    for (side s = SIDE_VALID; s < N_SIDES; ++s) {
      best = want(&p, p.order[i], s) > want(&p, p.order[i], best) ? s : best;
    }
    give(&p, p.order[i], best);
  }
  for (uint32_t l = 0; l < p.n_labels; ++l) {
    repair(&p, l);
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    ds->clip[i].side = p.at[ds->clip[i].group];
  }
  plan_free(&p);
  return split_check(ds, err);
}

static ear_status
check_classes(const dataset *ds, ear_error *err)
{
  static const char *const advice = "add sounds of other artists, or name the groups "
                                    "(--group-re, a group column)";
  uint32_t n[N_SIDES][EAR_MAX_LABELS] = {{0}};
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    for (uint32_t l = 0; l < ds->n_labels; ++l) {
      n[ds->clip[i].side][l] += ds->clip[i].labels >> l & 1;
    }
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    for (side s = SIDE_TRAIN; s <= SIDE_VALID; ++s) {
      if (n[s][l] == 0) {
        return fail(err, EAR_BAD_ARGUMENT,
                    "class %s has no group of its own for the %s side: %s", ds->label[l],
                    side_name(s), advice);
      }
    }
  }
  return EAR_OK;
}

static int
by_hash(const void *a, const void *b)
{
  return strcmp((*(clip *const *)a)->sha256, (*(clip *const *)b)->sha256);
}

/* Pointers to the clips, those of the same bytes side by side. */
static clip **
sorted_by_hash(const dataset *ds)
{
  clip **c = malloc((ds->n_clips + 1u) * sizeof *c);
  for (uint32_t i = 0; c && i < ds->n_clips; ++i) {
    c[i] = &ds->clip[i];
  }
  if (c) {
    qsort(c, ds->n_clips, sizeof *c, by_hash);
  }
  return c;
}

static bool
same_bytes(const clip *a, const clip *b)
{
  return a->sha256[0] && strcmp(a->sha256, b->sha256) == 0;
}

ear_status
split_check(const dataset *ds, ear_error *err)
{
  const clip **first = calloc(ds->n_groups + 1u, sizeof *first);
  clip **c = sorted_by_hash(ds);
  ear_status st = first && c ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  for (uint32_t i = 0; i < ds->n_clips && !st; ++i) {
    const clip *seen = first[c[i]->group];
    if (seen && seen->side != c[i]->side && seen->side && c[i]->side) {
      st = fail(err, EAR_BAD_ARGUMENT,
                "group %s is on two sides of the split: %s in %s, %s in %s",
                ds->group[c[i]->group], seen->key, side_name(seen->side), c[i]->key,
                side_name(c[i]->side));
    } else if (i && same_bytes(c[i - 1], c[i]) && c[i - 1]->side != c[i]->side) {
      st = fail(err, EAR_BAD_ARGUMENT,
                "%s in %s and %s in %s are the same file: put them on one side",
                c[i - 1]->key, side_name(c[i - 1]->side), c[i]->key,
                side_name(c[i]->side));
    }
    first[c[i]->group] = seen ? seen : c[i];
  }
  free(first);
  free(c);
  return st ? st : check_classes(ds, err);
}

ear_status
split_join_duplicates(dataset *ds)
{
  clip **c = sorted_by_hash(ds);
  ear_status st = c ? EAR_OK : EAR_NO_MEMORY;
  for (uint32_t i = 1; i < ds->n_clips && !st; ++i) {
    if (!same_bytes(c[i - 1], c[i]) || strcmp(c[i - 1]->in, c[i]->in) == 0) {
      continue;
    }
    char *from = strdup(c[i]->in); /* every clip of that group moves over */
    for (uint32_t k = 0; from && k < ds->n_clips && !st; ++k) {
      if (strcmp(ds->clip[k].in, from) == 0) {
        char *in = strdup(c[i - 1]->in);
        st = in ? EAR_OK : EAR_NO_MEMORY;
        if (in) {
          free(ds->clip[k].in);
          ds->clip[k].in = in;
        }
      }
    }
    st = from ? st : EAR_NO_MEMORY;
    free(from);
  }
  free(c);
  return st ? st : dataset_sort(ds);
}

bool
split_given(const dataset *ds)
{
  return dataset_side(ds, SIDE_NONE, NULL) < ds->n_clips;
}
