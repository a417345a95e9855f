/* SPDX-License-Identifier: ISC */
/* y = (w x - mean) gamma / sqrt(variance + eps) + beta is a convolution too:
   w' = w gamma / sqrt(..), b' = beta - mean gamma / sqrt(..). */
#include "fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn_layers.h"

/* The convolution or dense product of layer l. */
static const nn_node *
product(const nn *net, uint32_t l)
{
  const nn_node *last = net->layer[l];
  return last->kind == NODE_BN ? last->source : last;
}

size_t
fold_n_weights(const nn *net, uint32_t l)
{
  return product(net, l)->n_weights;
}

uint32_t
fold_n_out(const nn *net, uint32_t l)
{
  return product(net, l)->out.c;
}

ear_status
fold(const nn *net, uint32_t l, folded *f)
{
  const nn_node *last = net->layer[l], *b = product(net, l);
  const nn_node *bn = last->kind == NODE_BN ? last : NULL;
  const size_t n_in = b->n_weights / b->out.c;
  *f = (folded){malloc(b->n_weights * sizeof(float)), calloc(b->out.c, sizeof(float)),
                b->n_weights, b->out.c};
  if (!f->weight || !f->bias) {
    return EAR_NO_MEMORY;
  }
  memcpy(f->weight, b->weight, f->n_weights * sizeof(float));
  if (b->bias) {
    memcpy(f->bias, b->bias, f->n_out * sizeof(float));
  }
  for (uint32_t o = 0; bn && o < f->n_out; ++o) {
    const double root = sqrt((double)bn->running_variance[o] + (double)NN_BN_EPSILON);
    const double factor = (double)bn->weight[o] / root;
    for (size_t i = 0; i < n_in; ++i) {
      f->weight[o * n_in + i] = (float)((double)f->weight[o * n_in + i] * factor);
    }
    f->bias[o] = (float)((double)bn->bias[o] +
                         ((double)f->bias[o] - (double)bn->running_mean[o]) * factor);
  }
  return EAR_OK;
}

void
fold_free(folded *f)
{
  free(f->weight);
  free(f->bias);
}
