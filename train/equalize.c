/* SPDX-License-Identifier: ISC */
/* After every layer the network computes what it did before; only what its channels count
   in has changed. */
#include "equalize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "nn_layers.h"

/* A channel that was hardly ever heard is not blown up further. */
static const float largest_factor = 8;

static bool
has_weights(const nn_node *b)
{
  return b->kind == NODE_CONV || b->kind == NODE_DENSE;
}

static ear_status
folded_new(nn **plain, const nn *net, ear_error *err)
{
  recipe r = *nn_recipe(net);
  for (uint32_t l = 0; l < r.n_layers; ++l) {
    r.layer[l].bn = false;
  }
  r.train.freeze = 0;
  ear_status st =
      nn_new(plain, &r, net->n_labels, net->max_batch, r.frames, net->seed, err);
  for (uint32_t l = 0; l < net->n_layers && !st; ++l) {
    nn_node *b = (*plain)->layer[l];
    folded f = {0};
    if (has_weights(b)) {
      st = fold(net, l, &f);
    }
    if (f.n_out && !st) {
      memcpy(b->weight, f.weight, f.n_weights * sizeof *f.weight);
      memcpy(b->bias, f.bias, f.n_out * sizeof *f.bias);
    }
    fold_free(&f);
  }
  return st;
}

static bool
is_read_elsewhere(const nn *net, const nn_node *b)
{
  for (uint32_t i = 0; i < net->n_nodes; ++i) {
    if (net->node[i].from == b) {
      return true;
    }
  }
  return false;
}

/* The one layer whose weights multiply what b gives, NULL if there is none. */
static nn_node *
reader(nn *net, const nn_node *b)
{
  if (!has_weights(b) || !b->relu || is_read_elsewhere(net, b)) {
    return NULL;
  }
  for (uint32_t i = (uint32_t)(b - net->node) + 1; i < net->n_nodes; ++i) {
    nn_node *next = &net->node[i];
    if (has_weights(next)) {
      return next;
    }
    if (next->kind == NODE_ADD || is_read_elsewhere(net, next)) {
      return NULL;
    }
  }
  return NULL;
}

/* What each weight of `to` multiplies, row by row, is of channel k % n_channels. */
static void
scale_input(nn_node *to, const float *factor, uint32_t n_channels)
{
  const size_t n = to->n_weights / to->out.c;
  const bool depthwise = to->kind == NODE_CONV && to->recipe.op == EAR_OP_DEPTHWISE;
  for (uint32_t o = 0; o < to->out.c; ++o) {
    for (size_t k = 0; k < n; ++k) {
      to->weight[o * n + k] /= factor[(depthwise ? o : k) % n_channels];
    }
  }
}

static void
scale_output(nn_node *b, const float *factor)
{
  const size_t n = b->n_weights / b->out.c;
  for (uint32_t o = 0; o < b->out.c; ++o) {
    for (size_t k = 0; k < n; ++k) {
      b->weight[o * n + k] *= factor[o];
    }
    b->bias[o] *= factor[o];
  }
}

/* scale [channels of b] of its steps to what they are multiplied by; returns the step
   that suits all of them then.  Half of the way, the root, because a channel goes beyond
   what was seen of it in sounds that nobody calibrated on. */
static float
factors(const nn_node *b, float *scale)
{
  float widest = 0;
  for (uint32_t c = 0; c < b->out.c; ++c) {
    widest = fmaxf(widest, scale[c]);
  }
  for (uint32_t c = 0; c < b->out.c; ++c) {
    const float part = widest > 0 ? scale[c] / widest : 1;
    scale[c] = fminf(1 / sqrtf(part), largest_factor);
  }
  return widest;
}

/* step [n_layers]: of the layers that were changed, else 0. */
static ear_status
equalize(nn *net, const float *patches, uint32_t n_patches, float *step)
{
  bool wanted[EAR_MAX_LAYERS];
  size_t n_channels = 0;
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    wanted[l] = reader(net, net->layer[l]);
    n_channels += net->layer[l]->out.c;
  }
  float *scale = malloc(n_channels * sizeof *scale), *next = scale;
  ear_status st =
      scale ? calibrate_channels(net, patches, n_patches, wanted, scale) : EAR_NO_MEMORY;
  for (uint32_t l = 0; l < net->n_layers && !st; ++l) {
    nn_node *b = net->layer[l];
    step[l] = 0;
    if (wanted[l]) {
      step[l] = factors(b, next);
      scale_output(b, next);
      scale_input(reader(net, b), next, b->out.c);
      next += b->out.c;
    }
  }
  free(scale);
  return st;
}

ear_status
equalized_new(nn **equal, calibrate_steps *steps, nn *net, const float *patches,
              uint32_t n_patches, ear_error *err)
{
  bool relu[EAR_MAX_LAYERS];
  float step[EAR_MAX_LAYERS];
  *equal = NULL;
  ear_status st = folded_new(equal, net, err);
  st = st ? st : equalize(*equal, patches, n_patches, step);
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    relu[l] = !st && (*equal)->layer[l]->relu;
  }
  st = st ? st : calibrate(*equal, patches, n_patches, relu, net->n_layers, steps);
  for (uint32_t l = 0; l < net->n_layers && !st; ++l) {
    steps[1 + l] = step[l] > 0 ? (calibrate_steps){step[l], 0} : steps[1 + l];
  }
  if (st) {
    nn_free(*equal);
    *equal = NULL;
  }
  return st;
}
