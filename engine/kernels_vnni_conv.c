/* SPDX-License-Identifier: ISC */
/* Full convolution: with channels last, the kf x c_in values under one tap are
   contiguous. Four of them are broadcast against the weights of up to 64 channels, for up
   to 8 rows at once: 24 accumulators, 4 weights and the four values fill most of the 32
   registers.  The rows that one output pools are in one tile, so that only their maximum
   leaves it. Packed: [blocks] scales, then weights [groups][kt][quads][blocks in the
   group][16][4] int8, zero where there is no weight, so that four values may reach past
   the tap. */
#include "kernels_vnni.h"

enum { LANES = EAR_LANES, MAX_BLOCKS = 4, MAX_ROWS = 8, SMALL_TAPS = 3 };

/* What a tile reads: convolution rows, wherever they are, and the weights of a group. */
typedef struct {
  size_t kt, quads;
  const uint8_t *const *column[MAX_ROWS]; /* [kt] each */
  size_t offset[MAX_ROWS];                /* of the row in its columns */
  const __m512i *w;
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

/* Sums, without bias, of n_rows rows of `blocks` blocks; of every `fold` rows that follow
   one another the largest.  All three are constants where this is inlined. */
static inline __attribute__((always_inline)) void
tile(const place *p, __m512i *sum, uint32_t blocks, uint32_t n_rows, uint32_t fold)
{
  const __m512i *w = p->w;
  const size_t end = 4 * p->quads;
  __m512i acc[MAX_ROWS][MAX_BLOCKS];
  for (uint32_t r = 0; r < n_rows; ++r) {
    for (uint32_t b = 0; b < blocks; ++b) {
      acc[r][b] = _mm512_setzero_si512();
    }
  }
  for (size_t t = 0; t < p->kt; ++t) {
    const uint8_t *x[MAX_ROWS];
    for (uint32_t r = 0; r < n_rows; ++r) {
      x[r] = p->column[r][t] + p->offset[r];
    }
    for (size_t i = 0; i < end; i += 4, w += blocks) {
      for (uint32_t r = 0; r < n_rows; ++r) {
        const __m512i four = broadcast(x[r] + i);
        for (uint32_t b = 0; b < blocks; ++b) {
          acc[r][b] = _mm512_dpbusd_epi32(acc[r][b], four, w[b]);
        }
      }
    }
  }
  for (uint32_t r = 0; r < n_rows; r += fold) {
    for (uint32_t b = 0; b < blocks; ++b) {
      for (uint32_t i = 1; i < fold; ++i) {
        acc[r][b] = _mm512_max_epi32(acc[r][b], acc[r + i][b]);
      }
      _mm512_store_si512(sum + r / fold * blocks + b, acc[r][b]);
    }
  }
}

/* Rows in a tile: four blocks leave registers for 6, of which 4 if they are pooled by 4.
 */
static uint32_t
most_rows(uint32_t blocks, uint32_t fold)
{
  return blocks < MAX_BLOCKS ? MAX_ROWS : fold == 4 ? 4 : 6;
}

/* The same with n_rows and fold known only now: n_rows a multiple of fold, fold 1, 2, 4.
 */
static inline __attribute__((always_inline)) void
rows(const place *p, __m512i *sum, uint32_t blocks, uint32_t n_rows, uint32_t fold)
{
  const uint32_t many = blocks < MAX_BLOCKS ? 8 : 4;
  switch (n_rows + (fold - 1) * 16) {
  case 1:
    tile(p, sum, blocks, 1, 1);
    break;
  case 2:
    tile(p, sum, blocks, 2, 1);
    break;
  case 3:
    tile(p, sum, blocks, 3, 1);
    break;
  case 4:
    tile(p, sum, blocks, 4, 1);
    break;
  case 5:
    tile(p, sum, blocks, 5, 1);
    break;
  case 6:
    tile(p, sum, blocks, 6, 1);
    break;
  case 7:
    tile(p, sum, blocks, blocks < MAX_BLOCKS ? 7 : 6, 1);
    break;
  case 8:
    tile(p, sum, blocks, blocks < MAX_BLOCKS ? 8 : 6, 1);
    break;
  case 2 + 16:
    tile(p, sum, blocks, 2, 2);
    break;
  case 4 + 16:
    tile(p, sum, blocks, 4, 2);
    break;
  case 6 + 16:
    tile(p, sum, blocks, 6, 2);
    break;
  case 8 + 16:
    tile(p, sum, blocks, blocks < MAX_BLOCKS ? 8 : 6, 2);
    break;
  case 4 + 48:
    tile(p, sum, blocks, 4, 4);
    break;
  default:
    tile(p, sum, blocks, many, 4);
  }
}

static void
rows_1(const place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 1, n_rows, fold);
}

