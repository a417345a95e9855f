/* SPDX-License-Identifier: ISC */
/* Horizons are sums of integers: a tick is added when it comes and the same tick is
   subtracted when it leaves, so no rounding ever accumulates. */
#include "net_parts.h"

#include <math.h>
#include <string.h>

/* Horizons that are computed: one without a mean. */
static uint32_t
n_horizons(const ear_head *head)
{
  return head->averages ? EAR_N_HORIZONS : 1;
}

static void
take_layer(ear_head_layer *d, const ear_head *head, const ear_layer *given, size_t n_in,
           ear_arena *arena)
{
  d->product =
      (ear_product){.n_in = n_in, .n_out = given->n_out, .weight = given->weight};
  d->relu = given->relu;
  d->weight_scale = given->weight_scale;
  d->bias = ear_arena_take(arena, given->n_out * sizeof *d->bias);
  const size_t n_packed = head->kernels->dense_packed_size(&d->product);
  d->packed = n_packed ? ear_arena_take(arena, n_packed) : NULL;
  d->product.scratch = ear_arena_take(arena, 2 * EAR_MAX_VECTORS * (n_in + EAR_SLACK));
  d->multiplier = ear_arena_take(arena, given->n_out * sizeof *d->multiplier);
  d->shift = ear_arena_take(arena, given->n_out * sizeof *d->shift);
  for (uint32_t h = 0; h < n_horizons(head); ++h) {
    d->x[h] = ear_arena_take(arena, (n_in + EAR_SLACK) * sizeof *d->x[h]);
  }
}

static void
take_sums(ear_head *head, const uint32_t length[2], uint32_t n_outputs, ear_arena *arena)
{
  head->length[0] = length[0];
  head->length[1] = length[1];
  head->n_ring = length[0] > length[1] ? length[0] : length[1];
  if (head->averages) {
    head->ring = ear_arena_take(arena, head->n_ring * head->n);
  }
  for (uint32_t h = 0; h < n_horizons(head); ++h) {
    head->sum[h] =
        head->averages ? ear_arena_take(arena, head->n * sizeof *head->sum[h]) : NULL;
    head->square[h] =
        head->deviates ? ear_arena_take(arena, head->n * sizeof *head->square[h]) : NULL;
    head->acc[h] = ear_arena_take(arena, n_outputs * sizeof *head->acc[h]);
    head->logit[h] = ear_arena_take(arena, n_outputs * sizeof *head->logit[h]);
  }
}

void
ear_head_take(ear_head *head, const ear_model_spec *spec, const ear_shape *shape,
              const uint32_t length[2], ear_arena *arena)
{
  const uint32_t first = ear_model_head(spec);
  const ear_shape in = ear_layer_input_shape(spec, shape, first);
  head->spec = spec;
  head->averages = spec->layer[first].op == EAR_OP_MEAN;
  head->over_frequency = head->averages && spec->layer[first].over_frequency;
  head->deviates = head->averages && spec->layer[first].deviation;
  head->unit = head->averages ? EAR_HEAD_ONE : 1;
  head->rows = in.rows;
  head->channels = in.channels;
  head->n = (size_t)in.rows * in.channels;
  ear_layer_input(spec, first, &head->scale, &head->zero_point);
  take_sums(head, length, ear_model_n_outputs(spec), arena);
  size_t widest = (head->deviates ? 2 : 1) * head->n;
  head->n_layers = 0;
  for (uint32_t l = first + head->averages; l < spec->n_layers; ++l) {
    const ear_shape s = ear_layer_input_shape(spec, shape, l);
    const size_t n_in = (size_t)s.rows * s.channels;
    take_layer(&head->layer[head->n_layers++], head, &spec->layer[l], n_in, arena);
    widest = widest > spec->layer[l].n_out ? widest : spec->layer[l].n_out;
  }
  for (uint32_t h = 0; h < n_horizons(head); ++h) {
    head->hidden[h] = ear_arena_take(arena, widest * sizeof *head->hidden[h]);
  }
  head->gradient[0] = ear_arena_take(arena, widest * sizeof *head->gradient[0]);
  head->gradient[1] = ear_arena_take(arena, widest * sizeof *head->gradient[1]);
}

