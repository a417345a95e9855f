/* SPDX-License-Identifier: ISC */
/* From here on the engine decides: the spec that is built is written, loaded and checked
   by ear_model_write, with the engine's own bounds. */
#include "export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "fold.h"
#include "nn_layers.h"

/* A value after the mean has 12 bits: 16 times the 8-bit one. */
static const double head_unit = 16;
/* Multipliers, scale_in * weight_scale / scale_out, that 32 bits still hold: quant.h. */
static const double least_multiplier = 0x1p-30;

/* Integer arrays of one layer, which the spec points to. */
typedef struct {
  int8_t *weight;
  int32_t *bias;
  float *scale; /* [n_out] */
} layer_arrays;

typedef struct {
  double scale_in; /* of the layer's input */
  double zero_point;
  double unit; /* the accumulator's, 1 or head_unit */
} layer_input;

static void
free_arrays(layer_arrays *a, uint32_t n)
{
  for (uint32_t l = 0; l < n; ++l) {
    free(a[l].weight);
    free(a[l].bias);
    free(a[l].scale);
  }
}

/* Weights w[0..n) at this scale; the sum of their magnitudes. */
static double
round_weights(const float *w, size_t n, float scale, int8_t *q)
{
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const long r = lroundf(w[i] / scale);
    q[i] = (int8_t)(r > 127 ? 127 : r < -127 ? -127 : r);
    sum += fabs((double)q[i]);
  }
  return sum;
}

/* One output channel.  The scale is the weights' own unless a bias or sum would not fit
   into 32 bits with it: then as much coarser as it must be. */
static void
quantize_channel(const float *w, size_t n, float bias, float least_scale,
                 const layer_input *in, int8_t *q, int32_t *q_bias, float *scale)
{
  float most = 0;
  for (size_t i = 0; i < n; ++i) {
    most = fmaxf(most, fabsf(w[i]));
  }
  *scale = fmaxf(most / 127, least_scale);
  for (;; *scale *= 1.5f) {
    const double sum = round_weights(w, n, *scale, q);
    const double b = round((double)bias / (in->scale_in * (double)*scale));
    if (in->unit * (sum * (255 + in->zero_point) + fabs(b)) < 2147483647.0) {
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
quantize_layer(const folded *f, const layer_input *in, ear_layer *y, layer_arrays *a)
{
  const size_t n_in = f->n_weights / f->n_out;
  const double least = least_multiplier * (double)y->scale / in->scale_in;
  a->weight = malloc(f->n_weights);
  a->bias = malloc(f->n_out * sizeof *a->bias);
  a->scale = malloc(f->n_out * sizeof *a->scale);
  if (!a->weight || !a->bias || !a->scale) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t o = 0; o < f->n_out; ++o) {
    quantize_channel(f->weight + o * n_in, n_in, f->bias[o], (float)least, in,
                     a->weight + o * n_in, &a->bias[o], &a->scale[o]);
  }
  y->weight = a->weight;
  y->bias = a->bias;
  y->weight_scale = a->scale;
  return EAR_OK;
}

static bool
has_weights(ear_op op)
{
  return op == EAR_OP_CONV || op == EAR_OP_DEPTHWISE || op == EAR_OP_DENSE;
}

/* Scales along the layers: what only moves values keeps those of its input. */
static void
spread_scales(ear_model_spec *spec, const calibrate_steps *steps)
{
  spec->input_scale = steps[0].scale;
  spec->input_zero_point = steps[0].zero_point;
  calibrate_steps s = steps[0];
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    ear_layer *y = &spec->layer[l];
    const bool last = l + 1 == spec->n_layers;
    if (last) {
      s = (calibrate_steps){1, 0}; /* logits stay sums */
    } else if (has_weights(y->op) || y->op == EAR_OP_ADD) {
      s = steps[1 + l];
    }
    y->scale = s.scale;
    y->zero_point = s.zero_point;
  }
}

static ear_status
quantize(nn *net, ear_model_spec *spec, layer_arrays *arrays)
{
  layer_input in = {(double)spec->input_scale, spec->input_zero_point, 1};
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    ear_layer *y = &spec->layer[l];
    if (has_weights(y->op)) {
      folded f;
      ear_status st = fold(net, l, &f);
      st = st ? st : quantize_layer(&f, &in, y, &arrays[l]);
      fold_free(&f);
      if (st) {
        return st;
      }
    }
    in.unit = y->op == EAR_OP_MEAN ? head_unit : in.unit;
    in.scale_in = (double)y->scale;
    in.zero_point = y->zero_point;
  }
  return EAR_OK;
}

static void
describe(ear_model_spec *spec, const export_info *info)
{
  spec->name = info->name;
  spec->task = info->task;
  spec->license = info->license;
  spec->card = info->card;
  spec->n_labels = info->n_labels;
  for (uint32_t i = 0; i < info->n_labels; ++i) {
    spec->label[i] = info->label[i];
    spec->threshold[i] = info->threshold[i];
  }
  spec->temperature = info->temperature;
  spec->mean = info->mean;
  spec->inverse_std = info->inverse_std;
}

/* Weights that are not finite come from a training that went wrong. */
static ear_status
check_finite(nn *net, ear_error *err)
{
  for (uint32_t i = 0; i < net->n_params + net->n_buffers; ++i) {
    const nn_param p = i < net->n_params ? net->param[i] : net->buffer[i - net->n_params];
    for (size_t k = 0; k < p.n; ++k) {
      if (!isfinite(p.value[k])) {
        if (err) {
          snprintf(err->text, sizeof err->text,
                   "the weights of %s are not numbers any more: train again with a lower "
                   "rate",
                   net->recipe.name);
        }
        return EAR_BAD_ARGUMENT;
      }
    }
  }
  return EAR_OK;
}

ear_status
export_model(nn *net, const export_info *info, const float *patches, uint32_t n_patches,
             uint8_t **bytes, size_t *n, ear_error *err)
{
  ear_model_spec spec;
  bool relu[EAR_MAX_LAYERS];
  calibrate_steps steps[EAR_MAX_LAYERS + 1];
  layer_arrays arrays[EAR_MAX_LAYERS] = {{0}};
  *bytes = NULL;
  *n = 0;
  if (info->n_labels != net->n_labels || info->n_labels > EAR_MAX_LABELS || !n_patches) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "%u labels for a network of %u, %u patches: cannot be exported",
               info->n_labels, net->n_labels, n_patches);
    }
    return EAR_BAD_ARGUMENT;
  }
  ear_status st = check_finite(net, err);
  st = st ? st : recipe_spec(&net->recipe, net->n_labels, &spec, err);
  if (st) {
    return st;
  }
  for (uint32_t l = 0; l < spec.n_layers; ++l) {
    relu[l] = spec.layer[l].relu;
  }
  describe(&spec, info);
  st = calibrate(net, patches, n_patches, relu, spec.n_layers, steps);
  if (!st) {
    spread_scales(&spec, steps);
    st = quantize(net, &spec, arrays);
  }
  st = st ? st : ear_model_write(&spec, bytes, n, err);
  free_arrays(arrays, spec.n_layers);
  return st;
}
