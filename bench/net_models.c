/* SPDX-License-Identifier: ISC */
/* Models go through the writer and the parser, so what is timed is what a file gives. */
#include "net_models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_LABELS = 10 };

void *
net_noise(size_t n)
{
  uint8_t *p = aligned_alloc(64, (n + 127) / 64 * 64);
  uint64_t x = 1;
  if (!p) {
    exit(1);
  }
  for (size_t i = 0; i < n; ++i) {
    x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    p[i] = (uint8_t)(x >> 56);
  }
  return p;
}

static ear_layer *
append(ear_model_spec *spec, ear_op op, uint32_t size, uint32_t stride)
{
  ear_layer *y = &spec->layer[spec->n_layers++];
  *y = (ear_layer){.op = op,
                   .kt = size,
                   .kf = size,
                   .st = stride,
                   .sf = stride,
                   .dt = 1,
                   .scale = 0.05f};
  return y;
}

static void
append_layers(ear_model_spec *spec, net_kind kind)
{
  static const uint32_t channels[] = {32, 64, 128};
  for (int i = 0; i < 3; ++i) {
    ear_layer *y = append(spec, EAR_OP_CONV, 3, 1);
    y->n_out = channels[i];
    y->pad_lo = y->pad_hi = kind != NET_K;
    y->relu = true;
    append(spec, EAR_OP_MAXPOOL, 2, 2);
  }
  if (kind != NET_K) {
    append(spec, EAR_OP_MEAN, 1, 1)->over_frequency = true;
  } else {
    append(spec, EAR_OP_FLATTEN, 1, 1)->kt = 14;
  }
  ear_layer *hidden = append(spec, EAR_OP_DENSE, 1, 1);
  hidden->n_out = kind == NET_K ? 64 : 256;
  hidden->relu = true;
  append(spec, EAR_OP_DENSE, 1, 1)->n_out = N_LABELS;
}

/* Weights of all layers; scales that keep the outputs in range. */
static void
fill(ear_model_spec *spec, const ear_shape *shape)
{
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    ear_layer *y = &spec->layer[l];
    const size_t n = ear_layer_n_weights(spec, shape, l);
    if (n == 0) {
      continue;
    }
    int8_t *weight = net_noise(n);
    int32_t *bias = net_noise(y->n_out * sizeof *bias);
    float *scale = net_noise(y->n_out * sizeof *scale);
    for (size_t i = 0; i < n; ++i) {
      weight[i] = (int8_t)((uint8_t)weight[i] % 255 - 127);
    }
    for (uint32_t o = 0; o < y->n_out; ++o) {
      bias[o] = 100;
      scale[o] = (float)(0.01 / sqrt((double)n / y->n_out));
    }
    y->weight = weight;
    y->bias = bias;
    y->weight_scale = scale;
  }
}

ear_model *
net_model_new(net_kind kind)
{
  static float mean[NET_BANDS], inverse_std[NET_BANDS];
  ear_model_spec spec = {.name = kind == NET_K ? "K" : "S",
                         .task = "classifier",
                         .license = "ISC",
                         .card = "{}",
                         .n_labels = N_LABELS,
                         .temperature = 1,
                         .front_end = ear_front_end_default(),
                         .mean = mean,
                         .inverse_std = inverse_std,
                         .input_scale = 0.03f,
                         .input_zero_point = 128};
  static const char *const label[N_LABELS] = {"0", "1", "2", "3", "4",
                                              "5", "6", "7", "8", "9"};
  ear_shape shape[EAR_MAX_LAYERS];
  ear_error err = {""};
  ear_model *model = NULL;
  uint8_t *bytes = NULL;
  size_t n = 0;
  for (int i = 0; i < NET_BANDS; ++i) {
    inverse_std[i] = 0.05f;
  }
  for (int i = 0; i < N_LABELS; ++i) {
    spec.label[i] = label[i];
    spec.threshold[i] = 2;
  }
  append_layers(&spec, kind);
  if (ear_model_shapes(&spec, shape, &err)) {
    fprintf(stderr, "bench: %s\n", err.text);
    exit(1);
  }
  fill(&spec, shape);
  if (ear_model_write(&spec, &bytes, &n, &err) ||
      ear_model_parse(&model, bytes, n, &err)) {
    fprintf(stderr, "bench: %s\n", err.text);
    exit(1);
  }
  free(bytes);
  return model;
}

double
net_model_macs(net_kind kind)
{
  double over = NET_WINDOW, down = NET_BANDS, in = 1, macs = 0;
  for (double out = 32; out <= 128; in = out, out *= 2) {
    over -= kind == NET_S ? 0 : 2;
    down -= kind == NET_K ? 2 : 0;
    macs += over * down * 9 * in * out;
    over = floor(over / 2);
    down = floor(down / 2);
  }
  const double features = kind == NET_K ? over * down * in : in;
  const double hidden = kind == NET_K ? 64 : 256;
  return macs + features * hidden + hidden * N_LABELS;
}
