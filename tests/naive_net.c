/* SPDX-License-Identifier: ISC */
/* Written from model.h and net.h alone, for clarity, not for speed. */
#include "naive_net.h"

#include "quant.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WIDTH = 1 << 15 };

/* Scale and zero point of what the first l layers give, each of which reads the one
   before it: pools and the like leave them alone. */
static void
output_of(const ear_model_spec *spec, uint32_t l, double *scale, int64_t *zero_point)
{
  while (l > 0) {
    const ear_layer *y = &spec->layer[--l];
    l = y->frames ? 0 : l;
    if (y->op == EAR_OP_CONV || y->op == EAR_OP_DEPTHWISE || y->op == EAR_OP_ADD ||
        y->op == EAR_OP_CONCAT || y->op == EAR_OP_DENSE) {
      *scale = (double)y->scale;
      *zero_point = y->zero_point;
      return;
    }
  }
  *scale = (double)spec->input_scale;
  *zero_point = spec->input_zero_point;
}

/* The same of what layer l reads. */
static void
input_of(const ear_model_spec *spec, uint32_t l, double *scale, int64_t *zero_point)
{
  output_of(spec, spec->layer[l].frames ? 0 : l, scale, zero_point);
}

/* round(acc * real) + zero_point, limited to 0..most */
static int64_t
output(int64_t acc, double real, int64_t zero_point, int64_t most)
{
  int32_t multiplier;
  int shift;
  assert(acc >= INT32_MIN && acc <= INT32_MAX);
  if (ear_quantize_multiplier(real, &multiplier, &shift)) {
    abort();
  }
  const int64_t q = zero_point + ear_requantize((int32_t)acc, multiplier, shift);
  return q < 0 ? 0 : q > most ? most : q;
}

static naive_columns
new_columns(uint32_t n, uint32_t rows, uint32_t channels)
{
  naive_columns c = {n, rows, channels, calloc((size_t)n * rows * channels + 1, 1)};
  assert(c.q);
  return c;
}

static uint8_t *
at(const naive_columns *c, uint32_t t, uint32_t r, uint32_t i)
{
  assert(t < c->n && r < c->rows && i < c->channels);
  return &c->q[((size_t)t * c->rows + r) * c->channels + i];
}

/* Columns that are left of n when each needs `span` and they are st apart. */
static uint32_t
n_left(uint32_t n, uint32_t span, uint32_t st)
{
  return n < span ? 0 : (n - span) / st + 1;
}

static naive_columns
filter(const ear_model_spec *spec, uint32_t l, const naive_columns *x)
{
  const ear_layer *y = &spec->layer[l];
  const bool full = y->op == EAR_OP_CONV;
  const uint32_t padded = x->rows + y->pad_lo + y->pad_hi;
  const uint32_t per = full ? x->channels : 1;
  double scale;
  int64_t zero;
  input_of(spec, l, &scale, &zero);
  naive_columns out =
      new_columns(n_left(x->n, (y->kt - 1) * y->dt + 1, y->st),
                  (padded - y->kf) / y->sf + 1, full ? y->n_out : x->channels);
  for (uint32_t j = 0; j < out.n; ++j) {
    for (uint32_t r = 0; r < out.rows; ++r) {
      for (uint32_t o = 0; o < out.channels; ++o) {
        int64_t acc = y->bias[o];
        for (uint32_t k = 0; k < y->kt * y->kf * per; ++k) {
          const uint32_t i = k % per, f = k / per % y->kf, t = k / per / y->kf;
          const int64_t row = (int64_t)r * y->sf + f - y->pad_lo;
          if (row >= 0 && row < x->rows) { /* padding is the real number 0 */
            const int64_t q = *at(x, j * y->st + t * y->dt, (uint32_t)row, full ? i : o);
            acc += y->weight[(size_t)o * y->kt * y->kf * per + k] * (q - zero);
          }
        }
        *at(&out, j, r, o) =
            (uint8_t)output(acc, scale * (double)y->weight_scale[o] / (double)y->scale,
                            y->zero_point, 255);
      }
    }
  }
  return out;
}

static naive_columns
pool(const ear_model_spec *spec, uint32_t l, const naive_columns *x)
{
  const ear_layer *y = &spec->layer[l];
  naive_columns out =
      new_columns(n_left(x->n, y->kt, y->st), (x->rows - y->kf) / y->sf + 1, x->channels);
  for (uint32_t j = 0; j < out.n; ++j) {
    for (uint32_t r = 0; r < out.rows; ++r) {
      for (uint32_t c = 0; c < out.channels; ++c) {
        int64_t sum = 0, most = 0;
        for (uint32_t k = 0; k < y->kt * y->kf; ++k) {
          const int64_t q = *at(x, j * y->st + k / y->kf, r * y->sf + k % y->kf, c);
          sum += q;
          most = q > most ? q : most;
        }
        *at(&out, j, r, c) = (uint8_t)(y->op == EAR_OP_MAXPOOL
                                           ? most
                                           : output(sum, 1.0 / (y->kt * y->kf), 0, 255));
      }
    }
  }
  return out;
}

