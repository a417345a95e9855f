/* SPDX-License-Identifier: ISC */
/* Every example has a random stream of its own, so no thread's pace changes any. */
#include "source.h"
#include "augment.h"
#include "fit_loss.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_EXAMPLE = 1u << 20, STREAM_ORDER = 1u << 21 }; /* + epoch */

/* All labels of each clip, in the order of the source. */
static ear_status
take_labels(clip_source *cs, const dataset *ds, side s)
{
  uint32_t n = 0;
  cs->labels = calloc(cs->n_clips + 1u, sizeof *cs->labels);
  if (!cs->labels) {
    clip_source_free(cs);
    return EAR_NO_MEMORY;
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      if (ds->clip[i].label == l && (s == N_SIDES || ds->clip[i].side == s)) {
        cs->labels[n++] = ds->clip[i].labels;
      }
    }
  }
  return EAR_OK;
}

ear_status
clip_source_new(clip_source *cs, const dataset *ds, const featureset *fs, side s,
                const band_norm *norm, const recipe *r, uint64_t seed)
{
  *cs = (clip_source){.recipe = r, .norm = norm, .seed = seed, .n_labels = ds->n_labels};
  cs->per_clip = 1;
  cs->clip = calloc(ds->n_clips + 1u, sizeof *cs->clip);
  cs->label = calloc(ds->n_clips + 1u, sizeof *cs->label);
  if (!cs->clip || !cs->label) {
    clip_source_free(cs);
    return EAR_NO_MEMORY;
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    cs->first[l] = cs->n_clips;
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      if (ds->clip[i].label == l && (s == N_SIDES || ds->clip[i].side == s)) {
        cs->clip[cs->n_clips] = &fs->clip[i];
        cs->label[cs->n_clips++] = l;
      }
    }
  }
  cs->first[ds->n_labels] = cs->n_clips;
  return dataset_is_multi(ds) ? take_labels(cs, ds, s) : EAR_OK;
}

ear_status
clip_source_vary(clip_source *cs, const dataset *ds, side s, const variants *v)
{
  uint32_t n = 0;
  if (v->per_clip == 0) {
    return EAR_OK;
  }
  cs->variant = calloc(cs->n_clips + 1u, sizeof *cs->variant);
  if (!cs->variant) {
    return EAR_NO_MEMORY;
  }
  cs->n_variants = v->per_clip;
  for (uint32_t l = 0; l < ds->n_labels; ++l) { /* as clip_source_new orders them */
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      if (ds->clip[i].label == l && (s == N_SIDES || ds->clip[i].side == s)) {
        cs->variant[n++] = v->clip + (size_t)i * v->per_clip;
      }
    }
  }
  return EAR_OK;
}

void
clip_source_free(clip_source *cs)
{
  free(cs->variant);
  free(cs->taught);
  free(cs->clip);
  free(cs->label);
  free(cs->labels);
  *cs = (clip_source){0};
}

uint32_t
patch_place(uint32_t clip_frames, uint32_t patch_frames, uint32_t k, uint32_t n)
{
  if (clip_frames <= patch_frames) {
    return 0;
  }
  const uint64_t room = clip_frames - patch_frames;
  return (uint32_t)(n > 1 ? room * k / (n - 1) : room / 2);
}

