/* SPDX-License-Identifier: ISC */
/* The averaging head.  A dense layer goes in the tiles of a convolution: its rows are the
   vectors, of 12-bit values the low and the high bytes apart, and acc = low + 256 * high.
   So weights are read once for all horizons.  32-bit sums wrap on the way; what they end
   as fits. */
#include "kernels_vnni.h"

size_t
ear_vnni_dense_packed_size(const ear_product *k)
{
  return vnni_blocks(k->n_out) * ((k->n_in + 3) / 4) * sizeof(__m512i);
}

void
ear_vnni_dense_pack(const ear_product *k, void *packed)
{
  ear_vnni_pack(k->weight, 1, k->n_in, k->n_out, packed);
}

/* Low and high bytes of x; true if any high one is not 0. */
static bool
split(const int16_t *x, size_t n, uint8_t *low, uint8_t *high)
{
  __m512i any = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += 32) {
    const __mmask32 mask = n - i < 32 ? (1u << (n - i)) - 1 : ~0u;
    const __m512i v = _mm512_maskz_loadu_epi16(mask, x + i);
    const __m512i top = _mm512_srli_epi16(v, 8);
    any = _mm512_or_si512(any, top);
    _mm256_storeu_si256((__m256i *)(low + i), _mm512_cvtepi16_epi8(v));
    _mm256_storeu_si256((__m256i *)(high + i), _mm512_cvtepi16_epi8(top));
  }
  return _mm512_test_epi16_mask(any, any) != 0;
}

/* 16 outputs of one vector, those that mask says. */
static void
put(int32_t *acc, const int32_t *bias, __m512i low, __m512i high, __mmask16 mask)
{
  const __m512i sum = _mm512_add_epi32(_mm512_maskz_loadu_epi32(mask, bias), low);
  _mm512_mask_storeu_epi32(acc, mask, _mm512_add_epi32(sum, _mm512_slli_epi32(high, 8)));
}

void
ear_vnni_dense(const ear_product *k, uint32_t n_x, const int16_t *const *x,
               int32_t *const *acc)
{
  const uint32_t blocks = vnni_blocks(k->n_out), size = vnni_group(blocks);
  const size_t row = k->n_in + EAR_SLACK;
  const uint8_t *byte[2 * EAR_MAX_VECTORS];
  bool wide = false;
  ear_vnni_place p = {.kt = 1, .quads = (k->n_in + 3) / 4, .w = k->packed};
  for (uint32_t h = 0; h < n_x; ++h) {
    uint8_t *low = k->scratch + h * row, *high = k->scratch + (n_x + h) * row;
    wide |= split(x[h], k->n_in, low, high);
    byte[h] = low;
    byte[n_x + h] = high;
  }
  const uint32_t n_rows = wide ? 2 * n_x : n_x;
  for (uint32_t i = 0; i < n_rows; ++i) {
    p.column[i] = &byte[i];
  }
  for (uint32_t first = 0; first < blocks; first += size) {
    const uint32_t n = vnni_smaller(size, blocks - first);
    __m512i sum[EAR_VNNI_ROWS * EAR_VNNI_BLOCKS];
    ear_vnni_rows(&p, sum, n, n_rows, 1);
    for (uint32_t i = 0; i < n_x * n; ++i) {
      const uint32_t h = i / n, o = (first + i % n) * EAR_LANES;
      const uint32_t left = k->n_out - o;
      put(acc[h] + o, k->bias + o, sum[i],
          wide ? sum[n_x * n + i] : _mm512_setzero_si512(),
          (__mmask16)(left < EAR_LANES ? (1u << left) - 1 : 0xffff));
    }
    p.w += p.quads * n;
  }
}

void
ear_vnni_rescale(const ear_rescale *k, const int32_t *acc, int16_t *x)
{
  for (uint32_t o = 0; o < k->n; o += EAR_LANES) {
    const uint32_t left = k->n - o;
    const __mmask16 mask = (__mmask16)(left < EAR_LANES ? (1u << left) - 1 : 0xffff);
    const ear_vnni_scale scale =
        vnni_scale(_mm512_maskz_loadu_epi32(mask, k->multiplier + o),
                   _mm512_maskz_loadu_epi32(mask, k->shift + o));
    const __m512i q = vnni_output(_mm512_maskz_loadu_epi32(mask, acc + o), &scale,
                                  k->zero_point, k->most);
    _mm256_mask_storeu_epi16(x + o, mask, _mm512_cvtepi32_epi16(q));
  }
}

/* As head_average; a sum times unit is under 2^52. */
void
ear_vnni_average(const ear_average *k, const int64_t *sum, int16_t *x)
{
  const __m512i half = _mm512_set1_epi64((int64_t)(k->n / 2));
  const __m512i unit = _mm512_set1_epi64(k->unit);
  const __m512d n = _mm512_set1_pd((double)k->n);
  for (size_t c = 0; c < k->n_out; c += 8) {
    const size_t left = k->n_out - c;
    const __mmask8 mask = (__mmask8)(left < 8 ? (1u << left) - 1 : 0xff);
    __m512i total = _mm512_setzero_si512();
    for (size_t r = 0; r < k->rows; ++r) {
      total =
          _mm512_add_epi64(total, _mm512_maskz_loadu_epi64(mask, sum + r * k->n_out + c));
    }
    total = _mm512_add_epi64(_mm512_mullo_epi64(total, unit), half);
    const __m512d quotient = _mm512_div_pd(_mm512_cvtepi64_pd(total), n);
    _mm_mask_storeu_epi16(x + c, mask,
                          _mm256_cvtepi32_epi16(_mm512_cvttpd_epi32(quotient)));
  }
}
