/* SPDX-License-Identifier: ISC */
/* Each variant is one thread's alone; a variant that fails is left out, the clip stays.
 */
#include "variants.h"
#include "audio.h"
#include "dsp.h"
#include "fail.h"
#include "feature_cache.h"
#include "parallel.h"
#include "parallel_data.h"
#include "waves.h"

#include <stdlib.h>
#include <string.h>

#include <sha256.h>

enum { PURPOSE_VARIANT = 0x3a7e };

uint32_t
variants_per_clip(const recipe *r)
{
  const recipe_sound *s = &r->sound;
  const bool prepared = s->normalize || s->trim > 0 || s->denoise > 0 || s->pad > 0;
  return s->variants ? s->variants : prepared;
}

void
variants_note(const recipe *r, char note[256])
{
  const recipe_sound *s = &r->sound;
  const struct {
    bool used;
    const char *what;
  } step[] = {{s->trim > 0, "silence trimmed"},   {s->denoise > 0, "noise reduced"},
              {s->stretch > 0, "stretched"},      {s->pitch > 0, "pitch shifted"},
              {s->filter > 0, "filtered"},        {s->shift > 0, "shifted"},
              {s->noise_high > 0, "noise added"}, {s->normalize, "peak normalized"},
              {s->pad > 0, "padded with silence"}};
  const uint32_t n = variants_per_clip(r);
  int at = 0;
  note[0] = '\0';
  if (n) {
    at =
        snprintf(note, 256, "each training clip was heard as it is and in %u variant%s (",
                 n, n > 1 ? "s" : "");
  }
  for (size_t i = 0, said = 0; n && i < sizeof step / sizeof *step; ++i) {
    if (step[i].used) {
      at +=
          snprintf(note + at, 256 - (size_t)at, "%s%s", said++ ? ", " : "", step[i].what);
    }
  }
  if (n) {
    snprintf(note + at, 256 - (size_t)at, "); none of it is done live or below");
  }
}

/* What the cache knows a variant by: as long as the SHA-256 of a sound file. */
static void
name_of(char name[SHA256_DIGEST_STRING_LENGTH], const char *sha256, uint64_t seed,
        uint32_t k, const recipe_sound *s)
{
  char key[512];
  const int n = snprintf(
      key, sizeof key, "%s %llu %u %d %d %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g",
      sha256, (unsigned long long)seed, k, WAVES_REVISION, s->normalize, (double)s->trim,
      (double)s->denoise, (double)s->pad, (double)s->stretch, (double)s->pitch,
      (double)s->noise_low, (double)s->noise_high, (double)s->filter, (double)s->shift);
  SHA256Data((const uint8_t *)key, (size_t)n, name);
}

/* All variants of one clip, which is decoded once, and only if one is not cached. */
typedef struct {
  const recipe *r;
  uint64_t seed;
  const char *cache;
  feature_clip *out; /* [n] */
  uint32_t n;
  uint32_t n_cached, n_made;
} job;

static ear_status
make(job *j, const clip *c, const audio *sound, uint32_t k)
{
  audio a;
  ear_error err;
  rng r = rng_stream(j->seed ^ strtoull(c->sha256 + 48, NULL, 16), PURPOSE_VARIANT, k);
  ear_status st = dsp_copy(&a, sound);
  if (st) {
    return st;
  }
  st = waves_vary(&a, &j->r->sound, &r);
  if (!st) {
    st = features_of(&j->out[k], a.x, a.n_frames, a.rate_hz, &j->r->front_end, &err);
  }
  audio_free(&a);
  ++j->n_made;
  return st;
}

