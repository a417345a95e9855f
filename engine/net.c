/* SPDX-License-Identifier: ISC */
/* The trunk runs at every frame that completes a column, the head at every tick; nothing
   is allocated after ear_net_new. */
#include "net_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ear_net {
  ear_model *model; /* a reference, NULL for a bare spec */
  const ear_model_spec *spec;
  ear_shape shape[EAR_MAX_LAYERS];
  ear_trunk trunk;
  ear_head head;
  ear_arena arena;
  uint32_t n_values;     /* of a frame */
  uint8_t *frame;        /* [n_values] the newest one, quantised */
  const uint8_t *column; /* the newest one before the head */
};

static void
quantize(const ear_model_spec *spec, uint32_t n_values, const float *value, uint8_t *q)
{
  const float inverse_scale = 1 / spec->input_scale;
  for (uint32_t v = 0; v < n_values; ++v) {
    const float x = (value[v] - spec->mean[v]) * spec->inverse_std[v];
    q[v] = ear_quantize_u8(x, inverse_scale, spec->input_zero_point);
  }
}

ear_status
ear_net_from_spec(ear_net **net, const ear_model_spec *spec, uint32_t n_momentary,
                  uint32_t n_short, ear_error *err)
{
  const uint32_t length[2] = {n_momentary, n_short};
  *net = NULL;
  if (n_momentary < 1 || n_short < 1 || n_momentary > 1 << 16 || n_short > 1 << 16) {
    return ear_fail(err, EAR_BAD_ARGUMENT, "horizons of %u and %u ticks: 1 to 65536",
                    n_momentary, n_short);
  }
  ear_net *x = calloc(1, sizeof *x);
  if (!x) {
    return ear_fail(err, EAR_NO_MEMORY, "not enough memory for the network");
  }
  x->spec = spec;
  x->trunk.kernels = x->head.kernels = ear_kernels_get();
  const ear_status st = ear_model_shapes(spec, x->shape, err);
  if (!st) {
    x->n_values = ear_front_end_values(&spec->front_end);
    x->frame = ear_arena_take(&x->arena, x->n_values + EAR_SLACK);
    ear_trunk_take(&x->trunk, spec, x->shape, &x->arena);
    ear_head_take(&x->head, spec, x->shape, length, &x->arena);
  }
  if (st || x->arena.failed) {
    ear_net_free(x);
    return st ? st : ear_fail(err, EAR_NO_MEMORY, "not enough memory for the network");
  }
  ear_trunk_prepare(&x->trunk, spec, x->shape);
  ear_head_prepare(&x->head);
  *net = x;
  return EAR_OK;
}

ear_status
ear_net_new(ear_net **net, ear_model *model, uint32_t n_momentary, uint32_t n_short,
            ear_error *err)
{
  const ear_status st =
      ear_net_from_spec(net, ear_model_spec_get(model), n_momentary, n_short, err);
  if (!st) {
    (*net)->model = ear_model_ref(model);
  }
  return st;
}

void
ear_net_free(ear_net *net)
{
  if (net) {
    ear_arena_free(&net->arena);
    ear_model_unref(net->model);
    free(net);
  }
}

void
ear_net_reset(ear_net *net)
{
  ear_trunk_reset(&net->trunk);
  ear_head_reset(&net->head);
}

void
ear_net_quantize(const ear_model *model, const float *value, uint8_t *q)
{
  const ear_model_spec *spec = ear_model_spec_get(model);
  quantize(spec, ear_front_end_values(&spec->front_end), value, q);
}

/* Take net->frame through the trunk. */
static bool
push(ear_net *net)
{
  const uint8_t *column = ear_trunk_push(&net->trunk, net->frame);
  net->column = column ? column : net->column;
  return column != NULL;
}

bool
ear_net_push(ear_net *net, const float *value)
{
  quantize(net->spec, net->n_values, value, net->frame);
  return push(net);
}

bool
ear_net_push_quantized(ear_net *net, const uint8_t *q)
{
  memcpy(net->frame, q, net->n_values);
  return push(net);
}

void
ear_net_tick(ear_net *net, bool gated)
{
  ear_head_tick(&net->head, net->column, gated);
}

const float *
ear_net_logits(const ear_net *net, ear_horizon h)
{
  return net->head.logit[net->head.averages ? h : EAR_MOMENTARY];
}

const int32_t *
ear_net_accumulators(const ear_net *net, ear_horizon h)
{
  return net->head.acc[net->head.averages ? h : EAR_MOMENTARY];
}

bool
ear_net_averages(const ear_net *net)
{
  return net->head.averages;
}

uint32_t
ear_net_activation(ear_net *net, ear_horizon h, uint32_t label, float *row)
{
  return ear_head_activation(&net->head, h, label, row);
}

const uint8_t *
ear_net_column(const ear_net *net, size_t *n)
{
  *n = net->head.n;
  return net->column;
}

void
ear_net_posteriors(const ear_model_spec *spec, const float *logit, float *p)
{
  const double temperature = (double)spec->temperature;
  double largest = (double)logit[0], sum = 0;
  for (uint32_t i = 0; i < spec->n_labels; ++i) {
    largest = (double)logit[i] > largest ? (double)logit[i] : largest;
  }
  if (spec->activation == EAR_SIGMOID) {
    for (uint32_t i = 0; i < spec->n_labels; ++i) {
      p[i] = (float)(1 / (1 + exp(-(double)logit[i] / temperature)));
    }
    return;
  }
  for (uint32_t i = 0; i < spec->n_labels; ++i) {
    sum += exp(((double)logit[i] - largest) / temperature);
  }
  for (uint32_t i = 0; i < spec->n_labels; ++i) {
    p[i] = (float)(exp(((double)logit[i] - largest) / temperature) / sum);
  }
}
