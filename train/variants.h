/* SPDX-License-Identifier: ISC */
/* Stored variants of training clips: each is the clip's sound, at the front end's rate if
   that is lower than its own, changed by waves_vary, then frames of the recipe's front
   end, like those of the clip itself.

   A variant belongs to its clip, and only clips of the training side have any, so nothing
   leaks to another side.  What is drawn depends on the seed, the clip's bytes and the
   variant's number alone; the feature cache keeps it under those and all settings. */
#ifndef EAR_TRAIN_VARIANTS_H
#define EAR_TRAIN_VARIANTS_H

#include "featureset.h"
#include "recipe.h"

typedef struct {
  uint32_t n_clips;
  uint32_t per_clip;  /* 0: the recipe asks for none */
  feature_clip *clip; /* [n_clips][per_clip], beside dataset.clip; a variant without
                         frames (other sides, nothing left of it) is not used */
  uint32_t n_cached, n_made;
  feature_store *store; /* of those beyond a third of the memory */
} variants;

/* Variants of the training side, on all cores.  fo: cache and progress.  [setup] */
ear_status variants_load(variants *v, const dataset *ds, const recipe *r, uint64_t seed,
                         const featureset_options *fo, ear_error *err);
void variants_free(variants *v);

/* How many variants a recipe asks for: preparing alone makes one.  [any] */
uint32_t variants_per_clip(const recipe *r);

/* A line for the report: what training clips went through and no clip does live; "" if
   nothing.  [any] */
void variants_note(const recipe *r, char note[256]);

#endif
