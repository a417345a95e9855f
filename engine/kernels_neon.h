/* SPDX-License-Identifier: ISC */
/* What the NEON kernels share: the output step of 16 channels, and the way that both
   convolutions, with and without dot product, go over rows and channels. */
#ifndef EAR_KERNELS_NEON_H
#define EAR_KERNELS_NEON_H

#include "kernels.h"
#include <arm_neon.h>
#include <string.h>

enum { EAR_NEON_ROWS = 4 }; /* in a tile; an output and all that it pools are in one */

/* 16 sums, or 16 of whatever belongs to them. */
typedef struct {
  int32x4_t part[4];
} ear_neon_sixteen;

/* What a tile reads: up to 4 rows of columns that lie `tap` bytes apart, kt taps of
   n_steps steps each, weights of 16 channels. */
typedef struct {
  const uint8_t *row[EAR_NEON_ROWS];
  size_t tap, kt, n_steps;
  const void *w;
} ear_neon_place;

/* Sums without bias of the first n_rows rows, 1..4. */
typedef void (*ear_neon_tile)(const ear_neon_place *p, ear_neon_sixteen *sum,
                              uint32_t n_rows);

/* The convolution k.  p: tap, n_steps and the weights of the first 16 channels, of which
   each 16 take w_bytes; column: the columns as the tile reads them, of `size` bytes a
   value; bias: [c_out]. */
void ear_neon_go_over(const ear_filter *k, ear_neon_tile tile, ear_neon_place p,
                      size_t w_bytes, const void *column, size_t size,
                      const int32_t *bias, uint8_t *out);

size_t ear_neon_conv_packed_size(const ear_filter *k);
void ear_neon_conv_pack(const ear_filter *k, void *packed);
void ear_neon_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out);

/* The rest of both tables. */
size_t ear_neon_depthwise_packed_size(const ear_filter *k);
void ear_neon_depthwise_pack(const ear_filter *k, void *packed);
void ear_neon_depthwise(const ear_filter *k, const uint8_t *const *window, uint8_t *out);
void ear_neon_maxpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out);
void ear_neon_avgpool(const ear_pool *k, const uint8_t *const *window, uint8_t *out);
void ear_neon_add(const ear_sum *k, const uint8_t *a, const uint8_t *b, uint8_t *out);
size_t ear_neon_dense_packed_size(const ear_product *k);
void ear_neon_dense_pack(const ear_product *k, void *packed);
void ear_neon_dense(const ear_product *k, uint32_t n_x, const int16_t *const *x,
                    int32_t *const *acc);
void ear_neon_rescale(const ear_rescale *k, const int32_t *acc, int16_t *x);
void ear_neon_accumulate(size_t n, const uint8_t *plus, const uint8_t *minus,
                         int64_t *sum);
void ear_neon_average(const ear_average *k, const int64_t *sum, int16_t *x);
void ear_neon_widen(size_t n, const uint8_t *q, int16_t *x);

static inline ear_neon_sixteen
neon_load(const int32_t *x)
{
  const ear_neon_sixteen s = {
      {vld1q_s32(x), vld1q_s32(x + 4), vld1q_s32(x + 8), vld1q_s32(x + 12)}};
  return s;
}

static inline ear_neon_sixteen
neon_all(int32_t x)
{
  const int32x4_t v = vdupq_n_s32(x);
  const ear_neon_sixteen s = {{v, v, v, v}};
  return s;
}

/* ear_requantize of two accumulators, but for the limits of int32. */
static inline int64x2_t
neon_requantize_2(int32x2_t acc, int32x2_t multiplier, int32x2_t shift)
{
  const int64x2_t right = vaddq_s64(vmovl_s32(shift), vdupq_n_s64(31));
  const int64x2_t half = vshlq_s64(vdupq_n_s64(1), vsubq_s64(right, vdupq_n_s64(1)));
  const int64x2_t p = vmull_s32(acc, multiplier);
  const int64x2_t down = vshrq_n_s64(p, 63); /* -1 if p < 0 */
  return vshlq_s64(vaddq_s64(vaddq_s64(p, half), down), vnegq_s64(right));
}

/* ear_requantize of four. */
static inline int32x4_t
neon_requantize(int32x4_t acc, int32x4_t multiplier, int32x4_t shift)
{
  return vcombine_s32(
      vqmovn_s64(neon_requantize_2(vget_low_s32(acc), vget_low_s32(multiplier),
                                   vget_low_s32(shift))),
      vqmovn_s64(neon_requantize_2(vget_high_s32(acc), vget_high_s32(multiplier),
                                   vget_high_s32(shift))));
}

/* ear_output of 16 accumulators, in order. */
static inline uint8x16_t
neon_output(const ear_neon_sixteen *acc, const ear_neon_sixteen *multiplier,
            const ear_neon_sixteen *shift, int32_t zero_point)
{
  const int32x4_t zero = vdupq_n_s32(zero_point), most = vdupq_n_s32(512);
  uint16x4_t q[4];
  for (int i = 0; i < 4; ++i) {
    int32x4_t r = neon_requantize(acc->part[i], multiplier->part[i], shift->part[i]);
    r = vmaxq_s32(vminq_s32(r, most), vnegq_s32(most));
    q[i] = vqmovun_s32(vaddq_s32(r, zero));
  }
  return vcombine_u8(vqmovn_u16(vcombine_u16(q[0], q[1])),
                     vqmovn_u16(vcombine_u16(q[2], q[3])));
}

/* Write the first n of 16 bytes, n >= 1. */
static inline void
neon_store(uint8_t *out, uint8x16_t q, size_t n)
{
  if (n >= 16) {
    vst1q_u8(out, q);
  } else {
    uint8_t all[16];
    vst1q_u8(all, q);
    memcpy(out, all, n);
  }
}

#endif
