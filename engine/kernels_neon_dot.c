/* SPDX-License-Identifier: ISC */
/* Full convolution with the dot product of ARMv8.2, of int8 and int8: uint8 values are
   taken less 128, and the bias has 128 times the sum of the weights more.  Four values
   are broadcast against the weights of 16 channels, for up to 4 rows at once.  Sums wrap
   in 32 bits and end as the reference's.  All else is that of NEON without it.  Packed:
   [blocks][16] biases, then weights [blocks][kt][quads][16][4] int8, zero where there is
   no weight, so that four values may reach past the tap. */
#include "kernels_neon.h"

#include <sys/auxv.h>

enum { LANES = EAR_LANES };

static bool
runs_here(void)
{
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
}

static size_t
n_quads(const ear_filter *k)
{
  return ((size_t)k->kf * k->c_in + 3) / 4;
}

static uint32_t
n_blocks(const ear_filter *k)
{
  return (k->c_out + LANES - 1) / LANES;
}

/* Bytes of 16 channels. */
static size_t
w_bytes(const ear_filter *k)
{
  return k->kt * n_quads(k) * LANES * 4;
}

static size_t
conv_packed_size(const ear_filter *k)
{
  return n_blocks(k) * (LANES * sizeof(int32_t) + w_bytes(k));
}

/* Bias of channel o for values less 128, modulo 2^32. */
static int32_t
shifted_bias(const ear_filter *k, uint32_t o)
{
  const size_t n = (size_t)k->kt * k->kf * k->c_in;
  int64_t sum = k->bias[o];
  for (size_t i = 0; i < n; ++i) {
    sum += 128 * k->weight[o * n + i];
  }
  return (int32_t)(uint32_t)(uint64_t)sum;
}

static void
conv_pack(const ear_filter *k, void *packed)
{
  const size_t segment = (size_t)k->kf * k->c_in;
  const uint32_t end = n_blocks(k) * LANES;
  int32_t *bias = packed;
  int8_t *to = (int8_t *)(bias + end);
  for (uint32_t o = 0; o < end; ++o) {
    bias[o] = o < k->c_out ? shifted_bias(k, o) : 0;
  }
  for (uint32_t first = 0; first < end; first += LANES) {
    for (uint32_t t = 0; t < k->kt; ++t) {
      for (size_t i = 0; i < 4 * n_quads(k); i += 4) {
        for (uint32_t o = first; o < first + LANES; ++o) {
          const int8_t *w = k->weight + ((size_t)o * k->kt + t) * segment;
          for (size_t j = i; j < i + 4; ++j) {
            *to++ = o < k->c_out && j < segment ? w[j] : 0;
          }
        }
      }
    }
  }
}

/* n_rows is a constant where this is inlined. */
static inline __attribute__((always_inline)) void
rows(const ear_neon_place *p, ear_neon_sixteen *sum, uint32_t n_rows)
{
  const int8_t *w = p->w;
  ear_neon_sixteen acc[EAR_NEON_ROWS];
  for (uint32_t r = 0; r < n_rows; ++r) {
    acc[r] = neon_all(0);
  }
  for (size_t t = 0; t < p->kt; ++t) {
    for (size_t q = 0; q < p->n_steps; ++q, w += 4 * LANES) {
      const int8x16_t weight[4] = {vld1q_s8(w), vld1q_s8(w + 16), vld1q_s8(w + 32),
                                   vld1q_s8(w + 48)};
      for (uint32_t r = 0; r < n_rows; ++r) {
        int32_t four;
        memcpy(&four, p->row[r] + t * p->tap + 4 * q, sizeof four);
        const int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(four));
        for (int i = 0; i < 4; ++i) {
          acc[r].part[i] = vdotq_s32(acc[r].part[i], weight[i], x);
        }
      }
    }
  }
  for (uint32_t r = 0; r < n_rows; ++r) {
    sum[r] = acc[r];
  }
}

static void
tile(const ear_neon_place *p, ear_neon_sixteen *sum, uint32_t n_rows)
{
  switch (n_rows) {
  case 1:
    rows(p, sum, 1);
    break;
  case 2:
    rows(p, sum, 2);
    break;
  case 3:
    rows(p, sum, 3);
    break;
  default:
    rows(p, sum, 4);
  }
}

static void
conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const size_t column = (size_t)k->rows_in * k->c_in, tap = column + EAR_SLACK;
  uint8_t *less = (uint8_t *)k->scratch;
  for (uint32_t t = 0; t < k->pool_t * k->kt; ++t) {
    for (size_t i = 0; i < column; i += 16) {
      const uint8x16_t x = vld1q_u8(window[t] + i);
      vst1q_u8(less + t * tap + i, veorq_u8(x, vdupq_n_u8(128)));
    }
  }
  const int32_t *bias = k->packed;
  const ear_neon_place p = {
      .tap = tap, .n_steps = n_quads(k), .w = bias + n_blocks(k) * LANES};
  ear_neon_go_over(k, tile, p, w_bytes(k), less, 1, bias, out);
}

const ear_kernels ear_kernels_neon_dot = {
    .name = "neon-dot",
    .runs_here = runs_here,
    .conv_packed_size = conv_packed_size,
    .conv_pack = conv_pack,
    .conv = conv,
    .depthwise_packed_size = ear_neon_depthwise_packed_size,
    .depthwise_pack = ear_neon_depthwise_pack,
    .depthwise = ear_neon_depthwise,
    .maxpool = ear_neon_maxpool,
    .avgpool = ear_neon_avgpool,
    .add = ear_neon_add,
    .dense_packed_size = ear_neon_dense_packed_size,
    .dense_pack = ear_neon_dense_pack,
    .dense = ear_neon_dense,
    .rescale = ear_neon_rescale,
    .accumulate = ear_neon_accumulate,
    .widen = ear_neon_widen,
    .average = ear_neon_average,
};
