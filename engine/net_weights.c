/* SPDX-License-Identifier: ISC */
/* Once a model keeps weights they never change and live as long as it does; who comes too
   late, or computes with another variant, has its own. */
#include "net_weights.h"

#include "model_file.h"

#include <stdlib.h>

ear_net_weights *
ear_net_weights_new(const ear_kernels *kernels)
{
  ear_net_weights *w = calloc(1, sizeof *w);
  if (w) {
    w->kernels = kernels;
  }
  return w;
}

void
ear_net_weights_free(ear_net_weights *w)
{
  if (w) {
    ear_arena_free(&w->arena);
    free(w);
  }
}

void
ear_fold_bias(int32_t *bias, const int32_t *given, const int8_t *weight, size_t n_in,
              size_t n_level, uint32_t n_out, int32_t zero_point, int32_t unit)
{
  for (uint32_t o = 0; o < n_out; ++o) {
    int32_t sum = 0;
    for (size_t i = 0; i < n_level; ++i) {
      sum += weight[o * n_in + i];
    }
    bias[o] = unit * (given[o] - zero_point * sum); /* bounded by ear_model_check */
  }
}

bool
ear_net_weights_fill(ear_net_weights *w, const ear_model_spec *spec,
                     const ear_shape *shape, uint32_t l, ear_filter k)
{
  const bool full = spec->layer[l].op == EAR_OP_CONV;
  const size_t lanes = (k.c_out + EAR_LANES - 1) / EAR_LANES * EAR_LANES;
  const size_t n_packed =
      (full ? w->kernels->conv_packed_size : w->kernels->depthwise_packed_size)(&k);
  ear_layer_weights *y = &w->layer[l];
  float scale;
  int32_t zero_point;
  y->bias = ear_arena_take(&w->arena, lanes * sizeof *y->bias);
  y->multiplier = ear_arena_take(&w->arena, lanes * sizeof *y->multiplier);
  y->shift = ear_arena_take(&w->arena, lanes * sizeof *y->shift);
  y->packed = n_packed ? ear_arena_take(&w->arena, n_packed) : NULL;
  if (w->arena.failed) {
    return false;
  }
  ear_layer_input(spec, l, &scale, &zero_point);
  const size_t n_in = ear_layer_n_weights(spec, shape, l) / k.c_out;
  ear_fold_bias(y->bias, spec->layer[l].bias, spec->layer[l].weight, n_in, n_in, k.c_out,
                zero_point, 1);
  for (uint32_t o = 0; o < k.c_out; ++o) {
    int shift = 0;
    ear_quantize_multiplier(ear_layer_multiplier(spec, l, o), &y->multiplier[o], &shift);
    y->shift[o] = shift;
  }
  k.bias = y->bias;
  k.multiplier = y->multiplier;
  k.shift = y->shift;
  if (y->packed) {
    (full ? w->kernels->conv_pack : w->kernels->depthwise_pack)(&k, y->packed);
  }
  return true;
}

const ear_net_weights *
ear_model_weights(const ear_model *model)
{
  return atomic_load_explicit(&model->weights, memory_order_acquire);
}

bool
ear_model_keep_weights(ear_model *model, ear_net_weights *w)
{
  ear_net_weights *none = NULL;
  return atomic_compare_exchange_strong(&model->weights, &none, w);
}
