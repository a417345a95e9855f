/* SPDX-License-Identifier: ISC */
/* The twin owns integers only while a forward and its backward last: each forward takes
   them anew from the float network. */
#include "quantized.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/quant.h"
#include "fold.h"
#include "integers.h"
#include "nn_round.h"

enum { ADD_BITS = 20 };

struct quantized {
  nn *net, *twin;
  integers q;
  uint32_t n_steps; /* 1 + layers */
  calibrate_steps steps[EAR_MAX_LAYERS + 1];
  node_rounding rounding[EAR_MAX_LAYERS + 1]; /* of the input, then of each layer */
};

static ear_status
take_rounding(quantized *q, uint32_t l)
{
  nn_node *b = q->twin->layer[l];
  node_rounding *r = &q->rounding[1 + l];
  b->rounding = r;
  b->relu = false; /* the clamp at zero_point 0 is it */
  r->last = l + 1 == q->twin->n_layers;
  r->slope = nn_take(q->twin, b->out.c, sizeof *r->slope);
  r->multiplier = nn_take(q->twin, b->out.c, sizeof *r->multiplier);
  r->shift = nn_take(q->twin, b->out.c, sizeof *r->shift);
  return r->slope && r->multiplier && r->shift ? EAR_OK : EAR_NO_MEMORY;
}

ear_status
quantized_new(quantized **q, nn *net, ear_error *err)
{
  recipe r = *nn_recipe(net);
  *q = NULL;
  quantized *created = calloc(1, sizeof *created);
  if (!created) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t l = 0; l < r.n_layers; ++l) {
    r.layer[l].bn = false;
  }
  created->net = net;
  created->n_steps = 1 + net->n_layers;
  ear_status st = integers_new(&created->q, net, err);
  st = st ? st
          : nn_new(&created->twin, &r, net->n_labels, net->max_batch, r.frames, net->seed,
                   err);
  for (uint32_t l = 0; l < net->n_layers && !st; ++l) {
    st = take_rounding(created, l);
  }
  if (st) {
    quantized_free(created);
    return st;
  }
  created->twin->node[0].rounding = &created->rounding[0];
  *q = created;
  return EAR_OK;
}

void
quantized_free(quantized *q)
{
  if (q) {
    integers_free(&q->q);
    nn_free(q->twin);
    free(q);
  }
}

ear_status
quantized_calibrate(quantized *q, const float *patches, uint32_t n_patches)
{
  bool relu[EAR_MAX_LAYERS];
  for (uint32_t l = 0; l < q->q.spec.n_layers; ++l) {
    relu[l] = q->q.spec.layer[l].relu;
  }
  return calibrate(q->net, patches, n_patches, relu, q->q.spec.n_layers, q->steps);
}

calibrate_steps *
quantized_steps(quantized *q, uint32_t *n)
{
  *n = q->n_steps;
  return q->steps;
}

const nn *
quantized_twin(const quantized *q)
{
  return q->twin;
}

/* A multiplier as the engine holds it.  One that it cannot hold is of a layer that
   ear_model_write would refuse: training goes on towards better ones. */
static void
set_multiplier(node_rounding *r, uint32_t c, double real)
{
  if (ear_quantize_multiplier(real, &r->multiplier[c], &r->shift[c])) {
    r->multiplier[c] = 1 << 30;
    r->shift[c] = 30;
  }
}

static void
set_weights(quantized *q, uint32_t l)
{
  nn_node *b = q->twin->layer[l];
  node_rounding *r = &q->rounding[1 + l];
  const integer_layer *a = &q->q.layer[l];
  const integer_input in = integers_input(&q->q, l);
  const double scale = (double)q->q.spec.layer[l].scale;
  for (size_t i = 0; i < b->n_weights; ++i) {
    b->weight[i] = (float)a->weight[i];
  }
  for (uint32_t o = 0; o < b->out.c; ++o) {
    b->bias[o] = (float)(in.unit * a->bias[o]);
    r->slope[o] = r->last ? in.scale / in.unit * (double)a->scale[o]
                          : in.scale * (double)a->scale[o] / scale;
    if (!r->last) {
      set_multiplier(r, o, r->slope[o]);
    }
  }
}

