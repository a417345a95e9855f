/* SPDX-License-Identifier: ISC */
/* What the AVX2 kernels share: the output step of 16 channels.
   vpmaddubsw is not used anywhere: it saturates at 16 bits (2 * 255 * 127 does not fit).
 */
#ifndef EAR_KERNELS_AVX2_H
#define EAR_KERNELS_AVX2_H

#include "kernels.h"
#include <immintrin.h>
#include <string.h>

/* Multipliers and shifts of 8 channels, split into even and odd lanes for vpmuldq. */
typedef struct {
  __m256i multiplier[2]; /* low 32 bits of each 64 */
  __m256i right[2];      /* 31 + shift, 11..62, as 64 bits */
} ear_avx2_scale;

size_t ear_avx2_conv_packed_size(const ear_filter *k);
void ear_avx2_conv_pack(const ear_filter *k, void *packed);
void ear_avx2_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out);

size_t ear_avx2_depthwise_packed_size(const ear_filter *k);
void ear_avx2_depthwise_pack(const ear_filter *k, void *packed);
void ear_avx2_depthwise(const ear_filter *k, const uint8_t *const *window, uint8_t *out);

void ear_avx2_maxpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out);
void ear_avx2_avgpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out);
void ear_avx2_add(const ear_sum *k, const uint8_t *a, const uint8_t *b, uint8_t *out);

static inline ear_avx2_scale
avx2_scale(__m256i multiplier, __m256i shift)
{
  const __m256i right = _mm256_add_epi32(shift, _mm256_set1_epi32(31));
  const ear_avx2_scale s = {
      {multiplier, _mm256_srli_epi64(multiplier, 32)},
      {_mm256_and_si256(right, _mm256_set1_epi64x(0xffffffff)),
       _mm256_srli_epi64(right, 32)},
  };
  return s;
}

static inline ear_avx2_scale
avx2_load_scale(const int32_t *multiplier, const int32_t *shift)
{
  return avx2_scale(_mm256_loadu_si256((const __m256i *)multiplier),
                    _mm256_loadu_si256((const __m256i *)shift));
}

/* ear_requantize of the even 32-bit lanes of acc, clamped to -512..512, in the low half
   of each 64.  There is no arithmetic 64-bit shift before AVX-512: the sign bit is
   flipped, and what that adds is subtracted after the logical shift. */
static inline __m256i
avx2_requantize(__m256i acc, __m256i multiplier, __m256i right)
{
  const __m256i zero = _mm256_setzero_si256();
  const __m256i top = _mm256_set1_epi64x(INT64_MIN);
  const __m256i most = _mm256_set1_epi64x(512), least = _mm256_set1_epi64x(-512);
  const __m256i half =
      _mm256_srli_epi64(_mm256_sllv_epi64(_mm256_set1_epi64x(1), right), 1);
  const __m256i p = _mm256_mul_epi32(acc, multiplier);
  const __m256i down = _mm256_cmpgt_epi64(zero, p); /* -1 if p < 0 */
  const __m256i sum = _mm256_add_epi64(_mm256_add_epi64(p, half), down);
  __m256i r = _mm256_srlv_epi64(_mm256_xor_si256(sum, top), right);
  r = _mm256_sub_epi64(r, _mm256_srlv_epi64(top, right));
  r = _mm256_blendv_epi8(r, most, _mm256_cmpgt_epi64(r, most));
  return _mm256_blendv_epi8(r, least, _mm256_cmpgt_epi64(least, r));
}

static inline __m256i
avx2_requantize_8(__m256i acc, const ear_avx2_scale *s)
{
  const __m256i even = avx2_requantize(acc, s->multiplier[0], s->right[0]);
  const __m256i odd =
      avx2_requantize(_mm256_srli_epi64(acc, 32), s->multiplier[1], s->right[1]);
  return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

/* ear_output of 16 accumulators, in order. */
static inline __m128i
avx2_output(__m256i low, __m256i high, const ear_avx2_scale s[2], int32_t zero_point)
{
  const __m256i zero = _mm256_set1_epi16((int16_t)zero_point);
  __m256i q =
      _mm256_packs_epi32(avx2_requantize_8(low, &s[0]), avx2_requantize_8(high, &s[1]));
  q = _mm256_add_epi16(_mm256_permute4x64_epi64(q, 0xd8), zero);
  return _mm_packus_epi16(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
}

/* Write the first n of 16 bytes, n >= 1. */
static inline void
avx2_store(uint8_t *out, __m128i q, size_t n)
{
  if (n >= 16) {
    _mm_storeu_si128((__m128i *)out, q);
  } else {
    uint8_t all[16];
    _mm_storeu_si128((__m128i *)all, q);
    memcpy(out, all, n);
  }
}

#endif
