/* SPDX-License-Identifier: ISC */
/* After dataset_sort the list depends on names alone, never on the order in which a
   folder was read: so a seed means the same on every machine. */
#include "dataset.h"
#include "fail.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <sha256.h>

enum { MAX_LABEL_BYTES = 63 }; /* docs/model-format.md */

static const char *const side_word[N_SIDES] = {"", "train", "valid", "test"};

const char *
side_name(side s)
{
  return s < N_SIDES ? side_word[s] : "";
}

side
side_find(const char *name)
{
  static const struct {
    const char *name;
    side s;
  } also[] = {{"val", SIDE_VALID},      {"validation", SIDE_VALID}, {"dev", SIDE_VALID},
              {"training", SIDE_TRAIN}, {"testing", SIDE_TEST},     {"none", SIDE_NONE}};
  for (unsigned s = 0; s < N_SIDES; ++s) {
    if (strcmp(name, side_word[s]) == 0) {
      return (side)s;
    }
  }
  for (size_t i = 0; i < sizeof also / sizeof also[0]; ++i) {
    if (strcmp(name, also[i].name) == 0) {
      return also[i].s;
    }
  }
  return N_SIDES;
}

uint32_t
dataset_label(dataset *ds, const char *name)
{
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    if (strcmp(ds->label[l], name) == 0) {
      return l;
    }
  }
  if (ds->n_labels == EAR_MAX_LABELS || !(ds->label[ds->n_labels] = strdup(name))) {
    return EAR_MAX_LABELS;
  }
  return ds->n_labels++;
}

static void
clip_free(clip *c)
{
  free(c->path);
  free(c->key);
  free(c->in);
}

clip *
dataset_add(dataset *ds, const char *path, const char *key, uint32_t label,
            const char *group)
{
  if (ds->n_clips == ds->room) {
    const uint32_t room = ds->room ? 2 * ds->room : 64;
    clip *grown = realloc(ds->clip, room * sizeof *grown);
    if (!grown) {
      return NULL;
    }
    ds->clip = grown;
    ds->room = room;
  }
  clip *c = &ds->clip[ds->n_clips];
  *c = (clip){.path = strdup(path),
              .key = strdup(key),
              .in = strdup(group[0] ? group : key),
              .label = label,
              .labels = UINT64_C(1) << label};
  if (!c->path || !c->key || !c->in) {
    clip_free(c);
    return NULL;
  }
  ++ds->n_clips;
  return c;
}

static int
by_name(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
by_key(const void *a, const void *b)
{
  return strcmp(((const clip *)a)->key, ((const clip *)b)->key);
}

/* ds->group: the sorted names without repetition; clip.group: where it stands there. */
static ear_status
number_groups(dataset *ds)
{
  for (uint32_t g = 0; g < ds->n_groups; ++g) {
    free(ds->group[g]);
  }
  free(ds->group);
  ds->n_groups = 0;
  ds->group = calloc(ds->n_clips + 1u, sizeof *ds->group);
  char **all = malloc((ds->n_clips + 1u) * sizeof *all);
  if (!ds->group || !all) {
    free(all);
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    all[i] = ds->clip[i].in;
  }
  qsort(all, ds->n_clips, sizeof *all, by_name);
  ear_status st = EAR_OK;
  for (uint32_t i = 0; i < ds->n_clips && !st; ++i) {
    if (i == 0 || strcmp(all[i], all[i - 1]) != 0) {
      ds->group[ds->n_groups] = strdup(all[i]);
      st = ds->group[ds->n_groups] ? EAR_OK : EAR_NO_MEMORY;
      ds->n_groups += !st;
    }
  }
  for (uint32_t i = 0; i < ds->n_clips && !st; ++i) {
    char **at = bsearch(&ds->clip[i].in, ds->group, ds->n_groups, sizeof *at, by_name);
    ds->clip[i].group = (uint32_t)(at - ds->group);
  }
  free(all);
  return st;
}

ear_status
dataset_sort(dataset *ds)
{
  char *before[EAR_MAX_LABELS];
  uint32_t now[EAR_MAX_LABELS];
  memcpy(before, ds->label, sizeof before);
  qsort(ds->label, ds->n_labels, sizeof ds->label[0], by_name);
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    for (now[l] = 0; ds->label[now[l]] != before[l]; ++now[l]) {
    }
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    clip *c = &ds->clip[i];
    const uint64_t old = c->labels;
    c->label = now[c->label];
    c->labels = 0;
    for (uint32_t l = 0; l < ds->n_labels; ++l) {
      c->labels |= (old >> l & 1) << now[l];
    }
  }
  if (ds->n_clips) {
    qsort(ds->clip, ds->n_clips, sizeof *ds->clip, by_key);
  }
  return number_groups(ds);
}

ear_status
dataset_keep(dataset *ds, const bool *keep)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (keep[i]) {
      ds->clip[n++] = ds->clip[i];
    } else {
      clip_free(&ds->clip[i]);
    }
  }
  ds->n_clips = n;
  return number_groups(ds);
}

void
dataset_free(dataset *ds)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    clip_free(&ds->clip[i]);
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    free(ds->label[l]);
  }
  for (uint32_t g = 0; g < ds->n_groups; ++g) {
    free(ds->group[g]);
  }
  free(ds->clip);
  free(ds->group);
  free(ds->name);
  *ds = (dataset){0};
}

void
dataset_hash(dataset *ds)
{
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (!SHA256File(ds->clip[i].path, ds->clip[i].sha256)) {
      ds->clip[i].sha256[0] = '\0';
    }
  }
}

ear_status
dataset_check(const dataset *ds, ear_error *err)
{
  uint32_t count[EAR_MAX_LABELS] = {0};
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    for (uint32_t l = 0; l < ds->n_labels; ++l) {
      count[l] += ds->clip[i].labels >> l & 1;
    }
  }
  if (ds->n_labels < 2) {
    return fail(err, EAR_BAD_ARGUMENT,
                "%s has %s: put the sounds into one folder a class, two classes at least",
                ds->name, ds->n_labels ? "only one class" : "no class");
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    json_t *text = json_string(ds->label[l]); /* NULL if it is not UTF-8 */
    const size_t length = text ? strlen(ds->label[l]) : 0;
    json_decref(text);
    if (length < 1 || length > MAX_LABEL_BYTES) {
      return fail(
          err, EAR_BAD_ARGUMENT,
          "class %s of %s: a model's labels are UTF-8 of %d bytes at most; rename "
          "it",
          ds->label[l], ds->name, MAX_LABEL_BYTES);
    }
    if (count[l] == 0) {
      return fail(err, EAR_BAD_ARGUMENT,
                  "class %s of %s has no readable sound: add some or remove the class",
                  ds->label[l], ds->name);
    }
  }
  return EAR_OK;
}

uint32_t
dataset_side(const dataset *ds, side s, uint32_t *index)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (s == N_SIDES || ds->clip[i].side == s) {
      if (index) {
        index[n] = i;
      }
      ++n;
    }
  }
  return n;
}
