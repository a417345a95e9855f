/* SPDX-License-Identifier: ISC */
/* What many live streams in one process cost: a broadcaster's wall.  48 kHz mono, blocks
   of 10 ms, music-like sound, another stretch and another phase for each stream.

   hurried: N analyzers in one thread, 80 ms of each in turn, or with a lag 320 ms: the
   share of a core for one of N, and how many one core carries in real time.

   paced: N ear_live at the pace of the sound for SECONDS, each with a thread of its own
   or all in a pool of one, which may serve them with a lag of 240 ms: the share of a core
   of all threads that analyse, and of the one that feeds them, memory, samples lost, and
   how long after its newest sample was handed over a verdict was there for the thread
   that hands over (which looks before each block, so every 10 ms).

   A paced row counts from the first verdict of every stream on; heap calls are those of
   the whole process from then on.

   usage: bench_streams [--rows] [MODEL.safetensors]     without: the harshness model */
#include "../tests/count_malloc.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "earshot.h"

enum {
  RATE = 48000,
  BLOCK = RATE / 100,
  SOUND = 20 * RATE, /* samples, repeated */
  TICK = 8 * BLOCK,  /* of the harshness model */
  GROUPS = 10,       /* of streams, a millisecond apart */
  MOST = 2560,       /* streams */
  SECONDS = 4,       /* of a paced measurement */
};
static const double ring_s = 1, lag_s = 0.24;

/* A thread each, a pool of one thread, or one that serves each of them lag_s late. */
typedef enum { THREADS, POOLED, LAGGING } wait;

typedef struct {
  ear_model *model;
  float sound[SOUND + RATE];
  ear_analyzer *analyzer[MOST];
  ear_live *live[MOST];
  uint64_t fed[MOST]; /* samples */
  bool spoke[MOST];   /* has given a verdict */
  bool rows;
} bench;

