/* SPDX-License-Identifier: ISC */
/* Multiply-accumulates a second of each kernel variant of this CPU, one thread: the best
   of 15 runs of about 20 million each, per column shape. */
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
  uint32_t kt, kf, c_in, c_out, rows;
  bool full;
} column_shape;

static double
now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* n bytes of noise, 64-byte aligned; the process ends before any is given back. */
static void *
noise(size_t n)
{
  uint8_t *p = aligned_alloc(64, (n + 127) / 64 * 64);
  uint64_t x = 1;
  if (!p) {
    exit(1);
  }
  for (size_t i = 0; i < n; ++i) {
    x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    p[i] = (uint8_t)(x >> 56);
  }
  return p;
}

/* Seconds for one column. */
static double
time_column(const ear_kernels *v, ear_filter *k, bool full, double macs)
{
  const uint8_t *window[16];
  const size_t column = (size_t)k->rows_in * k->c_in;
  const uint8_t *x = noise(k->kt * column + EAR_SLACK);
  uint8_t *out = noise((size_t)k->rows_out * k->c_out);
  void *packed = noise((full ? v->conv_packed_size : v->depthwise_packed_size)(k));
  const int n = 1 + (int)(2e7 / macs);
  double best = 1e9;
  for (uint32_t t = 0; t < k->kt; ++t) {
    window[t] = x + t * column;
  }
  (full ? v->conv_pack : v->depthwise_pack)(k, packed);
  k->packed = packed;
  for (int run = 0; run < 15; ++run) {
    const double start = now_s();
    for (int i = 0; i < n; ++i) {
      (full ? v->conv : v->depthwise)(k, window, out);
    }
    const double s = (now_s() - start) / n;
    best = s < best ? s : best;
  }
  return best;
}

static void
bench(const column_shape *c)
{
  static int32_t bias[512], multiplier[512], shift[512];
  ear_filter k = {.kt = c->kt,
                  .kf = c->kf,
                  .sf = 1,
                  .pool_t = 1,
                  .pool_f = 1,
                  .rows_in = c->rows + c->kf - 1,
                  .rows_out = c->rows,
                  .c_in = c->c_in,
                  .c_out = c->c_out,
                  .bias = bias,
                  .multiplier = multiplier,
                  .shift = shift};
  const size_t n_weights = (size_t)c->kt * c->kf * c->c_out * (c->full ? c->c_in : 1);
  for (int o = 0; o < 512; ++o) {
    multiplier[o] = 1 << 30;
    shift[o] = 9;
  }
  k.weight = noise(n_weights);
  k.scratch = noise(c->kt * ((size_t)k.rows_in * k.c_in + EAR_SLACK) * sizeof(int16_t));
  const double macs = (double)n_weights * c->rows;
  printf("%-9s %ux%u %3u -> %3u, %3u rows:", c->full ? "conv" : "depthwise", c->kt, c->kf,
         c->c_in, c->c_out, c->rows);
  for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
    const double s = time_column(*v, &k, c->full, macs);
    printf("  %s %6.2f us %5.1f GMAC/s", (*v)->name, s * 1e6, macs / s * 1e-9);
  }
  printf("\n");
}

int
main(void)
{
  static const column_shape shapes[] = {
      {3, 3, 32, 64, 32, true}, {3, 3, 64, 64, 16, true},  {3, 3, 16, 24, 32, true},
      {5, 5, 1, 16, 64, true},  {1, 1, 64, 64, 16, true},  {3, 3, 64, 64, 16, false},
      {3, 3, 1, 16, 128, true}, {3, 3, 24, 24, 64, false},
  };
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
    bench(&shapes[i]);
  }
  return 0;
}
