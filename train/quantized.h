/* SPDX-License-Identifier: ISC */
/* A network as the engine will compute it, trained through its rounding.

   forward: the float network's weights, BatchNorm folded in by its running statistics,
   are rounded to integers, to the nearest; the patches go through a twin network that
   holds those integers.  Its values are whole steps, q - zero_point, and every sum, shift
   and clamp is the engine's: the same logits, bit for bit, as long as no sum leaves the
   24 bits in which floats count exactly (a third of the steps of 32 bits that the engine
   allows; far beyond what trained networks do).
   backward: rounding has slope 1 where it does not clamp, else 0 (straight-through
   estimator: Y. Bengio et al., arXiv:1308.3432); the gradients arrive at the float
   network's own weights, gamma and beta.  The running statistics stand still. */
#ifndef EAR_TRAIN_QUANTIZED_H
#define EAR_TRAIN_QUANTIZED_H

#include "calibrate.h"

typedef struct quantized quantized;

/* net must outlive it.  [setup] */
ear_status quantized_new(quantized **q, nn *net, ear_error *err);
void quantized_free(quantized *q);

/* The ranges of all layers from patches [n_patches][n_frames][n_values].  Before the
   first forward, and whenever the weights have moved far.  [setup] */
ear_status quantized_calibrate(quantized *q, const float *patches, uint32_t n_patches);

/* The ranges [n], to be kept or given back.  */
calibrate_steps *quantized_steps(quantized *q, uint32_t *n);

/* As nn_forward, of the weights that net has now; NULL: no memory.  With training,
   dropout draws and net's step counts on. */
const float *quantized_forward(quantized *q, const float *x, uint32_t n, bool training);

/* As nn_backward: fills the gradients of net. */
void quantized_backward(quantized *q, const float *dlogit);

/* The twin, whose nn_activation has the integers q - zero_point: for tests. */
const nn *quantized_twin(const quantized *q);

#endif