static void
set_add(quantized *q, uint32_t l)
{
  nn_node *b = q->twin->layer[l];
  node_rounding *r = &q->rounding[1 + l];
  const double scale = (double)q->q.spec.layer[l].scale;
  const double one = integers_input(&q->q, l).scale;
  const double other = integers_output(&q->q, q->q.spec.layer[l].from).scale;
  const double larger = fmax(one, other);
  r->factor = (int32_t)llround(ldexp(one / larger, ADD_BITS));
  r->factor_from = (int32_t)llround(ldexp(other / larger, ADD_BITS));
  set_multiplier(r, 0, ldexp(larger / scale, -ADD_BITS));
  b->share = (float)(one / scale);
  b->share_from = (float)(other / scale);
}

static void
set_concat(quantized *q, uint32_t l)
{
  nn_node *b = q->twin->layer[l];
  node_rounding *r = &q->rounding[1 + l];
  const ear_layer *y = &q->q.spec.layer[l];
  const double scale = (double)y->scale;
  const double from = integers_output(&q->q, y->from).scale / scale;
  const double branch = integers_input(&q->q, l).scale / scale;
  set_multiplier(r, 0, from);
  set_multiplier(r, 1, branch);
  b->share_from = (float)from;
  b->share = (float)branch;
}

/* The weights that net has now, and everything that depends on them. */
static ear_status
take_integers(quantized *q)
{
  const ear_status st = integers_take(&q->q, q->net, q->steps, NULL);
  const ear_model_spec *spec = &q->q.spec;
  q->rounding[0].zero_point = spec->input_zero_point;
  q->rounding[0].inverse_scale = 1 / spec->input_scale;
  for (uint32_t l = 0; l < spec->n_layers && !st; ++l) {
    const ear_layer *y = &spec->layer[l];
    node_rounding *r = &q->rounding[1 + l];
    const double unit = y->op == EAR_OP_DENSE ? integers_input(&q->q, l).unit : 1;
    r->zero_point = (int32_t)unit * y->zero_point;
    r->most = (int32_t)unit * 255;
    if (q->q.layer[l].weight) {
      set_weights(q, l);
    } else if (y->op == EAR_OP_ADD) {
      set_add(q, l);
    } else if (y->op == EAR_OP_CONCAT) {
      set_concat(q, l);
    } else {
      set_multiplier(r, 0, 1.0 / (y->kt * y->kf));
    }
  }
  return st;
}

const float *
quantized_forward(quantized *q, const float *x, uint32_t n, bool training)
{
  if (take_integers(q)) {
    return NULL;
  }
  nn_seek(q->twin, nn_step(q->net));
  nn_place(q->twin, q->net->first);
  const float *logit = nn_forward(q->twin, x, n, training);
  nn_seek(q->net, nn_step(q->twin));
  return logit;
}

/* The gradients of one output channel o at folded weights, dw in place of `from`, and of
   its bias, through BatchNorm to the arrays of net; see fold.c. */
static void
unfold_channel(const nn_node *b, const nn_node *bn, uint32_t o, size_t n, double by_bias)
{
  const float *w = b->weight + o * n;
  float *dw = b->dweight + o * n;
  if (!bn) {
    b->dbias[o] = (float)by_bias;
    return;
  }
  const double root = sqrt((double)bn->running_variance[o] + (double)NN_BN_EPSILON);
  const double shift = b->bias ? (double)b->bias[o] : 0;
  double by_gamma = by_bias * (shift - (double)bn->running_mean[o]);
  for (size_t i = 0; i < n; ++i) {
    by_gamma += (double)dw[i] * (double)w[i];
    dw[i] = (float)((double)dw[i] * (double)bn->weight[o] / root);
  }
  bn->dweight[o] = (float)(by_gamma / root);
  bn->dbias[o] = (float)by_bias;
}

static void
unfold(const quantized *q, uint32_t l)
{
  const nn_node *twin = q->twin->layer[l], *last = q->net->layer[l];
  const nn_node *bn = last->kind == NODE_BN ? last : NULL;
  const nn_node *b = bn ? last->source : last;
  const integer_input in = integers_input(&q->q, l);
  const size_t n = b->n_weights / b->out.c;
  for (uint32_t o = 0; o < b->out.c; ++o) {
    const double scale = (double)q->q.layer[l].scale[o];
    for (size_t i = o * n; i < (o + 1) * n; ++i) {
      b->dweight[i] = (float)((double)twin->dweight[i] / scale);
    }
    const double by_bias = (double)twin->dbias[o] * in.unit / (in.scale * scale);
    unfold_channel(b, bn, o, n, by_bias);
  }
}

void
quantized_backward(quantized *q, const float *dlogit)
{
  nn_backward(q->twin, dlogit);
  for (uint32_t l = 0; l < q->twin->n_layers; ++l) {
    if (q->q.layer[l].weight) {
      unfold(q, l);
    }
  }
}
