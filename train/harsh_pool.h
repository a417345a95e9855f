/* SPDX-License-Identifier: ISC */
/* Many units at once, on all cores, kept as examples: frames for training, or the scores
   of a model and the eight measures for judging.  The result does not depend on how many
   threads there are. */
#ifndef EAR_TRAIN_HARSH_POOL_H
#define EAR_TRAIN_HARSH_POOL_H

#include "baseline.h"
#include "featureset.h"
#include "harsh.h"
#include "harsh_change.h"
#include "recipe.h"

#include <signal.h>

/* What a model says of all of a sound beside its score. */
typedef struct {
  float severity;             /* 0..100; -1: it has no such head */
  float kind[RECIPE_N_KINDS]; /* by degrade_kind; -1: it does not know that kind */
  float low_hz, high_hz;      /* where; 0, 0: it does not say */
} harsh_words;

/* One version of one unit, its sound gone. */
typedef struct {
  uint32_t unit, track; /* index of the unit; of its track in the plan */
  uint32_t version;     /* of the unit */
  float start_s;        /* of the excerpt in its track */
  bool harsh, neutral;
  unsigned kinds;          /* bit set of 1u << degrade_kind */
  float severity;          /* 0..100 */
  degrade_centres centres; /* of bands that were lifted */
  float measure[BASELINE_N];
  feature_clip frames; /* training pools only, else no frames */
  float score;         /* judged pools only: integrated posterior of `harsh`, 0..1 */
  float logit;         /* and its log odds */
  harsh_words said;    /* and what else it said */
  bool is_changed;     /* changed has the score after each harsh_change */
  float changed[HARSH_N_CHANGES];
  float flt; /* by harsh_float_scores: what the float network says */
} harsh_example;

typedef struct {
  uint32_t n;
  harsh_example *example; /* unit by unit, the clean version of each unit first */
} harsh_pool;

typedef struct {
  const ear_front_end *front_end; /* keep frames made by it, or NULL */
  ear_model *model;               /* score with it, or NULL */
  uint32_t n_changed; /* the first units are scored after each harsh_change too */
  void (*say)(void *user, uint32_t done, uint32_t n); /* may be NULL */
  void *user;
  const volatile sig_atomic_t *stop; /* set by a signal: give up; may be NULL */
} harsh_pool_options;

/* Units [first, first + n_units) of the plan.  Units that cannot be rendered are left
   out; EAR_IO with the last reason when none could, and when it was stopped.  [setup] */
ear_status harsh_pool_render(harsh_pool *pool, const harsh_plan *plan, uint64_t first,
                             uint32_t n_units, const harsh_pool_options *options,
                             ear_error *err);
void harsh_pool_free(harsh_pool *pool);

#endif
