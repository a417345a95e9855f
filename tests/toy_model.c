/* SPDX-License-Identifier: ISC */
/* Scales are such that noise moves every layer without pinning it to its ends. */
#include "toy_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "model.h"

enum { BANDS = 16, MFCC = 8, CHANNELS = 8, MAX_WEIGHTS = 1 << 16 };

typedef struct {
  uint32_t random;
  size_t n_weights;
  int8_t weight[MAX_WEIGHTS];
  int32_t bias[8][EAR_MAX_LABELS];
  float weight_scale[8][EAR_MAX_LABELS];
  float mean[EAR_MAX_BANDS], inverse_std[EAR_MAX_BANDS];
  ear_model_spec spec;
} workshop;

static int32_t
next(workshop *w)
{
  w->random = w->random * 1664525u + 1013904223u;
  return (int32_t)(w->random >> 8 & 0xffff) - 0x8000;
}

/* Weights of real size 1.7 / sqrt(fan_in) at most, biases up to 0.5. */
static void
fill(workshop *w, uint32_t l, uint32_t fan_in, float in_scale)
{
  ear_layer *layer = &w->spec.layer[l];
  int8_t *weight = &w->weight[w->n_weights];
  w->n_weights += (size_t)layer->n_out * fan_in;
  assert_true(w->n_weights <= MAX_WEIGHTS);
  for (uint32_t i = 0; i < layer->n_out * fan_in; ++i) {
    weight[i] = (int8_t)(next(w) % 128);
  }
  for (uint32_t o = 0; o < layer->n_out; ++o) {
    w->weight_scale[l][o] = 1.7f / sqrtf((float)fan_in) / 127;
    w->bias[l][o] =
        (int32_t)((float)next(w) / 65536 / (in_scale * w->weight_scale[l][o]));
  }
  layer->weight = weight;
  layer->bias = w->bias[l];
  layer->weight_scale = w->weight_scale[l];
}

static void
conv(workshop *w, uint32_t stride, uint32_t n_in)
{
  const uint32_t l = w->spec.n_layers++;
  const float in_scale = l ? w->spec.layer[l - 1].scale : w->spec.input_scale;
  w->spec.layer[l] = (ear_layer){.op = EAR_OP_CONV,
                                 .kt = 3,
                                 .kf = 3,
                                 .st = stride,
                                 .sf = 2,
                                 .dt = 1,
                                 .pad_lo = 1,
                                 .pad_hi = 1,
                                 .relu = true,
                                 .n_out = CHANNELS,
                                 .scale = 4.0f / 255};
  fill(w, l, 9 * n_in, in_scale);
}

/* The last columns of the conv before it. */
static void
summary(workshop *w)
{
  const float scale = w->spec.layer[w->spec.n_layers - 1].scale;
  w->spec.layer[w->spec.n_layers++] = (ear_layer){
      .op = EAR_OP_SUMMARY, .kt = 5, .kf = 1, .st = 1, .sf = 1, .dt = 1, .scale = scale};
}

/* Rows that two convolutions leave. */
static uint32_t
rows_left(const workshop *w)
{
  return (ear_front_end_values(&w->spec.front_end) + 3) / 4;
}

static void
head(workshop *w, bool flatten)
{
  ear_layer *layer = w->spec.layer;
  const uint32_t l = w->spec.n_layers;
  const float scale = layer[l - 1].scale;
  layer[l] = (ear_layer){.op = flatten ? EAR_OP_FLATTEN : EAR_OP_MEAN,
                         .kt = flatten ? 6 : 1,
                         .kf = 1,
                         .st = 1,
                         .sf = 1,
                         .dt = 1,
                         .over_frequency = !flatten,
                         .scale = scale};
  layer[l + 1] = (ear_layer){.op = EAR_OP_DENSE,
                             .kt = 1,
                             .kf = 1,
                             .st = 1,
                             .sf = 1,
                             .dt = 1,
                             .n_out = w->spec.n_labels,
                             .scale = 1};
  w->spec.n_layers += 2;
  fill(w, l + 1, (flatten ? 6 * rows_left(w) : 1) * CHANNELS, scale);
}

static void
front(ear_model_spec *spec, uint32_t wide)
{
  spec->front_end = ear_front_end_default();
  spec->front_end.n_bands = BANDS;
  if (wide == 2) {
    spec->front_end.n_fft = 128;
    spec->front_end.hop = 16;
  } else if (wide) {
    spec->front_end.rate_hz = 16000;
    spec->front_end.n_fft = 256;
    spec->front_end.hop = 100;
    spec->front_end.low_hz = 300;
    spec->front_end.high_hz = 7500;
    spec->front_end.scale = EAR_MEL_HTK;
    spec->front_end.kinds = (1u << EAR_N_KINDS) - 1;
    spec->front_end.n_mfcc = MFCC;
  }
}

static void
describe(workshop *w, const toy *t)
{
  static const char *const name[] = {"clean", "b", "c", "d", "e", "f", "g", "h"};
  ear_model_spec *spec = &w->spec;
  spec->name = "toy";
  spec->task = t->harshness ? "harshness" : "classifier";
  spec->license = "ISC";
  spec->card = "random weights";
  spec->n_labels = t->n_labels;
  for (uint32_t i = 0; i < t->n_labels; ++i) {
    spec->label[i] = name[i];
    spec->threshold[i] = i ? 0.5f : 2;
  }
  spec->activation = EAR_SOFTMAX;
  spec->temperature = 0.5f;
  spec->unsure = t->unsure;
  for (uint32_t v = 0; v < EAR_MAX_BANDS; ++v) {
    w->mean[v] = v < BANDS ? -30 : v == BANDS ? -120 : 0;
    w->inverse_std[v] = v < BANDS + MFCC ? 0.05f : 1;
  }
  spec->mean = w->mean;
  spec->inverse_std = w->inverse_std;
  spec->input_scale = 1.0f / 40;
  spec->input_zero_point = 140;
}

ear_model *
toy_model(const toy *t)
{
  workshop *w = calloc(1, sizeof *w);
  assert_non_null(w);
  w->random = t->seed * 2654435761u + 1;
  describe(w, t);
  front(&w->spec, t->wide);
  conv(w, 2, 1);
  if (t->wide == 1 && !t->flatten) {
    summary(w);
    conv(w, 1, EAR_SUMMARY_PARTS * CHANNELS);
  } else {
    conv(w, 1, CHANNELS);
  }
  head(w, t->flatten);
  uint8_t *bytes = NULL;
  size_t n = 0;
  ear_error err = {""};
  ear_model *model = NULL;
  ear_status st = ear_model_write(&w->spec, &bytes, &n, &err);
  if (!st) {
    st = ear_model_parse(&model, bytes, n, &err);
  }
  if (st) {
    fail_msg("toy model: %s", err.text);
  }
  free(bytes);
  free(w);
  return model;
}
