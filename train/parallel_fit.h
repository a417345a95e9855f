/* SPDX-License-Identifier: ISC */
/* Inside of the training loop: what it exchanges with other ranks.  With one rank each of
   these does what its name says without the others, to the bit. */
#ifndef EAR_TRAIN_PARALLEL_FIT_H
#define EAR_TRAIN_PARALLEL_FIT_H

#include "fit_save.h"

/* This rank's part of batches of n examples. */
typedef struct {
  uint32_t n;           /* examples of the global batch */
  uint32_t first, mine; /* of them, drawn here */
  float *gradient;      /* all gradients one after the other; NULL: one rank */
} parallel_batch;

/* Fails when a rank would have nothing to do.  [setup] */
ear_status parallel_batch_new(parallel_batch *b, uint32_t n, const nn *net,
                              ear_error *err);
void parallel_batch_free(parallel_batch *b);

/* Gradients of net over the whole batch, on all ranks; *loss likewise. */
void parallel_batch_sum(parallel_batch *b, nn *net, double *loss);

/* As fit_predict, each rank its part of the examples; all get all. */
ear_status parallel_predict(nn *net, const example_source *source, float *p,
                            float *target, double *loss);

/* All ranks go on from where the first is. */
ear_status parallel_state(fit_state *s, ear_error *err);

#endif