static double
read_s(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
resident_kib(void)
{
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*s %ld", &pages) != 1) {
    pages = 0;
  }
  if (file) {
    fclose(file);
  }
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* Chords of decaying partials over a noisy beat. */
static void
make_sound(bench *b)
{
  static const double chord_hz[][3] = {{110, 138.6, 164.8}, {98, 123.5, 146.8}};
  uint32_t random = 1;
  for (int i = 0; i < SOUND + RATE; ++i) {
    const double t = (double)(i % SOUND) / RATE, since = fmod(t, 0.5);
    const double *chord = chord_hz[(int)t / 2 % 2];
    double tone = 0;
    for (int k = 0; k < 18; ++k) {
      const int h = k / 3 + 1;
      tone += sin(2 * M_PI * chord[k % 3] * h * t) / h * exp(-since * h);
    }
    random = random * 1664525u + 1013904223u;
    b->sound[i] =
        (float)(0.1 * tone + 0.2 * (int32_t)random / 2147483648.0 * exp(-20 * since));
  }
}

/* What stream i hears next. */
static const float *
sound_of(const bench *b, int i)
{
  return b->sound + (b->fed[i] + (uint64_t)i * 7919) % SOUND;
}

/* The first block is longer, so that the streams' ticks are spread out. */
static size_t
block_of(const bench *b, int i)
{
  return b->fed[i] ? BLOCK : BLOCK + (size_t)i * 1009 % (RATE / 12);
}

static ear_analyzer_config
settings(const bench *b)
{
  return (ear_analyzer_config){.rate_hz = RATE,
                               .n_models = 1,
                               .model = {b->model},
                               .flag = {ear_flag_config_default(b->model)}};
}

static _Noreturn void
give_up(const ear_error *err)
{
  fprintf(stderr, "bench_streams: %s\n", err->text);
  exit(2);
}

/* ---- hurried ---- */

/* Seconds of this thread for one second of sound of n streams. */
static double
hurry(bench *b, int n, int n_ticks, size_t step)
{
  const double begin = read_s(CLOCK_THREAD_CPUTIME_ID);
  for (int k = 0; k < n_ticks; ++k) {
    for (int i = 0; i < n; ++i) {
      ear_analyzer_push(b->analyzer[i], sound_of(b, i), step);
      b->fed[i] += step;
    }
  }
  return (read_s(CLOCK_THREAD_CPUTIME_ID) - begin) * RATE / (double)step / n_ticks;
}

/* The share of a core of one of n streams. */
static double
measure_hurried(bench *b, int n, size_t step)
{
  const ear_analyzer_config config = settings(b);
  ear_error err = {""};
  memset(b->fed, 0, sizeof b->fed);
  for (int i = 0; i < n; ++i) {
    if (ear_analyzer_new(&b->analyzer[i], &config, &err)) {
      give_up(&err);
    }
  }
  hurry(b, n, 12, TICK); /* until all have verdicts */
  const double share = hurry(b, n, 6 + 5000 / n, step) / n;
  for (int i = 0; i < n; ++i) {
    ear_analyzer_free(b->analyzer[i]);
  }
  return share;
}

/* ---- paced ---- */

typedef struct {
  double share;     /* of a core, all threads that analyse */
  double feeder;    /* the thread that hands over */
  double kib;       /* a stream */
  double latency_s; /* worst */
  double mean_s;    /* latency */
  uint64_t n_verdicts, n_lost;
  unsigned long n_heap; /* calls, all threads */
  unsigned long n_own;  /* of those, the feeder's */
} paced;

/* Take the verdicts of stream i, whose first sample was handed over at start_s. */
static void
listen_to(bench *b, int i, double start_s, bool counts, paced *p)
{
  static ear_report report;
  while (ear_live_pop(b->live[i], &report)) {
    b->spoke[i] = true;
    if (counts && report.kind == EAR_REPORT_VERDICT) {
      const double late_s = read_s(CLOCK_MONOTONIC) - start_s - report.at_s;
      p->latency_s = fmax(p->latency_s, late_s);
      p->mean_s += late_s;
      p->n_verdicts++;
    }
  }
}

static void
wait_until(double when_s)
{
  const struct timespec t = {.tv_sec = (time_t)when_s,
                             .tv_nsec = (long)(1e9 * (when_s - floor(when_s)))};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static uint64_t
lost(const bench *b, int n)
{
  uint64_t sum = 0;
  for (int i = 0; i < n; ++i) {
    sum += ear_live_stats_get(b->live[i]).samples_lost;
  }
  return sum;
}

/* A block for each stream of this millisecond's group.  What stream i was given is the
   past of now, so its first sample lies block_of earlier. */
static void
serve(bench *b, int n, int group, double now_s, double *start_s, bool counts, paced *p)
{
  for (int i = group; i < n; i += GROUPS) {
    const size_t n_now = block_of(b, i);
    const float *const in[] = {sound_of(b, i)};
    listen_to(b, i, start_s[i], counts, p);
    ear_live_push(b->live[i], in, 1, n_now);
    start_s[i] = b->fed[i] ? start_s[i] : now_s - (double)n_now / RATE;
    b->fed[i] += n_now;
  }
}

static bool
all_spoke(const bench *b, int n)
{
  for (int i = 0; i < n; ++i) {
    if (!b->spoke[i]) {
      return false;
    }
  }
  return true;
}

/* The pace for seconds of sound after everybody spoke. */
static void
keep_pace(bench *b, int n, paced *p)
{
  static double start_s[MOST];
  double at_s = read_s(CLOCK_MONOTONIC), cpu_s = 0, own_s = 0;
  uint64_t lost_before = 0;
  unsigned long heap_before = 0, own_before = 0;
  int left = -1; /* ms; less than 0: somebody has not spoken yet */
  for (int ms = 0; left != 0; ++ms) {
    wait_until(at_s += 0.001);
    serve(b, n, ms % GROUPS, at_s, start_s, left > 0, p);
    if (left > 0) {
      --left;
    } else if (ms % 500 == 499 && all_spoke(b, n)) {
      left = SECONDS * 1000;
      cpu_s = read_s(CLOCK_PROCESS_CPUTIME_ID);
      own_s = read_s(CLOCK_THREAD_CPUTIME_ID);
      lost_before = lost(b, n);
      heap_before = atomic_load(&n_allocations);
      own_before = n_own_allocations;
    } else if (ms > 20000) {
      left = 0; /* beyond what this machine can do */
    }
  }
  p->feeder = (read_s(CLOCK_THREAD_CPUTIME_ID) - own_s) / SECONDS;
  p->share = (read_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_s) / SECONDS - p->feeder;
  p->n_heap = atomic_load(&n_allocations) - heap_before;
  p->n_own = n_own_allocations - own_before;
  p->n_lost = lost(b, n) - lost_before;
  p->mean_s /= (double)p->n_verdicts;
}

static paced
measure_paced(bench *b, int n, wait how)
{
  const ear_analyzer_config config = settings(b);
  ear_error err = {""};
  paced p = {0};
  ear_live_pool *pool = NULL;
  const double before_kib = resident_kib();
  const double wait_s = how == LAGGING ? lag_s : 0;
  if (how != THREADS && ear_live_pool_new(&pool, 1, (uint32_t)n, wait_s, &err)) {
    give_up(&err);
  }
  memset(b->fed, 0, sizeof b->fed);
  memset(b->spoke, 0, sizeof b->spoke);
  for (int i = 0; i < n; ++i) {
    if (ear_live_new_in(&b->live[i], pool, &config, ring_s, &err)) {
      give_up(&err);
    }
  }
  keep_pace(b, n, &p);
  p.kib = (resident_kib() - before_kib) / n;
  for (int i = 0; i < n; ++i) {
    ear_live_free(b->live[i]);
  }
  ear_live_pool_free(pool);
  malloc_trim(0);
  return p;
}

static void
report_paced(bench *b, int n, wait w)
{
  static const char *const name[] = {"threads", "pooled", "lagging"};
  const char *how = name[w];
  const paced p = measure_paced(b, n, w);
  if (!p.n_verdicts) {
    fprintf(stderr, "bench_streams: %d streams (%s) are more than this machine can do\n",
            n, how);
    return;
  }
  if (b->rows) {
    printf("streams_%d_%s_core_percent %.3f %%\n", n, how, 100 * p.share);
    printf("streams_%d_%s_latency_ms %.2f ms\n", n, how, 1000 * p.latency_s);
    printf("streams_%d_%s_lost_samples %llu samples\n", n, how,
           (unsigned long long)p.n_lost);
    printf("streams_%d_%s_memory_kib %.0f KiB\n", n, how, p.kib);
    printf("streams_%d_%s_heap_calls %lu calls\n", n, how, p.n_heap);
    return;
  }
  printf("%5d streams, %-7s: %8.3f %% of a core (%.4f %% each), the feeder %.3f %%, %.0f "
         "KiB "
         "each, latency mean %.1f ms, worst %.1f ms of %llu, %llu samples lost, %lu heap "
         "calls (%lu of the feeder)\n",
         n, how, 100 * p.share, 100 * p.share / n, 100 * p.feeder, p.kib, 1000 * p.mean_s,
         1000 * p.latency_s, (unsigned long long)p.n_verdicts,
         (unsigned long long)p.n_lost, p.n_heap, p.n_own);
  fflush(stdout);
}

static void
report_hurried(bench *b, int n, bool lag)
{
  const double share = measure_hurried(b, n, lag ? 4 * TICK : TICK);
  const char *how = lag ? "_lag" : "";
  if (b->rows) {
    printf("streams_%d_hurried%s_core_percent %.4f %%\n", n, how, 100 * share);
    printf("streams_%d_hurried%s_per_core %.0f x\n", n, how, 1 / share);
  } else {
    printf("%5d hurried%s: %.4f %% of a core each, %.0f streams on one\n", n, how,
           100 * share, 1 / share);
  }
  fflush(stdout);
}

int
main(int argc, char **argv)
{
  static const struct {
    int n;
    wait how;
  } at_pace[] = {{1, THREADS},   {16, THREADS},   {128, THREADS}, {128, POOLED},
                 {1024, POOLED}, {1024, LAGGING}, {2500, LAGGING}};
  static bench b;
  ear_error err = {""};
  b.rows = argc > 1 && !strcmp(argv[1], "--rows");
  const char *path = argc > 1 + b.rows ? argv[1 + b.rows] : NULL;
  if (path ? ear_model_open(&b.model, path, &err)
           : ear_model_builtin(&b.model, "harshness", &err)) {
    give_up(&err);
  }
  make_sound(&b);
  for (size_t i = 0; i < sizeof at_pace / sizeof *at_pace; ++i) {
    report_paced(&b, at_pace[i].n, at_pace[i].how);
  }
  for (int n = 1; n <= 2500; n = n == 1000 ? 2500 : n * 10) {
    report_hurried(&b, n, false);
    report_hurried(&b, n, true);
  }
  ear_model_unref(b.model);
  return 0;
}
