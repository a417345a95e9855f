/* SPDX-License-Identifier: ISC */
/* Systems on the same held-out clips: networks by recipes, and baselines.

     clips -> k folds by group, once a seed -> each system learns without one fold and
     hears it -> posteriors of every clip, once a seed, by something that never met its
     group.

   Each fold is a file in the folder, written when it is done: what is there is not made
   again.  A network learns from k - 2 folds and stops and is calibrated by one; a
   baseline learns from all k - 1, since it needs nothing to stop by. */
#ifndef EAR_TRAIN_COMPARE_H
#define EAR_TRAIN_COMPARE_H

#include "learner.h"
#include "options.h"
#include "unsure.h"

#include <signal.h>

enum { COMPARE_MAX_SYSTEMS = 32, COMPARE_MAX_SEEDS = 100 };

typedef struct {
  char name[64];
  const learner *baseline;       /* NULL: a network */
  uint64_t n_parameters;         /* 0: not known */
  float *p[COMPARE_MAX_SEEDS];   /* [clips][labels] of each seed; int8 if a network */
  float *flt[COMPARE_MAX_SEEDS]; /* the same by the float network; NULL: a baseline */
  unsure_counts unsure; /* of all seeds and folds, each by the margin of its model */
} compared;

typedef struct {
  uint32_t n_systems, n_seeds, n_folds;
  compared system[COMPARE_MAX_SYSTEMS];
  uint32_t n_clips, n_labels, n_groups;
  char **key;              /* [n_clips] */
  uint32_t *truth, *group; /* [n_clips] */
} comparison;

/* systems: recipes (names or files), "svm", "logistic", with commas between.  o->dataset,
   o->source, o->folds, o->cache, o->epochs; seeds 1 to n_seeds; o->out is the folder.
   Clips on the test side of o's data take no part.  *stopped: by the signal.  [setup] */
ear_status compare_run(comparison *c, const options *o, const char *systems,
                       uint32_t n_seeds, const volatile sig_atomic_t *stop, bool *stopped,
                       ear_error *err);
void compare_free(comparison *c);

#endif
