/* SPDX-License-Identifier: ISC */
/* Live that listens for SECONDS of sound, as fast as it can, with both built-in models at
   48 kHz: no sample, verdict or time is lost or off; memory, threads and open files are
   those of the first hour (of a day or more; else of the first tenth); and what it says
   of the last minute is, bit for bit, what a fresh one says of that minute.

   usage: test_soak SECONDS */
#include "holdings.h"
#include "live_stand.h"
#include "overlap.h"

#include <stdio.h>

enum { RATE = 48000, BLOCK = 1024, SOUND = 1 << 20, MINUTE = 60, SETTLE = 10 };

static const double ring_s = 60, room_s = 50; /* the worker never waits for us */
static double seconds;
static float sound[SOUND + BLOCK]; /* repeated; the rest is its beginning */
static ear_model *shipped[2];

static uint64_t
common_divisor(uint64_t a, uint64_t b)
{
  return b ? common_divisor(b, a % b) : a;
}

static uint64_t
common_multiple(uint64_t a, uint64_t b)
{
  return a / common_divisor(a, b) * b;
}

/* Input samples from block to block of the resampler; 1 if it has none.  The first of
   them begins earlier. */
static uint64_t
block_step(double out_rate_hz)
{
  ear_overlap *ov = ear_overlap_new(RATE, out_rate_hz);
  uint64_t step = 0, was = 0;
  for (uint64_t wanted = 0; ov && wanted < RATE; wanted += 16) {
    uint64_t first_out;
    const uint64_t at = ear_overlap_seek(ov, wanted, &first_out);
    step = was ? common_divisor(step, at - was) : 0;
    was = at;
  }
  ear_overlap_free(ov);
  return step ? step : 1;
}

/* Where a fresh analysis may begin so that its blocks and ticks are those of one that
   began at 0: a multiple of this. */
static uint64_t
grid(void)
{
  uint64_t all = 64; /* the analyzer's block */
  for (int m = 0; m < 2; ++m) {
    const ear_model_info *info = ear_model_info_get(shipped[m]);
    const uint64_t rate_hz = (uint64_t)info->front_end.rate_hz;
    const uint64_t tick = (uint64_t)round(info->tick_s * (double)rate_hz);
    /* the smallest whole number of input samples that is a whole number of ticks */
    const uint64_t ticks = tick * RATE / common_divisor(tick * RATE, rate_hz);
    all = common_multiple(all, ticks);
    all = common_multiple(all, block_step((double)rate_hz));
  }
  return all;
}

static double
now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
  uint64_t n[2];      /* verdicts of each model */
  double off_s;       /* the most that one was off its time */
  double p[2];        /* integrated, of the label last, newest */
  uint64_t keep_from; /* samples: reports of what is later are kept */
  record kept;
} heard;

static void
take(ear_live *live, heard *h)
{
  ear_report report;
  while (ear_live_pop(live, &report)) {
    if (report.kind == EAR_REPORT_EVENT) {
      continue;
    }
    const ear_verdict *v = &report.u.verdict;
    const ear_model_info *info = ear_model_info_get(shipped[v->model]);
    static double first_s[2];
    first_s[v->model] = h->n[v->model] ? first_s[v->model] : report.at_s;
    const double due_s = first_s[v->model] + (double)h->n[v->model] * info->tick_s;
    h->off_s = fmax(h->off_s, fabs(report.at_s - due_s));
    h->n[v->model]++;
    h->p[v->model] = (double)v->p[EAR_INTEGRATED][v->n_labels - 1];
    if (report.at_s * RATE > (double)h->keep_from + 0.5) {
      record_report(&h->kept, &report);
    }
  }
}

static ear_live *
start(void)
{
  ear_analyzer_config config = {.rate_hz = RATE, .n_models = 2};
  for (int m = 0; m < 2; ++m) {
    config.model[m] = shipped[m];
    config.flag[m] = ear_flag_config_default(shipped[m]);
  }
  ear_live *live = NULL;
  ear_error err = {""};
  assert_int_equal(ear_live_new(&live, &config, ring_s, &err), EAR_OK);
  return live;
}

/* Samples [first, first + n) of the endless sound. */
static void
play_on(ear_live *live, uint64_t first, uint64_t n, heard *h)
{
  for (uint64_t i = 0; i < n;) {
    const size_t n_now = n - i < BLOCK ? (size_t)(n - i) : BLOCK;
    wait_for_room(live, n_now, room_s * RATE);
    push_block(live, sound + (first + i) % SOUND, n_now);
    take(live, h);
    i += n_now;
  }
  ear_live_drain(live);
  take(live, h);
}

static void
assert_nothing_lost(const ear_live *live, uint64_t n)
{
  const ear_live_stats stats = ear_live_stats_get(live);
  assert_int_equal(stats.samples_in, n);
  assert_int_equal(stats.samples_done, n);
  assert_int_equal(stats.samples_lost, 0);
  assert_int_equal(stats.overruns, 0);
  assert_int_equal(stats.lost_reports, 0);
}

