/* SPDX-License-Identifier: ISC */
/* Weights and biases of one engine layer with its BatchNorm folded in. */
#ifndef EAR_TRAIN_FOLD_H
#define EAR_TRAIN_FOLD_H

#include "nn.h"

typedef struct {
  float *weight; /* as the engine orders them, [n_out][n_weights / n_out] */
  float *bias;   /* [n_out] */
  size_t n_weights;
  uint32_t n_out;
} folded;

/* l is a conv, depthwise or dense layer of the engine.  f is to be freed in any case.
   [setup] */
ear_status fold(const nn *net, uint32_t l, folded *f);
void fold_free(folded *f);

/* Its sizes, known before.  [any] */
size_t fold_n_weights(const nn *net, uint32_t l);
uint32_t fold_n_out(const nn *net, uint32_t l);

#endif
