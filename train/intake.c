/* SPDX-License-Identifier: ISC */
/* What would spoil training is found before the first step, cheapest check first. */
#include "background.h"
#include "fail.h"
#include "feature_cache.h"
#include "hash_cache.h"
#include "inspect_set.h"
#include "options.h"
#include "parallel.h"
#include "parallel_data.h"
#include "split.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void
intake_free(intake *in)
{
  for (uint32_t i = 0; i < in->n_dropped; ++i) {
    free(in->problem[i]);
    free(in->dropped[i]);
  }
  free(in->problem);
  free(in->dropped);
  featureset_free(&in->fs);
  dataset_free(&in->ds);
  *in = (intake){0};
}

/* The sentence without the path that it may begin with: the clip is named beside it. */
static void
cut_path(char *problem, const char *path)
{
  const size_t n = strlen(path);
  if (strncmp(problem, path, n) == 0) {
    const size_t gap = strspn(problem + n, ": ");
    memmove(problem, problem + n + gap, strlen(problem + n + gap) + 1);
  }
}

/* Take out the clips that could not be used, and remember why. */
static ear_status
drop(intake *in)
{
  in->problem = calloc(in->fs.n_clips + 1u, sizeof *in->problem);
  in->dropped = calloc(in->fs.n_clips + 1u, sizeof *in->dropped);
  if (!in->problem || !in->dropped) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < in->fs.n_clips; ++i) {
    if (in->fs.clip[i].problem) {
      in->dropped[in->n_dropped] = strdup(in->ds.clip[i].key);
      if (!in->dropped[in->n_dropped]) {
        return EAR_NO_MEMORY;
      }
      cut_path(in->fs.clip[i].problem, in->ds.clip[i].path);
      in->problem[in->n_dropped++] = in->fs.clip[i].problem;
      in->fs.clip[i].problem = NULL;
    }
  }
  return featureset_drop(&in->fs, &in->ds);
}

/* Copies by what they sound like: the same samples in two classes or on two given sides
   stop training, else copies share a group where the sides are still to be made. */
static ear_status
give_sides(intake *in, const options *o, const intake_say *say, ear_error *err)
{
  const inspect_options io = {o->cache[0] ? o->cache : NULL, say->sounds, say->user};
  inspected k;
  ear_status st = inspect_set(&k, &in->ds, &io);
  if (st) {
    return st;
  }
  in->n_copies = k.copies.n;
  if (o->split) {
    st = split_read(&in->ds, o->split, err);
  }
  const bool given = split_given(&in->ds);
  st = st ? st : duplicates_check(&k.copies, &in->ds, err);
  st = st || given ? st : duplicates_join(&k.copies, &in->ds, &in->n_apart);
  for (uint32_t i = 0; i < k.copies.n && given; ++i) {
    const duplicate *d = &k.copies.copy[i];
    in->n_apart += in->ds.clip[d->clip].side != in->ds.clip[d->of].side;
  }
  inspected_free(&k);
  return st ? st : given ? split_check(&in->ds, err) : split_make(&in->ds, o->seed, err);
}

/* The class that is made, as files where features are kept, else beside the run. */
static ear_status
add_background(intake *in, const options *o, ear_error *err)
{
  char folder[PATH_MAX];
  if (!o->background) {
    return EAR_OK;
  }
  if (o->cache[0]) {
    const ear_status st = feature_cache_make(o->cache, err);
    if (st) {
      return st;
    }
    snprintf(folder, sizeof folder, "%.*s/background", PATH_MAX - 16, o->cache);
  } else if (o->out) {
    snprintf(folder, sizeof folder, "%.*s.background", PATH_MAX - 16, o->out);
  } else {
    return fail(err, EAR_BAD_ARGUMENT, "--background makes sounds: give them a --cache");
  }
  return background_add(&in->ds, folder, o->background, o->seed, err);
}

ear_status
intake_open(intake *in, const options *o, const ear_front_end *fe, bool split,
            const intake_say *say, ear_error *err)
{
  *in = (intake){0};
  ear_status st = dataset_read(&in->ds, o->dataset, &o->source, err);
  st = st ? st : add_background(in, o, err);
  if (!st) {
    st = dataset_check(&in->ds, err);
  }
  st = parallel_agree(st, err);
  st = st ? st : parallel_data_same(&in->ds, err);
  if (!st) {
    uint32_t n_read;
    st =
        hash_cache_take(&in->ds, o->cache[0] ? o->cache : NULL, o->dataset, &n_read, err);
    st = st || !o->source.several ? st : dataset_merge(&in->ds);
  }
  if (!st) {
    st = split && !o->split && !split_given(&in->ds) ? split_join_duplicates(&in->ds)
                                                     : EAR_OK;
  }
  if (!st && fe) {
    const featureset_options fo = {o->cache[0] ? o->cache : NULL, say->features,
                                   say->user};
    st = featureset_load(&in->fs, &in->ds, fe, &fo, err);
    st = st ? st : drop(in);
    st = st ? st : parallel_agree(dataset_check(&in->ds, err), err);
  }
  if (!st && split) {
    st = parallel_first() ? give_sides(in, o, say, err) : EAR_OK;
    st = parallel_agree(st, err);
    st = st ? st : parallel_data_sides(&in->ds, err);
  }
  if (st == EAR_NO_MEMORY) {
    fail_say(err, "not enough memory for %s", o->dataset);
  }
  if (st) {
    intake_free(in);
  }
  return st;
}
