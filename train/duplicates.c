/* SPDX-License-Identifier: ISC */
/* A clip is compared with earlier clips only, so each pair is met once and the first of a
   family is nobody's copy. */
#include "duplicates.h"
#include "duplicates_search.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *sound;
  uint32_t clip;
} hashed;

static int
by_sound(const void *a, const void *b)
{
  const hashed *x = a, *y = b;
  const int order = strcmp(x->sound, y->sound);
  return order ? order : x->clip < y->clip ? -1 : x->clip > y->clip;
}

/* first[i]: the earliest clip with the samples of clip i. */
static ear_status
find_exact(const inspection *k, uint32_t n, uint32_t *first)
{
  hashed *h = malloc((n + 1u) * sizeof *h);
  if (!h) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < n; ++i) {
    h[i] = (hashed){k[i].sound, i};
  }
  qsort(h, n, sizeof *h, by_sound);
  for (uint32_t i = 0; i < n; ++i) {
    const bool same = i && h[i].sound[0] && strcmp(h[i].sound, h[i - 1].sound) == 0;
    first[h[i].clip] = same ? first[h[i - 1].clip] : h[i].clip;
  }
  free(h);
  return EAR_OK;
}

ear_status
duplicates_find(duplicates *d, const inspection *k, uint32_t n_clips)
{
  uint32_t *first = malloc((n_clips + 1u) * sizeof *first);
  duplicate *near = calloc(n_clips + 1u, sizeof *near);
  *d = (duplicates){.copy = calloc(n_clips + 1u, sizeof *d->copy)};
  ear_status st = first && near && d->copy ? EAR_OK : EAR_NO_MEMORY;
  st = st ? st : find_exact(k, n_clips, first);
  st = st ? st : duplicates_search(near, k, first, n_clips);
  for (uint32_t i = 0; i < n_clips && !st; ++i) {
    if (first[i] != i) {
      d->copy[d->n++] =
          (duplicate){.clip = i, .of = first[i], .exact = true, .common_s = k[i].seconds};
    } else if (near[i].common_s > 0) {
      d->copy[d->n++] = near[i];
    }
  }
  free(first);
  free(near);
  if (st) {
    duplicates_free(d);
  }
  return st;
}

void
duplicates_free(duplicates *d)
{
  free(d->copy);
  *d = (duplicates){0};
}

ear_status
duplicates_check(const duplicates *d, const dataset *ds, ear_error *err)
{
  for (uint32_t i = 0; i < d->n; ++i) {
    const clip *a = &ds->clip[d->copy[i].of], *b = &ds->clip[d->copy[i].clip];
    if (!d->copy[i].exact) {
      continue;
    }
    if (a->labels != b->labels) {
      return fail(err, EAR_BAD_ARGUMENT,
                  "%s and %s are the same sound in two classes: remove it "
                  "from one, or say --several if it has both",
                  a->key, b->key);
    }
    if (a->side && b->side && a->side != b->side) {
      return fail(err, EAR_BAD_ARGUMENT,
                  "%s in %s and %s in %s are the same sound: put them on one side",
                  a->key, side_name(a->side), b->key, side_name(b->side));
    }
  }
  return EAR_OK;
}

static uint32_t
root_of(uint32_t *parent, uint32_t g)
{
  while (parent[g] != g) {
    parent[g] = parent[parent[g]];
    g = parent[g];
  }
  return g;
}

/* Merge the groups of copies; the name that sorts first stays. */
static void
merge(const duplicates *d, const dataset *ds, bool near, uint32_t *parent)
{
  for (uint32_t i = 0; i < d->n; ++i) {
    if (d->copy[i].exact || near) {
      const uint32_t a = root_of(parent, ds->clip[d->copy[i].of].group);
      const uint32_t b = root_of(parent, ds->clip[d->copy[i].clip].group);
      parent[a > b ? a : b] = a > b ? b : a;
    }
  }
}

/* Groups of each class. */
static ear_status
count_groups(const dataset *ds, uint32_t *parent, uint32_t n[EAR_MAX_LABELS])
{
  bool *seen = malloc(ds->n_groups + 1u);
  if (!seen) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    memset(seen, 0, ds->n_groups);
    n[l] = 0;
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      const uint32_t g = root_of(parent, ds->clip[i].group);
      if ((ds->clip[i].labels >> l & 1) && !seen[g]) {
        seen[g] = true;
        ++n[l];
      }
    }
  }
  free(seen);
  return EAR_OK;
}

/* Would joining near copies leave a class with too little to be split? */
static ear_status
near_too(const duplicates *d, const dataset *ds, uint32_t *exact, uint32_t *near,
         bool *fits)
{
  enum { LEAST = N_SIDES - 1 };
  uint32_t before[EAR_MAX_LABELS], after[EAR_MAX_LABELS];
  merge(d, ds, true, near);
  ear_status st = count_groups(ds, exact, before);
  st = st ? st : count_groups(ds, near, after);
  *fits = true;
  for (uint32_t l = 0; l < ds->n_labels && !st; ++l) {
    *fits = *fits && (after[l] >= LEAST || after[l] == before[l]);
  }
  return st;
}

static uint32_t
count_apart(const duplicates *d, const dataset *ds, uint32_t *parent)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < d->n; ++i) {
    n += root_of(parent, ds->clip[d->copy[i].of].group) !=
         root_of(parent, ds->clip[d->copy[i].clip].group);
  }
  return n;
}

static ear_status
rename_groups(dataset *ds, uint32_t *parent)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const uint32_t g = root_of(parent, ds->clip[i].group);
    char *in = g == ds->clip[i].group ? NULL : strdup(ds->group[g]);
    if (in) {
      free(ds->clip[i].in);
      ds->clip[i].in = in;
    } else if (g != ds->clip[i].group) {
      return EAR_NO_MEMORY;
    }
  }
  return dataset_sort(ds);
}

ear_status
duplicates_join(const duplicates *d, dataset *ds, uint32_t *n_apart)
{
  bool fits = false;
  uint32_t *exact = malloc((ds->n_groups + 1u) * sizeof *exact);
  uint32_t *near = malloc((ds->n_groups + 1u) * sizeof *near);
  ear_status st = exact && near ? EAR_OK : EAR_NO_MEMORY;
  for (uint32_t g = 0; g < ds->n_groups && !st; ++g) {
    exact[g] = near[g] = g;
  }
  if (!st) {
    merge(d, ds, false, exact);
    st = near_too(d, ds, exact, near, &fits);
  }
  uint32_t *parent = fits ? near : exact;
  *n_apart = st ? 0 : count_apart(d, ds, parent);
  st = st ? st : rename_groups(ds, parent);
  free(exact);
  free(near);
  return st;
}
