/* SPDX-License-Identifier: ISC */
/* Lengths first, of all clips at once; then the frames of one clip after the other. */
#include "parallel_data.h"
#include "fail.h"
#include "parallel.h"

#include <stdlib.h>
#include <string.h>

#include <sha256.h>

static ear_status
no_memory(ear_error *err)
{
  return fail(err, EAR_NO_MEMORY, "not enough memory");
}

ear_status
parallel_data_same(const dataset *ds, ear_error *err)
{
  uint8_t hash[SHA256_DIGEST_LENGTH];
  SHA2_CTX c;
  SHA256Init(&c);
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const clip *k = &ds->clip[i];
    SHA256Update(&c, (const uint8_t *)k->key, strlen(k->key) + 1);
    SHA256Update(&c, (const uint8_t *)&k->labels, sizeof k->labels);
  }
  SHA256Final(hash, &c);
  return parallel_ranks() == 1
             ? EAR_OK
             : parallel_same(hash, sizeof hash, "the list of sounds here", err);
}

/* What the others must know before they take a clip. */
typedef struct {
  uint32_t n_frames;
  uint32_t problem; /* bytes of the sentence with its end, 0: none */
} lengths;

static bool
take_room(feature_clip *c, const lengths *l, size_t frame)
{
  *c = (feature_clip){.n_frames = l->n_frames};
  c->kept = l->n_frames ? malloc(l->n_frames * frame) : NULL;
  c->problem = l->problem ? malloc(l->problem) : NULL;
  return (c->kept || !l->n_frames) && (c->problem || !l->problem);
}

/* Clip c of rank `from` to all. */
static ear_status
pass_on(feature_clip *c, uint32_t from, const lengths *l, const ear_front_end *fe,
        feature_store *store, ear_error *err)
{
  const size_t frame = ear_front_end_values(fe) * sizeof *c->kept;
  const bool other = from != parallel_rank();
  if (other && !take_room(c, l, frame)) {
    return no_memory(err);
  }
  if (l->n_frames) {
    parallel_tell_from(from, c->kept, l->n_frames * frame);
  }
  if (l->problem) {
    parallel_tell_from(from, c->problem, l->problem);
  }
  return other ? feature_clip_store(c, fe, store, err) : EAR_OK;
}

static lengths *
lengths_of(const feature_clip *all, uint32_t n, uint32_t each)
{
  uint32_t first;
  const uint32_t mine = parallel_part(n, &first);
  lengths *l = calloc((size_t)n * each + 1, sizeof *l);
  for (size_t i = (size_t)first * each; l && i < (size_t)(first + mine) * each; ++i) {
    l[i].n_frames = all[i].n_frames;
    l[i].problem = all[i].problem ? (uint32_t)strlen(all[i].problem) + 1 : 0;
  }
  return l;
}

ear_status
parallel_data_clips(feature_clip *all, uint32_t n, uint32_t each, const ear_front_end *fe,
                    feature_store *store, ear_status mine, ear_error *err)
{
  if (parallel_ranks() == 1) {
    return mine;
  }
  lengths *l = lengths_of(all, n, each);
  ear_status st = parallel_agree(mine ? mine : l ? EAR_OK : no_memory(err), err);
  if (!st) {
    parallel_merge(l, (size_t)n * each * sizeof *l);
  }
  for (uint32_t i = 0, from = 0; i < n && !st; ++i) {
    uint32_t first;
    while (i >= parallel_part_of(from, n, &first) + first) {
      ++from;
    }
    for (size_t k = (size_t)i * each; k < (size_t)(i + 1) * each && !st; ++k) {
      st = pass_on(&all[k], from, &l[k], fe, store, err);
    }
  }
  free(l);
  return st; /* one that fails alone ends all */
}

ear_status
parallel_data_sides(dataset *ds, ear_error *err)
{
  if (parallel_ranks() == 1) {
    return EAR_OK;
  }
  uint8_t *sides = calloc(ds->n_clips + 1u, 1);
  const ear_status st = parallel_agree(sides ? EAR_OK : no_memory(err), err);
  if (!st) {
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      sides[i] = (uint8_t)ds->clip[i].side;
    }
    parallel_tell(sides, ds->n_clips);
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      ds->clip[i].side = (side)sides[i];
    }
  }
  free(sides);
  return st;
}