static void
rows_2(const place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 2, n_rows, fold);
}

static void
rows_3(const place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 3, n_rows, fold);
}

static void
rows_4(const place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 4, n_rows, fold);
}

/* The first n channels of a block, n >= 1, from its accumulators. */
static inline void
put(uint8_t *out, __m512i acc, const ear_vnni_scale *scale, int32_t zero_point,
    uint32_t n)
{
  const __m128i q = _mm512_cvtepi32_epi8(zero_point ? vnni_output(acc, scale, zero_point)
                                                    : vnni_output_relu(acc, scale));
  if (n >= LANES) {
    _mm_storeu_si128((__m128i *)out, q);
  } else { /* masked stores of bytes are slow */
    _mm_mask_storeu_epi8(out, (__mmask16)((1u << n) - 1), q);
  }
}

/* n_rows rows of outputs of the group that begins at block `first`, from their sums.  The
   bias, the same for all that was pooled, comes only now. */
static void
finish(const ear_filter *k, const __m512i *sum, uint32_t first, uint32_t blocks,
       uint32_t n_rows, uint8_t *out)
{
  const ear_vnni_scale *scale = (const ear_vnni_scale *)k->packed + first;
  const int32_t *bias = k->bias + first * LANES;
  const uint32_t n_channels = k->c_out - first * LANES;
  for (uint32_t r = 0; r < n_rows; ++r, out += k->c_out) {
    for (uint32_t b = 0; b < blocks; ++b, ++sum) {
      put(out + b * LANES, _mm512_add_epi32(*sum, _mm512_loadu_si512(bias + b * LANES)),
          scale + b, k->zero_point, n_channels - b * LANES);
    }
  }
}

/* Of a 3 x kf convolution whose kf x c_in values are 4 at most, as the first one of a
   network is: all outputs of `blocks` blocks.  The weights stay in registers, so that
   each output is finished as it comes.  blocks and pool are constants where this is
   inlined. */
static inline __attribute__((always_inline)) void
small(const ear_filter *k, const uint8_t *const *window, const __m512i *w, size_t stride,
      uint32_t first, uint32_t blocks, uint32_t pool_t, uint32_t pool_f, uint8_t *out)
{
  const size_t step = (size_t)k->sf * k->c_in;
  const ear_vnni_scale *scale = (const ear_vnni_scale *)k->packed + first;
  __m512i weight[SMALL_TAPS][2], bias[2];
  for (uint32_t b = 0; b < blocks; ++b) {
    bias[b] = _mm512_loadu_si512(k->bias + (first + b) * LANES);
    for (uint32_t t = 0; t < SMALL_TAPS; ++t) {
      weight[t][b] = w[t * stride + b];
    }
  }
  for (uint32_t r = 0; r < k->rows_out; ++r, out += k->c_out) {
    __m512i most[2];
    for (uint32_t i = 0; i < pool_t * pool_f; ++i) {
      const size_t at = (r * pool_f + i % pool_f) * step;
      __m512i acc[2] = {bias[0], bias[blocks - 1]};
      for (uint32_t t = 0; t < SMALL_TAPS; ++t) {
        const __m512i four = broadcast(window[i / pool_f * SMALL_TAPS + t] + at);
        for (uint32_t b = 0; b < blocks; ++b) {
          acc[b] = _mm512_dpbusd_epi32(acc[b], four, weight[t][b]);
        }
      }
      for (uint32_t b = 0; b < blocks; ++b) {
        most[b] = i == 0 ? acc[b] : _mm512_max_epi32(most[b], acc[b]);
      }
    }
    for (uint32_t b = 0; b < blocks; ++b) {
      put(out + b * LANES, most[b], scale + b, k->zero_point,
          k->c_out - (first + b) * LANES);
    }
  }
}

