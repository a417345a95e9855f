/* SPDX-License-Identifier: ISC */
/* Each clip is one thread's alone from file to frames; what is shared is read. */
#include "featureset.h"
#include "audio.h"
#include "fail.h"
#include "feature_cache.h"
#include "inspect.h"
#include "parallel.h"
#include "parallel_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  feature_clip *out;
  uint32_t n_values;
  float per_unit[EAR_MAX_BANDS];
  uint32_t room;
  bool no_memory;
} collector;

void
feature_units_of(feature_units *u, const ear_front_end *fe)
{
  const uint32_t n_mel = fe->kinds & EAR_KIND_MEL ? fe->n_bands : 0;
  const uint32_t n_mfcc = fe->kinds & EAR_KIND_MFCC ? fe->n_mfcc : 0;
  const uint32_t n_chroma = fe->kinds & EAR_KIND_CHROMA ? EAR_N_CHROMA : 0;
  const uint32_t n_contrast = fe->kinds & EAR_KIND_CONTRAST ? EAR_N_CONTRAST : 0;
  const uint32_t n_small = fe->kinds & EAR_KIND_TONNETZ ? EAR_N_TONNETZ : 0;
  const uint32_t n[5] = {n_mel, n_mfcc, n_chroma, n_contrast, n_small};
  static const double unit[5] = {0.01, 0.02, 1e-4, 0.01, 1e-4};
  u->n_values = 0;
  for (int i = 0; i < 5; ++i) {
    for (uint32_t k = 0; k < n[i]; ++k) {
      u->unit[u->n_values++] = unit[i];
    }
  }
  if (n_mfcc) {
    u->unit[n_mel] = 0.01 * sqrt(fe->n_bands);
  }
}

static void
collect(void *user, uint64_t t, const float *value)
{
  collector *c = user;
  (void)t;
  if (c->no_memory) {
    return;
  }
  if (c->out->n_frames == c->room) {
    const uint32_t room = c->room ? 2 * c->room : 512;
    int16_t *grown = realloc(c->out->kept, (size_t)room * c->n_values * sizeof *grown);
    if (!grown) {
      c->no_memory = true;
      return;
    }
    c->out->kept = grown;
    c->room = room;
  }
  int16_t *to = c->out->kept + (size_t)c->out->n_frames++ * c->n_values;
  for (uint32_t v = 0; v < c->n_values; ++v) {
    const float x = c->per_unit[v] * value[v];
    to[v] = (int16_t)lrintf(fminf(fmaxf(x, -32767.0f), 32767.0f));
  }
}

