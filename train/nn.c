/* SPDX-License-Identifier: ISC */
/* Forward runs the nodes in order, backward in reverse; each node's gradient is complete
   before its own backward begins. */
#include "nn.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "nn_layers.h"
#include "nn_pair.h"
#include "rng.h"

static void
forward(nn *net, nn_node *b, bool training)
{
  const uint32_t n = net->n;
  switch (b->kind) {
  case NODE_CONV:
    dnn_conv_forward(b->conv, b->source->y, b->weight, b->bias, b->y);
    break;
  case NODE_BN:
    node_bn_forward(b, n, training && !b->frozen); /* its ReLU included */
    return;
  case NODE_MAXPOOL:
    node_maxpool_forward(b, n);
    break;
  case NODE_AVGPOOL:
    node_avgpool_forward(b, n);
    break;
  case NODE_SUMMARY:
    node_summary_forward(b, n);
    break;
  case NODE_ADD:
    node_add_forward(b, n);
    break;
  case NODE_CONCAT:
    node_concat_forward(b, n);
    break;
  case NODE_DROPOUT: {
    const rng r = rng_stream(net->seed, (uint64_t)(b - net->node), net->step);
    node_dropout_forward(b, n, net->first, r.state, training);
    break;
  }
  case NODE_MEAN:
    node_mean_forward(b, n);
    break;
  case NODE_DENSE:
    node_dense_forward(b, n);
    break;
  case NODE_FLATTEN: /* the same memory */
  case NODE_INPUT:
    break;
  }
  if (b->rounding) {
    node_round(b, n);
  }
  if (b->relu) {
    node_relu(b->y, node_count(b->out), n);
  }
}

/* In integers every node rounds for itself. */
static bool
is_pair(const nn_node *b)
{
  return b->pair && !b->rounding;
}

const float *
nn_forward(nn *net, const float *x, uint32_t n, bool training)
{
  assert(n >= 1 && n <= net->max_batch);
  nn_node *input = &net->node[0];
  const size_t n_patch = node_count(input->out);
  memcpy(input->y, x, n * n_patch * sizeof *x);
  memset(input->y + n * n_patch, 0, (net->max_batch - n) * n_patch * sizeof *x);
  net->n = n;
  if (input->rounding) {
    node_round(input, n);
  }
  for (uint32_t i = 1; i < net->n_nodes; ++i) {
    nn_node *b = &net->node[i];
    if (training && is_pair(b)) {
      pair_forward(b, n);
      ++i; /* its pool is done */
    } else {
      forward(net, b, training);
    }
  }
  net->step += training;
  return net->node[net->n_nodes - 1].y;
}

static void
conv_backward(nn *net, nn_node *b)
{
  const size_t n_patch = node_count(b->out);
  memset(b->dy + net->n * n_patch, 0,
         (net->max_batch - net->n) * n_patch * sizeof *b->dy);
  dnn_conv_backward_weights(b->conv, b->source->y, b->dy, b->dweight, b->dbias);
  if (b->source->kind != NODE_INPUT) {
    dnn_conv_backward_data(b->conv, b->dy, b->weight, b->source->dy);
  }
}

static void
backward(nn *net, nn_node *b)
{
  const uint32_t n = net->n;
  if (b->relu) {
    node_relu_backward(b->y, b->dy, node_count(b->out), n);
  }
  if (b->rounding) {
    node_round_backward(b, n);
  }
  switch (b->kind) {
  case NODE_CONV:
    conv_backward(net, b);
    break;
  case NODE_BN:
    node_bn_backward(b, n);
    break;
  case NODE_MAXPOOL:
    node_maxpool_backward(b, n);
    break;
  case NODE_AVGPOOL:
    node_avgpool_backward(b, n);
    break;
  case NODE_SUMMARY:
    node_summary_backward(b, n);
    break;
  case NODE_ADD:
    node_add_backward(b, n);
    break;
  case NODE_CONCAT:
    node_concat_backward(b, n);
    break;
  case NODE_DROPOUT:
    node_dropout_backward(b, n);
    break;
  case NODE_MEAN:
    node_mean_backward(b, n);
    break;
  case NODE_DENSE:
    node_dense_backward(b, n, b->source->kind != NODE_INPUT);
    break;
  case NODE_FLATTEN:
  case NODE_INPUT:
    break;
  }
}

