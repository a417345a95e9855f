/* SPDX-License-Identifier: ISC */
/* Clips with several labels: a level of a hierarchy is a label like any other, so a
   sigmoid over all labels is all that a model needs. */
#include "dataset.h"
#include "split.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
dataset_also(clip *c, uint32_t label)
{
  c->labels |= UINT64_C(1) << label;
}

bool
dataset_is_multi(const dataset *ds)
{
  bool multi = false;
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    multi |= ds->clip[i].labels != UINT64_C(1) << ds->clip[i].label;
  }
  return multi;
}

/* text[0..n), n > 0, and, with levels, its beginnings that end before a slash; *deepest:
   the longest of them.  False: no room. */
static bool
add_path(dataset *ds, const char *text, size_t n, uint32_t levels, label_set *set,
         uint32_t *deepest)
{
  char name[PATH_MAX];
  uint32_t level = 0;
  size_t end = 0;
  do {
    size_t next = end + (end > 0);
    while (next < n && text[next] != '/') {
      ++next;
    }
    end = levels < 2 ? n : next;
    snprintf(name, sizeof name, "%.*s", (int)end, text);
    *deepest = dataset_label(ds, name);
    if (*deepest == EAR_MAX_LABELS) {
      return false;
    }
    set->all |= UINT64_C(1) << *deepest;
    if (++level == levels) {
      break;
    }
  } while (end < n);
  return true;
}

bool
dataset_label_set(dataset *ds, const char *text, uint32_t levels, bool several,
                  label_set *set)
{
  *set = (label_set){.first = EAR_MAX_LABELS};
  while (*text) {
    const size_t whole = several ? strcspn(text, ";") : strlen(text);
    const size_t from = several ? strspn(text, " ") : 0;
    size_t to = whole;
    uint32_t deepest;
    while (several && to > from && text[to - 1] == ' ') {
      --to;
    }
    if (to > from) {
      if (!add_path(ds, text + from, to - from, levels, set, &deepest)) {
        return false;
      }
      set->first = set->first == EAR_MAX_LABELS ? deepest : set->first;
    }
    text += whole + (text[whole] == ';');
  }
  return true;
}

static int
by_hash_and_key(const void *a, const void *b)
{
  const clip *x = *(clip *const *)a, *y = *(clip *const *)b;
  const int order = strcmp(x->sha256, y->sha256);
  return order ? order : strcmp(x->key, y->key);
}

ear_status
dataset_merge(dataset *ds)
{
  ear_status st = split_join_duplicates(ds);
  bool *keep = malloc(ds->n_clips + 1u);
  clip **c = malloc((ds->n_clips + 1u) * sizeof *c);
  if (st || !keep || !c) {
    free(keep);
    free(c);
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    c[i] = &ds->clip[i];
    keep[i] = true;
  }
  qsort(c, ds->n_clips, sizeof *c, by_hash_and_key);
  for (uint32_t i = 1, first = 0; i < ds->n_clips; ++i) {
    if (c[i]->sha256[0] && strcmp(c[first]->sha256, c[i]->sha256) == 0) {
      c[first]->labels |= c[i]->labels;
      keep[c[i] - ds->clip] = false;
    } else {
      first = i;
    }
  }
  st = dataset_keep(ds, keep);
  free(keep);
  free(c);
  return st;
}
