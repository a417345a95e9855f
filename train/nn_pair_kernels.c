/* SPDX-License-Identifier: ISC */
/* Every loop keeps its sums in registers: 18 vectors for the weights of an output
   channel and 32 input channels, 9 for a window of the input and 16 of its channels. */
#include "nn_pair_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,popcnt")))

/* Written out, so that sums stay in registers. */
#define EACH_TAP(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8)
#define EACH_OF_8(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)

/* Both in registers of their own: compilers hold the distances of all taps otherwise,
   which are more than there are registers. */
#define KEEP(a, b) __asm__("" : "+r"(a), "+r"(b))

AVX512 static void
conv_one_row(const pair_shape *s, const float *x, const float *w, __m512 b, float *y)
{
  const uint32_t n = s->f - 2;
  const float *row[3] = {x, x + s->f, x + 2 * s->f};
#define LOAD(k) const __m512 w##k = _mm512_loadu_ps(w + (k)*s->o);
  EACH_TAP(LOAD)
#undef LOAD
  uint32_t f = 0;
  for (; f + 8 <= n; f += 8) {
#define ZERO(j) __m512 a##j = b;
    EACH_OF_8(ZERO)
#undef ZERO
#define ADD(j, k)                                                                        \
  a##j = _mm512_fmadd_ps(_mm512_set1_ps(row[(k) / 3][f + (j) + (k) % 3]), w##k, a##j);
#define ADD_TAP(k)                                                                       \
  ADD(0, k) ADD(1, k) ADD(2, k) ADD(3, k) ADD(4, k) ADD(5, k) ADD(6, k) ADD(7, k)
    EACH_TAP(ADD_TAP)
#undef ADD_TAP
#undef ADD
#define PUT(j) _mm512_storeu_ps(y + (size_t)(f + (j)) * s->o, a##j);
    EACH_OF_8(PUT)
#undef PUT
  }
  for (; f < n; ++f) {
    __m512 a = b;
#define ADD(k) a = _mm512_fmadd_ps(_mm512_set1_ps(row[(k) / 3][f + (k) % 3]), w##k, a);
    EACH_TAP(ADD)
#undef ADD
    _mm512_storeu_ps(y + (size_t)f * s->o, a);
  }
}

AVX512 void
pair_conv_one(const pair_shape *s, const float *x, const float *w, const float *bias,
              float *y)
{
  for (uint32_t o = 0; o < s->o; o += PAIR_LANES) {
    const __m512 b = _mm512_loadu_ps(bias + o);
    conv_one_row(s, x, w + o, b, y + o);
    conv_one_row(s, x + s->f, w + o, b, y + (size_t)(s->f - 2) * s->o + o);
  }
}

AVX512 void
pair_pool(const pair_shape *s, const float *x, uint32_t f_conv, float *y, uint8_t *which)
{
  const size_t n_o = s->o, row = (size_t)f_conv * n_o;
  for (uint32_t f = 0; f < s->f_out; ++f) {
    for (size_t o = 0; o < n_o; o += PAIR_LANES) {
      const float *v = x + 2 * f * n_o + o;
      const size_t tap[4] = {0, n_o, row, row + n_o};
      __m512 best = _mm512_loadu_ps(v);
      __m512i at = _mm512_setzero_si512();
      for (int k = 1; k < 4; ++k) {
        const __m512 z = _mm512_loadu_ps(v + tap[k]);
        const __mmask16 more = _mm512_cmp_ps_mask(z, best, _CMP_GT_OQ);
        at = _mm512_mask_mov_epi32(at, more, _mm512_set1_epi32(k));
        best = _mm512_mask_mov_ps(best, more, z);
      }
      const __mmask16 on = _mm512_cmp_ps_mask(best, _mm512_setzero_ps(), _CMP_GT_OQ);
      _mm512_storeu_ps(y + f * n_o + o, _mm512_maskz_mov_ps(on, best));
      at = _mm512_mask_mov_epi32(_mm512_set1_epi32(PAIR_NONE), on, at);
      _mm_storeu_si128((__m128i *)(which + f * n_o + o), _mm512_cvtepi32_epi8(at));
    }
  }
}

AVX512 static inline __m512i
load_places(const uint8_t *which)
{
  return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)which));
}

/* dy where something passed. */
AVX512 static inline __m512
passed(__m512i places, const float *dy)
{
  const __m512i none = _mm512_set1_epi32(PAIR_NONE);
  return _mm512_maskz_loadu_ps(_mm512_cmplt_epi32_mask(places, none), dy);
}

