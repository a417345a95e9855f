/* SPDX-License-Identifier: ISC */
/* Full convolution: with channels last, the kf x c_in values under one tap are
   contiguous. Four of them are broadcast against the weights of up to 64 channels, for up
   to 8 rows at once: 24 accumulators, 4 weights and the four values fill most of the 32
   registers. Packed: [blocks] scales, then weights [groups][kt][quads][blocks in the
   group][16][4] int8, zero where there is no weight, so that four values may reach past
   the tap. */
#include "kernels_vnni.h"

enum { LANES = EAR_LANES, MAX_BLOCKS = 4, MAX_ROWS = 8 };

/* What one call to a tile reads: rows of a column window, weights of a group. */
typedef struct {
  const ear_filter *k;
  const uint8_t *const *window;
  size_t at, step, quads; /* at: of the first row in a column; step: to the next row */
  const __m512i *w;
  const int32_t *bias;
} place;

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

/* Blocks in a group: groups alike in size. */
static uint32_t
group_size(const ear_filter *k)
{
  const uint32_t n = n_blocks(k), groups = (n + MAX_BLOCKS - 1) / MAX_BLOCKS;
  return (n + groups - 1) / groups;
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
  return a < b ? a : b;
}

size_t
ear_vnni_conv_packed_size(const ear_filter *k)
{
  return n_blocks(k) * (sizeof(ear_vnni_scale) + k->kt * n_quads(k) * sizeof(__m512i));
}

/* Four weights of channel o under tap t. */
static void
pack_four(const ear_filter *k, uint32_t o, uint32_t t, size_t quad, int8_t *to)
{
  const size_t segment = (size_t)k->kf * k->c_in;
  for (size_t i = 0; i < 4; ++i) {
    const size_t from = 4 * quad + i;
    const bool there = o < k->c_out && from < segment;
    to[i] = there ? k->weight[((size_t)o * k->kt + t) * segment + from] : 0;
  }
}

void
ear_vnni_conv_pack(const ear_filter *k, void *packed)
{
  const uint32_t blocks = n_blocks(k), size = group_size(k);
  ear_vnni_scale *scale = packed;
  int8_t *to = (int8_t *)(scale + blocks);
  for (uint32_t b = 0; b < blocks; ++b) {
    scale[b] = vnni_scale(_mm512_loadu_si512(k->multiplier + b * LANES),
                          _mm512_loadu_si512(k->shift + b * LANES));
  }
  for (uint32_t first = 0; first < blocks; first += size) {
    const uint32_t end = smaller(first + size, blocks) * LANES;
    for (uint32_t t = 0; t < k->kt; ++t) {
      for (size_t q = 0; q < n_quads(k); ++q) {
        for (uint32_t o = first * LANES; o < end; ++o, to += 4) {
          pack_four(k, o, t, q, to);
        }
      }
    }
  }
}

static inline __m512i
broadcast(const uint8_t *x)
{
  int32_t four;
  memcpy(&four, x, sizeof four);
  return _mm512_set1_epi32(four);
}

/* Accumulators of n_rows rows of `blocks` blocks, both constants where this is inlined.
 */
static inline __attribute__((always_inline)) void
tile(const place *p, __m512i *acc, uint32_t blocks, uint32_t n_rows)
{
  const size_t step = p->step, quads = p->quads;
  const __m512i *w = p->w;
  __m512i sum[MAX_ROWS][MAX_BLOCKS];
  for (uint32_t r = 0; r < n_rows; ++r) {
    for (uint32_t b = 0; b < blocks; ++b) {
      sum[r][b] = _mm512_loadu_si512(p->bias + b * LANES);
    }
  }
  for (uint32_t t = 0; t < p->k->kt; ++t) {
    const uint8_t *x = p->window[t] + p->at;
    for (size_t q = 0; q < quads; ++q, w += blocks, x += 4) {
      for (uint32_t r = 0; r < n_rows; ++r) {
        const __m512i four = broadcast(x + r * step);
        for (uint32_t b = 0; b < blocks; ++b) {
          sum[r][b] = _mm512_dpbusd_epi32(sum[r][b], four, w[b]);
        }
      }
    }
  }
  for (uint32_t r = 0; r < n_rows; ++r) {
    for (uint32_t b = 0; b < blocks; ++b) {
      acc[r * blocks + b] = sum[r][b];
    }
  }
}

