/* SPDX-License-Identifier: ISC */
/* Full convolution: with channels last, the kf x c_in values under one tap are
   contiguous. A pair of them is broadcast against the weights of 16 channels, for up to 6
   rows at once: 12 accumulators, 2 weights and the pair fill the 16 registers.  When 8
   channels or fewer are left, half of that. Packed weights: [blocks][kt][pairs][16 or
   8][2] int16, zero where there is no weight, so that a pair may reach one value past the
   tap. */
#include "kernels_avx2.h"

enum { MAX_ROWS = 6, LANES = EAR_LANES };

static size_t
n_pairs(const ear_filter *k)
{
  return ((size_t)k->kf * k->c_in + 1) / 2;
}

/* Channels of the block that begins at channel `first`: in eights. */
static uint32_t
n_eights(const ear_filter *k, uint32_t first)
{
  return k->c_out - first > 8 ? 2 : 1;
}

size_t
ear_avx2_conv_packed_size(const ear_filter *k)
{
  const size_t lanes = ((size_t)k->c_out + 7) / 8 * 8;
  return lanes * k->kt * n_pairs(k) * 2 * sizeof(int16_t);
}

void
ear_avx2_conv_pack(const ear_filter *k, void *packed)
{
  const size_t segment = (size_t)k->kf * k->c_in;
  int16_t *to = packed;
  for (uint32_t first = 0; first < k->c_out; first += LANES) {
    const uint32_t end = first + 8 * n_eights(k, first);
    for (uint32_t t = 0; t < k->kt; ++t) {
      for (size_t i = 0; i < 2 * n_pairs(k); i += 2) {
        for (uint32_t o = first; o < end; ++o) {
          const int8_t *w = k->weight + ((size_t)o * k->kt + t) * segment;
          *to++ = o < k->c_out ? w[i] : 0;
          *to++ = o < k->c_out && i + 1 < segment ? w[i + 1] : 0;
        }
      }
    }
  }
}

/* The windows as int16, tap after tap. */
static void
widen(const ear_filter *k, const uint8_t *const *window, size_t tap)
{
  for (uint32_t t = 0; t < k->pool_t * k->kt; ++t) {
    int16_t *to = k->scratch + t * tap;
    for (size_t i = 0; i < (size_t)k->rows_in * k->c_in; i += 16) {
      const __m128i q = _mm_loadu_si128((const __m128i *)(window[t] + i));
      _mm256_storeu_si256((__m256i *)(to + i), _mm256_cvtepu8_epi16(q));
    }
  }
}

/* 8 * eights channels of n_rows rows, both constants where this is inlined. */
static inline __attribute__((always_inline)) void
block(const ear_filter *k, const int16_t *x, size_t tap, const __m256i *w,
      const int32_t *bias, __m256i (*acc)[2], uint32_t eights, uint32_t n_rows)
{
  const size_t step = (size_t)k->sf * k->c_in;
  const size_t pairs = n_pairs(k);
  __m256i sum[MAX_ROWS][2];
  for (uint32_t r = 0; r < n_rows; ++r) {
    sum[r][0] = _mm256_loadu_si256((const __m256i *)bias);
    sum[r][1] = _mm256_loadu_si256((const __m256i *)(bias + 8));
  }
  for (uint32_t t = 0; t < k->kt; ++t, x += tap) {
    const int16_t *at = x;
    for (size_t p = 0; p < pairs; ++p, w += eights, at += 2) {
      const __m256i low = w[0], high = w[eights - 1];
      for (uint32_t r = 0; r < n_rows; ++r) {
        int32_t two;
        memcpy(&two, at + r * step, sizeof two);
        const __m256i pair = _mm256_set1_epi32(two);
        sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(pair, low));
        if (eights == 2) {
          sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(pair, high));
        }
      }
    }
  }
  for (uint32_t r = 0; r < n_rows; ++r) {
    acc[r][0] = sum[r][0];
    acc[r][1] = sum[r][1];
  }
}

