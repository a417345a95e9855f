/* SPDX-License-Identifier: ISC */
/* Scales are chosen so that most outputs spread over the range of uint8, and some clip.
 */
#include "random_model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t
random_next(uint64_t *state)
{
  uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

uint32_t
random_in(uint64_t *state, uint32_t lo, uint32_t hi)
{
  return lo + (uint32_t)(random_next(state) % (hi - lo + 1));
}

static bool
chance(uint64_t *s, uint32_t percent)
{
  return random_in(s, 1, 100) <= percent;
}

/* exp of a uniform value: lo..hi. */
static float
spread(uint64_t *s, double lo, double hi)
{
  const double u = (double)(random_next(s) >> 11) / 9007199254740992.0;
  return (float)(lo * pow(hi / lo, u));
}

/* The last layer's output as it stands. */
static ear_shape
now(const random_model *m)
{
  const ear_shape frame = {ear_front_end_values(&m->spec.front_end), 1, 1, 1};
  return m->spec.n_layers ? m->shape[m->spec.n_layers - 1] : frame;
}

/* Weights, bias and scales of a layer whose outputs each see n_in values. */
static void
fill(random_model *m, uint64_t *s, uint32_t l, uint32_t n_out, size_t n_in,
     float scale_in)
{
  ear_layer *y = &m->spec.layer[l];
  const uint32_t kind = random_in(s, 0, 9);
  m->weight[l] = malloc(n_out * n_in);
  m->bias[l] = malloc(n_out * sizeof(int32_t));
  m->scale[l] = malloc(n_out * sizeof(float));
  assert(m->weight[l] && m->bias[l] && m->scale[l]);
  for (size_t i = 0; i < n_out * n_in; ++i) {
    const int32_t w = (int32_t)random_in(s, 0, 254) - 127;
    m->weight[l][i] = (int8_t)(kind == 0 ? 127 : kind == 1 ? -127 : w);
  }
  for (uint32_t o = 0; o < n_out; ++o) {
    const int32_t reach = (int32_t)(sqrt((double)n_in) * 5000);
    m->bias[l][o] = (int32_t)random_in(s, 0, (uint32_t)(2 * reach)) - reach;
    m->scale[l][o] = spread(s, 0.002, 0.02);
  }
  y->weight = m->weight[l];
  y->bias = m->bias[l];
  y->weight_scale = m->scale[l];
  y->relu = chance(s, 60);
  y->zero_point = y->relu ? 0 : (int32_t)random_in(s, 0, 255);
  const double deviation = sqrt((double)n_in) * 73 * 100 * 0.006 * (double)scale_in;
  y->scale = (float)(deviation / 60) * spread(s, 0.3, 3);
  if (chance(s, 5)) {
    y->scale *= spread(s, 0.0001, 100);
  }
}

/* Scale of what the next layer reads. */
static float
scale_now(const random_model *m)
{
  uint32_t l = m->spec.n_layers;
  while (l && (m->spec.layer[l - 1].op == EAR_OP_MAXPOOL ||
               m->spec.layer[l - 1].op == EAR_OP_AVGPOOL ||
               m->spec.layer[l - 1].op == EAR_OP_SUMMARY ||
               m->spec.layer[l - 1].op == EAR_OP_FLATTEN ||
               m->spec.layer[l - 1].op == EAR_OP_MEAN)) {
    l = m->spec.layer[l - 1].frames ? 0 : l - 1;
  }
  return l ? m->spec.layer[l - 1].scale : m->spec.input_scale;
}

/* Try to append y; false and unchanged if it does not fit or grows too large. */
static bool
append(random_model *m, uint64_t *s, const ear_layer *y, uint32_t max_column)
{
  const uint32_t l = m->spec.n_layers;
  const float scale_in = y->frames ? m->spec.input_scale : scale_now(m);
  m->spec.layer[l] = *y;
  ++m->spec.n_layers;
  if (ear_model_shapes(&m->spec, m->shape, NULL) ||
      m->shape[l].rows * m->shape[l].channels > max_column || m->shape[l].stride > 6 ||
      m->shape[l].receptive > 80) {
    --m->spec.n_layers;
    return false;
  }
  const size_t n = ear_layer_n_weights(&m->spec, m->shape, l);
  if (n) {
    fill(m, s, l, m->shape[l].channels, n / m->shape[l].channels, scale_in);
  }
  if (y->op == EAR_OP_ADD) {
    m->spec.layer[l].relu = chance(s, 60);
    m->spec.layer[l].zero_point =
        m->spec.layer[l].relu ? 0 : (int32_t)random_in(s, 0, 255);
    m->spec.layer[l].scale = scale_in * spread(s, 0.5, 4);
  }
  return true;
}

static void
append_trunk(random_model *m, uint64_t *s, uint32_t size)
{
  static const ear_op ops[] = {EAR_OP_CONV,    EAR_OP_CONV,    EAR_OP_DEPTHWISE,
                               EAR_OP_MAXPOOL, EAR_OP_AVGPOOL, EAR_OP_SUMMARY,
                               EAR_OP_ADD};
  const uint32_t widest = size == 1 ? 9 : size == 2 ? 24 : 70;
  const ear_shape in = now(m);
  ear_layer y = {.op = ops[random_in(s, 0, 6)],
                 .kt = random_in(s, 1, 4),
                 .kf = random_in(s, 1, 5),
                 .st = chance(s, 75) ? 1 : random_in(s, 2, 3),
                 .sf = chance(s, 60) ? 1 : random_in(s, 2, 3),
                 .dt = chance(s, 70) ? 1 : random_in(s, 2, 3),
                 .n_out = random_in(s, 1, widest)};
  if (y.op == EAR_OP_SUMMARY) {
    y.kt = chance(s, 80) ? random_in(s, 1, 9) : random_in(s, 1, 60);
    y.kf = y.sf = 1;
  } else if (y.op == EAR_OP_ADD && m->spec.n_layers >= 2) {
    y.from = random_in(s, 0, m->spec.n_layers - 2);
  } else if (y.op == EAR_OP_CONV || y.op == EAR_OP_DEPTHWISE) {
    y.pad_lo = random_in(s, 0, y.kf - 1);
    y.pad_hi = random_in(s, 0, y.kf - 1);
    if (chance(s, 50)) { /* keep the shape, so that an add can follow */
      y.n_out = in.channels;
      y.st = y.sf = 1;
      y.pad_hi = y.kf - 1 - y.pad_lo;
    }
  }
  append(m, s, &y, size == 3 ? 4096 : 400);
}

static void
forget(random_model *m, uint32_t first)
{
  for (uint32_t l = first; l < EAR_MAX_LAYERS; ++l) {
    free(m->weight[l]);
    free(m->bias[l]);
    free(m->scale[l]);
    m->weight[l] = NULL;
    m->bias[l] = NULL;
    m->scale[l] = NULL;
  }
}

/* A layer that makes `rows` of the frames, with a kernel as high as that takes. */
static ear_layer
first_of_branch(const random_model *m, uint64_t *s, uint32_t rows, uint32_t widest)
{
  static const ear_op ops[] = {EAR_OP_CONV,    EAR_OP_CONV,      EAR_OP_CONV,
                               EAR_OP_CONV,    EAR_OP_DEPTHWISE, EAR_OP_MAXPOOL,
                               EAR_OP_AVGPOOL, EAR_OP_SUMMARY};
  const uint32_t n_values = ear_front_end_values(&m->spec.front_end);
  const uint32_t most = rows > 1 ? (n_values - 1) / (rows - 1) : 1;
  ear_layer y = {.op = ops[random_in(s, 0, 7)],
                 .frames = true,
                 .kt = random_in(s, 1, 4),
                 .sf = chance(s, 60) ? 1 : random_in(s, 1, most < 8 ? most + !most : 8),
                 .dt = chance(s, 70) ? 1 : random_in(s, 2, 3),
                 .n_out = random_in(s, 1, widest)};
  y.kf = n_values - (rows - 1) * y.sf; /* wraps to what no layer may have */
  if (y.op <= EAR_OP_DEPTHWISE && y.kf > 0 && y.kf <= n_values && chance(s, 30)) {
    y.pad_lo = random_in(s, 0, y.kf < 9 ? y.kf - 1 : 8);
    y.kf += y.pad_lo;
  }
  return y;
}

/* A second path from the frames to the rows and stride of the first, and a concat; or
   nothing if it does not come out so. */
static void
append_branch(random_model *m, uint64_t *s, uint32_t size)
{
  const uint32_t begin = m->spec.n_layers, widest = size == 3 ? 70 : 20;
  const ear_shape goal = now(m);
  const float scale = scale_now(m);
  ear_layer y = first_of_branch(m, s, goal.rows, widest);
  const bool pooled = chance(s, 30); /* the stride is the pool's */
  y.st = pooled ? 1 : goal.stride;
  bool good = begin > 0 && append(m, s, &y, 4096);
  if (good && pooled) {
    const ear_op op = chance(s, 50) ? EAR_OP_MAXPOOL : EAR_OP_AVGPOOL;
    y = (ear_layer){
        .op = op, .kt = random_in(s, 1, 4), .kf = 1, .st = goal.stride, .sf = 1};
    good = append(m, s, &y, 4096);
  }
  for (uint32_t n = random_in(s, 0, 2); good && n > 0; --n) { /* as many rows */
    y = (ear_layer){.op = EAR_OP_CONV, .kf = 1, .st = 1, .sf = 1, .dt = 1};
    y.op = chance(s, 40) ? EAR_OP_DEPTHWISE : chance(s, 20) ? EAR_OP_SUMMARY : y.op;
    y.kt = random_in(s, 1, 9);
    y.n_out = random_in(s, 1, widest);
    append(m, s, &y, 4096);
  }
  const float other = scale_now(m);
  y = (ear_layer){.op = EAR_OP_CONCAT, .from = begin - 1};
  y.scale = chance(s, 20) ? scale : fmaxf(scale, other) * spread(s, 0.5, 4);
  y.zero_point = chance(s, 40) ? 0 : (int32_t)random_in(s, 0, 255);
  if (!good || !append(m, s, &y, 4096)) {
    m->spec.n_layers = begin;
    forget(m, begin);
  } else if (chance(s, 30)) { /* a shortcut past a convolution */
    const uint32_t concat = m->spec.n_layers - 1;
    y = (ear_layer){.op = EAR_OP_CONV, .kf = 1, .st = 1, .sf = 1, .dt = 1};
    y.kt = random_in(s, 1, 3);
    y.n_out = now(m).channels;
    append(m, s, &y, 4096);
    append(m, s, &(ear_layer){.op = EAR_OP_ADD, .from = concat}, 4096);
  }
}

static void
append_head(random_model *m, uint64_t *s, uint32_t size, random_head head)
{
  const uint32_t widest = size == 1 ? 9 : size == 2 ? 24 : 70;
  if (head == RANDOM_HEAD) {
    const uint32_t kind = random_in(s, 0, 3);
    head = kind < 2 ? RANDOM_MEAN : kind == 2 ? RANDOM_FLATTEN : RANDOM_PLAIN;
  }
  if (head == RANDOM_MEAN) {
    ear_layer mean = {.op = EAR_OP_MEAN, .over_frequency = chance(s, 50)};
    mean.deviation = chance(s, 50);
    append(m, s, &mean, 1 << 20);
  } else if (head == RANDOM_FLATTEN) {
    const uint32_t st = chance(s, 80) ? 1 : 2;
    append(m, s, &(ear_layer){.op = EAR_OP_FLATTEN, .kt = random_in(s, 1, 5), .st = st},
           1 << 20);
  }
  for (uint32_t n = random_in(s, 0, 2); n > 0; --n) {
    append(m, s, &(ear_layer){.op = EAR_OP_DENSE, .n_out = random_in(s, 1, widest)},
           4096);
  }
  append(m, s, &(ear_layer){.op = EAR_OP_DENSE, .n_out = m->spec.n_labels}, 4096);
  ear_layer *last = &m->spec.layer[m->spec.n_layers - 1];
  last->relu = false;
  last->zero_point = 0;
  last->scale = 1;
}

static void
describe(random_model *m, uint64_t *s)
{
  static const char *const labels[] = {"clean", "harsh", "Müll", "d"};
  ear_model_spec *spec = &m->spec;
  spec->name = "random";
  spec->task = chance(s, 50) ? "harshness" : "classifier";
  spec->license = "ISC";
  spec->card = "Random weights.\nOf no use but for tests.";
  spec->n_labels = random_in(s, 1, 4);
  spec->activation = chance(s, 50) ? EAR_SOFTMAX : EAR_SIGMOID;
  spec->temperature = spread(s, 0.2, 5);
  spec->front_end = ear_front_end_default();
  spec->front_end.n_bands = random_in(s, 1, 40);
  spec->front_end.n_fft = 1024;
  spec->front_end.hop = 256;
  spec->front_end.n_mfcc = random_in(s, 1, spec->front_end.n_bands);
  spec->front_end.kinds = chance(s, 50) ? EAR_KIND_MEL : random_in(s, 1, 31);
  spec->input_scale = spread(s, 0.01, 0.1);
  spec->input_zero_point = (int32_t)random_in(s, 0, 255);
  spec->mean = m->mean;
  spec->inverse_std = m->inverse_std;
  for (uint32_t i = 0; i < spec->n_labels; ++i) {
    spec->label[i] = labels[i];
    spec->threshold[i] = i == 0 ? 2 : spread(s, 0.1, 0.9);
  }
}

void
random_model_make(random_model *m, uint64_t seed, uint32_t size, random_head head)
{
  uint64_t s = seed, branch = seed ^ 0x6272616e6368;
  memset(m, 0, sizeof *m);
  describe(m, &s);
  if (size == 3) {
    m->spec.front_end.n_bands = random_in(&s, 64, 128);
  }
  for (uint32_t b = 0; b < ear_front_end_values(&m->spec.front_end); ++b) {
    m->mean[b] = -spread(&s, 1, 60);
    m->inverse_std[b] = spread(&s, 0.02, 0.5);
  }
  for (uint32_t n = random_in(&s, 0, 3 + 3 * size); n > 0; --n) {
    append_trunk(m, &s, size);
  }
  if (m->spec.n_layers && chance(&branch, 35)) {
    append_branch(m, &branch, size);
    for (uint32_t n = random_in(&branch, 0, 3); n > 1; --n) {
      append_trunk(m, &branch, size);
    }
  }
  append_head(m, &s, size, head);
}

void
random_model_free(random_model *m)
{
  forget(m, 0);
}
