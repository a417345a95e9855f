/* SPDX-License-Identifier: ISC */
/* Full convolution: with channels last, the kf x c_in values under one tap are
   contiguous. The rows that one output pools are in one tile, so that only their maximum
   leaves it. Packed: [blocks] scales, then the weights as kernels_vnni_tile.c has them;
   four values may reach past the tap, where the weights are zero. */
#include "kernels_vnni.h"

enum { LANES = EAR_LANES, MAX_TAPS = 5, MAX_QUADS = 2 /* of small shapes */ };

static size_t
n_quads(const ear_filter *k)
{
  return ((size_t)k->kf * k->c_in + 3) / 4;
}

size_t
ear_vnni_conv_packed_size(const ear_filter *k)
{
  const size_t blocks = vnni_blocks(k->c_out);
  return blocks * (sizeof(ear_vnni_scale) + k->kt * n_quads(k) * sizeof(__m512i));
}

void
ear_vnni_conv_pack(const ear_filter *k, void *packed)
{
  const uint32_t blocks = vnni_blocks(k->c_out);
  ear_vnni_scale *scale = packed;
  for (uint32_t b = 0; b < blocks; ++b) {
    scale[b] = vnni_scale(_mm512_loadu_si512(k->multiplier + b * LANES),
                          _mm512_loadu_si512(k->shift + b * LANES));
  }
  ear_vnni_pack(k->weight, k->kt, (size_t)k->kf * k->c_in, k->c_out, scale + blocks);
}

