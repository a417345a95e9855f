/* SPDX-License-Identifier: ISC */
/* Each sound is one thread's alone; sums are made afterwards, in the order of clips. */
#include "inspect_set.h"
#include "feature_cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(N_SIDES == 4, "inspect_class has room for every side");

double
inspect_edge(const inspect_histogram *h, uint32_t bin)
{
  const double at = (double)bin / h->n_bins;
  return h->log ? h->low * pow(h->high / h->low, at) : h->low + (h->high - h->low) * at;
}

static int
by_size(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* value is sorted on return. */
static void
fill(inspect_histogram *h, double *value, uint32_t n)
{
  qsort(value, n, sizeof *value, by_size);
  h->n = n;
  for (uint32_t i = 0; i < n; ++i) {
    const double at = h->log
                          ? log(fmax(value[i], h->low) / h->low) / log(h->high / h->low)
                          : (value[i] - h->low) / (h->high - h->low);
    const double bin = fmin(fmax(floor(at * h->n_bins), 0), h->n_bins - 1.0);
    ++h->count[(uint32_t)bin];
  }
  if (n) {
    h->least = value[0];
    h->median = value[n / 2];
    h->most = value[n - 1];
  }
}

static ear_status
fill_all(inspected *in, uint32_t n_clips)
{
  inspect_histogram *h[3] = {&in->length, &in->peak, &in->level};
  in->length = (inspect_histogram){
      .name = "length", .unit = "s", .low = 0.1, .high = 1e4, .log = true, .n_bins = 20};
  in->peak = (inspect_histogram){
      .name = "peak", .unit = "dBFS", .low = -60, .high = 0, .n_bins = 20};
  in->level = (inspect_histogram){
      .name = "level", .unit = "dBFS", .low = -60, .high = 0, .n_bins = 20};
  double *value = malloc((n_clips + 1u) * sizeof *value);
  for (int which = 0; value && which < 3; ++which) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_clips; ++i) {
      const inspection *k = &in->sound[i];
      if (!k->unreadable) {
        value[n++] = which == 0 ? k->seconds : which == 1 ? k->peak_db : k->level_db;
      }
    }
    fill(h[which], value, n);
  }
  free(value);
  return value ? EAR_OK : EAR_NO_MEMORY;
}

/* Count a rate; one more than there is room for counts with the last. */
static void
count_rate(inspected *in, double rate_hz)
{
  uint32_t r = 0;
  while (r < in->n_rates && in->rate_hz[r] != rate_hz) {
    ++r;
  }
  if (r == INSPECT_MAX_RATES) {
    --r;
  } else if (r == in->n_rates) {
    in->rate_hz[in->n_rates++] = rate_hz;
  }
  ++in->rate_count[r];
}

static void
sort_rates(inspected *in)
{
  for (uint32_t i = 1; i < in->n_rates; ++i) {
    for (uint32_t r = i; r && in->rate_count[r] > in->rate_count[r - 1]; --r) {
      const uint32_t count = in->rate_count[r];
      const double rate_hz = in->rate_hz[r];
      in->rate_count[r] = in->rate_count[r - 1];
      in->rate_hz[r] = in->rate_hz[r - 1];
      in->rate_count[r - 1] = count;
      in->rate_hz[r - 1] = rate_hz;
    }
  }
}

static void
count_all(inspected *in, uint32_t n_clips)
{
  for (uint32_t i = 0; i < n_clips; ++i) {
    const inspection *k = &in->sound[i];
    ++in->n_state[inspection_state(k)];
    if (!k->unreadable) {
      in->seconds += k->seconds;
      in->n_mono += k->n_channels == 1;
      in->n_stereo += k->n_channels == 2;
      in->n_more += k->n_channels > 2;
      count_rate(in, k->rate_hz);
    }
  }
  sort_rates(in);
}