void
ear_head_prepare(ear_head *head)
{
  const ear_model_spec *spec = head->spec;
  const uint32_t first = spec->n_layers - head->n_layers;
  for (uint32_t i = 0; i < head->n_layers; ++i) {
    ear_head_layer *d = &head->layer[i];
    const ear_layer *given = &spec->layer[first + i];
    float scale;
    int32_t zero_point;
    ear_layer_input(spec, first + i, &scale, &zero_point);
    const size_t n_in = d->product.n_in;
    const size_t n_level = i == 0 && head->deviates ? n_in / 2 : n_in;
    ear_fold_bias(d->bias, given->bias, given->weight, n_in, n_level, given->n_out,
                  zero_point, head->unit);
    d->product.bias = d->bias;
    d->product.packed = d->packed;
    if (d->packed) {
      head->kernels->dense_pack(&d->product, d->packed);
    }
    d->rescale = (ear_rescale){.n = given->n_out,
                               .multiplier = d->multiplier,
                               .shift = d->shift,
                               .zero_point = head->unit * given->zero_point,
                               .most = 255 * head->unit};
    for (uint32_t o = 0; i + 1 < head->n_layers && o < given->n_out; ++o) {
      int shift = 0;
      ear_quantize_multiplier(ear_layer_multiplier(spec, first + i, o), &d->multiplier[o],
                              &shift);
      d->shift[o] = shift;
    }
  }
  ear_head_reset(head);
}

void
ear_head_reset(ear_head *head)
{
  const uint32_t n_outputs = ear_model_n_outputs(head->spec);
  head->at = 0;
  head->stale = false;
  for (uint32_t h = 0; h < n_horizons(head); ++h) {
    head->count[h] = 0;
    if (head->sum[h]) {
      memset(head->sum[h], 0, head->n * sizeof *head->sum[h]);
    }
    if (head->square[h]) {
      memset(head->square[h], 0, head->n * sizeof *head->square[h]);
    }
    memset(head->acc[h], 0, n_outputs * sizeof *head->acc[h]);
    memset(head->logit[h], 0, n_outputs * sizeof *head->logit[h]);
    memset(head->layer[0].x[h], 0, head->layer[0].product.n_in * sizeof(int16_t));
  }
}

/* Into the sums of a horizon goes one column, and out of them `old`, unless NULL. */
static void
accumulate(ear_head *head, uint32_t h, const uint8_t *column, const uint8_t *old)
{
  int64_t *square = head->square[h];
  head->kernels->accumulate(head->n, column, old, head->sum[h]);
  for (size_t k = 0; square && k < head->n; ++k) {
    square[k] += column[k] * column[k] - (old ? old[k] * old[k] : 0);
  }
}

/* Take the column into the sums, and out of them the ticks that are now too old. */
static void
count_tick(ear_head *head, const uint8_t *column, bool gated)
{
  for (uint32_t h = 0; h < 2; ++h) {
    const bool full = head->count[h] == head->length[h];
    const uint32_t i = (head->at + head->n_ring - head->length[h]) % head->n_ring;
    accumulate(head, h, column, full ? head->ring + i * head->n : NULL);
    head->count[h] += !full;
  }
  memcpy(head->ring + head->at * head->n, column, head->n);
  head->at = head->at + 1 == head->n_ring ? 0 : head->at + 1;
  if (!gated) {
    ++head->count[EAR_INTEGRATED];
    accumulate(head, EAR_INTEGRATED, column, NULL);
  }
}

/* 12-bit standard deviations, x [k->n_out].  Sums are exact in a double up to 2^53, and
   every step is rounded as IEEE 754 says: the same bits everywhere. */
static void
deviate(const ear_average *k, const int64_t *sum, const int64_t *square, int16_t *x)
{
  for (size_t i = 0; i < k->n_out; ++i) {
    int64_t s = 0, s2 = 0;
    for (size_t r = 0; r < k->rows; ++r) {
      s += sum[r * k->n_out + i];
      s2 += square[r * k->n_out + i];
    }
    const double mean = (double)s / (double)k->n;
    const double variance = (double)s2 / (double)k->n - mean * mean;
    x[i] = (int16_t)(k->unit * sqrt(variance > 0 ? variance : 0) + 0.5);
  }
}

/* 12-bit averages of horizon h, the first layer's input, and deviations. */
static void
average_features(ear_head *head, uint32_t h)
{
  const size_t rows = head->over_frequency ? head->rows : 1;
  const ear_average k = {.rows = rows,
                         .n_out = head->n / rows,
                         .unit = head->unit,
                         .n = head->count[h] * rows};
  int16_t *x = head->layer[0].x[h];
  head->kernels->average(&k, head->sum[h], x);
  if (head->deviates) {
    deviate(&k, head->sum[h], head->square[h], x + k.n_out);
  }
}

