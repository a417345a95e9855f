/* SPDX-License-Identifier: ISC */
/* After every layer the network computes what it did before; only what its channels count
   in, and from where, has changed. */
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

/* The layer whose weights multiply what another gives, and which of them do. */
typedef struct {
  nn_node *to;
  uint32_t n_all, first,
      n;          /* channels that `to` reads; those of the other from first on */
  bool joined;    /* by a concat on the way */
  size_t n_level; /* weights of an output but for those of deviations */
} reader;

/* The one node that takes what b gives, NULL if there are more or an add is one. */
static nn_node *
only_taker(nn *net, const nn_node *b)
{
  nn_node *found = NULL;
  for (nn_node *x = net->node + 1; x < net->node + net->n_nodes; ++x) {
    if (x->source == b || x->from == b) {
      if (found || x->kind == NODE_ADD) {
        return NULL;
      }
      found = x;
    }
  }
  return found;
}

/* Along the nodes behind b; false if no layer with weights is the only one to read it. */
static bool
find_reader(nn *net, const nn_node *b, reader *r)
{
  bool deviation = false;
  *r = (reader){.n_all = b->out.c, .n = b->out.c};
  for (nn_node *x = only_taker(net, b); x; b = x, x = only_taker(net, b)) {
    if (has_weights(x)) {
      r->to = x;
      r->n_level = x->n_weights / x->out.c / (deviation ? 2 : 1);
      return true;
    }
    if (x->kind == NODE_CONCAT) {
      r->first = x->from == b ? 0 : x->from->out.c;
      r->n = b->out.c;
      r->n_all = x->out.c;
      r->joined = true;
    }
    deviation |= x->deviation;
  }
  return false;
}

/* Without a ReLU a channel's range has two ends.  Both fit into steps from 0 on if what
   reads it can take the shift back: padding could not. */
static bool
is_wanted(nn *net, const nn_node *b, reader *r)
{
  return has_weights(b) && find_reader(net, b, r) &&
         (b->relu || (r->joined && !r->to->recipe.pad));
}

/* y = factor x + shift of each channel of b. */
typedef struct {
  float factor, shift;
} change;

/* What each weight of the reader multiplies, row by row, is of channel k % n_all. */
static void
change_input(const reader *r, const nn_node *b, const change *by)
{
  nn_node *to = r->to;
  const size_t n = to->n_weights / to->out.c;
  const bool depthwise = to->kind == NODE_CONV && to->recipe.op == EAR_OP_DEPTHWISE;
  for (uint32_t o = 0; o < to->out.c; ++o) {
    double shift = 0;
    for (size_t k = 0; k < n; ++k) {
      const uint32_t c = (uint32_t)((depthwise ? o : k) % r->n_all);
      if (c >= r->first && c < r->first + r->n) {
        const change *y = &by[(c - r->first) % b->out.c];
        to->weight[o * n + k] /= y->factor;
        shift += k < r->n_level ? (double)to->weight[o * n + k] * (double)y->shift : 0;
      }
    }
    to->bias[o] = (float)((double)to->bias[o] - shift);
  }
}

static void
change_output(nn_node *b, const change *by)
{
  const size_t n = b->n_weights / b->out.c;
  for (uint32_t o = 0; o < b->out.c; ++o) {
    for (size_t k = 0; k < n; ++k) {
      b->weight[o * n + k] *= by[o].factor;
    }
    b->bias[o] = b->bias[o] * by[o].factor + by[o].shift;
  }
}

static float
widest(const nn_node *b, const calibrate_steps *own)
{
  float most = 0;
  for (uint32_t c = 0; c < b->out.c; ++c) {
    most = fmaxf(most, own[c].scale);
  }
  return most;
}

/* own [channels of b]: the steps that would suit each; `step` is what all of them get.
   Half of the way, the root, because a channel goes beyond what was seen of it in sounds
   that nobody calibrated on.  Without a ReLU the middle of what was seen comes to the
   middle of the 255 steps. */
static void
changes(const nn_node *b, const calibrate_steps *own, float step, change *by)
{
  const float most = widest(b, own);
  for (uint32_t c = 0; c < b->out.c; ++c) {
    const float factor = fminf(1 / sqrtf(own[c].scale / most), largest_factor);
    const float middle = own[c].scale * (127.5f - (float)own[c].zero_point);
    by[c].factor = factor * (step / most);
    by[c].shift = b->relu ? 0 : 127.5f * step - by[c].factor * middle;
  }
}

/* step [n_layers] of the layers that are to change, else 0: their widest channel's, and
   one for both that a concat joins, so that it has nothing to round. */
static void
choose_steps(nn *net, const bool *wanted, const calibrate_steps *own, float *step)
{
  uint32_t joined[2] = {0}, n_joined = 0;
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    reader r;
    step[l] = wanted[l] ? widest(net->layer[l], own) : 0;
    if (step[l] > 0 && find_reader(net, net->layer[l], &r) && r.joined) {
      joined[n_joined++ % 2] = l;
    }
    own += wanted[l] ? net->layer[l]->out.c : 0;
  }
  if (n_joined == 2) {
    step[joined[1]] = step[joined[0]];
  }
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    step[l] =
        net->layer[l]->kind == NODE_CONCAT && n_joined == 2 ? step[joined[0]] : step[l];
  }
}

/* step [n_layers]: of the layers that were changed, and of a concat of two such; else 0.
 */
static ear_status
equalize(nn *net, const float *patches, uint32_t n_patches, float *step)
{
  bool wanted[EAR_MAX_LAYERS];
  size_t n_channels = 0;
  reader r;
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    wanted[l] = is_wanted(net, net->layer[l], &r);
    n_channels += net->layer[l]->out.c;
  }
  calibrate_steps *own = malloc(n_channels * sizeof *own), *next = own;
  change *by = malloc(n_channels * sizeof *by);
  ear_status st = own && by ? calibrate_channels(net, patches, n_patches, wanted, own)
                            : EAR_NO_MEMORY;
  if (!st) {
    choose_steps(net, wanted, own, step);
  }
  for (uint32_t l = 0; l < net->n_layers && !st; ++l) {
    nn_node *b = net->layer[l];
    if (wanted[l] && step[l] > 0 && is_wanted(net, b, &r)) {
      changes(b, next, step[l], by);
      change_output(b, by);
      change_input(&r, b, by);
    }
    next += wanted[l] ? b->out.c : 0;
  }
  free(own);
  free(by);
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
