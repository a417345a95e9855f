/* SPDX-License-Identifier: ISC */
/* Where the training loop takes its examples from. */
#ifndef EAR_TRAIN_SOURCE_H
#define EAR_TRAIN_SOURCE_H

#include "band_norm.h"
#include "recipe.h"
#include "variants.h"

/* Anything that can draw example i of an epoch: patch [n_frames][n_values], normalised,
   and target [n_labels + recipe_n_extra], 0..1.  draw must be pure (the same arguments,
   the same bits) and may run in several threads at once. */
typedef struct {
  void *self;
  uint32_t n_examples; /* in one epoch */
  uint32_t n_labels;
  const float *weight; /* [n_labels] of each class in the loss; NULL: all 1 */
  bool far;            /* draw may have to wait for a disk */
  void (*draw)(void *self, uint64_t epoch, uint32_t i, float *patch, float *target);
} example_source;

/* Patches of clips, each clip with one label. */
typedef struct {
  const recipe *recipe;
  const band_norm *norm;
  uint64_t seed;
  uint32_t n_labels;
  uint32_t n_clips;
  const feature_clip **clip;          /* [n_clips] sorted by label */
  const feature_clip **variant;       /* [n_clips] the first of each, or NULL: none */
  uint32_t n_variants;                /* of each clip, beside the clip as it is */
  uint32_t *label;                    /* [n_clips] */
  uint64_t *labels;                   /* [n_clips] bit sets, or NULL: one label each */
  uint32_t first[EAR_MAX_LABELS + 1]; /* where label l begins in clip */
  uint32_t n_extra;                   /* targets behind the labels */
  const float *extra;                 /* [n_clips][n_extra], or NULL: none */
  const float **taught;               /* [n_clips] targets of teachers, or NULL: none;
                                         zeros: they have no verdict */
  float weight[EAR_MAX_LABELS];       /* see example_source */
  uint32_t per_clip;                  /* patches of a clip in one epoch */
  bool random; /* random places, balance, augmentation, mixup; else evenly
                  placed patches, clip by clip */
} clip_source;

/* The clips of one side.  fs, norm and r must outlive it.  [setup] */
ear_status clip_source_new(clip_source *cs, const dataset *ds, const featureset *fs,
                           side s, const band_norm *norm, const recipe *r, uint64_t seed);
void clip_source_free(clip_source *cs);

/* Random patches come from the clip and its variants, equally often.  v lies beside the
   same ds and side, and must outlive cs.  [setup] */
ear_status clip_source_vary(clip_source *cs, const dataset *ds, side s,
                            const variants *v);

/* What the loop sees of it; set per_clip and random before. */
example_source clip_source_examples(clip_source *cs);

/* First frame of patch k of n, evenly placed over a clip. */
uint32_t patch_place(uint32_t clip_frames, uint32_t patch_frames, uint32_t k, uint32_t n);

#endif