/* The dense layers of n horizons, from layer[0].x[h] to acc[h] and logit[h]. */
static void
run_layers(ear_head *head, const uint32_t *horizon, uint32_t n)
{
  const ear_head_layer *last = &head->layer[head->n_layers - 1];
  for (ear_head_layer *d = head->layer; d <= last; ++d) {
    const int16_t *x[EAR_N_HORIZONS];
    int32_t *acc[EAR_N_HORIZONS];
    for (uint32_t i = 0; i < n; ++i) {
      x[i] = d->x[horizon[i]];
      acc[i] = d == last ? head->acc[horizon[i]] : head->hidden[horizon[i]];
    }
    head->kernels->dense(&d->product, n, x, acc);
    for (uint32_t i = 0; d < last && i < n; ++i) {
      head->kernels->rescale(&d->rescale, acc[i], d[1].x[horizon[i]]);
    }
  }
  float scale;
  int32_t zero_point;
  ear_layer_input(head->spec, head->spec->n_layers - 1, &scale, &zero_point);
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t h = horizon[i];
    for (uint32_t o = 0; o < last->product.n_out; ++o) {
      const double step = (double)scale / head->unit * (double)last->weight_scale[o];
      head->logit[h][o] = (float)(head->acc[h][o] * step);
    }
  }
}

void
ear_head_tick(ear_head *head, const uint8_t *column, bool gated)
{
  head->stale = true;
  if (head->averages) {
    count_tick(head, column, gated);
    return;
  }
  head->kernels->widen(head->n, column, head->layer[0].x[0]);
}

void
ear_head_update(ear_head *head)
{
  uint32_t horizon[EAR_N_HORIZONS] = {EAR_MOMENTARY}, n = head->averages ? 0 : 1;
  if (!head->stale) {
    return;
  }
  for (uint32_t h = 0; head->averages && h < EAR_N_HORIZONS; ++h) {
    if (head->count[h]) {
      average_features(head, h);
      horizon[n++] = h;
    }
  }
  run_layers(head, horizon, n);
  head->stale = false;
}

/* d logit / d feature of layer[0]'s input: the weights of the label, taken back through
   the hidden layers with their ReLUs as they stand. */
static const float *
gradient(ear_head *head, ear_horizon h, uint32_t label)
{
  float *above = head->gradient[0], *below = head->gradient[1];
  const ear_head_layer *d = &head->layer[head->n_layers - 1];
  for (size_t k = 0; k < d->product.n_in; ++k) {
    above[k] =
        (float)d->product.weight[label * d->product.n_in + k] * d->weight_scale[label];
  }
  for (uint32_t i = head->n_layers - 1; i-- > 0;) {
    d = &head->layer[i];
    const int16_t *hidden = head->layer[i + 1].x[h];
    memset(below, 0, d->product.n_in * sizeof *below);
    for (uint32_t o = 0; o < d->product.n_out; ++o) {
      const int8_t *w = d->product.weight + o * d->product.n_in;
      const float g = d->relu && hidden[o] == 0 ? 0 : above[o] * d->weight_scale[o];
      for (size_t k = 0; g != 0 && k < d->product.n_in; ++k) {
        below[k] += g * (float)w[k];
      }
    }
    float *swap = above;
    above = below;
    below = swap;
  }
  return above;
}

/* What feature c of row r adds to a logit whose gradient is g, in steps of the column. */
static double
share(const ear_head *head, ear_horizon h, uint32_t r, uint32_t c, const float *g)
{
  const size_t k = (size_t)r * head->channels + c;
  const size_t i = head->over_frequency ? c : k;
  const double mean = (double)head->sum[h][k] / (double)head->count[h] - head->zero_point;
  double sum = mean * (double)g[i];
  if (head->deviates) {
    const size_t d = i + (head->over_frequency ? head->channels : head->n);
    sum += (double)head->layer[0].x[h][d] / head->unit * (double)g[d];
  }
  return sum;
}

uint32_t
ear_head_activation(ear_head *head, ear_horizon h, uint32_t label, float *row)
{
  if (!head->averages || head->rows > EAR_MAX_ROWS) {
    return 0;
  }
  ear_head_update(head);
  const float *g = gradient(head, h, label);
  for (uint32_t r = 0; r < head->rows; ++r) {
    double sum = 0;
    for (uint32_t c = 0; head->count[h] && c < head->channels; ++c) {
      sum += share(head, h, r, c, g);
    }
    row[r] = (float)(sum * (double)head->scale / (head->over_frequency ? head->rows : 1));
  }
  return head->rows;
}
