/* SPDX-License-Identifier: ISC */
/* Four values are broadcast against the weights of up to 64 channels, for up to 8 rows at
   once: 24 accumulators, 4 weights and the four values fill most of the 32 registers.
   Packed weights: [groups][kt][quads][blocks in the group][16][4] int8, zero where there
   is no weight. */
#include "kernels_vnni.h"

enum { LANES = EAR_LANES, MAX_BLOCKS = EAR_VNNI_BLOCKS, MAX_ROWS = EAR_VNNI_ROWS };

void
ear_vnni_pack(const int8_t *weight, uint32_t kt, size_t n, uint32_t n_out, void *packed)
{
  const uint32_t blocks = vnni_blocks(n_out), size = vnni_group(blocks);
  int8_t *to = packed;
  for (uint32_t first = 0; first < blocks; first += size) {
    const uint32_t end = vnni_smaller(first + size, blocks) * LANES;
    for (uint32_t t = 0; t < kt; ++t) {
      for (size_t i = 0; i < n; i += 4) {
        for (uint32_t o = first * LANES; o < end; ++o) {
          for (size_t j = i; j < i + 4; ++j) {
            *to++ = o < n_out && j < n ? weight[((size_t)o * kt + t) * n + j] : 0;
          }
        }
      }
    }
  }
}

/* Sums, without bias, of n_rows rows of `blocks` blocks; of every `fold` rows that follow
   one another the largest.  All three are constants where this is inlined. */
static inline __attribute__((always_inline)) void
tile(const ear_vnni_place *p, __m512i *sum, uint32_t blocks, uint32_t n_rows,
     uint32_t fold)
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
        const __m512i four = vnni_broadcast(x[r] + i);
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
uint32_t
ear_vnni_most_rows(uint32_t blocks, uint32_t fold)
{
  return blocks < MAX_BLOCKS ? MAX_ROWS : fold == 4 ? 4 : 6;
}

/* The same with n_rows and fold known only now: n_rows a multiple of fold, fold 1, 2, 4.
 */
static inline __attribute__((always_inline)) void
rows(const ear_vnni_place *p, __m512i *sum, uint32_t blocks, uint32_t n_rows,
     uint32_t fold)
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
rows_1(const ear_vnni_place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 1, n_rows, fold);
}

static void
rows_2(const ear_vnni_place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 2, n_rows, fold);
}

static void
rows_3(const ear_vnni_place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 3, n_rows, fold);
}

static void
rows_4(const ear_vnni_place *p, __m512i *sum, uint32_t n_rows, uint32_t fold)
{
  rows(p, sum, 4, n_rows, fold);
}

void
ear_vnni_rows(const ear_vnni_place *p, __m512i *sum, uint32_t blocks, uint32_t n_rows,
              uint32_t fold)
{
  static void (*const variant[])(const ear_vnni_place *, __m512i *, uint32_t,
                                 uint32_t) = {rows_1, rows_2, rows_3, rows_4};
  variant[blocks - 1](p, sum, n_rows, fold);
}
