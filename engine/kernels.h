/* SPDX-License-Identifier: ISC */
/* The arithmetic of the network, one column at a time: a table of functions per
   instruction set.  kernels_ref.c is the definition; every other variant returns its
   bits.

   A window is kt pointers to columns, oldest first.  A column is [rows_in][c_in] uint8,
   padding rows included and filled with the zero point, so no kernel treats edges; zero
   points of inputs are folded into the bias.  ReLU is the clamp at 0 that every output
   has (its zero point is then 0).
   A convolution may be fused with the maximum pooling behind it: outputs grow with their
   accumulators, so the largest accumulator gives the largest output, and one of
   pool_t * pool_f is taken to 8 bits instead of all.
   Restrictions: columns, x and scratch may be read EAR_SLACK bytes behind their end; the
   arrays of a filter are EAR_LANES long or a multiple; outputs are written exactly. */
#ifndef EAR_KERNELS_H
#define EAR_KERNELS_H

#include "quant.h"
#include <stdbool.h>
#include <stddef.h>

enum { EAR_SLACK = 64, EAR_LANES = 16, EAR_MAX_POOL = 2, EAR_MAX_VECTORS = 3 };

/* conv: out[r][o] = maximum over a < pool_t, b < pool_f of
                     output(bias[o] + sum over t, f, i of weight[o][t][f][i] *
                            window[a * kt + t][(r * pool_f + b) * sf + f][i])
   depthwise, c_out == c_in, not pooled: out[r][c] = output(bias[c] + sum over t, f of
                            weight[c][t][f] * window[t][r * sf + f][c])  */
typedef struct {
  uint32_t kt, kf, sf;
  uint32_t rows_in, rows_out; /* rows_in with padding, rows_out after pooling */
  uint32_t c_in, c_out;
  uint32_t pool_t, pool_f;   /* 1..EAR_MAX_POOL; 1, 1: no pooling */
  const int8_t *weight;      /* -127..127 */
  const void *packed;        /* what the variant's pack made, NULL if it needs none */
  const int32_t *bias;       /* [c_out] less the folded zero points */
  const int32_t *multiplier; /* [c_out] 2^30..2^31-1 */
  const int32_t *shift;      /* [c_out] -20..31 */
  int32_t zero_point;        /* of the output, 0..255 */
  int16_t *scratch;          /* [pool_t * kt][rows_in * c_in + EAR_SLACK] */
} ear_filter;

typedef struct {
  uint32_t kt, kf, sf, rows_out, channels;
  int32_t multiplier, shift; /* avgpool: 1 / (kt * kf) */
} ear_pool;

/* out[i] = output((a[i] - zero_a) * factor_a + (b[i] - zero_b) * factor_b) */
typedef struct {
  size_t n;
  int32_t zero_a, zero_b;     /* 0..255 */
  int32_t factor_a, factor_b; /* 0..2^20 */
  int32_t multiplier, shift, zero_point;
} ear_sum;

/* acc[h][o] = bias[o] + sum over i of weight[o][i] * x[h][i], x 0..4080 */
typedef struct {
  size_t n_in;
  uint32_t n_out;
  const int8_t *weight;
  const void *packed; /* as in a filter */
  const int32_t *bias;
  uint8_t *scratch; /* [2 * EAR_MAX_VECTORS][n_in + EAR_SLACK] */
} ear_product;

/* x[o] = requantize(acc[o]) + zero_point, in 0..most */
typedef struct {
  uint32_t n;
  const int32_t *multiplier, *shift; /* as in a filter */
  int32_t zero_point, most;          /* 0..4080 */
} ear_rescale;

/* x[c] = (unit * (sum over r of sum[r][c]) + n / 2) / n, 0..4080 */
typedef struct {
  size_t rows, n_out;
  int32_t unit;
  uint64_t n; /* values in each sum over r, under 2^40 */
} ear_average;

typedef struct {
  const char *name;
  bool (*runs_here)(void);
  size_t (*conv_packed_size)(const ear_filter *k); /* bytes, 64-aligned; 0: none needed */
  void (*conv_pack)(const ear_filter *k, void *packed);
  void (*conv)(const ear_filter *k, const uint8_t *const *window, uint8_t *out);
  size_t (*depthwise_packed_size)(const ear_filter *k);
  void (*depthwise_pack)(const ear_filter *k, void *packed);
  void (*depthwise)(const ear_filter *k, const uint8_t *const *window, uint8_t *out);
  void (*maxpool)(const ear_pool *k, const uint8_t *const *window, uint8_t *out);
  void (*avgpool)(const ear_pool *k, const uint8_t *const *window, uint8_t *out);
  void (*add)(const ear_sum *k, const uint8_t *a, const uint8_t *b, uint8_t *out);
  size_t (*dense_packed_size)(const ear_product *k);
  void (*dense_pack)(const ear_product *k, void *packed);
  /* of n_x vectors at once, n_x 1..EAR_MAX_VECTORS */
  void (*dense)(const ear_product *k, uint32_t n_x, const int16_t *const *x,
                int32_t *const *acc);
  void (*rescale)(const ear_rescale *k, const int32_t *acc, int16_t *x);
  /* sum[i] += plus[i] - minus[i]; minus may be NULL */
  void (*accumulate)(size_t n, const uint8_t *plus, const uint8_t *minus, int64_t *sum);
  void (*widen)(size_t n, const uint8_t *q, int16_t *x);
  void (*average)(const ear_average *k, const int64_t *sum, int16_t *x);
} ear_kernels;

extern const ear_kernels ear_kernels_ref;
extern const ear_kernels ear_kernels_avx2; /* x86-64 only */
extern const ear_kernels ear_kernels_vnni;
extern const ear_kernels ear_kernels_neon; /* aarch64 only */
extern const ear_kernels ear_kernels_neon_dot;

/* All variants that run on this CPU, the best first, NULL-terminated.  [any] */
const ear_kernels *const *ear_kernels_all(void);

/* What networks created from now on will use: the best, or the forced one.  [any] */
const ear_kernels *ear_kernels_get(void);

/* For tests: false if there is no such variant here; NULL: the best again.  [setup] */
bool ear_kernels_force(const char *name);

/* Accumulator to uint8.  [any] */
static inline uint8_t
ear_output(int32_t acc, int32_t multiplier, int shift, int32_t zero_point)
{
  const int32_t r = ear_requantize(acc, multiplier, shift);
  return ear_clamp_u8((r < -512 ? -512 : r > 512 ? 512 : r) + zero_point);
}

#endif
