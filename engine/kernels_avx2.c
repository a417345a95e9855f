/* SPDX-License-Identifier: ISC */
/* Pools, add and dense with AVX2, and the table.  The bits of kernels_ref.c. */
#include "kernels_avx2.h"
#include "kernels_head.h"

static bool
runs_here(void)
{
  return __builtin_cpu_supports("avx2");
}

void
ear_avx2_maxpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out)
{
  for (uint32_t r = 0; r < k->rows_out; ++r, out += k->channels) {
    for (uint32_t c = 0; c < k->channels; c += 16) {
      __m128i most = _mm_setzero_si128();
      for (uint32_t t = 0; t < k->kt; ++t) {
        const uint8_t *q = window[t] + (size_t)r * k->sf * k->channels + c;
        for (uint32_t f = 0; f < k->kf; ++f, q += k->channels) {
          most = _mm_max_epu8(most, _mm_loadu_si128((const __m128i *)q));
        }
      }
      avx2_store(out + c, most, k->channels - c);
    }
  }
}

/* The 16 bytes at q as two times 8 int32. */
static inline void
load_16(const uint8_t *q, __m256i *low, __m256i *high)
{
  const __m128i all = _mm_loadu_si128((const __m128i *)q);
  *low = _mm256_cvtepu8_epi32(all);
  *high = _mm256_cvtepu8_epi32(_mm_srli_si128(all, 8));
}

void
ear_avx2_avgpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out)
{
  const ear_avx2_scale one =
      avx2_scale(_mm256_set1_epi32(k->multiplier), _mm256_set1_epi32(k->shift));
  const ear_avx2_scale scale[2] = {one, one};
  for (uint32_t r = 0; r < k->rows_out; ++r, out += k->channels) {
    for (uint32_t c = 0; c < k->channels; c += 16) {
      __m256i low = _mm256_setzero_si256(), high = low, a, b;
      for (uint32_t t = 0; t < k->kt; ++t) {
        const uint8_t *q = window[t] + (size_t)r * k->sf * k->channels + c;
        for (uint32_t f = 0; f < k->kf; ++f, q += k->channels) {
          load_16(q, &a, &b);
          low = _mm256_add_epi32(low, a);
          high = _mm256_add_epi32(high, b);
        }
      }
      avx2_store(out + c, avx2_output(low, high, scale, 0), k->channels - c);
    }
  }
}

void
ear_avx2_add(const ear_sum *k, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
  const ear_avx2_scale one =
      avx2_scale(_mm256_set1_epi32(k->multiplier), _mm256_set1_epi32(k->shift));
  const ear_avx2_scale scale[2] = {one, one};
  const __m256i fa = _mm256_set1_epi32(k->factor_a), fb = _mm256_set1_epi32(k->factor_b);
  const __m256i zero = _mm256_set1_epi32(
      -(k->zero_a * k->factor_a + k->zero_b * k->factor_b)); /* under 2^29 */
  for (size_t i = 0; i < k->n; i += 16) {
    __m256i sum[2] = {zero, zero}, low, high;
    load_16(a + i, &low, &high);
    sum[0] = _mm256_add_epi32(sum[0], _mm256_mullo_epi32(low, fa));
    sum[1] = _mm256_add_epi32(sum[1], _mm256_mullo_epi32(high, fa));
    load_16(b + i, &low, &high);
    sum[0] = _mm256_add_epi32(sum[0], _mm256_mullo_epi32(low, fb));
    sum[1] = _mm256_add_epi32(sum[1], _mm256_mullo_epi32(high, fb));
    avx2_store(out + i, avx2_output(sum[0], sum[1], scale, k->zero_point), k->n - i);
  }
}

static int32_t
total(__m256i v)
{
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  return _mm_cvtsi128_si32(s);
}

/* 16 products of int16 and int8 as 8 sums of two. */
static inline __m256i
products(const int16_t *x, const int8_t *w)
{
  return _mm256_madd_epi16(_mm256_loadu_si256((const __m256i *)x),
                           _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)w)));
}

/* Two chains of 16, then one by one: the weights have no slack behind them. */
static void
dense_one(const ear_product *k, const int16_t *x, int32_t *acc)
{
  const int8_t *w = k->weight;
  for (uint32_t o = 0; o < k->n_out; ++o, w += k->n_in) {
    __m256i even = _mm256_setzero_si256(), odd = even;
    size_t i = 0;
    for (; i + 32 <= k->n_in; i += 32) {
      even = _mm256_add_epi32(even, products(x + i, w + i));
      odd = _mm256_add_epi32(odd, products(x + i + 16, w + i + 16));
    }
    if (i + 16 <= k->n_in) {
      even = _mm256_add_epi32(even, products(x + i, w + i));
      i += 16;
    }
    acc[o] = k->bias[o] + total(_mm256_add_epi32(even, odd));
    for (; i < k->n_in; ++i) {
      acc[o] += w[i] * x[i];
    }
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
    dense_one(k, x[h], acc[h]);
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

const ear_kernels ear_kernels_avx2 = {
    .name = "avx2",
    .runs_here = runs_here,
    .conv_packed_size = ear_avx2_conv_packed_size,
    .conv_pack = ear_avx2_conv_pack,
    .conv = ear_avx2_conv,
    .depthwise_packed_size = ear_avx2_depthwise_packed_size,
    .depthwise_pack = ear_avx2_depthwise_pack,
    .depthwise = ear_avx2_depthwise,
    .maxpool = ear_avx2_maxpool,
    .avgpool = ear_avx2_avgpool,
    .add = ear_avx2_add,
    .dense_packed_size = product_packed_size,
    .dense_pack = product_pack,
    .dense = dense,
    .rescale = rescale,
    .accumulate = accumulate,
    .widen = widen_all,
    .average = average,
};