/* The first n channels of a block, n >= 1, from its accumulators. */
static inline void
put(uint8_t *out, __m512i acc, const ear_vnni_scale *scale, int32_t zero_point,
    uint32_t n)
{
  const __m128i q =
      _mm512_cvtepi32_epi8(zero_point ? vnni_output(acc, scale, zero_point, 255)
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

/* The few shapes whose weights for 32 channels stay in registers: 3 x 3 and 5 x 5 of one
   channel, as first convolutions are.  All are constants where this is inlined. */
typedef struct {
  uint32_t taps, quads; /* in time; under each */
  uint32_t pool_t, pool_f;
  uint32_t blocks;
} small_shape;

/* All outputs of a few blocks: each is finished as it comes. */
static inline __attribute__((always_inline)) void
small(const ear_filter *k, const uint8_t *const *window, const __m512i *w, size_t stride,
      uint32_t first, small_shape s, uint8_t *out)
{
  const size_t step = (size_t)k->sf * k->c_in;
  const uint32_t n_rows = k->rows_out, c_out = k->c_out; /* out may alias k */
  const int32_t zero_point = k->zero_point;
  const uint8_t *x[EAR_MAX_POOL * MAX_TAPS];
  ear_vnni_scale scale[2];
  __m512i weight[MAX_TAPS * MAX_QUADS][2], bias[2];
  for (uint32_t i = 0; i < s.pool_t * s.taps; ++i) {
    x[i] = window[i];
  }
  for (uint32_t b = 0; b < s.blocks; ++b) {
    scale[b] = ((const ear_vnni_scale *)k->packed)[first + b];
    bias[b] = _mm512_loadu_si512(k->bias + (first + b) * LANES);
    for (uint32_t i = 0; i < s.taps * s.quads; ++i) {
      weight[i][b] = w[i * stride + b];
    }
  }
  for (size_t r = 0; r < n_rows; ++r, out += c_out) {
    __m512i most[2];
    for (uint32_t p = 0; p < s.pool_t * s.pool_f; ++p) {
      const size_t at = (r * s.pool_f + p % s.pool_f) * step;
      __m512i acc[2] = {bias[0], bias[s.blocks - 1]};
      for (uint32_t i = 0; i < s.taps * s.quads; ++i) {
        const __m512i four = vnni_broadcast(x[p / s.pool_f * s.taps + i / s.quads] + at +
                                            4 * (i % s.quads));
        for (uint32_t b = 0; b < s.blocks; ++b) {
          acc[b] = _mm512_dpbusd_epi32(acc[b], four, weight[i][b]);
        }
      }
      for (uint32_t b = 0; b < s.blocks; ++b) {
        most[b] = p == 0 ? acc[b] : _mm512_max_epi32(most[b], acc[b]);
      }
    }
    for (uint32_t b = 0; b < s.blocks; ++b) {
      put(out + b * LANES, most[b], scale + b, zero_point, c_out - (first + b) * LANES);
    }
  }
}

/* The same with the pool, 1 x 1 in s, known only now. */
static inline __attribute__((always_inline)) void
small_pooled(const ear_filter *k, const uint8_t *const *window, const __m512i *w,
             size_t stride, uint32_t first, small_shape s, uint8_t *out)
{
  if (k->pool_t == 2 && k->pool_f == 2) {
    s.pool_t = s.pool_f = 2;
    small(k, window, w, stride, first, s, out);
  } else if (k->pool_t == 2) {
    s.pool_t = 2;
    small(k, window, w, stride, first, s, out);
  } else if (k->pool_f == 2) {
    s.pool_f = 2;
    small(k, window, w, stride, first, s, out);
  } else {
    small(k, window, w, stride, first, s, out);
  }
}

/* All of the group of n blocks that begins at block `first`, two by two; taps and quads
   are constants where this is inlined. */
static inline __attribute__((always_inline)) void
small_group(const ear_filter *k, const uint8_t *const *window, const __m512i *w,
            uint32_t first, uint32_t n, uint32_t taps, uint32_t quads, uint8_t *out)
{
  for (uint32_t b = 0; b < n; b += 2) {
    uint8_t *to = out + (first + b) * LANES;
    small_shape s = {.taps = taps, .quads = quads, .pool_t = 1, .pool_f = 1, .blocks = 2};
    if (b + 1 == n) {
      s.blocks = 1;
      small_pooled(k, window, w + b, n, first + b, s, to);
    } else {
      small_pooled(k, window, w + b, n, first + b, s, to);
    }
  }
}

static __attribute__((noinline)) void
small_3(const ear_filter *k, const uint8_t *const *window, const __m512i *w,
        uint32_t first, uint32_t n, uint8_t *out)
{
  small_group(k, window, w, first, n, 3, 1, out);
}

static __attribute__((noinline)) void
small_5(const ear_filter *k, const uint8_t *const *window, const __m512i *w,
        uint32_t first, uint32_t n, uint8_t *out)
{
  small_group(k, window, w, first, n, 5, 2, out);
}

/* The convolution rows behind n_rows outputs from row r on, those of one output together.
 */
static void
find_rows(ear_vnni_place *p, const ear_filter *k, const uint8_t *const *window,
          uint32_t r, uint32_t n_rows)
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

/* All rows of the blocks from `first` on.  A tile is finished while the next one is
   multiplied, when its sums are long there. */
static void
group(ear_vnni_place *p, const ear_filter *k, const uint8_t *const *window,
      uint32_t first, uint32_t blocks, uint8_t *out)
{
  const uint32_t fold = k->pool_t * k->pool_f;
  const uint32_t fit = ear_vnni_most_rows(blocks, fold) / fold;
  const uint32_t n_tiles = (k->rows_out + fit - 1) / fit;
  const uint32_t most = (k->rows_out + n_tiles - 1) / n_tiles; /* tiles alike in size */
  __m512i sum[2][EAR_VNNI_ROWS * EAR_VNNI_BLOCKS];
  uint8_t *to = out + first * LANES;
  uint32_t done = 0, i = 0;
  for (uint32_t r = 0; r < k->rows_out; r += most, i ^= 1) {
    const uint32_t n = vnni_smaller(most, k->rows_out - r);
    find_rows(p, k, window, r, n);
    ear_vnni_rows(p, sum[i], blocks, n * fold, fold);
    if (r > 0) {
      finish(k, sum[i ^ 1], first, blocks, most, to + (size_t)done * k->c_out);
      done = r;
    }
  }
  finish(k, sum[i ^ 1], first, blocks, k->rows_out - done, to + (size_t)done * k->c_out);
}

void
ear_vnni_conv(const ear_filter *k, const uint8_t *const *window, uint8_t *out)
{
  const uint32_t blocks = vnni_blocks(k->c_out), size = vnni_group(blocks);
  const ear_vnni_scale *scale = k->packed;
  ear_vnni_place p = {
      .kt = k->kt, .quads = n_quads(k), .w = (const __m512i *)(scale + blocks)};
  for (uint32_t first = 0; first < blocks; first += size) {
    const uint32_t n = vnni_smaller(size, blocks - first);
    if (p.kt == 3 && p.quads == 1) {
      small_3(k, window, p.w, first, n, out);
    } else if (p.kt == MAX_TAPS && p.quads == MAX_QUADS) {
      small_5(k, window, p.w, first, n, out);
    } else {
      group(&p, k, window, first, n, out);
    }
    p.w += p.kt * p.quads * n;
  }
}