/* The same with n_rows 1..MAX_ROWS known only now; not inlined, or gcc 12 spills. */
static __attribute__((noinline)) void
sixteen(const ear_filter *k, const int16_t *x, size_t tap, const __m256i *w,
        const int32_t *bias, __m256i (*acc)[2], uint32_t n_rows)
{
  switch (n_rows) {
  case 1:
    block(k, x, tap, w, bias, acc, 2, 1);
    break;
  case 2:
    block(k, x, tap, w, bias, acc, 2, 2);
    break;
  case 3:
    block(k, x, tap, w, bias, acc, 2, 3);
    break;
  case 4:
    block(k, x, tap, w, bias, acc, 2, 4);
    break;
  case 5:
    block(k, x, tap, w, bias, acc, 2, 5);
    break;
  default:
    block(k, x, tap, w, bias, acc, 2, MAX_ROWS);
  }
}

static __attribute__((noinline)) void
eight(const ear_filter *k, const int16_t *x, size_t tap, const __m256i *w,
      const int32_t *bias, __m256i (*acc)[2], uint32_t n_rows)
{
  switch (n_rows) {
  case 1:
    block(k, x, tap, w, bias, acc, 1, 1);
    break;
  case 2:
    block(k, x, tap, w, bias, acc, 1, 2);
    break;
  case 3:
    block(k, x, tap, w, bias, acc, 1, 3);
    break;
  case 4:
    block(k, x, tap, w, bias, acc, 1, 4);
    break;
  case 5:
    block(k, x, tap, w, bias, acc, 1, 5);
    break;
  default:
    block(k, x, tap, w, bias, acc, 1, MAX_ROWS);
  }
}

/* The largest accumulators of n pooled rows, in the first n of acc. */
static void
pooled(const ear_filter *k, const int16_t *x, size_t tap, const __m256i *w, uint32_t o,
       __m256i (*acc)[2], uint32_t n)
{
  __m256i sum[MAX_ROWS][2];
  for (uint32_t a = 0; a < k->pool_t; ++a, x += k->kt * tap) {
    (n_eights(k, o) == 2 ? sixteen : eight)(k, x, tap, w, k->bias + o, sum,
                                            n * k->pool_f);
    for (uint32_t i = 0; i < n * k->pool_f; ++i) {
      const uint32_t to = i / k->pool_f;
      const bool first = a == 0 && i % k->pool_f == 0;
      acc[to][0] = first ? sum[i][0] : _mm256_max_epi32(acc[to][0], sum[i][0]);
      acc[to][1] = first ? sum[i][1] : _mm256_max_epi32(acc[to][1], sum[i][1]);
    }
  }
}

void
ear_avx2_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const size_t tap = (size_t)k->rows_in * k->c_in + EAR_SLACK;
  const size_t step = (size_t)k->pool_f * k->sf * k->c_in;
  const uint32_t fit = MAX_ROWS / k->pool_f;
  const uint32_t n_blocks = (k->rows_out + fit - 1) / fit;
  const uint32_t most =
      (k->rows_out + n_blocks - 1) / n_blocks; /* blocks alike in size */
  const __m256i *w = k->packed;
  widen(k, window, tap);
  for (uint32_t o = 0; o < k->c_out; o += LANES) {
    const ear_avx2_scale scale[2] = {
        avx2_load_scale(k->multiplier + o, k->shift + o),
        avx2_load_scale(k->multiplier + o + 8, k->shift + o + 8)};
    for (uint32_t r = 0; r < k->rows_out; r += most) {
      __m256i acc[MAX_ROWS][2];
      const uint32_t rows = k->rows_out - r < most ? k->rows_out - r : most;
      pooled(k, k->scratch + r * step, tap, w, o, acc, rows);
      for (uint32_t i = 0; i < rows; ++i) {
        avx2_store(out + (size_t)(r + i) * k->c_out + o,
                   avx2_output(acc[i][0], acc[i][1], scale, k->zero_point), k->c_out - o);
      }
    }
    w += k->kt * n_pairs(k) * n_eights(k, o);
  }
}