static void
look_at_all(inspected *in, const dataset *ds, const inspect_options *o)
{
  uint32_t done = 0;
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    inspect(&in->sound[i], ds->clip[i].path, ds->clip[i].sha256, o->cache);
#pragma omp critical(inspect)
    {
      ++done;
      if (o->say) {
        o->say(o->user, done, ds->n_clips);
      }
    }
  }
}

ear_status
inspect_set(inspected *in, const dataset *ds, const inspect_options *o)
{
  *in =
      (inspected){.n = ds->n_clips, .sound = calloc(ds->n_clips + 1u, sizeof *in->sound)};
  if (!in->sound) {
    return EAR_NO_MEMORY;
  }
  if (o->cache) {
    feature_cache_make(o->cache, NULL); /* without one it is slower, nothing else */
  }
  look_at_all(in, ds, o);
  count_all(in, ds->n_clips);
  ear_status st = fill_all(in, ds->n_clips);
  st = st ? st : duplicates_find(&in->copies, in->sound, ds->n_clips);
  if (st) {
    inspected_free(in);
  }
  return st;
}

void
inspected_free(inspected *in)
{
  for (uint32_t i = 0; in->sound && i < in->n; ++i) {
    inspection_free(&in->sound[i]);
  }
  for (uint32_t i = 0; i < in->n_unreadable; ++i) {
    free(in->unreadable[i]);
  }
  free(in->sound);
  free(in->unreadable);
  duplicates_free(&in->copies);
  *in = (inspected){0};
}

/* "key: why"; the path that the sentence may begin with goes. */
static char *
sentence_of(const inspection *k, const clip *c)
{
  const size_t n = strlen(c->path);
  const bool named = strncmp(k->unreadable, c->path, n) == 0;
  const char *why =
      named ? k->unreadable + n + strspn(k->unreadable + n, ": ") : k->unreadable;
  char *text = NULL;
  return asprintf(&text, "%s: %s", c->key, why) < 0 ? NULL : text;
}

ear_status
inspect_drop(inspected *in, dataset *ds)
{
  const uint32_t all = in->n;
  bool *keep = calloc(all + 1u, sizeof *keep);
  uint32_t *now = calloc(all + 1u, sizeof *now); /* where each sound is afterwards */
  in->unreadable = calloc(all + 1u, sizeof *in->unreadable);
  ear_status st = keep && now && in->unreadable ? EAR_OK : EAR_NO_MEMORY;
  for (uint32_t i = 0; i < all && !st; ++i) {
    keep[i] = !in->sound[i].unreadable;
    if (!keep[i]) {
      char *text = sentence_of(&in->sound[i], &ds->clip[i]);
      st = text ? EAR_OK : EAR_NO_MEMORY;
      in->unreadable[in->n_unreadable] = text;
      in->n_unreadable += text != NULL;
    }
  }
  in->n = st ? in->n : 0;
  for (uint32_t i = 0; i < all && !st; ++i) {
    now[i] = in->n;
    if (keep[i]) {
      in->sound[in->n++] = in->sound[i];
    } else {
      inspection_free(&in->sound[i]);
    }
  }
  for (uint32_t i = 0; i < in->copies.n && !st; ++i) { /* none of them unreadable */
    in->copies.copy[i].clip = now[in->copies.copy[i].clip];
    in->copies.copy[i].of = now[in->copies.copy[i].of];
  }
  st = st ? st : dataset_keep(ds, keep);
  free(keep);
  free(now);
  return st;
}

ear_status
inspect_class_of(inspect_class *c, const inspected *in, const dataset *ds, uint32_t label)
{
  bool *seen = calloc(ds->n_groups + 1u, sizeof *seen);
  *c = (inspect_class){0};
  for (uint32_t i = 0; seen && i < ds->n_clips; ++i) {
    const clip *k = &ds->clip[i];
    if (k->labels >> label & 1) {
      ++c->clips;
      c->groups += !seen[k->group];
      seen[k->group] = true;
      c->seconds += in->sound[i].seconds;
      ++c->side[k->side];
    }
  }
  free(seen);
  return seen ? EAR_OK : EAR_NO_MEMORY;
}
