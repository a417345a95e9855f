/* SPDX-License-Identifier: ISC */
/* Pooling without padding: output (t, f) covers columns t st .. and rows f sf .. of the
   input; what is left over at the ends is not looked at and gets no gradient. */
#include "nn_layers.h"

#include <string.h>

/* Offset of input (t st + k / kf, f sf + k % kf) in its patch. */
static size_t
tap(const nn_node *p, uint32_t t, uint32_t f, uint32_t k)
{
  const uint32_t kf = p->recipe.kf;
  const size_t column = (size_t)t * p->recipe.st + k / kf;
  return (column * p->in.f + f * p->recipe.sf + k % kf) * p->in.c;
}

NN_WIDE static void
maxpool_patch(const nn_node *p, const float *x, float *y, uint32_t *argmax)
{
  const uint32_t n_c = p->out.c, n_taps = p->recipe.kt * p->recipe.kf;
  for (uint32_t t = 0; t < p->out.t; ++t) {
    for (uint32_t f = 0; f < p->out.f; ++f, y += n_c, argmax += n_c) {
      memcpy(y, x + tap(p, t, f, 0), n_c * sizeof *y);
      memset(argmax, 0, n_c * sizeof *argmax);
      for (uint32_t k = 1; k < n_taps; ++k) {
        const float *v = x + tap(p, t, f, k);
#pragma omp simd
        for (uint32_t c = 0; c < n_c; ++c) {
          argmax[c] = v[c] > y[c] ? k : argmax[c];
          y[c] = v[c] > y[c] ? v[c] : y[c];
        }
      }
    }
  }
}

NN_WIDE static void
maxpool_patch_backward(const nn_node *p, const float *dy, const uint32_t *argmax,
                       float *dx)
{
  const uint32_t n_c = p->out.c, n_taps = p->recipe.kt * p->recipe.kf;
  memset(dx, 0, node_count(p->in) * sizeof *dx);
  for (uint32_t t = 0; t < p->out.t; ++t) {
    for (uint32_t f = 0; f < p->out.f; ++f, dy += n_c, argmax += n_c) {
      for (uint32_t k = 0; k < n_taps; ++k) {
        float *v = dx + tap(p, t, f, k);
#pragma omp simd
        for (uint32_t c = 0; c < n_c; ++c) {
          v[c] += argmax[c] == k ? dy[c] : 0.0f;
        }
      }
    }
  }
}

void
node_maxpool_forward(nn_node *p, uint32_t n)
{
  const size_t n_in = node_count(p->in), n_out = node_count(p->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    maxpool_patch(p, p->source->y + i * n_in, p->y + i * n_out, p->argmax + i * n_out);
  }
}

void
node_maxpool_backward(nn_node *p, uint32_t n)
{
  const size_t n_in = node_count(p->in), n_out = node_count(p->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    maxpool_patch_backward(p, p->dy + i * n_out, p->argmax + i * n_out,
                           p->source->dy + i * n_in);
  }
}

NN_WIDE static void
avgpool_patch(const nn_node *p, const float *x, float *y)
{
  const uint32_t n_c = p->out.c, n_taps = p->recipe.kt * p->recipe.kf;
  const float weight = 1.0f / (float)n_taps;
  for (uint32_t t = 0; t < p->out.t; ++t) {
    for (uint32_t f = 0; f < p->out.f; ++f, y += n_c) {
      memset(y, 0, n_c * sizeof *y);
      for (uint32_t k = 0; k < n_taps; ++k) {
        const float *v = x + tap(p, t, f, k);
#pragma omp simd
        for (uint32_t c = 0; c < n_c; ++c) {
          y[c] += v[c] * weight;
        }
      }
    }
  }
}

NN_WIDE static void
avgpool_patch_backward(const nn_node *p, const float *dy, float *dx)
{
  const uint32_t n_c = p->out.c, n_taps = p->recipe.kt * p->recipe.kf;
  const float weight = 1.0f / (float)n_taps;
  memset(dx, 0, node_count(p->in) * sizeof *dx);
  for (uint32_t t = 0; t < p->out.t; ++t) {
    for (uint32_t f = 0; f < p->out.f; ++f, dy += n_c) {
      for (uint32_t k = 0; k < n_taps; ++k) {
        float *v = dx + tap(p, t, f, k);
#pragma omp simd
        for (uint32_t c = 0; c < n_c; ++c) {
          v[c] += dy[c] * weight;
        }
      }
    }
  }
}

void
node_avgpool_forward(nn_node *p, uint32_t n)
{
  const size_t n_in = node_count(p->in), n_out = node_count(p->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    avgpool_patch(p, p->source->y + i * n_in, p->y + i * n_out);
  }
}

void
node_avgpool_backward(nn_node *p, uint32_t n)
{
  const size_t n_in = node_count(p->in), n_out = node_count(p->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    avgpool_patch_backward(p, p->dy + i * n_out, p->source->dy + i * n_in);
  }
}