static ear_status
make_all(job *j, const clip *c)
{
  char name[SHA256_DIGEST_STRING_LENGTH];
  audio sound = {.x = NULL};
  ear_error err;
  ear_status st = EAR_OK;
  for (uint32_t k = 0; k < j->n && !st; ++k) {
    name_of(name, c->sha256, j->seed, k, &j->r->sound);
    if (c->sha256[0] && feature_cache_get(&j->out[k], j->cache, name, &j->r->front_end)) {
      ++j->n_cached;
      continue;
    }
    if (!sound.x && audio_read_mono(&sound, c->path, 0, 0, &err)) {
      break;
    }
    if (sound.rate_hz > (double)j->r->front_end.rate_hz) { /* less to work on */
      st = dsp_resample(&sound, (double)j->r->front_end.rate_hz);
    }
    st = st ? st : make(j, c, &sound, k);
    if (!st && c->sha256[0] && j->out[k].n_frames) {
      feature_cache_put(&j->out[k], j->cache, name, &j->r->front_end);
    }
  }
  audio_free(&sound);
  return st == EAR_NO_MEMORY ? st : EAR_OK;
}

/* To where they may stay. */
static ear_status
store_all(job *j, feature_store *store, ear_error *err)
{
  ear_status st = EAR_OK;
  for (uint32_t k = 0; k < j->n && !st; ++k) {
    st = feature_clip_store(&j->out[k], &j->r->front_end, store, err);
  }
  return st;
}

/* The variants of clip i; counts what it did. */
static ear_status
load_one(job *j, const clip *c, feature_store *store, ear_error *err)
{
  if (c->side != SIDE_TRAIN) {
    return EAR_OK;
  }
  return make_all(j, c)
             ? fail(err, EAR_NO_MEMORY, "not enough memory for variants of the clips")
             : store_all(j, store, err);
}

/* What the ranks have made, to all of them. */
static ear_status
share(variants *v, const ear_front_end *fe, ear_status mine, ear_error *err)
{
  double counted[2] = {v->n_cached, v->n_made};
  const ear_status st =
      parallel_data_clips(v->clip, v->n_clips, v->per_clip, fe, v->store, mine, err);
  if (!st) {
    parallel_sum_f64(counted, 2);
    v->n_cached = (uint32_t)counted[0];
    v->n_made = (uint32_t)counted[1];
  }
  return st;
}

ear_status
variants_load(variants *v, const dataset *ds, const recipe *r, uint64_t seed,
              const featureset_options *fo, ear_error *err)
{
  *v = (variants){.n_clips = ds->n_clips, .per_clip = variants_per_clip(r)};
  if (v->per_clip == 0) {
    return EAR_OK;
  }
  v->clip = calloc((size_t)ds->n_clips * v->per_clip + 1, sizeof *v->clip);
  if (!v->clip || feature_store_new(&v->store, fo->cache, 0)) {
    variants_free(v);
    return fail(err, EAR_NO_MEMORY, "not enough memory for variants of the clips");
  }
  uint32_t done = 0, first;
  const uint32_t mine = parallel_part(ds->n_clips, &first);
  ear_status st = EAR_OK;
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = first; i < first + mine; ++i) {
    job j = {.r = r, .seed = seed, .cache = fo->cache, .n = v->per_clip};
    ear_error e = {""};
    j.out = v->clip + (size_t)i * v->per_clip;
    const ear_status one = load_one(&j, &ds->clip[i], v->store, &e);
#pragma omp critical(variants)
    {
      if (one && !st) {
        st = one;
        if (err) {
          *err = e;
        }
      }
      v->n_cached += j.n_cached;
      v->n_made += j.n_made;
      ++done;
      if (fo->say) {
        fo->say(fo->user, done, mine);
      }
    }
  }
  st = share(v, &r->front_end, st, err);
  if (st) {
    variants_free(v);
  }
  return st;
}

void
variants_free(variants *v)
{
  for (size_t i = 0; v->clip && i < (size_t)v->n_clips * v->per_clip; ++i) {
    feature_clip_free(&v->clip[i]);
  }
  free(v->clip);
  feature_store_free(v->store);
  *v = (variants){0};
}