/* The same with the pool known only now. */
static inline __attribute__((always_inline)) void
small_pooled(const ear_filter *k, const uint8_t *const *window, const __m512i *w,
             size_t stride, uint32_t first, uint32_t blocks, uint8_t *out)
{
  if (k->pool_t == 2 && k->pool_f == 2) {
    small(k, window, w, stride, first, blocks, 2, 2, out);
  } else if (k->pool_t == 2) {
    small(k, window, w, stride, first, blocks, 2, 1, out);
  } else if (k->pool_f == 2) {
    small(k, window, w, stride, first, blocks, 1, 2, out);
  } else {
    small(k, window, w, stride, first, blocks, 1, 1, out);
  }
}

/* All of the group of n blocks that begins at block `first`, two by two. */
static void
small_group(const ear_filter *k, const uint8_t *const *window, const __m512i *w,
            uint32_t first, uint32_t n, uint8_t *out)
{
  for (uint32_t b = 0; b < n; b += 2) {
    uint8_t *to = out + (first + b) * LANES;
    if (b + 1 < n) {
      small_pooled(k, window, w + b, n, first + b, 2, to);
    } else {
      small_pooled(k, window, w + b, n, first + b, 1, to);
    }
  }
}

/* The convolution rows behind n_rows outputs from row r on, those of one output together.
 */
static void
find_rows(place *p, const ear_filter *k, const uint8_t *const *window, uint32_t r,
          uint32_t n_rows)
{
  uint32_t i = 0;
  for (uint32_t end = r + n_rows; r < end; ++r) {
    for (uint32_t a = 0; a < k->pool_t; ++a) {
      for (uint32_t b = 0; b < k->pool_f; ++b, ++i) {
        p->column[i] = window + a * k->kt;
        p->offset[i] = (size_t)(r * k->pool_f + b) * k->sf * k->c_in;
      }
    }
  }
}

/* All rows of the blocks from `first` on. */
static void
group(place *p, const ear_filter *k, const uint8_t *const *window, uint32_t first,
      uint32_t blocks, uint8_t *out)
{
  static void (*const variant[])(const place *, __m512i *, uint32_t,
                                 uint32_t) = {rows_1, rows_2, rows_3, rows_4};
  const uint32_t fold = k->pool_t * k->pool_f, fit = most_rows(blocks, fold) / fold;
  const uint32_t n_tiles = (k->rows_out + fit - 1) / fit;
  const uint32_t most = (k->rows_out + n_tiles - 1) / n_tiles; /* tiles alike in size */
  __m512i sum[MAX_ROWS * MAX_BLOCKS];
  for (uint32_t r = 0; r < k->rows_out; r += most) {
    const uint32_t n = smaller(most, k->rows_out - r);
    find_rows(p, k, window, r, n);
    variant[blocks - 1](p, sum, n * fold, fold);
    finish(k, sum, first, blocks, n, out + (size_t)r * k->c_out + first * LANES);
  }
}

void
ear_vnni_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const uint32_t blocks = n_blocks(k), size = group_size(k);
  const ear_vnni_scale *scale = k->packed;
  place p = {.kt = k->kt, .quads = n_quads(k), .w = (const __m512i *)(scale + blocks)};
  for (uint32_t first = 0; first < blocks; first += size) {
    const uint32_t n = smaller(size, blocks - first);
    if (p.kt == SMALL_TAPS && p.quads == 1) {
      small_group(k, window, p.w, first, n, out);
    } else {
      group(&p, k, window, first, n, out);
    }
    p.w += p.kt * p.quads * n;
  }
}
