/* SPDX-License-Identifier: ISC */
/* BatchNorm.  Each patch is summed on its own and the sums are combined in the order of
   the patches, so the bits do not depend on the number of threads.
   Source: S. Ioffe, C. Szegedy, ICML 2015; running statistics as PyTorch keeps them:
   0.9 of the old, 0.1 of the batch, variance unbiased. */
#include "nn_layers.h"
#include "parallel.h"

#include <math.h>
#include <string.h>

static const float epsilon = NN_BN_EPSILON;
static const float momentum = 0.1f;

/* mean[c] and m2[c], the sum of squared deviations, over n_positions rows of x [p][c]. */
NN_WIDE static void
patch_moments(const float *x, size_t n_positions, uint32_t n_c, double *mean, double *m2)
{
  memset(mean, 0, n_c * sizeof *mean);
  memset(m2, 0, n_c * sizeof *m2);
  for (size_t p = 0; p < n_positions; ++p) {
    const float *row = x + p * n_c;
#pragma omp simd
    for (uint32_t c = 0; c < n_c; ++c) {
      mean[c] += (double)row[c];
    }
  }
  for (uint32_t c = 0; c < n_c; ++c) {
    mean[c] /= (double)n_positions;
  }
  for (size_t p = 0; p < n_positions; ++p) {
    const float *row = x + p * n_c;
#pragma omp simd
    for (uint32_t c = 0; c < n_c; ++c) {
      const double d = (double)row[c] - mean[c];
      m2[c] += d * d;
    }
  }
}

/* Chan's pairwise rule, patch after patch, into the first of them; then rank after rank;
   then the running statistics. */
static void
combine_moments(nn_node *b, uint32_t n, size_t n_positions)
{
  const uint32_t n_c = b->out.c;
  const double per_patch = (double)n_positions;
  double total = per_patch * n;
  for (uint32_t c = 0; c < n_c; ++c) {
    double mean = 0, m2 = 0, count = 0;
    for (uint32_t i = 0; i < n; ++i) {
      const double *partial = b->partial + (size_t)i * 2 * n_c;
      const double d = partial[c] - mean;
      const double sum = count + per_patch;
      mean += d * per_patch / sum;
      m2 += partial[n_c + c] + d * d * count * per_patch / sum;
      count = sum;
    }
    b->partial[c] = mean;
    b->partial[n_c + c] = m2;
  }
  parallel_moments(b->partial, b->partial + n_c, &total, n_c);
  for (uint32_t c = 0; c < n_c; ++c) {
    const double mean = b->partial[c], m2 = b->partial[n_c + c];
    const double unbiased = m2 / (total > 1 ? total - 1 : 1);
    b->batch_mean[c] = (float)mean;
    b->batch_inverse[c] = (float)(1 / sqrt(m2 / total + (double)epsilon));
    b->running_mean[c] += momentum * ((float)mean - b->running_mean[c]);
    b->running_variance[c] += momentum * ((float)unbiased - b->running_variance[c]);
  }
}

static void
batch_statistics(nn_node *b, uint32_t n)
{
  const size_t n_positions = (size_t)b->out.t * b->out.f;
  const size_t n_patch = node_count(b->out);
  const uint32_t n_c = b->out.c;
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    double *partial = b->partial + (size_t)i * 2 * n_c;
    patch_moments(b->source->y + i * n_patch, n_positions, n_c, partial, partial + n_c);
  }
  combine_moments(b, n, n_positions);
}

/* y = (x - mean) * inverse * gamma + beta, and the ReLU. */
NN_WIDE static void
normalise(const nn_node *b, const float *x, float *y)
{
  const uint32_t n_c = b->out.c;
  const size_t n_positions = (size_t)b->out.t * b->out.f;
  const float least = b->relu ? 0.0f : -INFINITY;
  const float *mean = b->batch_mean, *inverse = b->batch_inverse;
  const float *gamma = b->weight, *beta = b->bias;
  for (size_t p = 0; p < n_positions; ++p) {
#pragma omp simd
    for (uint32_t c = 0; c < n_c; ++c) {
      const float v = (x[p * n_c + c] - mean[c]) * (inverse[c] * gamma[c]) + beta[c];
      y[p * n_c + c] = v > least ? v : least;
    }
  }
}