/* All but the integrated horizon and the times since the start, bit for bit. */
static void
assert_same_verdict(const ear_verdict *a, const ear_verdict *b)
{
  assert_int_equal(a->model, b->model);
  assert_memory_equal(&a->level_dbfs, &b->level_dbfs, sizeof a->level_dbfs);
  assert_int_equal(a->gated, b->gated);
  for (int h = EAR_MOMENTARY; h <= EAR_SHORT; ++h) {
    assert_int_equal(a->flag[h], b->flag[h]);
    assert_int_equal(a->label[h], b->label[h]);
    assert_memory_equal(a->p[h], b->p[h], a->n_labels * sizeof a->p[h][0]);
    assert_memory_equal(&a->low_hz[h], &b->low_hz[h], sizeof a->low_hz[h]);
    assert_memory_equal(&a->high_hz[h], &b->high_hz[h], sizeof a->high_hz[h]);
  }
  assert_memory_equal(a->contribution, b->contribution, sizeof a->contribution);
  assert_memory_equal(a->momentary, b->momentary, sizeof a->momentary);
}

/* Both kept the reports of the same time, `later_s` apart. */
static void
assert_same_minute(const record *a, const record *b, double later_s)
{
  assert_int_equal(a->n, b->n);
  assert_true(a->n > (MINUTE - SETTLE) * 10);
  for (size_t i = 0; i < a->n; ++i) {
    assert_same_verdict(&a->report[i].u.verdict, &b->report[i].u.verdict);
    assert_true(fabs(a->report[i].at_s - b->report[i].at_s - later_s) < 1e-6);
  }
}

static void
nothing_drifts_or_grows(void **state)
{
  (void)state;
  const uint64_t step = grid(), minute = (uint64_t)MINUTE * RATE;
  const uint64_t all = (uint64_t)ceil(seconds * RATE);
  const uint64_t last = (all - minute + step - 1) / step * step;
  const uint64_t early = (uint64_t)(RATE * (seconds >= 86400 ? 3600 : seconds / 10));
  static heard whole, fresh;
  whole.keep_from = last + (uint64_t)SETTLE * RATE;
  fresh.keep_from = (uint64_t)SETTLE * RATE;
  ear_live *live = start();
  const double begin_s = now_s();
  play_on(live, 0, early, &whole);
  const holdings before = holdings_now();
  const double p[] = {whole.p[0], whole.p[1]};
  play_on(live, early, last - early, &whole);
  const holdings after = holdings_now(); /* what is kept to be compared comes later */
  play_on(live, last, minute, &whole);
  const double took_s = now_s() - begin_s;
  assert_nothing_lost(live, last + minute);
  ear_live_free(live);
  live = start();
  play_on(live, last, minute, &fresh);
  ear_live_free(live);

  const double heard_s = (double)(last + minute) / RATE;
  printf("%.0f s of sound at %.0f x: %ld KiB, %ld threads, %ld files after %.0f s, "
         "%ld KiB, %ld threads, %ld files at the end\n",
         heard_s, heard_s / took_s, before.kib, before.n_threads, before.n_files,
         (double)early / RATE, after.kib, after.n_threads, after.n_files);
  printf("%llu + %llu verdicts, none more than %.2g s off; integrated p %.6f and %.6f, "
         "at first %.6f and %.6f; %zu verdicts of the last minute compared\n",
         (unsigned long long)whole.n[0], (unsigned long long)whole.n[1], whole.off_s,
         whole.p[0], whole.p[1], p[0], p[1], whole.kept.n);
  assert_int_equal(after.n_threads, before.n_threads);
  assert_int_equal(after.n_files, before.n_files);
  assert_true(after.kib <= before.kib + 512);
  assert_true(whole.off_s < 1e-3);
  for (int m = 0; m < 2; ++m) {
    const double tick_s = ear_model_info_get(shipped[m])->tick_s;
    assert_true(fabs((double)whole.n[m] - heard_s / tick_s) < 2 / tick_s);
  }
  assert_same_minute(&whole.kept, &fresh.kept, (double)last / RATE);
  record_free(&whole.kept);
  record_free(&fresh.kept);
}

int
main(int argc, char **argv)
{
  seconds = argc == 2 ? atof(argv[1]) : 0;
  if (seconds < 2 * MINUTE) {
    fprintf(stderr, "usage: test_soak SECONDS, 120 or more\n");
    return 2;
  }
  static const char *const name[] = {"harshness", "genre"};
  for (int m = 0; m < 2; ++m) {
    if (ear_model_builtin(&shipped[m], name[m], NULL)) {
      return 2;
    }
  }
  make_music(sound, SOUND, RATE, 7);
  memcpy(sound + SOUND, sound, BLOCK * sizeof *sound);
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_drifts_or_grows)};
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  ear_model_unref(shipped[0]);
  ear_model_unref(shipped[1]);
  return failed;
}
