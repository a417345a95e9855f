/* SPDX-License-Identifier: ISC */
/* XNNPACK's operators on models S and K, whole windows, int8, one thread: microseconds,
   the median of 60 forwards, and allocator calls of one.  Random weights.  bench/peers
   builds it.

   usage: peers_xnnpack [--serve]      with --serve one round for each line of input */
#include "../tests/count_malloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xnnpack.h>

enum { SIDE = 128, MOST = SIDE * SIDE * 32 + 64, RUNS = 60, MAX_OPS = 12 };

typedef struct {
  xnn_operator_t op[MAX_OPS];
  int n;
  int8_t *buffer[2];
  int last; /* which buffer has the newest activations */
} net;

static void
check(enum xnn_status status)
{
  if (status != xnn_status_success) {
    fprintf(stderr, "peers_xnnpack: XNNPACK says %d\n", (int)status);
    exit(1);
  }
}

static int8_t *
noise(size_t n)
{
  int8_t *p = malloc(n);
  uint32_t random = 1;
  for (size_t i = 0; p && i < n; ++i) {
    random = random * 1664525u + 1013904223u;
    p[i] = (int8_t)((int)(random >> 24) % 80 - 40);
  }
  return p;
}

static const int8_t *
input(const net *n)
{
  return n->buffer[n->last];
}

static int8_t *
output(net *n)
{
  n->last = !n->last;
  return n->buffer[n->last];
}

/* 3 x 3, ReLU by the clamp, then 2 x 2 maxima: returns the side of what comes out. */
static size_t
add_conv(net *n, size_t side, size_t c_in, size_t c_out, uint32_t pad)
{
  xnn_operator_t *conv = &n->op[n->n++], *pool = &n->op[n->n++];
  const size_t out = side + 2 * pad - 2;
  const int8_t *x = input(n);
  int32_t *bias = calloc(c_out, sizeof *bias);
  check(xnn_create_convolution2d_nhwc_qs8(
      pad, pad, pad, pad, 3, 3, 1, 1, 1, 1, 1, c_in, c_out, c_in, c_out, 0, 0.02f, 0.002f,
      noise(9 * c_in * c_out), bias, -128, 0.02f, -128, 127, 0, conv));
  check(xnn_setup_convolution2d_nhwc_qs8(*conv, 1, side, side, x, output(n), NULL));
  x = input(n);
  check(xnn_create_max_pooling2d_nhwc_s8(0, 0, 0, 0, 2, 2, 2, 2, 1, 1, c_out, c_out,
                                         c_out, -128, 127, 0, pool));
  check(xnn_setup_max_pooling2d_nhwc_s8(*pool, 1, out, out, x, output(n), NULL));
  return out / 2;
}

static void
add_dense(net *n, size_t n_in, size_t n_out)
{
  xnn_operator_t *op = &n->op[n->n++];
  const int8_t *x = input(n);
  int32_t *bias = calloc(n_out, sizeof *bias);
  check(xnn_create_fully_connected_nc_qs8(n_in, n_out, n_in, n_out, -128, 0.02f, 0.002f,
                                          noise(n_in * n_out), bias, -128, 0.02f, -128,
                                          127, 0, op));
  check(xnn_setup_fully_connected_nc_qs8(*op, 1, x, output(n), NULL));
}

static void
add_mean(net *n, size_t side, size_t channels)
{
  xnn_operator_t *op = &n->op[n->n++];
  const int8_t *x = input(n);
  check(xnn_create_global_average_pooling_nwc_qs8(channels, channels, channels, -128,
                                                  0.02f, -128, 0.02f, -128, 127, 0, op));
  check(
      xnn_setup_global_average_pooling_nwc_qs8(*op, 1, side * side, x, output(n), NULL));
}

static void
make(net *n, bool small)
{
  size_t side = SIDE, c_in = 1;
  n->buffer[0] = noise(MOST);
  n->buffer[1] = noise(MOST);
  for (size_t c = 32; c <= 128; c *= 2) {
    side = add_conv(n, side, c_in, c, small ? 1 : 0);
    c_in = c;
  }
  if (small) {
    add_mean(n, side, c_in);
  }
  add_dense(n, small ? c_in : side * side * c_in, small ? 256 : 64);
  add_dense(n, small ? 256 : 64, 10);
}

static void
forward(const net *n)
{
  for (int i = 0; i < n->n; ++i) {
    check(xnn_run_operator(n->op[i], NULL));
  }
}

static int
by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
now_us(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void
measure(const net *n, const char *name)
{
  double us[RUNS];
  forward(n);
  const unsigned long heap = n_own_allocations;
  forward(n);
  const unsigned long calls = n_own_allocations - heap;
  for (int r = 0; r < RUNS; ++r) {
    const double begin = now_us();
    forward(n);
    us[r] = now_us() - begin;
  }
  qsort(us, RUNS, sizeof *us, by_value);
  printf("model_%s_window_xnnpack_us %.1f us\n", name, us[RUNS / 2]);
  printf("model_%s_forward_xnnpack_heap_calls %lu calls\n", name, calls);
}

int
main(int argc, char **argv)
{
  static net s, k;
  char line[64];
  check(xnn_initialize(NULL));
  make(&s, true);
  make(&k, false);
  const bool serve = argc > 1 && !strcmp(argv[1], "--serve");
  while (!serve || fgets(line, sizeof line, stdin)) {
    measure(&s, "s");
    measure(&k, "k");
    if (!serve) {
      return 0;
    }
    printf("\n");
    fflush(stdout);
  }
  return 0;
}
