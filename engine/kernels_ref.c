/* SPDX-License-Identifier: ISC */
/* The definition of every kernel: what stands here is what the others must return. */
#include "kernels_head.h"

static bool
runs_here(void)
{
  return true;
}

static size_t
packed_size(const ear_filter *k)
{
  (void)k;
  return 0;
}

static void
pack(const ear_filter *k, void *packed)
{
  (void)k;
  (void)packed;
}

/* One output of one convolution, before it is taken to 8 bits. */
static int32_t
convolve(const ear_filter *k, const uint8_t *const *window, uint32_t row, uint32_t o)
{
  const size_t segment = (size_t)k->kf * k->c_in;
  const size_t at = (size_t)row * k->sf * k->c_in;
  const int8_t *w = k->weight + o * k->kt * segment;
  int32_t acc = k->bias[o];
  for (uint32_t t = 0; t < k->kt; ++t, w += segment) {
    for (size_t i = 0; i < segment; ++i) {
      acc += w[i] * window[t][at + i];
    }
  }
  return acc;
}

static void
conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  for (uint32_t r = 0; r < k->rows_out; ++r) {
    for (uint32_t o = 0; o < k->c_out; ++o) {
      uint8_t most = 0;
      for (uint32_t i = 0; i < k->pool_t * k->pool_f; ++i) {
        const int32_t acc =
            convolve(k, window + i / k->pool_f * k->kt, r * k->pool_f + i % k->pool_f, o);
        const uint8_t q = ear_output(acc, k->multiplier[o], k->shift[o], k->zero_point);
        most = q > most ? q : most;
      }
      *out++ = most;
    }
  }
}

static void
depthwise(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  for (uint32_t r = 0; r < k->rows_out; ++r) {
    const int8_t *w = k->weight;
    for (uint32_t c = 0; c < k->c_in; ++c) {
      int32_t acc = k->bias[c];
      for (uint32_t t = 0; t < k->kt; ++t) {
        for (uint32_t f = 0; f < k->kf; ++f) {
          acc += *w++ * window[t][((size_t)r * k->sf + f) * k->c_in + c];
        }
      }
      *out++ = ear_output(acc, k->multiplier[c], k->shift[c], k->zero_point);
    }
  }
}

static void
maxpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out)
{
  for (uint32_t r = 0; r < k->rows_out; ++r) {
    for (uint32_t c = 0; c < k->channels; ++c) {
      uint8_t most = 0;
      for (uint32_t t = 0; t < k->kt; ++t) {
        for (uint32_t f = 0; f < k->kf; ++f) {
          const uint8_t q = window[t][((size_t)r * k->sf + f) * k->channels + c];
          most = q > most ? q : most;
        }
      }
      *out++ = most;
    }
  }
}

static void
avgpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out)
{
  for (uint32_t r = 0; r < k->rows_out; ++r) {
    for (uint32_t c = 0; c < k->channels; ++c) {
      int32_t sum = 0;
      for (uint32_t t = 0; t < k->kt; ++t) {
        for (uint32_t f = 0; f < k->kf; ++f) {
          sum += window[t][((size_t)r * k->sf + f) * k->channels + c];
        }
      }
      *out++ = ear_output(sum, k->multiplier, k->shift, 0);
    }
  }
}

static void
add(const ear_sum *k, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
  for (size_t i = 0; i < k->n; ++i) {
    const int32_t sum =
        (a[i] - k->zero_a) * k->factor_a + (b[i] - k->zero_b) * k->factor_b;
    out[i] = ear_output(sum, k->multiplier, k->shift, k->zero_point);
  }
}

static size_t
product_packed_size(const ear_product *k)
{
  (void)k;
  return 0;
}

static void
product_pack(const ear_product *k, void *packed)
{
  (void)k;
  (void)packed;
}

static void
dense(const ear_product *k, uint32_t n_x, const int16_t *const *x, int32_t *const *acc)
{
  for (uint32_t h = 0; h < n_x; ++h) {
    const int8_t *w = k->weight;
    for (uint32_t o = 0; o < k->n_out; ++o, w += k->n_in) {
      int32_t sum = k->bias[o];
      for (size_t i = 0; i < k->n_in; ++i) {
        sum += w[i] * x[h][i];
      }
      acc[h][o] = sum;
    }
  }
}

static void
rescale(const ear_rescale *k, const int32_t *acc, int16_t *x)
{
  head_rescale(k, acc, x);
}

static void
accumulate(size_t n, const uint8_t *plus, const uint8_t *minus, int64_t *sum)
{
  head_accumulate(n, plus, minus, sum);
}

static void
average(const ear_average *k, const int64_t *sum, int16_t *x)
{
  head_average(k, sum, x);
}

static void
widen_all(size_t n, const uint8_t *q, int16_t *x)
{
  head_widen(n, q, x);
}

const ear_kernels ear_kernels_ref = {
    .name = "ref",
    .runs_here = runs_here,
    .conv_packed_size = packed_size,
    .conv_pack = pack,
    .conv = conv,
    .depthwise_packed_size = packed_size,
    .depthwise_pack = pack,
    .depthwise = depthwise,
    .maxpool = maxpool,
    .avgpool = avgpool,
    .add = add,
    .dense_packed_size = product_packed_size,
    .dense_pack = product_pack,
    .dense = dense,
    .rescale = rescale,
    .accumulate = accumulate,
    .widen = widen_all,
    .average = average,
};
