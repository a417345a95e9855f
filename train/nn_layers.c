/* SPDX-License-Identifier: ISC */
/* Every loop over patches is independent, every sum runs in the order of memory: the same
   bits for any number of threads. */
#include "nn_layers.h"

#include <string.h>

#include "rng.h"

NN_WIDE static void
relu(float *v, size_t n)
{
#pragma omp simd
  for (size_t k = 0; k < n; ++k) {
    v[k] = v[k] > 0 ? v[k] : 0;
  }
}

NN_WIDE static void
relu_backward(const float *v, float *g, size_t n)
{
#pragma omp simd
  for (size_t k = 0; k < n; ++k) {
    g[k] = v[k] > 0 ? g[k] : 0;
  }
}

void
node_relu(float *y, size_t n_patch, uint32_t n)
{
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    relu(y + i * n_patch, n_patch);
  }
}

void
node_relu_backward(const float *y, float *dy, size_t n_patch, uint32_t n)
{
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    relu_backward(y + i * n_patch, dy + i * n_patch, n_patch);
  }
}

/* The crop of `from`, patch i, that lies under the columns of a. */
static const float *
cropped(const nn_node *a, const float *from, uint32_t i)
{
  const size_t column = (size_t)a->out.f * a->out.c;
  return from + i * node_count(a->from->out) + a->crop * column;
}

void
node_add_forward(nn_node *a, uint32_t n)
{
  const size_t n_patch = node_count(a->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    const float *x = a->source->y + i * n_patch;
    const float *z = cropped(a, a->from->y, i);
    float *y = a->y + i * n_patch;
#pragma omp simd
    for (size_t k = 0; k < n_patch; ++k) {
      y[k] = a->share * x[k] + a->share_from * z[k];
    }
  }
}

void
node_add_backward(nn_node *a, uint32_t n)
{
  const size_t n_all = n * node_count(a->out);
#pragma omp simd
  for (size_t k = 0; k < n_all; ++k) {
    a->source->dy[k] = a->share * a->dy[k];
  }
}

void
node_add_backward_from(const nn_node *a, uint32_t n)
{
  const size_t n_patch = node_count(a->out);
  const size_t column = (size_t)a->out.f * a->out.c;
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    const float *dy = a->dy + i * n_patch;
    float *dz = a->from->dy + i * node_count(a->from->out) + a->crop * column;
#pragma omp simd
    for (size_t k = 0; k < n_patch; ++k) {
      dz[k] += a->share_from * dy[k];
    }
  }
}

void
node_dropout_forward(nn_node *d, uint32_t n, uint32_t first, uint64_t stream,
                     bool training)
{
  const size_t n_patch = node_count(d->out);
  const float keep = 1.0f - d->recipe.dropout;
  if (!training) {
    memcpy(d->y, d->source->y, n * n_patch * sizeof(float));
    return;
  }
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    rng r = rng_stream(stream, 0x64726f70, first + i);
    const float *x = d->source->y + i * n_patch;
    float *mask = d->mask + i * n_patch;
    float *y = d->y + i * n_patch;
    for (size_t k = 0; k < n_patch; ++k) {
      mask[k] = rng_uniform(&r) < (double)keep ? 1.0f / keep : 0.0f;
      y[k] = x[k] * mask[k];
    }
  }
}

void
node_dropout_backward(nn_node *d, uint32_t n)
{
  const size_t n_patch = node_count(d->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    for (size_t k = i * n_patch; k < (i + 1) * n_patch; ++k) {
      d->source->dy[k] = d->dy[k] * d->mask[k];
    }
  }
}

void
node_dense_forward(nn_node *d, uint32_t n)
{
  const uint32_t n_in = (uint32_t)node_count(d->in), n_out = d->out.c;
  for (uint32_t i = 0; i < n; ++i) {
    memcpy(d->y + (size_t)i * n_out, d->bias, n_out * sizeof *d->y);
  }
  dnn_gemm(false, true, n, n_out, n_in, d->source->y, d->weight, 1.0f, d->y);
}

void
node_dense_backward(nn_node *d, uint32_t n, bool input_gradient)
{
  const uint32_t n_in = (uint32_t)node_count(d->in), n_out = d->out.c;
  memset(d->dbias, 0, n_out * sizeof *d->dbias);
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t o = 0; o < n_out; ++o) {
      d->dbias[o] += d->dy[(size_t)i * n_out + o];
    }
  }
  dnn_gemm(true, false, n_out, n_in, n, d->dy, d->source->y, 0.0f, d->dweight);
  if (input_gradient) {
    dnn_gemm(false, false, n, n_in, n_out, d->dy, d->weight, 0.0f, d->source->dy);
  }
}
