/* SPDX-License-Identifier: ISC */
/* What all networks of one model have in common: of each filter of the trunk the folded
   biases, the multipliers and the weights as a kernel variant packs them.  The first
   network makes them, the model keeps them: so a thousand streams read the same bytes. */
#ifndef EAR_NET_WEIGHTS_H
#define EAR_NET_WEIGHTS_H

#include "arena.h"
#include "kernels.h"
#include "model_check.h"

typedef struct {
  int32_t *bias, *multiplier, *shift; /* [c_out], up to EAR_LANES; NULL: no filter */
  void *packed;                       /* NULL: the variant needs none */
} ear_layer_weights;

typedef struct ear_net_weights {
  const ear_kernels *kernels; /* that they are packed for */
  ear_arena arena;
  ear_layer_weights layer[EAR_MAX_LAYERS];
} ear_net_weights;

/* NULL when memory is short.  [setup] */
ear_net_weights *ear_net_weights_new(const ear_kernels *kernels);
void ear_net_weights_free(ear_net_weights *w); /* NULL is fine  [setup] */

/* Make those of layer l, whose filter k has its sizes.  False when memory is short.
   [setup] */
bool ear_net_weights_fill(ear_net_weights *w, const ear_model_spec *spec,
                          const ear_shape *shape, uint32_t l, ear_filter k);

/* Those that the model keeps, NULL if none yet; and hand it some, which it does not take
   if it has: then they are still the caller's.  [any] */
const ear_net_weights *ear_model_weights(const ear_model *model);
bool ear_model_keep_weights(ear_model *model, ear_net_weights *w);

/* bias[o] = unit * (given[o] - zero_point * sum of weight[o][0..n_level)), of the inputs
   that have a zero point.  weight [n_out][n_in].  [any] */
void ear_fold_bias(int32_t *bias, const int32_t *given, const int8_t *weight, size_t n_in,
                   size_t n_level, uint32_t n_out, int32_t zero_point, int32_t unit);

#endif
