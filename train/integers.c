/* SPDX-License-Identifier: ISC */
/* Nothing leaves here whose sums could exceed 32 bits or whose multipliers the engine
   could not hold; but for weights that are not finite, which ear_model_write refuses. */
#include "integers.h"

#include <math.h>
#include <stdlib.h>

#include "fold.h"

/* A value after the mean has 12 bits: 16 times the 8-bit one. */
static const double head_unit = 16;
/* Multipliers, scale_in * weight_scale / scale_out, that 32 bits still hold: quant.h. */
static const double least_multiplier = 0x1p-30;

static bool
has_weights(ear_op op)
{
  return op == EAR_OP_CONV || op == EAR_OP_DEPTHWISE || op == EAR_OP_DENSE;
}

ear_status
integers_new(integers *q, nn *net, ear_error *err)
{
  *q = (integers){0};
  const ear_status st = recipe_spec(nn_recipe(net), nn_n_labels(net), &q->spec, err);
  for (uint32_t l = 0; l < q->spec.n_layers && !st; ++l) {
    ear_layer *y = &q->spec.layer[l];
    integer_layer *a = &q->layer[l];
    if (has_weights(y->op)) {
      const size_t n_out = fold_n_out(net, l);
      a->weight = malloc(fold_n_weights(net, l));
      a->bias = malloc(n_out * sizeof *a->bias);
      a->scale = malloc(n_out * sizeof *a->scale);
      if (!a->weight || !a->bias || !a->scale) {
        return EAR_NO_MEMORY;
      }
      y->weight = a->weight;
      y->bias = a->bias;
      y->weight_scale = a->scale;
    }
  }
  return st;
}

void
integers_free(integers *q)
{
  for (uint32_t l = 0; l < q->spec.n_layers; ++l) {
    free(q->layer[l].weight);
    free(q->layer[l].bias);
    free(q->layer[l].scale);
  }
  *q = (integers){0};
}

integer_input
integers_input(const integers *q, uint32_t l)
{
  const uint32_t source = ear_layer_source(&q->spec, l);
  return source
             ? integers_output(q, source - 1)
             : (integer_input){(double)q->spec.input_scale, q->spec.input_zero_point, 1};
}

integer_input
integers_output(const integers *q, uint32_t l)
{
  const ear_layer *y = &q->spec.layer[l];
  integer_input out = {(double)y->scale, y->zero_point, 1};
  for (uint32_t i = 0; i <= l; ++i) {
    out.unit = q->spec.layer[i].op == EAR_OP_MEAN ? head_unit : out.unit;
  }
  return out;
}

/* Scales along the layers: what only moves values keeps those of its input. */
static void
spread_scales(ear_model_spec *spec, const calibrate_steps *steps)
{
  spec->input_scale = steps[0].scale;
  spec->input_zero_point = steps[0].zero_point;
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    ear_layer *y = &spec->layer[l];
    const uint32_t source = ear_layer_source(spec, l);
    calibrate_steps s = steps[0];
    if (source) {
      const ear_layer *x = &spec->layer[source - 1];
      s = (calibrate_steps){x->scale, x->zero_point};
    }
    if (l + 1 == spec->n_layers) {
      s = (calibrate_steps){1, 0}; /* logits stay sums */
    } else if (has_weights(y->op) || y->op == EAR_OP_ADD || y->op == EAR_OP_CONCAT) {
      s = steps[1 + l];
    }
    y->scale = s.scale;
    y->zero_point = s.zero_point;
  }
}

/* One output channel. */
typedef struct {
  const float *weight; /* [n] */
  size_t n;
  float bias;
  const moments *m;
  uint32_t group; /* of m */
  bool zerosum;   /* the integers sum to 0 too */
} channel;

static double
magnitude(const int8_t *q, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    sum += fabs((double)q[i]);
  }
  return sum;
}