/* Depthwise: two taps of 16 channels are interleaved, so that one vpmaddwd takes both.
   Packed weights: [c_in / 16][pairs of taps][low, high][8][2] int16, in the order that
   unpacking leaves: channels 0-3 and 8-11, then 4-7 and 12-15. */
size_t
ear_avx2_depthwise_packed_size(const ear_filter *k)
{
  const size_t pairs = ((size_t)k->kt * k->kf + 1) / 2;
  return (k->c_in + LANES - 1) / LANES * pairs * 2 * LANES * sizeof(int16_t);
}

void
ear_avx2_depthwise_pack(const ear_filter *k, void *packed)
{
  static const uint8_t order[LANES] = {0, 1, 2, 3, 8,  9,  10, 11,
                                       4, 5, 6, 7, 12, 13, 14, 15};
  const size_t taps = (size_t)k->kt * k->kf;
  int16_t *to = packed;
  for (uint32_t first = 0; first < k->c_in; first += LANES) {
    for (size_t i = 0; i < taps; i += 2) {
      for (uint32_t lane = 0; lane < LANES; ++lane) {
        const uint32_t c = first + order[lane];
        *to++ = c < k->c_in ? k->weight[c * taps + i] : 0;
        *to++ = c < k->c_in && i + 1 < taps ? k->weight[c * taps + i + 1] : 0;
      }
    }
  }
}

/* 16 channels of one row; at: where row and channel begin in a column. */
static __m128i
depthwise_block(const ear_filter *k, const uint8_t *const *window, size_t at,
                const __m256i *w, const int32_t *bias, const ear_avx2_scale scale[2])
{
  const size_t taps = (size_t)k->kt * k->kf;
  __m256i low = _mm256_setzero_si256(), high = low;
  uint32_t t = 0, f = 0;
  __m256i x[2];
  x[1] = low;
  for (size_t i = 0; i < taps; ++i) {
    const uint8_t *q = window[t] + at + (size_t)f * k->c_in;
    x[i & 1] = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)q));
    if ((i & 1) || i + 1 == taps) { /* the second of a lone tap has weight 0 */
      low = _mm256_add_epi32(low,
                             _mm256_madd_epi16(_mm256_unpacklo_epi16(x[0], x[1]), w[0]));
      high = _mm256_add_epi32(high,
                              _mm256_madd_epi16(_mm256_unpackhi_epi16(x[0], x[1]), w[1]));
      w += 2;
    }
    f = f + 1 == k->kf ? 0 : f + 1;
    t += f == 0;
  }
  const __m256i *b = (const __m256i *)bias;
  return avx2_output(
      _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20), _mm256_loadu_si256(b)),
      _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x31),
                       _mm256_loadu_si256(b + 1)),
      scale, k->zero_point);
}

void
ear_avx2_depthwise(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const size_t pairs = ((size_t)k->kt * k->kf + 1) / 2;
  const __m256i *w = k->packed;
  for (uint32_t c = 0; c < k->c_in; c += LANES, w += pairs * 2) {
    const size_t n = k->c_in - c < LANES ? k->c_in - c : LANES;
    const ear_avx2_scale scale[2] = {
        avx2_load_scale(k->multiplier + c, k->shift + c),
        avx2_load_scale(k->multiplier + c + 8, k->shift + c + 8)};
    for (uint32_t r = 0; r < k->rows_out; ++r) {
      const size_t at = (size_t)r * k->sf * k->c_in + c;
      avx2_store(out + (size_t)r * k->c_out + c,
                 depthwise_block(k, window, at, w, k->bias + c, scale), n);
    }
  }
}
