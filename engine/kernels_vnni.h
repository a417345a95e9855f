/* SPDX-License-Identifier: ISC */
/* What the AVX-512 VNNI kernels share: the output step of 16 channels.
   vpdpbusd multiplies uint8 values with int8 weights and sums four products in 32 bits;
   it does not saturate (vpdpbusds would), so it is exact. */
#ifndef EAR_KERNELS_VNNI_H
#define EAR_KERNELS_VNNI_H

#include "kernels.h"
#include <immintrin.h>
#include <string.h>

/* Of 16 channels, even and odd lanes apart, as vpmuldq takes them.  Made when a filter is
   packed. */
typedef struct {
  __m512i multiplier[2]; /* low 32 bits of each 64 */
  __m512i right[2];      /* 31 + shift, 11..62 */
  __m512i half[2];       /* 2^(30 + shift) */
} ear_vnni_scale;

enum { EAR_VNNI_BLOCKS = 4, EAR_VNNI_ROWS = 8 }; /* of 16 channels; at most in a tile */

/* What a tile reads: rows, wherever they are, and the weights of a group of blocks. */
typedef struct {
  size_t kt, quads;
  const uint8_t *const *column[EAR_VNNI_ROWS]; /* [kt] each */
  size_t offset[EAR_VNNI_ROWS];                /* of the row in its columns */
  const __m512i *w;
} ear_vnni_place;

/* Weights [n_out][kt][n] for tiles, vnni_blocks(n_out) * kt * ((n + 3) / 4) vectors. */
void ear_vnni_pack(const int8_t *weight, uint32_t kt, size_t n, uint32_t n_out,
                   void *packed);

/* Rows in a tile: four blocks leave registers for 6, of which 4 if they are pooled by 4.
 */
uint32_t ear_vnni_most_rows(uint32_t blocks, uint32_t fold);

/* sum[row / fold][block]: without bias, of every fold rows (1, 2 or 4) the largest. */
void ear_vnni_rows(const ear_vnni_place *p, __m512i *sum, uint32_t blocks,
                   uint32_t n_rows, uint32_t fold);

size_t ear_vnni_conv_packed_size(const ear_filter *k);
void ear_vnni_conv_pack(const ear_filter *k, void *packed);
void ear_vnni_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out);

size_t ear_vnni_depthwise_packed_size(const ear_filter *k);
void ear_vnni_depthwise_pack(const ear_filter *k, void *packed);
void ear_vnni_depthwise(const ear_filter *k, const uint8_t *const *window, uint8_t *out);

size_t ear_vnni_dense_packed_size(const ear_product *k);
void ear_vnni_dense_pack(const ear_product *k, void *packed);
void ear_vnni_dense(const ear_product *k, uint32_t n_x, const int16_t *const *x,
                    int32_t *const *acc);
void ear_vnni_rescale(const ear_rescale *k, const int32_t *acc, int16_t *x);
void ear_vnni_average(const ear_average *k, const int64_t *sum, int16_t *x);

static inline uint32_t
vnni_smaller(uint32_t a, uint32_t b)
{
  return a < b ? a : b;
}

static inline uint32_t
vnni_blocks(uint32_t n_out)
{
  return (n_out + EAR_LANES - 1) / EAR_LANES;
}

/* Blocks in a group: groups alike in size. */
static inline uint32_t
vnni_group(uint32_t blocks)
{
  const uint32_t groups = (blocks + EAR_VNNI_BLOCKS - 1) / EAR_VNNI_BLOCKS;
  return (blocks + groups - 1) / groups;
}

static inline __m512i
vnni_broadcast(const uint8_t *x)
{
  int32_t four;
  memcpy(&four, x, sizeof four);
  return _mm512_set1_epi32(four);
}

static inline ear_vnni_scale
vnni_scale(__m512i multiplier, __m512i shift)
{
  const __m512i right = _mm512_add_epi32(shift, _mm512_set1_epi32(31));
  const __m512i one = _mm512_set1_epi64(1), even = _mm512_set1_epi64(0xffffffff);
  ear_vnni_scale s = {{multiplier, _mm512_srli_epi64(multiplier, 32)},
                      {_mm512_and_si512(right, even), _mm512_srli_epi64(right, 32)},
                      {one, one}};
  for (int i = 0; i < 2; ++i) {
    s.half[i] = _mm512_sllv_epi64(one, _mm512_sub_epi64(s.right[i], one));
  }
  return s;
}

/* Even and odd lanes 0..255 together again. */
static inline __m512i
vnni_join(__m512i even, __m512i odd)
{
  return _mm512_or_si512(even, _mm512_slli_epi64(odd, 32));
}

/* ear_output of 16 accumulators as int32, zero_point 0: what is under 0 stays there, so
   nothing negative need be rounded. */
static inline __m512i
vnni_output_relu(__m512i acc, const ear_vnni_scale *s)
{
  const __m512i most = _mm512_set1_epi64(255);
  const __m512i x = _mm512_max_epi32(acc, _mm512_setzero_si512());
  __m512i even = _mm512_mul_epu32(x, s->multiplier[0]);
  __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), s->multiplier[1]);
  even = _mm512_srlv_epi64(_mm512_add_epi64(even, s->half[0]), s->right[0]);
  odd = _mm512_srlv_epi64(_mm512_add_epi64(odd, s->half[1]), s->right[1]);
  return vnni_join(_mm512_min_epu64(even, most), _mm512_min_epu64(odd, most));
}

/* Even lanes of acc requantised, plus zero_point, in 0..most. */
static inline __m512i
vnni_output_half(__m512i acc, __m512i multiplier, __m512i half, __m512i right,
                 int32_t zero_point, int32_t most)
{
  const __m512i p = _mm512_mul_epi32(acc, multiplier);
  const __m512i down = _mm512_srai_epi64(p, 63); /* -1 if p < 0 */
  __m512i r = _mm512_srav_epi64(_mm512_add_epi64(_mm512_add_epi64(p, half), down), right);
  r = _mm512_add_epi64(r, _mm512_set1_epi64(zero_point)); /* |r| < 2^52: cannot wrap */
  return _mm512_max_epi64(_mm512_min_epi64(r, _mm512_set1_epi64(most)),
                          _mm512_setzero_si512());
}

/* 16 accumulators requantised, plus zero_point, in 0..most, as int32. */
static inline __m512i
vnni_output(__m512i acc, const ear_vnni_scale *s, int32_t zero_point, int32_t most)
{
  return vnni_join(
      vnni_output_half(acc, s->multiplier[0], s->half[0], s->right[0], zero_point, most),
      vnni_output_half(_mm512_srli_epi64(acc, 32), s->multiplier[1], s->half[1],
                       s->right[1], zero_point, most));
}

#endif