/* Take the sum of the integers to 0, each step where it is the smallest error. */
static void
settle(const channel *c, double scale, int8_t *q)
{
  int sum = 0;
  for (size_t i = 0; i < c->n; ++i) {
    sum += q[i];
  }
  for (; sum; sum += sum > 0 ? -1 : 1) {
    const int step = sum > 0 ? -1 : 1;
    size_t best = c->n;
    double least = INFINITY;
    for (size_t i = 0; i < c->n; ++i) {
      const double error = fabs((double)c->weight[i] - scale * (q[i] + step));
      if (abs(q[i] + step) <= 127 && error < least) {
        least = error;
        best = i;
      }
    }
    if (best == c->n) {
      return; /* no kernel has all of its weights at one end */
    }
    q[best] = (int8_t)(q[best] + step);
  }
}

/* Weights to integers; returns what the bias must gain. */
static double
round_channel(const channel *c, float scale, int8_t *q)
{
  double gain = moments_round(c->m, c->group, c->weight, c->n, scale, q);
  if (c->zerosum) {
    settle(c, (double)scale, q);
    gain = 0;
    for (size_t i = 0; i < c->n && c->m->n == c->n; ++i) {
      gain +=
          ((double)c->weight[i] - (double)scale * q[i]) * c->m->mean[c->group * c->n + i];
    }
  }
  return gain;
}

/* The scale is the one that suits the weights best unless a bias or sum would not fit
   into 32 bits with it: then as much coarser as it must be. */
static void
take_channel(const channel *c, double least_scale, const integer_input *in, int8_t *q,
             int32_t *q_bias, float *scale)
{
  float most = 0;
  for (size_t i = 0; i < c->n; ++i) {
    most = fmaxf(most, fabsf(c->weight[i]));
  }
  const float finest = fmaxf(most / 127, (float)least_scale);
  *scale = moments_scale(c->m, c->group, c->weight, c->n, finest);
  for (;; *scale *= 1.5f) {
    const double gain = round_channel(c, *scale, q);
    const double b = round(((double)c->bias + gain) / (in->scale * (double)*scale));
    const double sum = magnitude(q, c->n) * (255 + in->zero_point) + fabs(b);
    if (in->unit * sum < 2147483647.0) {
      *q_bias = (int32_t)b;
      return;
    }
    if (!isfinite(*scale)) {
      *q_bias = 0;
      return; /* folding overflowed: ear_model_write refuses the scale */
    }
  }
}

static ear_status
take_layer(integers *q, const nn *net, uint32_t l, const moments *m)
{
  static const moments nothing = {0};
  const integer_input in = integers_input(q, l);
  const double least = least_multiplier * (double)q->spec.layer[l].scale / in.scale;
  integer_layer *a = &q->layer[l];
  folded f;
  const ear_status st = fold(net, l, &f);
  const uint32_t n_out = st ? 0 : f.n_out;
#pragma omp parallel for schedule(dynamic)
  for (uint32_t o = 0; o < n_out; ++o) {
    const size_t n_in = f.n_weights / f.n_out;
    const channel c = {.weight = f.weight + o * n_in,
                       .n = n_in,
                       .bias = f.bias[o],
                       .m = m ? m : &nothing,
                       .group = m && m->n_groups > 1 ? o : 0,
                       .zerosum = !ear_layer_source(&q->spec, l) &&
                                  nn_recipe(net)->train.zerosum};
    take_channel(&c, least, &in, a->weight + o * n_in, &a->bias[o], &a->scale[o]);
  }
  fold_free(&f);
  return st;
}

ear_status
integers_take(integers *q, const nn *net, const calibrate_steps *steps, const moments *m)
{
  ear_status st = EAR_OK;
  spread_scales(&q->spec, steps);
  for (uint32_t l = 0; l < q->spec.n_layers && !st; ++l) {
    if (has_weights(q->spec.layer[l].op)) {
      st = take_layer(q, net, l, m ? &m[l] : NULL);
    }
  }
  return st;
}
