/* SPDX-License-Identifier: ISC */
/* Depthwise, pools, add and dense with NEON, and the table.  The bits of kernels_ref.c.
 */
#include "kernels_neon.h"
#include "kernels_head.h"

enum { LANES = EAR_LANES };

static bool
runs_here(void)
{
  return true; /* part of every aarch64 */
}

/* 16 bytes as int32. */
static ear_neon_sixteen
widen(const uint8_t *q)
{
  const uint8x16_t x = vld1q_u8(q);
  const uint16x8_t low = vmovl_u8(vget_low_u8(x)), high = vmovl_high_u8(x);
  const ear_neon_sixteen s = {{vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))),
                               vreinterpretq_s32_u32(vmovl_high_u16(low)),
                               vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))),
                               vreinterpretq_s32_u32(vmovl_high_u16(high))}};
  return s;
}

/* Packed weights: [c_in / 16][taps][16] int8. */
size_t
ear_neon_depthwise_packed_size(const ear_filter *k)
{
  return (k->c_in + LANES - 1) / LANES * (size_t)k->kt * k->kf * LANES;
}

void
ear_neon_depthwise_pack(const ear_filter *k, void *packed)
{
  const size_t taps = (size_t)k->kt * k->kf;
  int8_t *to = packed;
  for (uint32_t first = 0; first < k->c_in; first += LANES) {
    for (size_t i = 0; i < taps; ++i) {
      for (uint32_t c = first; c < first + LANES; ++c) {
        *to++ = c < k->c_in ? k->weight[c * taps + i] : 0;
      }
    }
  }
}

/* 16 channels of one row; at: where row and channel begin in a column. */
static uint8x16_t
depthwise_block(const ear_filter *k, const uint8_t *const *window, size_t at, uint32_t c,
                const int8_t *w)
{
  const ear_neon_sixteen m = neon_load(k->multiplier + c), s = neon_load(k->shift + c);
  ear_neon_sixteen acc = neon_load(k->bias + c);
  for (uint32_t t = 0; t < k->kt; ++t) {
    const uint8_t *q = window[t] + at;
    for (uint32_t f = 0; f < k->kf; ++f, q += k->c_in, w += LANES) {
      const ear_neon_sixteen x = widen(q);
      const int8x16_t weight = vld1q_s8(w);
      const int16x8_t low = vmovl_s8(vget_low_s8(weight)), high = vmovl_high_s8(weight);
      acc.part[0] = vmlaq_s32(acc.part[0], x.part[0], vmovl_s16(vget_low_s16(low)));
      acc.part[1] = vmlaq_s32(acc.part[1], x.part[1], vmovl_high_s16(low));
      acc.part[2] = vmlaq_s32(acc.part[2], x.part[2], vmovl_s16(vget_low_s16(high)));
      acc.part[3] = vmlaq_s32(acc.part[3], x.part[3], vmovl_high_s16(high));
    }
  }
  return neon_output(&acc, &m, &s, k->zero_point);
}

void
ear_neon_depthwise(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const int8_t *w = k->packed;
  for (uint32_t c = 0; c < k->c_in; c += LANES) {
    for (uint32_t r = 0; r < k->rows_out; ++r) {
      const size_t at = (size_t)r * k->sf * k->c_in + c;
      neon_store(out + (size_t)r * k->c_out + c, depthwise_block(k, window, at, c, w),
                 k->c_in - c);
    }
    w += (size_t)k->kt * k->kf * LANES;
  }
}

void
ear_neon_maxpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out)
{
  for (uint32_t r = 0; r < k->rows_out; ++r, out += k->channels) {
    for (uint32_t c = 0; c < k->channels; c += LANES) {
      uint8x16_t most = vdupq_n_u8(0);
      for (uint32_t t = 0; t < k->kt; ++t) {
        const uint8_t *q = window[t] + (size_t)r * k->sf * k->channels + c;
        for (uint32_t f = 0; f < k->kf; ++f, q += k->channels) {
          most = vmaxq_u8(most, vld1q_u8(q));
        }
      }
      neon_store(out + c, most, k->channels - c);
    }
  }
}

