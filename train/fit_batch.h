/* SPDX-License-Identifier: ISC */
/* Inside of the training loop: the examples of one step. */
#ifndef EAR_TRAIN_FIT_BATCH_H
#define EAR_TRAIN_FIT_BATCH_H

#include "source.h"

typedef struct {
  float *x;           /* [batch][n_frames][n_values] */
  float *target;      /* [batch][n_outputs] */
  float *dlogit;      /* [batch][n_outputs] */
  uint32_t room;      /* examples */
  size_t patch;       /* values of one example */
  uint32_t n_outputs; /* labels and recipe_n_extra */
} batch;

/* Room for recipe.batch examples.  [setup] */
ear_status batch_new(batch *b, const recipe *r, uint32_t n_labels);
void batch_free(batch *b);

/* Examples first .. first + n - 1 of an epoch, on all cores. */
void batch_draw(batch *b, const example_source *s, uint64_t epoch, uint32_t first,
                uint32_t n);

#endif
