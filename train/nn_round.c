/* SPDX-License-Identifier: ISC */
/* Sums of integers are exact in a float up to 2^24, so what the float nodes computed is
   the engine's accumulator. */
#include "nn_round.h"

#include <math.h>

#include "../engine/quant.h"

enum { BEYOND = 1 << 20 };

/* A sum to steps less the zero point, clamped. */
static float
steps(const node_rounding *r, double sum, int32_t multiplier, int shift)
{
  const double bounded = fmax(fmin(sum, INT32_MAX), INT32_MIN);
  const int32_t q = ear_requantize((int32_t)lrint(bounded), multiplier, shift);
  const int32_t near = q < -BEYOND ? -BEYOND : q > BEYOND ? BEYOND : q;
  const int32_t all = near + r->zero_point;
  return (float)((all < 0 ? 0 : all > r->most ? r->most : all) - r->zero_point);
}

static void
round_input(const nn_node *b, float *y, size_t n)
{
  const node_rounding *r = b->rounding;
  for (size_t k = 0; k < n; ++k) {
    y[k] =
        (float)(ear_quantize_u8(y[k], r->inverse_scale, r->zero_point) - r->zero_point);
  }
}

static void
round_sums(const nn_node *b, float *y, size_t n)
{
  const node_rounding *r = b->rounding;
  const uint32_t n_c = b->out.c;
  for (size_t k = 0; k < n; k += n_c) {
    for (uint32_t c = 0; c < n_c; ++c) {
      y[k + c] = r->last ? (float)((double)y[k + c] * r->slope[c])
                         : steps(r, (double)y[k + c], r->multiplier[c], r->shift[c]);
    }
  }
}

/* Averages over a window, of channels [first, out.c): the sum comes back, with the zero
   points that the engine has in it. */
static void
round_averages(const nn_node *b, float *y, size_t n, uint32_t first)
{
  const node_rounding *r = b->rounding;
  const uint32_t n_c = b->out.c;
  const double taps = (double)b->recipe.kt * b->recipe.kf;
  for (size_t k = 0; k < n; k += n_c) {
    for (uint32_t c = first; c < n_c; ++c) {
      const double sum = rint((double)y[k + c] * taps) + taps * r->zero_point;
      const int32_t q = ear_requantize((int32_t)sum, r->multiplier[0], r->shift[0]);
      y[k + c] = (float)(ear_clamp_u8(q) - r->zero_point);
    }
  }
}

static void
round_add(const nn_node *b, uint32_t i, float *y, size_t n)
{
  const node_rounding *r = b->rounding;
  const float *x = b->source->y + i * n;
  const size_t column = (size_t)b->out.f * b->out.c;
  const float *z = b->from->y + i * node_count(b->from->out) + b->crop * column;
  for (size_t k = 0; k < n; ++k) {
    const double sum = (double)x[k] * r->factor + (double)z[k] * r->factor_from;
    y[k] = steps(r, sum, r->multiplier[0], r->shift[0]);
  }
}

static void
round_concat(const nn_node *b, uint32_t i, float *y)
{
  const node_rounding *r = b->rounding;
  const size_t n_rows = (size_t)b->out.t * b->out.f;
  for (int k = 0; k < 2; ++k) {
    const nn_node *side = k ? b->source : b->from;
    const size_t n_c = side->out.c, crop = k ? b->crop_source : b->crop;
    const float *x = side->y + i * node_count(side->out) + crop * b->out.f * n_c;
    float *out = y + (k ? b->from->out.c : 0);
    for (size_t row = 0; row < n_rows; ++row, x += n_c, out += b->out.c) {
      for (size_t c = 0; c < n_c; ++c) {
        out[c] = steps(r, (double)x[c], r->multiplier[k], r->shift[k]);
      }
    }
  }
}

/* As the engine's head: from sums of the integers that were averaged. */
static void
round_mean(const nn_node *b, uint32_t i, float *y)
{
  const int64_t zero_point = b->rounding->zero_point;
  const size_t n_in = node_count(b->in);
  const size_t n = node_count(b->out) / (b->deviation ? 2 : 1);
  const int64_t count = (int64_t)(n_in / n);
  const float *x = b->source->y + i * n_in;
  for (size_t j = 0; j < n; ++j) {
    int64_t sum = 0, squares = 0;
    for (size_t k = j; k < n_in; k += n) {
      const int64_t q = (int64_t)x[k] + zero_point;
      sum += q;
      squares += q * q;
    }
    y[j] = (float)((NODE_FINER * sum + count / 2) / count - NODE_FINER * zero_point);
    if (b->deviation) {
      const double mean = (double)sum / (double)count;
      const double variance = (double)squares / (double)count - mean * mean;
      y[n + j] = (float)floor(NODE_FINER * sqrt(fmax(variance, 0)) + 0.5);
    }
  }
}

static void
round_patch(const nn_node *b, uint32_t i)
{
  const size_t n = node_count(b->out);
  float *y = b->y + i * n;
  switch (b->kind) {
  case NODE_INPUT:
    round_input(b, y, n);
    break;
  case NODE_CONV:
  case NODE_DENSE:
    round_sums(b, y, n);
    break;
  case NODE_AVGPOOL:
    round_averages(b, y, n, 0);
    break;
  case NODE_SUMMARY:
    round_averages(b, y, n, 2 * b->in.c);
    break;
  case NODE_ADD:
    round_add(b, i, y, n);
    break;
  case NODE_CONCAT:
    round_concat(b, i, y);
    break;
  case NODE_MEAN:
    round_mean(b, i, y);
    break;
  default: /* the same values at another place */
    break;
  }
}

void
node_round(nn_node *b, uint32_t n)
{
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    round_patch(b, i);
  }
}

/* Slope 1 between the clamps, times what a unit of the sum is worth. */
static void
round_patch_backward(const nn_node *b, const float *y, float *dy, size_t n)
{
  const node_rounding *r = b->rounding;
  const float lo = (float)-r->zero_point, hi = (float)(r->most - r->zero_point);
  const bool weighted = b->kind == NODE_CONV || b->kind == NODE_DENSE;
  const uint32_t n_c = b->out.c;
  for (size_t k = 0; k < n; k += n_c) {
    for (uint32_t c = 0; c < n_c; ++c) {
      const bool between = r->last || (y[k + c] > lo && y[k + c] < hi);
      dy[k + c] *= !between ? 0 : weighted ? (float)r->slope[c] : 1;
    }
  }
}

void
node_round_backward(nn_node *b, uint32_t n)
{
  const size_t n_patch = node_count(b->out);
  if (b->kind == NODE_MEAN) {
    for (size_t k = 0; k < n * n_patch; ++k) {
      b->dy[k] *= NODE_FINER;
    }
  } else if (b->kind == NODE_CONV || b->kind == NODE_DENSE || b->kind == NODE_ADD ||
             b->kind == NODE_CONCAT) {
#pragma omp parallel for schedule(static)
    for (uint32_t i = 0; i < n; ++i) {
      round_patch_backward(b, b->y + i * n_patch, b->dy + i * n_patch, n_patch);
    }
  }
}
