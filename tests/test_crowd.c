/* SPDX-License-Identifier: ISC */
/* N instances of the plugin run in one process at once, each on its own thread: every one
   gives, bit for bit, the verdicts of one instance alone that renders; each costs one
   thread and under 2 MiB; and when all are gone, so are their threads.

   usage: test_crowd MODULE N */
#include "crowd_host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  RATE = 48000,
  BLOCK = 256,
  SOUNDS = 5,
  MAX_SEATS = 4096,
  PATIENCE_S = 240,
  PARTS = 3,
  COUNTED = 8, /* of fewer, what the first one loads counts too much */
};
enum {
  PART = RATE * 19 / 20 / BLOCK * BLOCK, /* the analysis may fall 1 s behind */
  N = PARTS * PART,
};

static const port_role told[] = {PORT_HARSH_MOMENTARY,
                                 PORT_HARSH_SHORT,
                                 PORT_HARSH_INTEGRATED,
                                 PORT_FLAG,
                                 PORT_LOW,
                                 PORT_HIGH,
                                 PORT_CLASS,
                                 PORT_CONFIDENCE,
                                 PORT_AGE,
                                 PORT_DROPPED};
enum { N_TOLD = sizeof told / sizeof told[0] };

static float sound[SOUNDS][N];
static float right[SOUNDS][PARTS][N_TOLD]; /* after each part */
static crowd_seat seat[MAX_SEATS];

/* From a soft chord to hard clipped noise. */
static void
make_sounds(void)
{
  uint32_t random = 1;
  for (int s = 0; s < SOUNDS; ++s) {
    for (int i = 0; i < N; ++i) {
      random = random * 1664525u + 1013904223u;
      const double t = (double)i / RATE, noise = (int32_t)random / 2147483648.0;
      const double x = 0.2 * sin(2 * M_PI * 220 * t) + 0.2 * sin(2 * M_PI * 277 * t) +
                       0.05 * s * noise;
      sound[s][i] = (float)fmax(-0.3, fmin(0.3, x * (1 + 4 * s)));
    }
  }
}

/* Ports that are not those of the sound. */
static int
count_wrong(const crowd_seat *st, int s, int part)
{
  int n = 0;
  for (int p = 0; p < N_TOLD; ++p) {
    n += memcmp(&st->value[told[p]], &right[s][part][p], sizeof(float)) != 0;
  }
  return n;
}

static bool
play_block(crowd_seat *st, int s, uint32_t at)
{
  static float out[BLOCK];
  crowd_run(st, sound[s] + at, out, BLOCK);
  return memcmp(out, sound[s] + at, sizeof out) == 0;
}

/* What one instance says that analyses within run(). */
static bool
ask_one(int s)
{
  crowd_seat one;
  if (!crowd_sit(&one, RATE)) {
    return false;
  }
  one.value[PORT_FREEWHEEL] = 1;
  bool ok = true;
  for (uint32_t at = 0; at < N; at += BLOCK) {
    ok &= play_block(&one, s, at);
    for (int p = 0; p < N_TOLD; ++p) {
      right[s][at / PART][p] = one.value[told[p]];
    }
  }
  crowd_leave(&one);
  const float *last = right[s][PARTS - 1];
  printf("sound %d: harsh %.3f %%, class %.0f (%.3f %%)\n", s, (double)last[2],
         (double)last[6], (double)last[7]);
  return ok && last[0] > 0 && last[7] > 0;
}

/* Instances whose ports are not right within PATIENCE_S. */
static int
await_all(int n, int part)
{
  const double begin_s = crowd_now_s();
  int n_wrong = n;
  while (n_wrong > 0 && crowd_now_s() - begin_s < PATIENCE_S) {
    n_wrong = 0;
    for (int i = 0; i < n; ++i) {
      crowd_run(&seat[i], NULL, NULL, 0);
      n_wrong += count_wrong(&seat[i], i % SOUNDS, part) > 0;
    }
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
  return n_wrong;
}

/* Sit, play, judge; failures are said and counted. */
static int
run_crowd(int n, const holdings *empty)
{
  int n_bad = 0;
  const double begin_s = crowd_now_s();
  for (int i = 0; i < n; ++i) {
    n_bad += !crowd_sit(&seat[i], RATE);
  }
  if (n_bad) {
    printf("%d of %d instances could not start\n", n_bad, n);
    return n_bad;
  }
  const double made_s = crowd_now_s();
  int n_wrong = 0;
  for (uint32_t at = 0; at < N; at += BLOCK) {
    for (int i = 0; i < n; ++i) {
      n_bad += !play_block(&seat[i], i % SOUNDS, at);
    }
    if ((at + BLOCK) % PART == 0) {
      n_wrong += await_all(n, (int)(at / PART));
    }
  }
  const double done_s = crowd_now_s();
  const holdings full = holdings_now();
  const double kib = (double)(full.kib - empty->kib) / n;
  const long n_threads = full.n_threads - empty->n_threads;
  printf("%d instances: made in %.1f s, %.2f s of sound each in %.1f s; %.0f KiB and "
         "%.2f threads an instance, %ld files in all; %d with wrong verdicts, %d blocks "
         "changed\n",
         n, made_s - begin_s, (double)N / RATE, done_s - made_s, kib,
         (double)n_threads / n, full.n_files - empty->n_files, n_wrong, n_bad);
  const bool large = n >= COUNTED && kib >= 2048;
  return n_bad + n_wrong + large + (n_threads != n) + (full.n_files != empty->n_files);
}

int
main(int argc, char **argv)
{
  const int n = argc == 3 ? atoi(argv[2]) : 0;
  if (n < 1 || n > MAX_SEATS || !crowd_open(argv[1])) {
    fprintf(stderr, "usage: test_crowd MODULE N, 1 to %d\n", MAX_SEATS);
    return 2;
  }
  make_sounds();
  for (int s = 0; s < SOUNDS; ++s) {
    if (!ask_one(s)) {
      printf("one instance alone says nothing of sound %d\n", s);
      return 1;
    }
  }
  const holdings empty = holdings_now();
  int n_bad = run_crowd(n, &empty);
  for (int i = 0; i < n; ++i) {
    crowd_leave(&seat[i]);
  }
  const holdings after = holdings_now();
  if (after.n_threads != empty.n_threads || after.n_files != empty.n_files) {
    printf("%ld threads and %ld files are left\n", after.n_threads - empty.n_threads,
           after.n_files - empty.n_files);
    ++n_bad;
  }
  return n_bad ? 1 : 0;
}
