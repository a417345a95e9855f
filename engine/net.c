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
  ear_net_weights *own;  /* weights, if not those that the model keeps */
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

/* The weights that the model keeps; our own if it has none for these kernels and does not
   take ours.  NULL when memory is short. */
static const ear_net_weights *
find_weights(ear_net *x)
{
  const ear_net_weights *kept = x->model ? ear_model_weights(x->model) : NULL;
  if (kept && kept->kernels == x->trunk.kernels) {
    return kept;
  }
  ear_net_weights *made = ear_trunk_weights(&x->trunk, x->spec, x->shape);
  if (!made || !x->model || !ear_model_keep_weights(x->model, made)) {
    x->own = made;
  }
  return made;
}

/* model: whose spec it is, or NULL. */
static ear_status
create(ear_net **net, const ear_model_spec *spec, ear_model *model,
       const uint32_t length[2], ear_error *err)
{
  *net = NULL;
  if (length[0] < 1 || length[1] < 1 || length[0] > 1 << 16 || length[1] > 1 << 16) {
    return ear_fail(err, EAR_BAD_ARGUMENT, "horizons of %u and %u ticks: 1 to 65536",
                    length[0], length[1]);
  }
  ear_net *x = calloc(1, sizeof *x);
  if (!x) {
    return ear_fail(err, EAR_NO_MEMORY, "not enough memory for the network");
  }
  x->spec = spec;
  x->model = model ? ear_model_ref(model) : NULL;
  x->trunk.kernels = x->head.kernels = ear_kernels_get();
  const ear_status st = ear_model_shapes(spec, x->shape, err);
  if (!st) {
    x->n_values = ear_front_end_values(&spec->front_end);
    x->frame = ear_arena_take(&x->arena, x->n_values + EAR_SLACK);
    ear_trunk_take(&x->trunk, spec, x->shape, &x->arena);
    ear_head_take(&x->head, spec, x->shape, length, &x->arena);
  }
  const ear_net_weights *w = st || x->arena.failed ? NULL : find_weights(x);
  if (!w) {
    ear_net_free(x);
    return st ? st : ear_fail(err, EAR_NO_MEMORY, "not enough memory for the network");
  }
  ear_trunk_prepare(&x->trunk, spec, w);
  ear_head_prepare(&x->head);
  *net = x;
  return EAR_OK;
}

ear_status
ear_net_from_spec(ear_net **net, const ear_model_spec *spec, uint32_t n_momentary,
                  uint32_t n_short, ear_error *err)
{
  return create(net, spec, NULL, (const uint32_t[]){n_momentary, n_short}, err);
}

ear_status
ear_net_new(ear_net **net, ear_model *model, uint32_t n_momentary, uint32_t n_short,
            ear_error *err)
{
  return create(net, ear_model_spec_get(model), model,
                (const uint32_t[]){n_momentary, n_short}, err);
}

void
ear_net_free(ear_net *net)
{
  if (net) {
    ear_arena_free(&net->arena);
    ear_net_weights_free(net->own);
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
ear_net_logits(ear_net *net, ear_horizon h)
{
  ear_head_update(&net->head);
  return net->head.logit[net->head.averages ? h : EAR_MOMENTARY];
}

const int32_t *
ear_net_accumulators(ear_net *net, ear_horizon h)
{
  ear_head_update(&net->head);
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

void
ear_net_put_column(ear_net *net, const uint8_t *column)
{
  net->column = column;
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

void
ear_net_outputs(const ear_model_spec *spec, const float *logit, float *p)
{
  ear_net_posteriors(spec, logit, p);
  for (uint32_t i = spec->n_labels; i < ear_model_n_outputs(spec); ++i) {
    p[i] = (float)(1 / (1 + exp(-(double)logit[i])));
  }
}
