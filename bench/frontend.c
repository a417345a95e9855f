/* SPDX-License-Identifier: ISC */
/* What a log-mel frame costs (22,050 Hz, window 2048, hop 512, 128 bands), pass by pass,
   beside the FFT alone: ours, FFTW's real plan and KissFFT where it was built with it.
   Each figure is the median of its round; the floor is the real FFT alone.

   usage: bench_frontend [--rows] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fft.h"
#include "frontend.h"
#include "mel.h"
#include "passes.h"
#ifdef BENCH_FFTW
#include <fftw3.h>
#endif
#ifdef BENCH_KISS
#include <kiss_fftr.h>
#endif

enum { N = 2048, HOP = 512, BANDS = 128, BATCH = 64, ROUNDS = 201, EACH = 20 };

typedef void (*work_fn)(void *user);

static double
now_us(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static int
ascending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Microseconds of one call, each of which does n_each things. */
static double
time_us(work_fn work, void *user, int n_each)
{
  double us[ROUNDS];
  for (int r = -ROUNDS / 4; r < ROUNDS; r++) {
    const double begin = now_us();
    for (int i = 0; i < EACH; i++) {
      work(user);
    }
    us[r < 0 ? 0 : r] = (now_us() - begin) / EACH / n_each;
  }
  qsort(us, ROUNDS, sizeof *us, ascending);
  return us[ROUNDS / 2];
}

typedef struct {
  const ear_passes *passes;
  ear_frontend *fe;
  ear_fft *fft;
  ear_bank *mel;
  uint64_t n_frames;
  float x[BATCH * HOP], window[N], turn[N / 2], band[BANDS];
  float power[N / 2 + 1 + EAR_BANK_PAD];
  void *plan; /* of a peer */
  float *in, *out;
} bench;

static void
count(void *user, uint64_t t, const float *value)
{
  (void)t;
  (void)value;
  ++*(uint64_t *)user;
}

static void
one_hop(void *user)
{
  bench *b = user;
  ear_frontend_push(b->fe, b->x, HOP, count, &b->n_frames);
}

static void
one_batch(void *user)
{
  bench *b = user;
  ear_frontend_push(b->fe, b->x, BATCH * HOP, count, &b->n_frames);
}

static void
window_pass(void *user)
{
  bench *b = user;
  b->passes->multiply(ear_fft_in(b->fft), b->x, b->window, N);
}

static void
fft_pass(void *user)
{
  ear_fft_run(((bench *)user)->fft);
}

static void
power_pass(void *user)
{
  bench *b = user;
  b->passes->power(b->power, b->out, b->turn, b->turn + N / 4, N / 2);
}

static void
mel_pass(void *user)
{
  bench *b = user;
  ear_bank_apply(b->mel, b->power, b->band);
}

static void
log_pass(void *user)
{
  bench *b = user;
  memcpy(b->band, b->power, sizeof b->band);
  b->passes->decibels(b->band, BANDS, 1e-10f);
}

#ifdef BENCH_FFTW
static void
fftw_real(void *user)
{
  fftwf_execute(((bench *)user)->plan);
}
#endif

#ifdef BENCH_KISS
static void
kiss_real(void *user)
{
  bench *b = user;
  kiss_fftr(b->plan, b->in, (kiss_fft_cpx *)b->out);
}
#endif

static void
row(bool rows, const char *name, double us, double floor_us)
{
  if (rows) {
    printf("%s %.4f us\n", name, us);
  } else {
    printf("%-32s %7.3f us  %5.2f of the real FFT\n", name, us, us / floor_us);
  }
}

static void
passes_alone(bench *b, bool rows, double floor_us)
{
  row(rows, "pass_window_us", time_us(window_pass, b, 1), floor_us);
  row(rows, "pass_fft_us", time_us(fft_pass, b, 1), floor_us);
  row(rows, "pass_power_us", time_us(power_pass, b, 1), floor_us);
  row(rows, "pass_mel_us", time_us(mel_pass, b, 1), floor_us);
  row(rows, "pass_log_us", time_us(log_pass, b, 1), floor_us);
}

/* Microseconds of the real FFT alone: FFTW's, or what we have. */
static double
real_fft_us(bench *b)
{
#ifdef BENCH_FFTW
  b->plan = fftwf_plan_dft_r2c_1d(N, b->in, (fftwf_complex *)b->out,
                                  FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
  const double us = time_us(fftw_real, b, 1);
  fftwf_destroy_plan(b->plan);
  return us;
#else
  return time_us(fft_pass, b, 1) + time_us(power_pass, b, 1);
#endif
}

static bool
set_up(bench *b)
{
  const ear_front_end config = ear_front_end_default();
  uint32_t random = 1;
  b->passes = ear_passes_get();
  b->fft = ear_fft_new(N / 2);
  b->mel = ear_mel_new(&config);
  b->in = aligned_alloc(64, sizeof(float) * N);
  b->out = aligned_alloc(64, sizeof(float) * (N + 16));
  if (!b->fft || !b->mel || !b->in || !b->out ||
      ear_frontend_new(&b->fe, &config, NULL)) {
    return false;
  }
  for (int i = 0; i < BATCH * HOP; i++) {
    random = random * 1664525u + 1013904223u;
    b->x[i] = (float)(int32_t)random / 4294967296.0f;
  }
  memcpy(b->window, b->x, sizeof b->window);
  memcpy(b->turn, b->x, sizeof b->turn);
  memcpy(b->in, b->x, sizeof(float) * N);
  memcpy(b->out, b->x, sizeof(float) * (N + 16));
  return true;
}

int
main(int argc, char **argv)
{
  static bench b;
  const bool rows = argc > 1 && strcmp(argv[1], "--rows") == 0;
  if (!set_up(&b)) {
    fprintf(stderr, "bench_frontend: not enough memory\n");
    return 2;
  }
  const double floor_us = real_fft_us(&b);
  row(rows, "logmel_frame_us", time_us(one_hop, &b, 1), floor_us);
  row(rows, "logmel_batch_frame_us", time_us(one_batch, &b, BATCH), floor_us);
  row(rows, "fft_frame_us", floor_us, floor_us);
#ifdef BENCH_KISS
  b.plan = kiss_fftr_alloc(N, 0, NULL, NULL);
  row(rows, "fft_frame_kissfft_us", time_us(kiss_real, &b, 1), floor_us);
  free(b.plan);
#endif
  passes_alone(&b, rows, floor_us);
  if (!rows) {
    printf("passes of %s\n", b.passes->name);
  }
  ear_frontend_free(b.fe);
  ear_fft_free(b.fft);
  ear_bank_free(b.mel);
  free(b.in);
  free(b.out);
  return 0;
}