void
ear_neon_avgpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out)
{
  const ear_neon_sixteen m = neon_all(k->multiplier), s = neon_all(k->shift);
  for (uint32_t r = 0; r < k->rows_out; ++r, out += k->channels) {
    for (uint32_t c = 0; c < k->channels; c += LANES) {
      ear_neon_sixteen sum = neon_all(0);
      for (uint32_t t = 0; t < k->kt; ++t) {
        const uint8_t *q = window[t] + (size_t)r * k->sf * k->channels + c;
        for (uint32_t f = 0; f < k->kf; ++f, q += k->channels) {
          const ear_neon_sixteen x = widen(q);
          for (int i = 0; i < 4; ++i) {
            sum.part[i] = vaddq_s32(sum.part[i], x.part[i]);
          }
        }
      }
      neon_store(out + c, neon_output(&sum, &m, &s, 0), k->channels - c);
    }
  }
}

void
ear_neon_add(const ear_sum *k, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
  const ear_neon_sixteen m = neon_all(k->multiplier), s = neon_all(k->shift);
  const int32_t zero = -(k->zero_a * k->factor_a + k->zero_b * k->factor_b); /* < 2^29 */
  for (size_t i = 0; i < k->n; i += LANES) {
    const ear_neon_sixteen x = widen(a + i), y = widen(b + i);
    ear_neon_sixteen sum = neon_all(zero);
    for (int j = 0; j < 4; ++j) {
      sum.part[j] = vmlaq_n_s32(sum.part[j], x.part[j], k->factor_a);
      sum.part[j] = vmlaq_n_s32(sum.part[j], y.part[j], k->factor_b);
    }
    neon_store(out + i, neon_output(&sum, &m, &s, k->zero_point), k->n - i);
  }
}

size_t
ear_neon_dense_packed_size(const ear_product *k)
{
  (void)k;
  return 0;
}

void
ear_neon_dense_pack(const ear_product *k, void *packed)
{
  (void)k;
  (void)packed;
}

/* 8 at a time, then one by one: the weights have no slack behind them. */
static int32_t
dot(const int8_t *w, const int16_t *x, size_t n)
{
  int32x4_t low = vdupq_n_s32(0), high = low;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const int16x8_t values = vld1q_s16(x + i), weights = vmovl_s8(vld1_s8(w + i));
    low = vmlal_s16(low, vget_low_s16(values), vget_low_s16(weights));
    high = vmlal_high_s16(high, values, weights);
  }
  int32_t sum = vaddvq_s32(vaddq_s32(low, high));
  for (; i < n; ++i) {
    sum += w[i] * x[i];
  }
  return sum;
}

void
ear_neon_dense(const ear_product *k, uint32_t n_x, const int16_t *const *x,
               int32_t *const *acc)
{
  for (uint32_t o = 0; o < k->n_out; ++o) {
    for (uint32_t h = 0; h < n_x; ++h) {
      acc[h][o] = k->bias[o] + dot(k->weight + o * k->n_in, x[h], k->n_in);
    }
  }
}

void
ear_neon_rescale(const ear_rescale *k, const int32_t *acc, int16_t *x)
{
  head_rescale(k, acc, x);
}

void
ear_neon_accumulate(size_t n, const uint8_t *plus, const uint8_t *minus, int64_t *sum)
{
  head_accumulate(n, plus, minus, sum);
}

void
ear_neon_average(const ear_average *k, const int64_t *sum, int16_t *x)
{
  head_average(k, sum, x);
}

void
ear_neon_widen(size_t n, const uint8_t *q, int16_t *x)
{
  head_widen(n, q, x);
}

const ear_kernels ear_kernels_neon = {
    .name = "neon",
    .runs_here = runs_here,
    .conv_packed_size = ear_neon_conv_packed_size,
    .conv_pack = ear_neon_conv_pack,
    .conv = ear_neon_conv,
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