ear_status
features_of(feature_clip *out, const float *x, size_t n, double rate_hz,
            const ear_front_end *fe, ear_error *err)
{
  ear_features *fx;
  feature_units units;
  collector c = {.out = out};
  *out = (feature_clip){0};
  const ear_status st = ear_features_new(&fx, rate_hz, fe, err);
  if (st) {
    return st;
  }
  feature_units_of(&units, fe);
  c.n_values = units.n_values;
  for (uint32_t v = 0; v < c.n_values; ++v) {
    c.per_unit[v] = (float)(1 / units.unit[v]);
  }
  ear_features_push(fx, x, n, collect, &c);
  ear_features_finish(fx, collect, &c);
  ear_features_free(fx);
  if (c.no_memory) {
    free(out->kept);
    *out = (feature_clip){0};
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  const size_t used = (size_t)out->n_frames * c.n_values * sizeof *out->kept;
  int16_t *fitting = used ? realloc(out->kept, used) : NULL;
  out->kept = fitting ? fitting : out->kept;
  return EAR_OK;
}

/* Frames of a sound in any number of channels. */
static ear_status
features_of_all(feature_clip *out, const audio *a, const char *path,
                const ear_front_end *fe, ear_error *err)
{
  float *mono = malloc(a->n_frames * sizeof *mono);
  if (!mono) {
    return fail(err, EAR_NO_MEMORY, "%s is too long for the memory of this machine",
                path);
  }
  ear_downmix_interleaved(mono, a->x, a->n_channels, a->n_frames);
  const ear_status st = features_of(out, mono, a->n_frames, a->rate_hz, fe, err);
  free(mono);
  return st || out->n_frames
             ? st
             : fail(err, EAR_BAD_ARGUMENT, "%s is shorter than one frame (%.0f ms)", path,
                    1000.0 * fe->n_fft / (double)fe->rate_hz);
}

/* Decode one file; a problem is kept as a sentence.  What else will be asked about the
   sound is found out while it is there. */
static void
load_clip(feature_clip *out, const clip *c, const ear_front_end *fe, const char *cache,
          ear_error *err)
{
  audio a;
  ear_status st = audio_read(&a, c->path, 0, 0, err);
  *out = (feature_clip){0};
  if (!st) {
    inspect_note(&a, c->sha256, cache);
    st = features_of_all(out, &a, c->path, fe, err);
    audio_free(&a);
  }
  if (st) {
    free(out->kept);
    *out = (feature_clip){.problem = strdup(err->text)};
  }
}

ear_status
feature_clip_store(feature_clip *c, const ear_front_end *fe, feature_store *s,
                   ear_error *err)
{
  void *at = c->kept;
  const size_t n = (size_t)c->n_frames * ear_front_end_values(fe) * sizeof *c->kept;
  const ear_status st = n ? feature_store_keep(s, &at, n, &c->stored, err) : EAR_OK;
  c->kept = at;
  return st;
}

void
feature_clip_free(feature_clip *c)
{
  if (!c->stored) {
    free(c->kept);
  }
  free(c->problem);
}

/* From the cache or the file, to where it may stay. */
static ear_status
load_one(featureset *fs, uint32_t i, const dataset *ds, const char *cache, bool *cached,
         ear_error *err)
{
  feature_clip *c = &fs->clip[i];
  ear_error e = {""};
  *cached = feature_cache_get(c, cache, ds->clip[i].sha256, &fs->front_end);
  if (!*cached) {
    load_clip(c, &ds->clip[i], &fs->front_end, cache, &e);
    feature_cache_put(c, cache, ds->clip[i].sha256, &fs->front_end);
  }
  if (c->n_frames == 0) {
    return c->problem ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  return feature_clip_store(c, &fs->front_end, fs->store, err);
}

static ear_status
load_all(featureset *fs, const dataset *ds, const featureset_options *options,
         ear_error *err)
{
  uint32_t done = 0, first;
  const uint32_t mine = parallel_part(ds->n_clips, &first);
  ear_status st = EAR_OK;
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = first; i < first + mine; ++i) {
    bool cached = false;
    ear_error e = {""};
    const ear_status one = load_one(fs, i, ds, options->cache, &cached, &e);
#pragma omp critical
    {
      if (one && !st) {
        st = one;
        if (err) {
          *err = e;
        }
      }
      fs->n_cached += cached;
      ++done;
      if (options->say) {
        options->say(options->user, done, mine);
      }
    }
  }
  double n_cached = fs->n_cached;
  st = parallel_data_clips(fs->clip, ds->n_clips, 1, &fs->front_end, fs->store, st, err);
  if (!st) {
    parallel_sum_f64(&n_cached, 1);
    fs->n_cached = (uint32_t)n_cached;
  }
  return st;
}

ear_status
featureset_load_within(featureset *fs, const dataset *ds, const ear_front_end *fe,
                       const featureset_options *options, uint64_t memory, ear_error *err)
{
  *fs = (featureset){.front_end = *fe, .n_clips = ds->n_clips};
  ear_status st = options->cache ? feature_cache_make(options->cache, err) : EAR_OK;
  if (!st) {
    fs->clip = calloc(ds->n_clips + 1u, sizeof *fs->clip);
    st = fs->clip && !feature_store_new(&fs->store, options->cache, memory)
             ? load_all(fs, ds, options, err)
             : fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  if (st) {
    featureset_free(fs);
  }
  return st;
}

ear_status
featureset_load(featureset *fs, const dataset *ds, const ear_front_end *fe,
                const featureset_options *options, ear_error *err)
{
  return featureset_load_within(fs, ds, fe, options, 0, err);
}

void
featureset_free(featureset *fs)
{
  for (uint32_t i = 0; fs->clip && i < fs->n_clips; ++i) {
    feature_clip_free(&fs->clip[i]);
  }
  free(fs->clip);
  feature_store_free(fs->store);
  *fs = (featureset){0};
}

ear_status
featureset_drop(featureset *fs, dataset *ds)
{
  bool *keep = calloc(fs->n_clips + 1u, sizeof *keep);
  uint32_t n = 0;
  if (!keep) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < fs->n_clips; ++i) {
    keep[i] = fs->clip[i].n_frames > 0;
    if (keep[i]) {
      fs->clip[n++] = fs->clip[i];
    } else {
      feature_clip_free(&fs->clip[i]);
    }
  }
  fs->n_clips = n;
  const ear_status st = dataset_keep(ds, keep);
  free(keep);
  return st;
}

double
featureset_hours(const featureset *fs, const dataset *ds, side s)
{
  double frames = 0;
  for (uint32_t i = 0; i < fs->n_clips; ++i) {
    frames += s == N_SIDES || ds->clip[i].side == s ? fs->clip[i].n_frames : 0;
  }
  return frames * fs->front_end.hop / (double)fs->front_end.rate_hz / 3600.0;
}

void
feature_patch(const feature_clip *c, const feature_units *u, uint32_t first,
              uint32_t n_frames, float *value)
{
  for (uint32_t t = 0; t < n_frames; ++t) {
    const int16_t *from = c->kept + (size_t)((first + t) % c->n_frames) * u->n_values;
    for (uint32_t v = 0; v < u->n_values; ++v) {
      value[(size_t)t * u->n_values + v] = (float)u->unit[v] * (float)from[v];
    }
  }
}