static naive_columns
summary(const ear_model_spec *spec, uint32_t l, const naive_columns *x)
{
  const ear_layer *y = &spec->layer[l];
  naive_columns out = new_columns(n_left(x->n, y->kt, y->st), x->rows, 3 * x->channels);
  for (uint32_t j = 0; j < out.n; ++j) {
    for (uint32_t r = 0; r < out.rows; ++r) {
      for (uint32_t c = 0; c < x->channels; ++c) {
        int64_t least = 255, most = 0, sum = 0;
        for (uint32_t k = 0; k < y->kt; ++k) {
          const int64_t q = *at(x, j * y->st + k, r, c);
          least = q < least ? q : least;
          most = q > most ? q : most;
          sum += q;
        }
        *at(&out, j, r, c) = (uint8_t)least;
        *at(&out, j, r, x->channels + c) = (uint8_t)most;
        *at(&out, j, r, 2 * x->channels + c) = (uint8_t)output(sum, 1.0 / y->kt, 0, 255);
      }
    }
  }
  return out;
}

static naive_columns
add(const ear_model_spec *spec, uint32_t l, const naive_columns *a,
    const naive_columns *b)
{
  const ear_layer *y = &spec->layer[l];
  const uint32_t crop = (b->n - a->n) / 2;
  double scale_a, scale_b;
  int64_t zero_a, zero_b;
  input_of(spec, l, &scale_a, &zero_a);
  output_of(spec, y->from + 1, &scale_b, &zero_b);
  const double s = scale_a > scale_b ? scale_a : scale_b;
  const int64_t fa = llround(scale_a / s * 1048576), fb = llround(scale_b / s * 1048576);
  naive_columns out = new_columns(a->n, a->rows, a->channels);
  const size_t column = (size_t)a->rows * a->channels;
  for (size_t i = 0; i < a->n * column; ++i) {
    const int64_t acc = (a->q[i] - zero_a) * fa + (b->q[i + crop * column] - zero_b) * fb;
    out.q[i] = (uint8_t)output(acc, s / (double)y->scale / 1048576, y->zero_point, 255);
  }
  return out;
}

/* Of the d + 1 columns that the side with the shorter receptive field has within the
   other's, the one in the middle. */
static naive_columns
concat(const ear_model_spec *spec, uint32_t l, const naive_columns *branch,
       const naive_columns *trunk)
{
  const ear_layer *y = &spec->layer[l];
  const naive_columns *side[2] = {trunk, branch};
  const uint32_t n = trunk->n < branch->n ? trunk->n : branch->n;
  ear_shape shape[EAR_MAX_LAYERS];
  if (ear_model_shapes(spec, shape, NULL)) {
    abort();
  }
  const int64_t more = (int64_t)shape[l - 1].receptive - shape[y->from].receptive;
  const uint32_t crop = (uint32_t)llabs(more) / shape[l].stride / 2;
  naive_columns out = new_columns(n, trunk->rows, trunk->channels + branch->channels);
  for (uint32_t k = 0; k < 2; ++k) {
    double scale;
    int64_t zero;
    const uint32_t first = (more < 0) == (k == 1) ? crop : 0;
    output_of(spec, k ? l : y->from + 1, &scale, &zero);
    for (uint32_t j = 0; j < n; ++j) {
      for (uint32_t r = 0; r < out.rows; ++r) {
        for (uint32_t c = 0; c < side[k]->channels; ++c) {
          const int64_t q = *at(side[k], first + j, r, c);
          *at(&out, j, r, c + (k ? trunk->channels : 0)) =
              (uint8_t)output(q - zero, scale / (double)y->scale, y->zero_point, 255);
        }
      }
    }
  }
  return out;
}

static naive_columns
flatten(const ear_model_spec *spec, uint32_t l, const naive_columns *x)
{
  const ear_layer *y = &spec->layer[l];
  const size_t column = (size_t)x->rows * x->channels;
  naive_columns out =
      new_columns(n_left(x->n, y->kt, y->st), 1, y->kt * x->rows * x->channels);
  for (uint32_t j = 0; j < out.n; ++j) {
    memcpy(out.q + j * y->kt * column, x->q + j * y->st * column, y->kt * column);
  }
  return out;
}

