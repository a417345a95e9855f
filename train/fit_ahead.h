/* SPDX-License-Identifier: ISC */
/* Inside of the training loop: where examples come from a disk, those of the next step
   are drawn while a step runs.  Which thread draws an example, and when, changes no bit
   of it. */
#ifndef EAR_TRAIN_FIT_AHEAD_H
#define EAR_TRAIN_FIT_AHEAD_H

#include "fit_batch.h"

/* Examples first .. first + n - 1 of an epoch; n 0: none. */
typedef struct {
  uint64_t epoch;
  uint32_t first, n;
} batch_place;

typedef struct fit_ahead fit_ahead;

/* Room for batches of recipe.batch examples.  source must outlive it.  After nn_new,
   whose way with denormals the threads take over.  [setup] */
ear_status fit_ahead_new(fit_ahead **a, const recipe *r, const example_source *source);
void fit_ahead_free(fit_ahead *a);

/* The batch at `now`, until the next call; that at `next` is begun if source is `far`. */
batch *fit_ahead_take(fit_ahead *a, batch_place now, batch_place next);

#endif
