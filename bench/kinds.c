/* SPDX-License-Identifier: ISC */
/* What a frame costs with each kind of feature beside the mel bands: microseconds on one
   core, and relative to mel alone.  Noise; a spectrum that falls with every bin, as those
   of music nearly do; and one that rises, the worst that spectral contrast can meet.  The
   best round counts: on a shared machine the others measure the neighbours. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "frontend.h"

enum { N = 10 * 22050, ROUNDS = 30 };

static double
now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
count(void *user, uint64_t t, const float *value)
{
  (void)t;
  (void)value;
  ++*(uint32_t *)user;
}

/* Microseconds for one frame of x[0..N). */
static double
frame_us(uint32_t kinds, const float *x)
{
  double best = 1e9;
  ear_front_end config = ear_front_end_default();
  ear_frontend *fe = NULL;
  ear_error err = {""};
  config.kinds = kinds;
  if (ear_frontend_new(&fe, &config, &err)) {
    fprintf(stderr, "%s\n", err.text);
    exit(1);
  }
  for (int r = 0; r < ROUNDS; ++r) {
    uint32_t n = 0;
    const double start = now_s();
    ear_frontend_push(fe, x, N, count, &n);
    const double each = (now_s() - start) / n;
    best = each < best ? each : best;
  }
  ear_frontend_free(fe);
  return 1e6 * best;
}

static void
report(const char *sound, const float *x)
{
  const double mel = frame_us(EAR_KIND_MEL, x);
  printf("%s: mel alone %.2f us a frame\n", sound, mel);
  for (uint32_t i = 1; i <= EAR_N_KINDS; ++i) {
    const bool all = i == EAR_N_KINDS;
    const double us = frame_us(all ? (1u << EAR_N_KINDS) - 1 : EAR_KIND_MEL | 1u << i, x);
    printf("  %s%-9s %6.2f us, %.2f times mel\n", all ? "" : "with ",
           all ? "all of them   " : ear_kind_name(i), us, us / mel);
  }
}

int
main(void)
{
  static float noise[N], falling[N], rising[N];
  uint32_t random = 1;
  for (int i = 0; i < N; ++i) {
    random = random * 1664525u + 1013904223u;
    noise[i] = (float)(int32_t)random / 4294967296.0f;
    falling[i] = i % 2048 == 1024 ? 1 : 0.98f * (i ? falling[i - 1] : 0);
    rising[i] = i % 2 ? -falling[i] : falling[i]; /* mirrored at a quarter of the rate */
  }
  report("noise", noise);
  report("falling spectrum", falling);
  report("rising spectrum", rising);
  return 0;
}
