/* SPDX-License-Identifier: ISC */
/* A network owns every array it works on; all are taken here and given back together. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "nn_layers.h"
#include "nn_pair.h"

ear_status
nn_refuse(const nn *net, ear_error *err, const char *format, ...)
{
  if (err) {
    va_list args;
    const int n = snprintf(err->text, sizeof err->text, "recipe %s: ", net->recipe.name);
    va_start(args, format);
    vsnprintf(err->text + n, sizeof err->text - (size_t)n, format, args);
    va_end(args);
  }
  return EAR_BAD_ARGUMENT;
}

/* Denormals cost hundreds of cycles each and carry nothing: off in every thread. */
static void
flush_denormals(void)
{
#if defined(__SSE2__)
#pragma omp parallel
  _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}

void *
nn_take(nn *net, size_t n, size_t size)
{
  const size_t bytes = (n * size + 63) / 64 * 64;
  void *p = aligned_alloc(64, bytes ? bytes : 64);
  if (p) {
    memset(p, 0, bytes);
    net->memory[net->n_memory++] = p;
  }
  return p;
}

float *
nn_take_floats(nn *net, size_t n)
{
  return nn_take(net, n, sizeof(float));
}

/* Outputs and their gradients; a flatten is another view of its source. */
static ear_status
take_outputs(nn *net)
{
  for (uint32_t i = 0; i < net->n_nodes; ++i) {
    nn_node *b = &net->node[i];
    if (b->kind == NODE_FLATTEN) {
      b->y = b->source->y;
      b->dy = b->source->dy;
      continue;
    }
    b->y = nn_take_floats(net, net->max_batch * node_count(b->out));
    b->dy = nn_take_floats(net, net->max_batch * node_count(b->out));
    if (!b->y || !b->dy) {
      return EAR_NO_MEMORY;
    }
  }
  return EAR_OK;
}

/* Nodes from `first` on keep what they have: their arrays are saved and averaged like
   statistics, not trained. */
static void
freeze(nn *net, uint32_t first, uint32_t first_param)
{
  for (uint32_t i = first; i < net->n_nodes; ++i) {
    net->node[i].frozen = true;
  }
  for (uint32_t i = first_param; i < net->n_params; ++i) {
    const nn_param p = net->param[i];
    net->buffer[net->n_buffers++] = (nn_param){p.value, NULL, p.n, false};
  }
  net->n_params = first_param;
}

static ear_status
build(nn *net, ear_error *err)
{
  const recipe *r = &net->recipe;
  net->node[0] = (nn_node){.kind = NODE_INPUT,
                           .stride = 1,
                           .receptive = 1,
                           .out = {r->frames, ear_front_end_values(&r->front_end), 1},
                           .max_batch = net->max_batch};
  net->n_nodes = 1;
  if (r->train.freeze >= r->n_layers) {
    return nn_refuse(net, err, "freeze %u leaves nothing to train: it has %u layers",
                     r->train.freeze, r->n_layers);
  }
  for (uint32_t l = 0; l < r->n_layers; ++l) {
    const uint32_t first = net->n_nodes, first_param = net->n_params;
    const ear_status st = nn_add_line(net, &r->layer[l], l + 1, err);
    if (st) {
      return st;
    }
    if (l < r->train.freeze) {
      freeze(net, first, first_param);
    }
  }
  const nn_node *last = &net->node[net->n_nodes - 1];
  if (last->kind != NODE_DENSE || last->out.c != net->n_outputs) {
    return nn_refuse(net, err, "the last layer must be `dense labels`");
  }
  if (r->train.activation == RECIPE_BINARY && net->n_labels == 2) { /* one real output */
    memset(last->weight, 0, last->n_weights / last->out.c * sizeof *last->weight);
  }
  for (uint32_t i = 1; i < net->n_nodes && r->train.zerosum; ++i) {
    const nn_node *front = &net->node[i];
    if (front->source == &net->node[0] &&
        (front->kind != NODE_CONV || front->recipe.pad)) {
      return nn_refuse(net, err, "zerosum needs a first layer `conv` without `pad`");
    }
  }
  nn_project(net);
  const ear_status st = take_outputs(net);
  return st ? st : pairs_find(net);
}

ear_status
nn_new(nn **net, const recipe *r, uint32_t n_labels, uint32_t max_batch,
       uint32_t n_frames, uint64_t seed, ear_error *err)
{
  *net = NULL;
  nn *created = calloc(1, sizeof *created);
  if (!created) {
    return EAR_NO_MEMORY;
  }
  flush_denormals();
  created->recipe = *r;
  created->recipe.frames = n_frames;
  created->n_labels = n_labels;
  created->n_outputs = n_labels + recipe_n_extra(r);
  created->max_batch = max_batch;
  created->seed = seed;
  const ear_status st = build(created, err);
  if (st) {
    if (st == EAR_NO_MEMORY && err) {
      snprintf(err->text, sizeof err->text,
               "not enough memory for batches of %u patches: use a smaller batch",
               max_batch);
    }
    nn_free(created);
    return st;
  }
  *net = created;
  return EAR_OK;
}

void
nn_free(nn *net)
{
  if (net) {
    for (uint32_t i = 0; i < net->n_nodes; ++i) {
      dnn_conv_free(net->node[i].conv);
    }
    for (uint32_t i = 0; i < net->n_memory; ++i) {
      free(net->memory[i]);
    }
    free(net);
  }
}
