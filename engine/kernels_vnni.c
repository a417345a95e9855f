/* SPDX-License-Identifier: ISC */
/* Depthwise with AVX-512 VNNI, and the table; pools and add are AVX2's, they
   wait for memory.  The bits of kernels_ref.c. */
#include "kernels_vnni.h"
#include "kernels_avx2.h"
#include "kernels_head.h"

enum { WIDE = 64, PARTS = 4 }; /* channels at once, in four accumulators */

static bool
runs_here(void)
{
  return ear_kernels_avx2.runs_here() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

/* Of 64 channels: what four taps interleaved by unpacking leave in accumulator j, lane i,
   is channel 16 * (i / 4) + 4 * j + i % 4; the packing instructions put that right. */
typedef struct {
  ear_vnni_scale scale[PARTS];
  __m512i bias[PARTS];
} chunk;

static size_t
n_quads(const ear_filter *k)
{
  return ((size_t)k->kt * k->kf + 3) / 4;
}

/* Narrow ones leave most of the 64 lanes empty: AVX2's are faster there. */
static bool
is_narrow(const ear_filter *k)
{
  return k->c_in <= WIDE / 2;
}

size_t
ear_vnni_depthwise_packed_size(const ear_filter *k)
{
  const size_t chunks = (k->c_in + WIDE - 1) / WIDE;
  return is_narrow(k) ? ear_avx2_depthwise_packed_size(k)
                      : chunks * (sizeof(chunk) + n_quads(k) * PARTS * sizeof(__m512i));
}

/* Channel of lane i of accumulator j of the chunk that begins at `first`. */
static uint32_t
channel(uint32_t first, uint32_t j, uint32_t i)
{
  return first + 16 * (i / 4) + 4 * j + i % 4;
}

static void
pack_scales(const ear_filter *k, uint32_t first, chunk *to)
{
  for (uint32_t j = 0; j < PARTS; ++j) {
    int32_t multiplier[EAR_LANES] = {0}, shift[EAR_LANES] = {0}, bias[EAR_LANES] = {0};
    for (uint32_t i = 0; i < EAR_LANES; ++i) {
      const uint32_t c = channel(first, j, i);
      if (c < k->c_in) {
        multiplier[i] = k->multiplier[c];
        shift[i] = k->shift[c];
        bias[i] = k->bias[c];
      }
    }
    to->scale[j] = vnni_scale(_mm512_loadu_si512(multiplier), _mm512_loadu_si512(shift));
    to->bias[j] = _mm512_loadu_si512(bias);
  }
}

/* Packed: for each 64 channels a chunk, then weights [quads of taps][4][16][4] int8. */
void
ear_vnni_depthwise_pack(const ear_filter *k, void *packed)
{
  const size_t taps = (size_t)k->kt * k->kf;
  chunk *to = packed;
  if (is_narrow(k)) {
    ear_avx2_depthwise_pack(k, packed);
    return;
  }
  for (uint32_t first = 0; first < k->c_in; first += WIDE) {
    pack_scales(k, first, to);
    int8_t *w = (int8_t *)(to + 1);
    for (size_t q = 0; q < n_quads(k); ++q) {
      for (uint32_t lane = 0; lane < WIDE; ++lane) {
        const uint32_t c = channel(first, lane / EAR_LANES, lane % EAR_LANES);
        for (size_t i = 4 * q; i < 4 * q + 4; ++i) {
          *w++ = c < k->c_in && i < taps ? k->weight[c * taps + i] : 0;
        }
      }
    }
    to = (chunk *)w;
  }
}

/* Four taps of 64 channels as four times 16 channels of four taps. */
static inline void
interleave(const __m512i x[4], __m512i by_channel[PARTS])
{
  const __m512i low_01 = _mm512_unpacklo_epi8(x[0], x[1]);
  const __m512i high_01 = _mm512_unpackhi_epi8(x[0], x[1]);
  const __m512i low_23 = _mm512_unpacklo_epi8(x[2], x[3]);
  const __m512i high_23 = _mm512_unpackhi_epi8(x[2], x[3]);
  by_channel[0] = _mm512_unpacklo_epi16(low_01, low_23);
  by_channel[1] = _mm512_unpackhi_epi16(low_01, low_23);
  by_channel[2] = _mm512_unpacklo_epi16(high_01, high_23);
  by_channel[3] = _mm512_unpackhi_epi16(high_01, high_23);
}

/* 64 channels of one row, of which mask says which there are; at: where row and channel
   begin in a column. */
static __m512i
depthwise_block(const ear_filter *k, const uint8_t *const *window, size_t at,
                const chunk *c, __mmask64 mask)
{
  const size_t taps = (size_t)k->kt * k->kf;
  const __m512i *w = (const __m512i *)(c + 1);
  __m512i sum[PARTS], x[4], by_channel[PARTS];
  uint32_t t = 0, f = 0;
  memcpy(sum, c->bias, sizeof sum);
  for (size_t i = 0; i < taps; w += PARTS) {
    for (int j = 0; j < 4; ++j, ++i) {
      if (i < taps) {
        x[j] = _mm512_maskz_loadu_epi8(mask, window[t] + at + (size_t)f * k->c_in);
        f = f + 1 == k->kf ? 0 : f + 1;
        t += f == 0;
      } else {
        x[j] = _mm512_setzero_si512();
      }
    }
    interleave(x, by_channel);
    for (int j = 0; j < PARTS; ++j) {
      sum[j] = _mm512_dpbusd_epi32(sum[j], by_channel[j], w[j]);
    }
  }
  for (int j = 0; j < PARTS; ++j) {
    sum[j] = vnni_output(sum[j], &c->scale[j], k->zero_point, 255);
  }
  return _mm512_packus_epi16(_mm512_packs_epi32(sum[0], sum[1]),
                             _mm512_packs_epi32(sum[2], sum[3]));
}

void
ear_vnni_depthwise(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const chunk *from = k->packed;
  if (is_narrow(k)) {
    ear_avx2_depthwise(k, window, out);
    return;
  }
  for (uint32_t c = 0; c < k->c_in; c += WIDE) {
    const uint32_t n = k->c_in - c;
    const __mmask64 mask = n < WIDE ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0);
    for (uint32_t r = 0; r < k->rows_out; ++r) {
      const size_t at = (size_t)r * k->sf * k->c_in + c;
      _mm512_mask_storeu_epi8(out + (size_t)r * k->c_out + c, mask,
                              depthwise_block(k, window, at, from, mask));
    }
    from = (const chunk *)((const __m512i *)(from + 1) + n_quads(k) * PARTS);
  }
}

static void
accumulate(size_t n, const uint8_t *plus, const uint8_t *minus, int64_t *sum)
{
  head_accumulate(n, plus, minus, sum);
}

static void
widen_all(size_t n, const uint8_t *q, int16_t *x)
{
  head_widen(n, q, x);
}

const ear_kernels ear_kernels_vnni = {
    .name = "avx512-vnni",
    .runs_here = runs_here,
    .conv_packed_size = ear_vnni_conv_packed_size,
    .conv_pack = ear_vnni_conv_pack,
    .conv = ear_vnni_conv,
    .depthwise_packed_size = ear_vnni_depthwise_packed_size,
    .depthwise_pack = ear_vnni_depthwise_pack,
    .depthwise = ear_vnni_depthwise,
    .maxpool = ear_avx2_maxpool,
    .avgpool = ear_avx2_avgpool,
    .add = ear_avx2_add,
    .dense_packed_size = ear_vnni_dense_packed_size,
    .dense_pack = ear_vnni_dense_pack,
    .dense = ear_vnni_dense,
    .rescale = ear_vnni_rescale,
    .accumulate = accumulate,
    .widen = widen_all,
    .average = ear_vnni_average,
};