/* The same with n_rows known only now.  Four blocks have 6 rows at most. */
static inline __attribute__((always_inline)) void
rows(const place *p, __m512i *acc, uint32_t blocks, uint32_t n_rows)
{
  switch (n_rows) {
  case 1:
    tile(p, acc, blocks, 1);
    break;
  case 2:
    tile(p, acc, blocks, 2);
    break;
  case 3:
    tile(p, acc, blocks, 3);
    break;
  case 4:
    tile(p, acc, blocks, 4);
    break;
  case 5:
    tile(p, acc, blocks, 5);
    break;
  case 6:
    tile(p, acc, blocks, 6);
    break;
  case 7:
    tile(p, acc, blocks, blocks == 4 ? 6 : 7);
    break;
  default:
    tile(p, acc, blocks, blocks == 4 ? 6 : 8);
  }
}

static void
rows_1(const place *p, __m512i *acc, uint32_t n_rows)
{
  rows(p, acc, 1, n_rows);
}

static void
rows_2(const place *p, __m512i *acc, uint32_t n_rows)
{
  rows(p, acc, 2, n_rows);
}

static void
rows_3(const place *p, __m512i *acc, uint32_t n_rows)
{
  rows(p, acc, 3, n_rows);
}

static void
rows_4(const place *p, __m512i *acc, uint32_t n_rows)
{
  rows(p, acc, 4, n_rows);
}

/* The first n channels of a block, n >= 1, from its largest accumulators. */
static inline void
put(uint8_t *out, __m512i acc, const ear_vnni_scale *scale, int32_t zero_point,
    uint32_t n)
{
  const __m512i q =
      zero_point ? vnni_output(acc, scale, zero_point) : vnni_output_relu(acc, scale);
  const __mmask16 mask = (__mmask16)(n < LANES ? (1u << n) - 1 : 0xffff);
  _mm_mask_storeu_epi8(out, mask, _mm512_cvtepi32_epi8(q));
}

/* n_rows pooled rows of a group, from acc [pool_t][n_rows * pool_f][blocks]. */
static void
finish(const ear_filter *k, const __m512i *acc, const ear_vnni_scale *scale,
       uint32_t blocks, uint32_t n_rows, uint32_t n_channels, uint8_t *out)
{
  for (uint32_t r = 0; r < n_rows; ++r, out += k->c_out) {
    for (uint32_t b = 0; b < blocks; ++b) {
      const __m512i *from = acc + (size_t)r * k->pool_f * blocks + b;
      __m512i most = *from;
      for (uint32_t i = 0; i < k->pool_t * k->pool_f; ++i) {
        const uint32_t row = i / k->pool_f * n_rows * k->pool_f + i % k->pool_f;
        most = _mm512_max_epi32(most, from[(size_t)row * blocks]);
      }
      put(out + b * LANES, most, scale + b, k->zero_point, n_channels - b * LANES);
    }
  }
}

/* All rows of the blocks from `first` on. */
static void
group(place *p, const ear_vnni_scale *scale, uint32_t first, uint32_t blocks,
      uint8_t *out)
{
  static void (*const variant[])(const place *, __m512i *, uint32_t) = {rows_1, rows_2,
                                                                        rows_3, rows_4};
  const ear_filter *k = p->k;
  const uint8_t *const *window = p->window;
  const uint32_t fit = (blocks == MAX_BLOCKS ? 6 : MAX_ROWS) / k->pool_f;
  const uint32_t n_tiles = (k->rows_out + fit - 1) / fit;
  const uint32_t most = (k->rows_out + n_tiles - 1) / n_tiles; /* tiles alike in size */
  __m512i acc[EAR_MAX_POOL * MAX_ROWS * MAX_BLOCKS];
  for (uint32_t r = 0; r < k->rows_out; r += most) {
    const uint32_t n = smaller(most, k->rows_out - r), conv_rows = n * k->pool_f;
    p->at = (size_t)r * k->pool_f * p->step;
    for (uint32_t a = 0; a < k->pool_t; ++a) {
      p->window = window + a * k->kt;
      variant[blocks - 1](p, acc + (size_t)a * conv_rows * blocks, conv_rows);
    }
    finish(k, acc, scale, blocks, n, k->c_out - first * LANES,
           out + (size_t)r * k->c_out + first * LANES);
  }
}

void
ear_vnni_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const uint32_t blocks = n_blocks(k), size = group_size(k);
  const ear_vnni_scale *scale = k->packed;
  const __m512i *w = (const __m512i *)(scale + blocks);
  for (uint32_t first = 0; first < blocks; first += size) {
    const uint32_t n = smaller(size, blocks - first);
    place p = {.k = k,
               .window = window,
               .step = (size_t)k->sf * k->c_in,
               .quads = n_quads(k),
               .w = w,
               .bias = k->bias + first * LANES};
    group(&p, scale + first, first, n, out);
    w += k->kt * p.quads * n;
  }
}