void
naive_net_run(naive_net *net, const ear_model_spec *spec, const uint8_t *frames,
              uint32_t n)
{
  memset(net, 0, sizeof *net);
  net->spec = spec;
  const uint32_t n_values = ear_front_end_values(&spec->front_end);
  net->layer[0] = new_columns(n, n_values, 1);
  memcpy(net->layer[0].q, frames, (size_t)n * n_values);
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    const naive_columns *x = &net->layer[spec->layer[l].frames ? 0 : l];
    const ear_op op = spec->layer[l].op;
    if (op == EAR_OP_MEAN || op == EAR_OP_DENSE) {
      return;
    }
    net->layer[l + 1] =
        op <= EAR_OP_DEPTHWISE ? filter(spec, l, x)
        : op <= EAR_OP_AVGPOOL ? pool(spec, l, x)
        : op == EAR_OP_SUMMARY ? summary(spec, l, x)
        : op == EAR_OP_ADD     ? add(spec, l, x, &net->layer[spec->layer[l].from + 1])
        : op == EAR_OP_CONCAT  ? concat(spec, l, x, &net->layer[spec->layer[l].from + 1])
                               : flatten(spec, l, x);
    net->n_trunk = l + 1;
  }
}

void
naive_net_free(naive_net *net)
{
  for (uint32_t l = 0; l <= net->n_trunk; ++l) {
    free(net->layer[l].q);
  }
}

const naive_columns *
naive_net_features(const naive_net *net)
{
  return &net->layer[net->n_trunk];
}

/* 16 times the deviation of value v of a row, or of the column. */
static int64_t
spread(const naive_columns *c, const uint32_t *tick, uint32_t n, uint32_t v,
       uint32_t n_values)
{
  const uint32_t width = c->rows * c->channels;
  double sum = 0, squares = 0, count = 0; /* whole numbers: exact */
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t k = v; k < width; k += n_values) {
      const double q = c->q[(size_t)tick[i] * width + k];
      sum += q;
      squares += q * q;
      count += 1;
    }
  }
  const double variance = squares / count - sum / count * (sum / count);
  return (int64_t)floor(16 * sqrt(variance < 0 ? 0 : variance) + 0.5);
}

/* What the first dense reads: the tick's column, or 16 times the average of the ticks. */
static uint32_t
head_input(const naive_net *net, const uint32_t *tick, uint32_t n, int64_t *x)
{
  const naive_columns *c = naive_net_features(net);
  const ear_layer *first = &net->spec->layer[net->n_trunk];
  const uint32_t width = c->rows * c->channels;
  assert(2 * width <= MAX_WIDTH);
  if (first->op != EAR_OP_MEAN) {
    for (uint32_t k = 0; k < width; ++k) {
      x[k] = c->q[(size_t)tick[n - 1] * width + k];
    }
    return width;
  }
  const uint32_t n_values = first->over_frequency ? c->channels : width;
  const int64_t count = (int64_t)n * (width / n_values);
  for (uint32_t v = 0; v < n_values; ++v) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < n; ++i) {
      for (uint32_t k = v; k < width; k += n_values) {
        sum += c->q[(size_t)tick[i] * width + k];
      }
    }
    x[v] = (16 * sum + count / 2) / count;
    if (first->deviation) {
      x[n_values + v] = spread(c, tick, n, v, n_values);
    }
  }
  return n_values * (first->deviation ? 2 : 1);
}

void
naive_net_head(const naive_net *net, const uint32_t *tick, uint32_t n, int64_t *acc,
               float *logit)
{
  const ear_model_spec *spec = net->spec;
  static int64_t x[MAX_WIDTH], next[MAX_WIDTH];
  const bool averages = spec->layer[net->n_trunk].op == EAR_OP_MEAN;
  const int64_t unit = averages ? 16 : 1;
  uint32_t n_in = head_input(net, tick, n, x);
  const uint32_t n_levels = spec->layer[net->n_trunk].deviation ? n_in / 2 : n_in;
  for (uint32_t l = net->n_trunk + averages; l < spec->n_layers; ++l) {
    const ear_layer *y = &spec->layer[l];
    double scale;
    int64_t zero;
    input_of(spec, l, &scale, &zero);
    for (uint32_t o = 0; o < y->n_out; ++o) {
      int64_t sum = unit * y->bias[o];
      for (uint32_t i = 0; i < n_in; ++i) {
        const bool level = l > net->n_trunk + averages || i < n_levels;
        sum += y->weight[(size_t)o * n_in + i] * (x[i] - (level ? unit * zero : 0));
      }
      if (l + 1 == spec->n_layers) {
        acc[o] = sum;
        logit[o] =
            (float)((double)sum * (scale / (double)unit * (double)y->weight_scale[o]));
      } else {
        next[o] = output(sum, scale * (double)y->weight_scale[o] / (double)y->scale,
                         unit * y->zero_point, unit * 255);
      }
    }
    memcpy(x, next, y->n_out * sizeof *x);
    n_in = y->n_out;
  }
}
