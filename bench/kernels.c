/* SPDX-License-Identifier: ISC */
/* Every kernel variant of this CPU, one thread, one column after the other: the time of a
   column, multiply-accumulates a second, and the share of what registers alone could do
   (peak.h).  The best of 15 runs of about 20 million each. */
#include "kernels.h"
#include "peak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 512 };

/* rows: of the convolution, before pooling by `pool` in both directions. */
typedef struct {
  const char *name;
  uint32_t kt, kf, stride, c_in, c_out, rows, pool;
  bool full;
} column_shape;

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

/* Seconds for one output column, and the most multiply-accumulates a second seen between
   the runs. */
static double
time_column(const ear_kernels *v, ear_filter *k, bool full, double macs, double *peak)
{
  const uint8_t *window[MOST];
  const size_t column = (size_t)k->rows_in * k->c_in;
  const uint8_t *x = noise((k->pool_t + k->kt) * column + EAR_SLACK);
  uint8_t *out = noise((size_t)k->rows_out * k->c_out);
  void *packed = noise((full ? v->conv_packed_size : v->depthwise_packed_size)(k));
  const int n = 1 + (int)((v == &ear_kernels_ref ? 1e6 : 2e7) / macs);
  double best = 1e9;
  for (uint32_t i = 0; i < k->pool_t * k->kt; ++i) {
    window[i] = x + (i / k->kt + i % k->kt) * column;
  }
  (full ? v->conv_pack : v->depthwise_pack)(k, packed);
  k->packed = packed;
  for (int run = 0; run < 15; ++run) {
    const double start = now_s();
    for (int i = 0; i < n; ++i) {
      (full ? v->conv : v->depthwise)(k, window, out);
    }
    const double s = (now_s() - start) / n;
    const double now = peak_macs_per_s(v->name);
    best = s < best ? s : best;
    *peak = now > *peak ? now : *peak;
  }
  return best;
}

static void
bench(const column_shape *c)
{
  static int32_t bias[MOST], multiplier[MOST], shift[MOST];
  ear_filter k = {.kt = c->kt,
                  .kf = c->kf,
                  .sf = c->stride,
                  .pool_t = c->pool,
                  .pool_f = c->pool,
                  .rows_in = (c->rows - 1) * c->stride + c->kf,
                  .rows_out = c->rows / c->pool,
                  .c_in = c->c_in,
                  .c_out = c->c_out,
                  .bias = bias,
                  .multiplier = multiplier,
                  .shift = shift};
  const size_t n_weights = (size_t)c->kt * c->kf * c->c_out * (c->full ? c->c_in : 1);
  for (int o = 0; o < MOST; ++o) {
    multiplier[o] = 1 << 30;
    shift[o] = 9;
  }
  k.weight = noise(n_weights);
  k.scratch =
      noise(c->pool * c->kt * ((size_t)k.rows_in * k.c_in + EAR_SLACK) * sizeof(int16_t));
  const double macs = (double)n_weights * c->rows * c->pool;
  printf("%-9s %ux%u %3u -> %3u, %3u rows, pool %u:", c->name, c->kt, c->kf, c->c_in,
         c->c_out, c->rows, c->pool);
  for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
    double peak = 0;
    const double s = time_column(*v, &k, c->full, macs, &peak);
    printf("  %s %6.2f us %5.1f GMAC/s", (*v)->name, s * 1e6, macs / s * 1e-9);
    if (peak > 0) {
      printf(" %2.0f %%", 100 * macs / s / peak);
    }
  }
  printf("\n");
}

int
main(void)
{
  static const column_shape shapes[] = {
      {"S 1", 3, 3, 1, 1, 32, 128, 2, true},
      {"S 2", 3, 3, 1, 32, 64, 64, 2, true},
      {"S 3", 3, 3, 1, 64, 128, 32, 2, true},
      {"K 1", 3, 3, 1, 1, 32, 126, 2, true},
      {"K 2", 3, 3, 1, 32, 64, 60, 2, true},
      {"K 3", 3, 3, 1, 64, 128, 28, 2, true},
      {"harsh 1", 5, 5, 2, 1, 24, 48, 1, true},
      {"harsh 2", 3, 3, 1, 24, 32, 48, 2, true},
      {"harsh 3", 3, 3, 1, 32, 48, 24, 1, true},
      {"harsh 4", 3, 3, 1, 48, 64, 12, 1, true},
      {"harsh 5", 3, 3, 1, 64, 64, 12, 1, true},
      {"1 row", 3, 1, 1, 64, 96, 1, 1, true},
      {"point", 1, 1, 1, 64, 64, 16, 1, true},
      {"depthwise", 3, 3, 1, 64, 64, 16, 1, false},
      {"depthwise", 3, 3, 1, 24, 24, 64, 1, false},
  };
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
    bench(&shapes[i]);
  }
  return 0;
}
