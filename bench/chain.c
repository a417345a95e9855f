/* SPDX-License-Identifier: ISC */
/* How many times faster than real time the whole chain is on one core: 48 kHz stereo wav
   -> libsndfile -> mono -> resampler -> front end -> network -> verdicts.  In the same
   rounds the resampler alone, for its share.  The best round counts: on a shared machine
   the others measure the neighbours.

   usage: bench_chain [--rows] [MODEL.safetensors]   without: the built-in harshness model
 */
#include <sched.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "earshot.h"
#include "resample.h"

enum { RATE = 48000, SECONDS = 300, ROUNDS = 7, BLOCK = 8192 };

static double
now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Two channels of noise, louder and softer by turns, so that flags go up and down. */
static bool
write_wav(const char *path)
{
  SF_INFO info = {
      .samplerate = RATE, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  uint32_t random = 1;
  short block[RATE][2];
  for (int s = 0; file && s < SECONDS; s++) {
    for (int i = 0; i < RATE; i++) {
      for (int c = 0; c < 2; c++) {
        random = random * 1664525u + 1013904223u;
        block[i][c] = (short)((int32_t)random / (s / 10 % 2 ? 100000 : 1000000));
      }
    }
    if (sf_writef_short(file, block[0], RATE) != RATE) {
      sf_close(file);
      return false;
    }
  }
  return file && sf_close(file) == 0;
}

typedef struct {
  uint64_t n_verdicts;
  uint64_t n_samples;
} tally;

static void
on_verdict(void *user, const ear_verdict *v)
{
  (void)v;
  ((tally *)user)->n_verdicts++;
}

static void
on_samples(void *user, const float *y, size_t n)
{
  (void)y;
  ((tally *)user)->n_samples += n;
}

/* One round of the chain; setup is not timed, reading the file is. */
static double
time_chain(const char *path, ear_model *model, tally *t)
{
  static float block[BLOCK][2], mono[BLOCK];
  ear_analyzer_config config = {.rate_hz = RATE,
                                .n_models = 1,
                                .model = {model},
                                .flag = {ear_flag_config_default(model)},
                                .on_verdict = on_verdict,
                                .user = t};
  ear_analyzer *an = NULL;
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  if (!file || ear_analyzer_new(&an, &config, NULL) != EAR_OK) {
    return -1;
  }
  const double begin = now_s();
  sf_count_t n = 0;
  while ((n = sf_readf_float(file, block[0], BLOCK)) > 0) {
    ear_downmix_interleaved(mono, block[0], 2, (size_t)n);
    ear_analyzer_push(an, mono, (size_t)n);
  }
  ear_analyzer_finish(an);
  const double passed = now_s() - begin;
  ear_analyzer_free(an);
  sf_close(file);
  return passed;
}

/* The same number of mono samples through the resampler alone. */
static double
time_resampler(double out_rate_hz, tally *t)
{
  static float mono[BLOCK];
  uint32_t random = 1;
  for (int i = 0; i < BLOCK; i++) {
    random = random * 1664525u + 1013904223u;
    mono[i] = (float)((int32_t)random / 2147483648.0 * 0.3);
  }
  ear_resampler *rs = NULL;
  if (ear_resampler_new(&rs, RATE, out_rate_hz, NULL) != EAR_OK) {
    return -1;
  }
  const double begin = now_s();
  for (long left = (long)RATE * SECONDS; left > 0; left -= BLOCK) {
    ear_resampler_push(rs, mono, left < BLOCK ? (size_t)left : BLOCK, on_samples, t);
  }
  ear_resampler_finish(rs, on_samples, t);
  const double passed = now_s() - begin;
  ear_resampler_free(rs);
  return passed;
}

static void
stay_on_one_core(void)
{
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET((unsigned)sched_getcpu(), &one);
  (void)sched_setaffinity(0, sizeof one, &one);
}

static int
ascending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* One round, as bench/README.md wants it: the median of three after a first. */
static int
print_rows(const char *path, ear_model *model)
{
  const ear_model_info *info = ear_model_info_get(model);
  tally t = {0};
  double chain[4], resampler[4];
  for (int r = 0; r < 4; r++) {
    chain[r] = time_chain(path, model, &t);
    resampler[r] = time_resampler((double)info->front_end.rate_hz, &t);
    if (chain[r] < 0 || resampler[r] < 0) {
      return 1;
    }
  }
  qsort(chain + 1, 3, sizeof *chain, ascending);
  qsort(resampler + 1, 3, sizeof *resampler, ascending);
  printf("chain_x_realtime %.1f x\nresampler_x_realtime %.1f x\n", SECONDS / chain[2],
         SECONDS / resampler[2]);
  return 0;
}

static int
measure(const char *path, ear_model *model)
{
  const ear_model_info *info = ear_model_info_get(model);
  double chain_s = 1e9, resampler_s = 1e9;
  tally t = {0};
  for (int r = 0; r < ROUNDS; r++) {
    const double chain = time_chain(path, model, &t);
    const double resampler = time_resampler((double)info->front_end.rate_hz, &t);
    if (chain < 0 || resampler < 0) {
      fprintf(stderr, "bench_chain: a round could not be set up\n");
      return 1;
    }
    chain_s = chain < chain_s ? chain : chain_s;
    resampler_s = resampler < resampler_s ? resampler : resampler_s;
  }
  printf("model %s, %.1f million multiply-accumulates a second, kernels %s\n", info->name,
         1e-6 * (double)info->macs_per_s, ear_kernels_name());
  printf("chain      %6.0f x real time (%.1f ms for %d s, best of %d, %llu verdicts)\n",
         SECONDS / chain_s, 1000 * chain_s, SECONDS, ROUNDS,
         (unsigned long long)(t.n_verdicts / ROUNDS));
  printf("resampler  %6.0f x real time, %.0f %% of the chain\n", SECONDS / resampler_s,
         100 * resampler_s / chain_s);
  return 0;
}

int
main(int argc, char **argv)
{
  ear_error err = {""};
  ear_model *model = NULL;
  const bool rows = argc > 1 && strcmp(argv[1], "--rows") == 0;
  const char *own = argc > 1 + rows ? argv[1 + rows] : NULL;
  const ear_status st = own ? ear_model_open(&model, own, &err)
                            : ear_model_builtin(&model, "harshness", &err);
  if (st != EAR_OK) {
    fprintf(stderr, "bench_chain: %s\n", err.text);
    return 2;
  }
  char path[] = P_tmpdir "/bench_chain_XXXXXX.wav";
  const int fd = mkstemps(path, 4);
  int code = 2;
  if (fd >= 0 && write_wav(path)) {
    if (!rows) {
      stay_on_one_core();
    }
    code = rows ? print_rows(path, model) : measure(path, model);
  }
  if (fd >= 0) {
    close(fd);
    unlink(path);
  }
  ear_model_unref(model);
  return code;
}
