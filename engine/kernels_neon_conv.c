/* SPDX-License-Identifier: ISC */
/* Full convolution: with channels last, the kf x c_in values under one tap are
   contiguous. Each, as int16, is multiplied with the weights of 16 channels, for up to 4
   rows at once: 16 accumulators, 2 weights and the values stay in registers.  Products of
   uint8 and int8 fit in 16 bits, their sums do not, so they are widened to 32 at once.
   Packed weights: [blocks][kt][kf * c_in][16] int16. */
#include "kernels_neon.h"

enum { LANES = EAR_LANES };

static ear_neon_sixteen
larger(ear_neon_sixteen a, ear_neon_sixteen b)
{
  for (int i = 0; i < 4; ++i) {
    a.part[i] = vmaxq_s32(a.part[i], b.part[i]);
  }
  return a;
}

/* The output of 16 channels, n of them there, from its `fold` sums. */
static void
finish(const ear_filter *k, const ear_neon_sixteen *sum, uint32_t fold, uint32_t o,
       const int32_t *bias, uint8_t *out)
{
  const ear_neon_sixteen b = neon_load(bias + o), m = neon_load(k->multiplier + o);
  const ear_neon_sixteen shift = neon_load(k->shift + o);
  ear_neon_sixteen most = *sum;
  for (uint32_t i = 1; i < fold; ++i) {
    most = larger(most, sum[i]);
  }
  for (int i = 0; i < 4; ++i) {
    most.part[i] = vaddq_s32(most.part[i], b.part[i]); /* the same for all: so last */
  }
  neon_store(out + o, neon_output(&most, &m, &shift, k->zero_point), k->c_out - o);
}

/* Rows of n outputs from row r on, those of one output together. */
static void
find_rows(const ear_filter *k, ear_neon_place *p, const uint8_t *column, size_t size,
          uint32_t r, uint32_t n)
{
  const uint8_t **row = p->row;
  for (uint32_t end = r + n; r < end; ++r) {
    for (uint32_t a = 0; a < k->pool_t; ++a) {
      for (uint32_t b = 0; b < k->pool_f; ++b) {
        const size_t at = (size_t)(r * k->pool_f + b) * k->sf * k->c_in;
        *row++ = column + a * k->kt * p->tap + at * size;
      }
    }
  }
}

void
ear_neon_go_over(const ear_filter *k, ear_neon_tile tile, ear_neon_place p,
                 size_t w_bytes, const void *column, size_t size, const int32_t *bias,
                 uint8_t *out)
{
  const uint32_t fold = k->pool_t * k->pool_f, fit = EAR_NEON_ROWS / fold;
  p.kt = k->kt;
  for (uint32_t o = 0; o < k->c_out; o += LANES) {
    for (uint32_t r = 0; r < k->rows_out; r += fit) {
      const uint32_t n = k->rows_out - r < fit ? k->rows_out - r : fit;
      ear_neon_sixteen sum[EAR_NEON_ROWS];
      find_rows(k, &p, column, size, r, n);
      tile(&p, sum, n * fold);
      for (uint32_t i = 0; i < n; ++i) {
        finish(k, sum + i * fold, fold, o, bias, out + (size_t)(r + i) * k->c_out);
      }
    }
    p.w = (const uint8_t *)p.w + w_bytes;
  }
}

/* Bytes of 16 channels. */
static size_t
w_bytes(const ear_filter *k)
{
  return (size_t)k->kt * k->kf * k->c_in * LANES * sizeof(int16_t);
}

size_t
ear_neon_conv_packed_size(const ear_filter *k)
{
  return (k->c_out + LANES - 1) / LANES * w_bytes(k);
}

void
ear_neon_conv_pack(const ear_filter *k, void *packed)
{
  const size_t n = (size_t)k->kt * k->kf * k->c_in;
  int16_t *to = packed;
  for (uint32_t first = 0; first < k->c_out; first += LANES) {
    for (size_t i = 0; i < n; ++i) {
      for (uint32_t o = first; o < first + LANES; ++o) {
        *to++ = o < k->c_out ? k->weight[o * n + i] : 0;
      }
    }
  }
}

/* n_rows is a constant where this is inlined. */
static inline __attribute__((always_inline)) void
rows(const ear_neon_place *p, ear_neon_sixteen *sum, uint32_t n_rows)
{
  const int16_t *w = p->w;
  ear_neon_sixteen acc[EAR_NEON_ROWS];
  for (uint32_t r = 0; r < n_rows; ++r) {
    acc[r] = neon_all(0);
  }
  for (size_t t = 0; t < p->kt; ++t) {
    for (size_t i = 0; i < p->n_steps; ++i, w += LANES) {
      const int16x8_t low = vld1q_s16(w), high = vld1q_s16(w + 8);
      for (uint32_t r = 0; r < n_rows; ++r) {
        int16_t x;
        memcpy(&x, p->row[r] + t * p->tap + i * sizeof x, sizeof x);
        int32x4_t *a = acc[r].part;
        a[0] = vmlal_n_s16(a[0], vget_low_s16(low), x);
        a[1] = vmlal_high_n_s16(a[1], low, x);
        a[2] = vmlal_n_s16(a[2], vget_low_s16(high), x);
        a[3] = vmlal_high_n_s16(a[3], high, x);
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

void
ear_neon_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const size_t column = (size_t)k->rows_in * k->c_in, tap = column + EAR_SLACK;
  for (uint32_t t = 0; t < k->pool_t * k->kt; ++t) {
    for (size_t i = 0; i < column; i += 8) {
      vst1q_s16(k->scratch + t * tap + i,
                vreinterpretq_s16_u16(vmovl_u8(vld1_u8(window[t] + i))));
    }
  }
  const ear_neon_place p = {
      .tap = tap * sizeof(int16_t), .n_steps = (size_t)k->kf * k->c_in, .w = k->packed};
  ear_neon_go_over(k, tile, p, w_bytes(k), k->scratch, sizeof(int16_t), k->bias, out);
}