AVX512 void
pair_gradients(const pair_shape *s, uint32_t t, uint32_t n, const float *dy,
               const uint8_t *which, float *g, int32_t *at, float *bias)
{
  const int32_t c = PAIR_BLOCK, r = (int32_t)s->f * PAIR_BLOCK;
  const __m512i place =
      _mm512_setr_epi32(0, c, r, r + c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  for (uint32_t p = 0; p < n; ++p) {
    const uint32_t column = t + p / s->f_out, f = p % s->f_out;
    const __m512i start = _mm512_set1_epi32(2 * ((int32_t)column * r + (int32_t)f * c));
    for (size_t o = 0; o < s->o; o += PAIR_LANES) {
      const size_t from = (size_t)p * s->o + o;
      const __m512i k = load_places(which + from);
      const __m512 v = passed(k, dy + from);
      const __m512i to = _mm512_add_epi32(start, _mm512_permutexvar_epi32(k, place));
      _mm512_storeu_ps(g + from, v);
      _mm512_storeu_si512(at + from, to);
      _mm512_storeu_ps(bias + o, _mm512_add_ps(_mm512_loadu_ps(bias + o), v));
    }
  }
}

/* 32 input channels of one output channel; dw [9] at this distance. */
AVX512 static void
weights_32(const pair_shape *s, uint32_t n, const float *x, const float *g,
           const int32_t *at, float *dw)
{
  enum { C = PAIR_BLOCK };
  const size_t r = (size_t)s->f * C, n_o = s->o, to = s->i;
#define GET(k)                                                                           \
  __m512 a##k = _mm512_loadu_ps(dw + (k)*to), b##k = _mm512_loadu_ps(dw + (k)*to + 16);
  EACH_TAP(GET)
#undef GET
  for (uint32_t p = 0; p < n; ++p, g += n_o, at += n_o) {
    const __m512 v = _mm512_set1_ps(*g);
    const float *z[3] = {x + *at, x + *at + r, x + *at + 2 * r};
    KEEP(z[1], z[2]);
#define ADD(k)                                                                           \
  a##k = _mm512_fmadd_ps(v, _mm512_loadu_ps(z[(k) / 3] + (k) % 3 * C), a##k);            \
  b##k = _mm512_fmadd_ps(v, _mm512_loadu_ps(z[(k) / 3] + (k) % 3 * C + 16), b##k);
    EACH_TAP(ADD)
#undef ADD
  }
#define PUT(k)                                                                           \
  _mm512_storeu_ps(dw + (k)*to, a##k);                                                   \
  _mm512_storeu_ps(dw + (k)*to + 16, b##k);
  EACH_TAP(PUT)
#undef PUT
}

AVX512 void
pair_weights(const pair_shape *s, uint32_t n, const float *x, const float *g,
             const int32_t *at, float *dw)
{
  const size_t plane = (size_t)s->t * s->f;
  for (size_t i = 0; i < s->i; i += PAIR_BLOCK) {
    for (size_t o = 0; o < s->o; ++o) {
      weights_32(s, n, x + i * plane, g + o, at + o, dw + o * PAIR_TAPS * s->i + i);
    }
  }
}

/* The 4 x 4 values under a 2x2 window. */
AVX512 static inline __m512
window_16(const float *x, size_t row)
{
  __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(x));
  v = _mm512_insertf32x4(v, _mm_loadu_ps(x + row), 1);
  v = _mm512_insertf32x4(v, _mm_loadu_ps(x + 2 * row), 2);
  return _mm512_insertf32x4(v, _mm_loadu_ps(x + 3 * row), 3);
}

AVX512 void
pair_weights_one(const pair_shape *s, uint32_t t, const float *x, const float *dy,
                 const uint8_t *which, float *dw, float *bias)
{
  const __m512i one = _mm512_set1_epi32(1), two = _mm512_set1_epi32(2);
  x += (size_t)2 * t * s->f;
  for (size_t o = 0; o < s->o; o += PAIR_LANES) {
    __m512 sum = _mm512_loadu_ps(bias + o);
#define GET(k) __m512 a##k = _mm512_loadu_ps(dw + (k)*s->o + o);
    EACH_TAP(GET)
#undef GET
    for (uint32_t f = 0; f < s->f_out; ++f) {
      const size_t from = (size_t)f * s->o + o;
      const __m512i k = load_places(which + from);
      const __m512 v = passed(k, dy + from);
      const __m512 z = window_16(x + 2 * f, s->f);
      const __m512i at = _mm512_add_epi32(_mm512_and_si512(k, one),
                                          _mm512_slli_epi32(_mm512_and_si512(k, two), 1));
      sum = _mm512_add_ps(sum, v);
#define ADD(k)                                                                           \
  a##k = _mm512_fmadd_ps(                                                                \
      v,                                                                                 \
      _mm512_permutexvar_ps(                                                             \
          _mm512_add_epi32(at, _mm512_set1_epi32((k) / 3 * 4 + (k) % 3)), z),            \
      a##k);
      EACH_TAP(ADD)
#undef ADD
    }
    _mm512_storeu_ps(bias + o, sum);
#define PUT(k) _mm512_storeu_ps(dw + (k)*s->o + o, a##k);
    EACH_TAP(PUT)
#undef PUT
  }
}

/* One position and 64 channels, or the fewer that are left. */
AVX512 static void
fill_list(const float *g, const uint8_t *which, uint32_t n_o, pair_list *list)
{
  const __m512i lane = _mm512_mullo_epi32(
      _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
      _mm512_set1_epi32(PAIR_TAPS * PAIR_LANES));
  uint32_t n = 0;
  for (int k = 0; k < 4; ++k) {
    const uint32_t before = n;
    for (uint32_t o = 0; o < n_o; o += PAIR_LANES) {
      const __m512 v = _mm512_loadu_ps(g + o);
      const __mmask16 here =
          _mm512_cmpeq_epi32_mask(load_places(which + o), _mm512_set1_epi32(k)) &
          _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_OQ);
      const __m512i w =
          _mm512_add_epi32(lane, _mm512_set1_epi32((int32_t)o * PAIR_TAPS * PAIR_LANES));
      _mm512_storeu_ps(list->g + n, _mm512_maskz_compress_ps(here, v));
      _mm512_storeu_si512(list->w + n, _mm512_maskz_compress_epi32(here, w));
      n += (uint32_t)__builtin_popcount(here);
    }
    list->n[k] = (uint8_t)(n - before);
  }
}

AVX512 void
pair_lists(const pair_shape *s, uint32_t n, const float *g, const uint8_t *which,
           pair_list *list)
{
  for (uint32_t p = 0; p < n; ++p) {
    for (uint32_t o = 0; o < s->o; o += PAIR_GROUP) {
      const size_t at = (size_t)p * s->o + o;
      fill_list(g + at, which + at, s->o - o < PAIR_GROUP ? s->o - o : PAIR_GROUP,
                list++);
    }
  }
}

/* 16 input channels of the windows at one position: dx at its first value. */
AVX512 static void
data_16(const pair_shape *s, const pair_list *list, const float *w, float *dx)
{
  enum { C = PAIR_BLOCK };
  const size_t r = (size_t)s->f * C;
  const float *g = list->g;
  const int32_t *from = list->w;
  for (int q = 0; q < 4; ++q) {
    float *to = dx + (size_t)(q >> 1) * r + (size_t)(q & 1) * C;
    float *z[3] = {to, to + r, to + 2 * r};
    KEEP(z[1], z[2]);
#define ZERO(k) __m512 a##k = _mm512_setzero_ps();
    EACH_TAP(ZERO)
#undef ZERO
    for (const float *end = g + list->n[q]; g < end; ++g, ++from) {
      const __m512 v = _mm512_set1_ps(*g);
#define ADD(k) a##k = _mm512_fmadd_ps(v, _mm512_loadu_ps(w + *from + (k)*16), a##k);
      EACH_TAP(ADD)
#undef ADD
    }
#define AT(k) (z[(k) / 3] + (k) % 3 * C)
#define PUT(k) _mm512_storeu_ps(AT(k), _mm512_add_ps(_mm512_loadu_ps(AT(k)), a##k));
    EACH_TAP(PUT)
#undef AT
#undef PUT
  }
}

AVX512 void
pair_data(const pair_shape *s, uint32_t t, uint32_t n, const pair_list *list,
          const float *w, float *dx)
{
  const uint32_t n_lists = (s->o + PAIR_GROUP - 1) / PAIR_GROUP;
  const size_t block = (size_t)s->o * PAIR_TAPS * PAIR_LANES;
  const size_t plane = (size_t)s->t * s->f * PAIR_BLOCK;
  for (size_t i = 0; i < s->i; i += PAIR_LANES) {
    for (uint32_t l = 0; l < n_lists; ++l) {
      const float *from =
          w + i / PAIR_LANES * block + (size_t)l * PAIR_GROUP * PAIR_TAPS * PAIR_LANES;
      for (uint32_t p = 0; p < n; ++p) {
        const uint32_t column = t + p / s->f_out, f = p % s->f_out;
        float *to = dx + i / PAIR_BLOCK * plane + i % PAIR_BLOCK +
                    2 * PAIR_BLOCK * ((size_t)column * s->f + f);
        data_16(s, &list[(size_t)p * n_lists + l], from, to);
      }
    }
  }
}

#endif
