/* SPDX-License-Identifier: ISC */
/* Means over time, or over time and frequency: y[j] of x[j], x[j + n], x[j + 2 n] ...
   With deviation y[n + j] is their standard deviation.  Sums run in the order of memory.
 */
#include "nn_round.h"

#include <math.h>
#include <string.h>

/* Means of one patch. */
static size_t
n_means(const nn_node *m)
{
  return node_count(m->out) / (m->deviation ? 2 : 1);
}

/* One over how many values a mean is of. */
static float
weight(const nn_node *m)
{
  return (float)n_means(m) / (float)node_count(m->in);
}

static void
deviate(const nn_node *m, const float *x, float *y)
{
  const size_t n = n_means(m), n_in = node_count(m->in);
  for (size_t j = 0; j < n; ++j) {
    double sum = 0;
    for (size_t k = j; k < n_in; k += n) {
      const double d = (double)x[k] - (double)y[j];
      sum += d * d;
    }
    y[n + j] = (float)sqrt(sum * (double)n / (double)n_in);
  }
}

void
node_mean_forward(nn_node *m, uint32_t n)
{
  const size_t row = n_means(m), n_in = node_count(m->in);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    const float *x = m->source->y + i * n_in;
    float *y = m->y + i * node_count(m->out);
    memset(y, 0, row * sizeof *y);
    for (size_t k = 0; k < n_in; k += row) {
#pragma omp simd
      for (size_t j = 0; j < row; ++j) {
        y[j] += x[k + j];
      }
    }
    for (size_t j = 0; j < row; ++j) {
      y[j] *= weight(m);
    }
    if (m->deviation) {
      deviate(m, x, y);
    }
  }
}

/* d deviation / d x = weight (x - mean) / deviation; 0 where nothing deviates. */
static void
deviate_backward(const nn_node *m, const float *x, const float *y, const float *dy,
                 float *dx)
{
  const size_t n = n_means(m), n_in = node_count(m->in);
  const float unit = m->rounding ? NODE_FINER : 1;
  for (size_t j = 0; j < n; ++j) {
    const float mean = y[j] / unit, spread = y[n + j] / unit;
    const float slope = spread > 0 ? dy[n + j] * weight(m) / spread : 0;
    for (size_t k = j; k < n_in; k += n) {
      dx[k] += slope * (x[k] - mean);
    }
  }
}

void
node_mean_backward(nn_node *m, uint32_t n)
{
  const size_t row = n_means(m), n_in = node_count(m->in), n_out = node_count(m->out);
  const float w = weight(m);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    const float *dy = m->dy + i * n_out;
    float *dx = m->source->dy + i * n_in;
    for (size_t k = 0; k < n_in; k += row) {
#pragma omp simd
      for (size_t j = 0; j < row; ++j) {
        dx[k + j] = dy[j] * w;
      }
    }
    if (m->deviation) {
      deviate_backward(m, m->source->y + i * n_in, m->y + i * n_out, dy, dx);
    }
  }
}