static uint32_t
common_divisor(uint32_t a, uint32_t b)
{
  while (b) {
    const uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Number k of a shuffle of 0..n that starts anew every n: each comes equally often. */
static uint32_t
shuffled(const clip_source *cs, uint64_t epoch, uint32_t stream, uint32_t k, uint32_t n)
{
  rng r = rng_stream(cs->seed, STREAM_ORDER + epoch, ((uint64_t)(k / n) << 8) + stream);
  uint32_t step = 1 + rng_below(&r, n);
  while (common_divisor(step, n) != 1) {
    step = 1 + step % n;
  }
  return (uint32_t)(((uint64_t)step * (k % n) + rng_below(&r, n)) % n);
}

/* The clip of example i: classes in turn if balanced, all clips equally often if not. */
static uint32_t
clip_of(const clip_source *cs, uint64_t epoch, uint32_t i)
{
  if (!cs->recipe->train.balance) {
    return shuffled(cs, epoch, EAR_MAX_LABELS, i, cs->n_clips);
  }
  uint32_t present[EAR_MAX_LABELS], n = 0;
  for (uint32_t l = 0; l < cs->n_labels; ++l) {
    if (cs->first[l + 1] > cs->first[l]) {
      present[n++] = l;
    }
  }
  assert(n > 0); /* each clip has a class */
  const uint32_t l = present[shuffled(cs, epoch, EAR_MAX_LABELS + 1, i, n)];
  return cs->first[l] + shuffled(cs, epoch, l, i / n, cs->first[l + 1] - cs->first[l]);
}

/* The clip as it is or one of its variants, equally often. */
static const feature_clip *
variant_of(const clip_source *cs, uint32_t c, rng *r)
{
  const uint32_t k = cs->n_variants ? rng_below(r, cs->n_variants + 1) : 0;
  const feature_clip *v = k ? &cs->variant[c][k - 1] : cs->clip[c];
  return v->n_frames ? v : cs->clip[c];
}

/* A random patch of clip c with its level and colour changed. */
static void
draw_patch(const clip_source *cs, uint32_t c, rng *r, float *patch)
{
  const recipe *rc = cs->recipe;
  const feature_clip *fc = variant_of(cs, c, r);
  const uint32_t room =
      fc->n_frames > rc->frames ? fc->n_frames - rc->frames + 1 : fc->n_frames;
  feature_patch(fc, &cs->norm->units, rng_below(r, room), rc->frames, patch);
  augment_gain(patch, rc->frames, &rc->front_end, &rc->train, r);
  band_norm_apply(cs->norm, patch, rc->frames);
}

/* target += share of all labels of clip c, a part of it as its teachers say, and of what
   stands behind the labels. */
static void
add_target(const clip_source *cs, uint32_t c, float share, float *target)
{
  const uint64_t labels = cs->labels ? cs->labels[c] : UINT64_C(1) << cs->label[c];
  const float *taught = cs->taught ? cs->taught[c] : NULL;
  float part = 0; /* of the teachers */
  for (uint32_t l = 0; l < cs->n_labels && taught; ++l) {
    part = taught[l] > 0 ? cs->recipe->train.teacher : part;
  }
  for (uint32_t l = 0; l < cs->n_labels; ++l) {
    target[l] += labels >> l & 1 ? (1 - part) * share : 0;
    target[l] += taught ? part * share * taught[l] : 0;
  }
  for (uint32_t e = 0; e < cs->n_extra; ++e) {
    target[cs->n_labels + e] += share * cs->extra[(size_t)c * cs->n_extra + e];
  }
}

static void
draw_random(const clip_source *cs, uint64_t epoch, uint32_t i, float *patch,
            float *target)
{
  const recipe *rc = cs->recipe;
  const uint32_t n_values = cs->norm->units.n_values, c = clip_of(cs, epoch, i);
  const size_t n = (size_t)rc->frames * n_values;
  rng r = rng_stream(cs->seed, STREAM_EXAMPLE + epoch, i);
  float keep = 1;
  draw_patch(cs, c, &r, patch);
  if (rc->train.mixup > 0) {
    float *other = malloc(n * sizeof *other);
    if (other) {
      const uint32_t c2 = clip_of(cs, epoch, rng_below(&r, cs->n_clips * cs->per_clip));
      keep = augment_mix(rc->train.mixup, &r);
      draw_patch(cs, c2, &r, other);
      for (size_t k = 0; k < n; ++k) {
        patch[k] = keep * patch[k] + (1 - keep) * other[k];
      }
      add_target(cs, c2, 1 - keep, target);
      free(other);
    }
  }
  add_target(cs, c, keep, target);
  augment_mask(patch, rc->frames, n_values, &rc->train, &r);
}

static void
draw(void *self, uint64_t epoch, uint32_t i, float *patch, float *target)
{
  const clip_source *cs = self;
  const recipe *rc = cs->recipe;
  memset(target, 0, (cs->n_labels + cs->n_extra) * sizeof *target);
  if (cs->random) {
    draw_random(cs, epoch, i, patch, target);
    return;
  }
  const uint32_t c = i / cs->per_clip % cs->n_clips;
  const feature_clip *fc = cs->clip[c];
  const uint32_t at =
      patch_place(fc->n_frames, rc->frames, i % cs->per_clip, cs->per_clip);
  feature_patch(fc, &cs->norm->units, at, rc->frames, patch);
  band_norm_apply(cs->norm, patch, rc->frames);
  add_target(cs, c, 1, target);
}

/* Whether any frames lie on a disk. */
static bool
is_far(const clip_source *cs)
{
  for (uint32_t i = 0; i < cs->n_clips; ++i) {
    bool stored = cs->clip[i]->stored;
    for (uint32_t k = 0; k < cs->n_variants; ++k) {
      stored |= cs->variant[i][k].stored;
    }
    if (stored) {
      return true;
    }
  }
  return false;
}

example_source
clip_source_examples(clip_source *cs)
{
  const recipe_train *t = &cs->recipe->train;
  uint32_t count[EAR_MAX_LABELS] = {0};
  for (uint32_t i = 0; i < cs->n_clips; ++i) {
    for (uint32_t l = 0; l < cs->n_labels && cs->labels; ++l) {
      count[l] += cs->labels[i] >> l & 1;
    }
    count[cs->label[i]] += cs->labels ? 0 : 1;
  }
  loss_weights(cs->weight, count, cs->n_labels, cs->n_clips, t->weights, t->activation);
  return (example_source){.self = cs,
                          .n_examples = cs->n_clips * cs->per_clip,
                          .n_labels = cs->n_labels,
                          .weight = t->weights ? cs->weight : NULL,
                          .far = is_far(cs),
                          .draw = draw};
}