void
node_bn_forward(nn_node *b, uint32_t n, bool training)
{
  if (training) {
    batch_statistics(b, n);
  } else {
    for (uint32_t c = 0; c < b->out.c; ++c) {
      b->batch_mean[c] = b->running_mean[c];
      b->batch_inverse[c] = 1.0f / sqrtf(b->running_variance[c] + epsilon);
    }
  }
  const size_t n_patch = node_count(b->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    normalise(b, b->source->y + i * n_patch, b->y + i * n_patch);
  }
}

/* Of one patch, per channel: sum of dy, and of dy times the normalised x. */
NN_WIDE static void
patch_gradients(const nn_node *b, const float *x, const float *dy, double *sum)
{
  const uint32_t n_c = b->out.c;
  const size_t n_positions = (size_t)b->out.t * b->out.f;
  const float *mean = b->batch_mean, *inverse = b->batch_inverse;
  double *sum_x = sum + n_c;
  memset(sum, 0, 2 * n_c * sizeof *sum);
  for (size_t p = 0; p < n_positions; ++p) {
#pragma omp simd
    for (uint32_t c = 0; c < n_c; ++c) {
      const float g = dy[p * n_c + c];
      sum[c] += (double)g;
      sum_x[c] += (double)(g * ((x[p * n_c + c] - mean[c]) * inverse[c]));
    }
  }
}

/* dx = gamma inverse (dy - dbeta / m - x^ dgamma / m), m values a channel. */
NN_WIDE static void
patch_backward(const nn_node *b, float m, const float *x, const float *dy, float *dx)
{
  const uint32_t n_c = b->out.c;
  const size_t n_positions = (size_t)b->out.t * b->out.f;
  const float *mean = b->batch_mean, *inverse = b->batch_inverse;
  const float *gamma = b->weight, *dgamma = b->dweight, *dbeta = b->dbias;
  for (size_t p = 0; p < n_positions; ++p) {
#pragma omp simd
    for (uint32_t c = 0; c < n_c; ++c) {
      const float xn = (x[p * n_c + c] - mean[c]) * inverse[c];
      const float centred = dy[p * n_c + c] - dbeta[c] * m - xn * (dgamma[c] * m);
      dx[p * n_c + c] = gamma[c] * inverse[c] * centred;
    }
  }
}

void
node_bn_backward(nn_node *b, uint32_t n)
{
  const uint32_t n_c = b->out.c;
  const size_t n_patch = node_count(b->out);
  double n_all = n;
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    patch_gradients(b, b->source->y + i * n_patch, b->dy + i * n_patch,
                    b->partial + (size_t)i * 2 * n_c);
  }
  for (uint32_t c = 0; c < 2 * n_c; ++c) {
    for (uint32_t i = 1; i < n; ++i) {
      b->partial[c] += b->partial[(size_t)i * 2 * n_c + c];
    }
  }
  parallel_sum_f64(b->partial, 2 * (size_t)n_c);
  parallel_sum_f64(&n_all, 1);
  for (uint32_t c = 0; c < n_c; ++c) {
    b->dbias[c] = (float)b->partial[c];
    b->dweight[c] = (float)b->partial[n_c + c];
  }
  const float m = 1.0f / ((float)n_all * (float)b->out.t * (float)b->out.f);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    patch_backward(b, m, b->source->y + i * n_patch, b->dy + i * n_patch,
                   b->source->dy + i * n_patch);
  }
  parallel_once(b->dbias, n_c);
  parallel_once(b->dweight, n_c);
}