void
nn_backward(nn *net, const float *dlogit)
{
  const uint32_t last = net->n_nodes - 1;
  memcpy(net->node[last].dy, dlogit, (size_t)net->n * net->n_outputs * sizeof *dlogit);
  for (uint32_t i = last; i > 0 && !net->node[i].frozen; --i) {
    nn_node *b = &net->node[i];
    for (uint32_t k = i + 1; k <= last; ++k) {
      if (net->node[k].kind == NODE_ADD && net->node[k].from == b) {
        node_add_backward_from(&net->node[k], net->n);
      }
    }
    if (is_pair(b)) {
      pair_backward(b, net->n, b->source->kind != NODE_INPUT);
    } else if (!is_pair(b->source)) {
      backward(net, b);
    }
  }
}

uint64_t
nn_step(const nn *net)
{
  return net->step;
}

void
nn_seek(nn *net, uint64_t step)
{
  net->step = step;
}

void
nn_place(nn *net, uint32_t first)
{
  net->first = first;
}

uint32_t
nn_n_params(const nn *net)
{
  return net->n_params;
}

nn_param
nn_param_get(nn *net, uint32_t i)
{
  return net->param[i];
}

uint32_t
nn_n_buffers(const nn *net)
{
  return net->n_buffers;
}

nn_param
nn_buffer_get(nn *net, uint32_t i)
{
  return net->buffer[i];
}

const recipe *
nn_recipe(const nn *net)
{
  return &net->recipe;
}

/* Take the mean out of each kernel. */
static void
project(nn_node *b)
{
  const size_t n = b->n_weights / b->out.c;
  for (uint32_t o = 0; o < b->out.c; ++o) {
    float *w = b->weight + o * n;
    double mean = 0;
    for (size_t i = 0; i < n; ++i) {
      mean += (double)w[i] / (double)n;
    }
    for (size_t i = 0; i < n; ++i) {
      w[i] = (float)((double)w[i] - mean);
    }
  }
}

void
nn_project(nn *net)
{
  for (uint32_t i = 1; i < net->n_nodes && net->recipe.train.zerosum; ++i) {
    if (net->node[i].source == &net->node[0] && !net->node[i].frozen) {
      project(&net->node[i]);
    }
  }
}

uint32_t
nn_n_labels(const nn *net)
{
  return net->n_labels;
}

size_t
nn_size(const nn *net)
{
  size_t n = 0;
  for (uint32_t i = 0; i < net->n_params; ++i) {
    n += net->param[i].n;
  }
  return n;
}

bool
nn_uses_reference(const nn *net, char *what, size_t size)
{
  static const char *const name[] = {"forward", "backward data", "backward weights"};
  for (uint32_t i = 0; i < net->n_nodes; ++i) {
    const nn_node *b = &net->node[i];
    for (int p = 0; b->conv && p < DNN_N_PASSES; ++p) {
      if (dnn_conv_uses_reference(b->conv, (dnn_pass)p)) {
        if (what) {
          snprintf(what, size, "convolution %u to %u channels, %u x %u, %s: %s", b->in.c,
                   b->out.c, b->recipe.kt, b->recipe.kf, name[p],
                   dnn_conv_impl(b->conv, (dnn_pass)p));
        }
        return true;
      }
    }
  }
  return false;
}

const float *
nn_activation(const nn *net, uint32_t l, ear_shape *shape, uint32_t *n_columns)
{
  const nn_node *b = net->layer[l];
  *shape = (ear_shape){b->out.f, b->out.c, b->stride, b->receptive};
  *n_columns = b->out.t;
  return b->y;
}
