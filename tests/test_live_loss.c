/* SPDX-License-Identifier: ISC */
/* A worker that stalls loses the oldest audio, counts it exactly and goes on at the right
   time; a host that analyses in its own thread loses nothing, however short the tape. */
#include "live_stand.h"

#include "live.h"

enum { RATE = 22050, MAX_PIECES = 64 };

/* The worker stands still: this thread does, or does not, what it would do. */
static void
stall(ear_live *live)
{
  while (atomic_exchange(&live->busy, true)) {
    sleep_ms(1);
  }
}

static void
let_go(ear_live *live)
{
  atomic_store(&live->busy, false);
}

/* Which samples were analysed: [begin, end) of what was pushed. */
typedef struct {
  size_t begin, end;
} piece;

/* When the sample that ends at joined_s was heard. */
static double
true_s(const piece *p, int n, double rate_hz, double joined_s)
{
  double before = 0;
  for (int i = 0; i < n; ++i) {
    const double size = (double)(p[i].end - p[i].begin);
    if (joined_s * rate_hz <= before + size + 0.01) {
      return ((double)p[i].begin + joined_s * rate_hz - before) / rate_hz;
    }
    before += size;
  }
  fail_msg("there is no sample at %g s", joined_s);
  return 0;
}

static void
assert_near(double a, double b)
{
  if (!(fabs(a - b) < 1e-9)) {
    fail_msg("%.12g s is not %.12g s", a, b);
  }
}

/* What an analyzer says of the pieces joined, at the times that they were heard. */
static record
analyse_pieces(double rate_hz, uint32_t n_models, const float *x, const piece *p, int n)
{
  record r = {.n = 0};
  const ear_analyzer_config config = settings(rate_hz, 0, n_models, &r);
  ear_analyzer *an = make(&config);
  for (int i = 0; i < n; ++i) {
    ear_analyzer_push(an, x + p[i].begin, p[i].end - p[i].begin);
  }
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  return r;
}

/* Takes the times out of both, after comparing them. */
static void
assert_times(record *heard, record *expected, const piece *p, int n, double rate_hz)
{
  assert_int_equal(heard->n, expected->n);
  for (size_t i = 0; i < heard->n; ++i) {
    ear_report *a = &heard->report[i], *b = &expected->report[i];
    assert_int_equal(a->kind, b->kind);
    if (a->kind == EAR_REPORT_VERDICT) {
      assert_near(a->u.verdict.t_s, true_s(p, n, rate_hz, b->u.verdict.t_s));
      assert_near(a->at_s, a->u.verdict.t_s);
      a->u.verdict.t_s = b->u.verdict.t_s = 0;
    } else {
      const double start_s = b->u.event.start_s; /* flagged from the first tick on: 0 */
      assert_near(a->u.event.start_s, start_s > 0 ? true_s(p, n, rate_hz, start_s) : 0);
      assert_near(a->u.event.end_s, true_s(p, n, rate_hz, b->u.event.end_s));
      a->u.event.start_s = b->u.event.start_s = 0;
      a->u.event.end_s = b->u.event.end_s = 0;
    }
  }
}

/* Blocks of `size` until n samples were pushed. */
static void
push_blocks(ear_live *live, const float *x, size_t n, size_t size)
{
  for (size_t i = 0; i < n; i += size) {
    push_block(live, x + i, n - i < size ? n - i : size);
  }
}

static void
a_stall_loses_the_oldest_and_goes_on_at_the_right_time(void **state)
{
  (void)state;
  static const double rate_hz[] = {22050, 48000};
  for (int i = 0; i < 4; ++i) {
    const double rate = rate_hz[i % 2];
    const size_t block = i < 2 ? 480 : 64;
    size_t n, at = 0;
    float *x = music(rate, 20, &n);
    piece p[MAX_PIECES] = {{0, 0}};
    int n_pieces = 0;
    uint64_t n_lost = 0;
    record heard = {.n = 0};
    ear_live *live = make_live(rate, 0, N_TOYS, 0.5);
    const size_t capacity = ear_tape_capacity(live->tape);
    assert_true((double)capacity >= 0.5 * rate);
    while (n - at > 3 * capacity) {
      const uint64_t done = ear_live_stats_get(live).samples_done;
      const size_t n_now = capacity / 2 + (size_t)rand() % (2 * capacity);
      stall(live);
      push_blocks(live, x + at, n_now, block);
      at += n_now;
      const ear_live_stats stalled = ear_live_stats_get(live);
      assert_int_equal(stalled.samples_in, at);
      assert_int_equal(stalled.samples_done, done);
      let_go(live);
      ear_live_drain(live);
      const bool loses = n_now > capacity;
      const uint64_t lost = loses ? n_now - capacity + capacity / 16 : 0;
      const ear_live_stats stats = ear_live_stats_get(live);
      n_lost += lost;
      assert_int_equal(stats.samples_lost, n_lost);
      assert_int_equal(stats.samples_done, at);
      if (loses || n_pieces == 0) {
        p[n_pieces++] = (piece){(size_t)(done + lost), at};
      }
      p[n_pieces - 1].end = at;
      fetch(live, &heard);
    }
    assert_true(n_pieces > 3);
    finish_live(live, &heard);
    record expected = analyse_pieces(rate, N_TOYS, x, p, n_pieces);
    assert_true(record_n_events(&expected) > 5);
    assert_times(&heard, &expected, p, n_pieces, rate);
    record_assert_equal(&expected, &heard);
    record_free(&heard);
    record_free(&expected);
    free(x);
  }
}

static void
every_block_that_displaces_audio_is_an_overrun(void **state)
{
  (void)state;
  static const float x[70000];
  ear_live *live = make_live(RATE, 0, 1, 0.3);
  const size_t capacity = ear_tape_capacity(live->tape);
  assert_int_equal(capacity, 8192);
  stall(live);
  push_blocks(live, x, capacity, 64);
  assert_int_equal(ear_live_stats_get(live).overruns, 0);
  push_blocks(live, x, 640, 64);
  push_blocks(live, x, 0, 64);
  assert_int_equal(ear_live_stats_get(live).overruns, 10);
  let_go(live);
  ear_live_drain(live);
  assert_int_equal(ear_live_stats_get(live).samples_lost, 640 + capacity / 16);
  push_block(live, x, 100);
  assert_int_equal(ear_live_stats_get(live).overruns, 10);
  ear_live_drain(live);
  push_block(live, x, 70000); /* more than the tape holds */
  assert_int_equal(ear_live_stats_get(live).overruns, 11);
  ear_live_drain(live);
  const ear_live_stats stats = ear_live_stats_get(live);
  assert_int_equal(stats.samples_in, capacity + 640 + 100 + 70000);
  assert_int_equal(stats.samples_done, stats.samples_in);
  assert_true(stats.samples_lost >= 640 + 70000 - capacity);
  ear_live_free(live);
}

static void
commands_in_what_was_lost_are_obeyed(void **state)
{
  (void)state;
  size_t n;
  float *x = music(RATE, 6, &n);
  record heard = {.n = 0};
  ear_live *live = make_live(RATE, 0, 2, 0.5);
  const ear_analyzer_config config = settings(RATE, 0, 2, NULL);
  const size_t capacity = ear_tape_capacity(live->tape);
  ear_live_part *part = NULL;
  assert_int_equal(ear_live_part_new(&part, live, 1, model[0], NULL), EAR_OK);
  stall(live);
  push_blocks(live, x, 1000, 100);
  assert_true(ear_live_reset(live));
  push_blocks(live, x + 1000, 700, 100);
  assert_true(ear_live_swap(live, part, &config.flag[0]));
  push_blocks(live, x + 1700, n - 1700, 100);
  let_go(live);
  ear_live_drain(live);
  finish_live(live, &heard);
  /* all that is heard is the end, of models that count from the reset */
  const piece p = {n - capacity + capacity / 16, n};
  record expected = analyse_pieces(RATE, 1, x, &p, 1);
  const piece since = {p.begin - 1000, p.end - 1000};
  for (uint32_t place = 0; place < 2; ++place) {
    record own = of_model(&heard, place);
    assert_int_equal(own.n, expected.n);
    for (size_t i = 0; i < own.n; ++i) {
      const ear_report *a = &own.report[i], *b = &expected.report[i];
      assert_int_equal(a->kind, b->kind);
      if (a->kind == EAR_REPORT_VERDICT) {
        assert_near(a->u.verdict.t_s, true_s(&since, 1, RATE, b->u.verdict.t_s));
        assert_near(a->at_s, true_s(&p, 1, RATE, b->u.verdict.t_s));
        assert_memory_equal(a->u.verdict.p, b->u.verdict.p, sizeof a->u.verdict.p);
      } else if (b->u.event.start_s > 0) {
        assert_near(a->u.event.start_s, true_s(&since, 1, RATE, b->u.event.start_s));
      } else {
        assert_near(a->u.event.start_s, place ? 700.0 / RATE : 0);
      }
    }
    record_free(&own);
  }
  record_free(&heard);
  record_free(&expected);
  free(x);
}

static void
a_short_tape_loses_nothing_while_the_host_analyses(void **state)
{
  (void)state;
  static const double rate_hz[] = {22050, 48000};
  for (int i = 0; i < 2; ++i) {
    size_t n;
    float *x = music(rate_hz[i], 20, &n);
    record expected = analyse(rate_hz[i], 0, N_TOYS, x, n, 4096), heard = {.n = 0};
    ear_live *live = make_live(rate_hz[i], 0, N_TOYS, 0.05);
    ear_live_analyse(live); /* or the first block finds the worker still warming up */
    play(live, FREEWHEEL, 0, x, n, &heard);
    const ear_live_stats stats = ear_live_stats_get(live);
    assert_int_equal(stats.samples_done, n);
    assert_int_equal(stats.samples_lost, 0);
    assert_int_equal(stats.overruns, 0);
    finish_live(live, &heard);
    record_assert_equal(&expected, &heard);
    record_free(&expected);
    record_free(&heard);
    free(x);
  }
}

static void
the_worker_goes_on_where_the_host_left_off(void **state)
{
  (void)state;
  size_t n;
  float *x = music(RATE, 8, &n);
  record expected = analyse(RATE, 0, N_TOYS, x, n, 4096), heard = {.n = 0};
  ear_live *live = make_live(RATE, 0, N_TOYS, 1);
  for (size_t i = 0; i < 8; ++i) {
    play(live, i % 2 ? FREEWHEEL : WORKER, RATE, x + i * n / 8, n / 8, &heard);
    ear_live_resume(live);
  }
  ear_live_resume(live); /* once more does no harm */
  play(live, WORKER, RATE, x + n / 8 * 8, n - n / 8 * 8, &heard);
  assert_int_equal(ear_live_stats_get(live).samples_lost, 0);
  finish_live(live, &heard);
  record_assert_equal(&expected, &heard);
  record_free(&expected);
  record_free(&heard);
  free(x);
}

static void
a_host_that_holds_the_analysis_can_drain(void **state)
{
  (void)state;
  static const float x[5000];
  ear_live *live = make_live(RATE, 0, 1, 1);
  ear_live_analyse(live);
  push_block(live, x, 5000);
  ear_live_drain(live);
  assert_int_equal(ear_live_stats_get(live).samples_done, 5000);
  ear_live_free(live);
}

/* What is lost here depends on the threads; that all is accounted for does not. */
static void
a_flood_is_counted_to_the_sample(void **state)
{
  (void)state;
  size_t n;
  float *x = music(RATE, 10, &n);
  for (int round = 0; round < 10; ++round) {
    ear_live *live = make_live(RATE, 0, N_TOYS, 0.05);
    for (size_t i = 0; i + 512 <= n; i += 512) {
      push_block(live, x + i, 512);
      if (rand() % 32 == 0) {
        sleep_ms(1);
      }
      ear_report report;
      while (ear_live_pop(live, &report)) {
        assert_true(report.at_s * RATE <=
                    (double)(i + 512) + 1e-6); /* but for rounding */
      }
    }
    ear_live_drain(live);
    const ear_live_stats stats = ear_live_stats_get(live);
    assert_int_equal(stats.samples_in, n / 512 * 512);
    assert_int_equal(stats.samples_done, stats.samples_in);
    assert_true(stats.samples_lost > 0 && stats.overruns > 0);
    assert_true(stats.samples_lost < stats.samples_in);
    ear_live_free(live);
  }
  free(x);
}

/* To halve a denormal number costs some processors a hundred times more; and nobody
   asks: the analyzer takes them for 0. */
static void
sums_too_small_for_the_analyzer_cost_no_more_than_others(void **state)
{
  (void)state;
  enum { N = 200 };
  static ear_live live; /* a tape and no worker */
  float left[N], right[N], mono[N];
  const float *const in[] = {left, right};
  for (int i = 0; i < N; ++i) {
    left[i] = i % 3 ? 1e-40f : 3e-39f;
    right[i] = i % 2 ? 2e-41f : -1e-38f;
  }
  live.tape = ear_tape_new(N);
  assert_non_null(live.tape);
  ear_live_push(&live, in, 2, N);
  uint64_t lost;
  assert_int_equal(ear_tape_read(live.tape, N, mono, N, &lost), N);
  ear_tape_free(live.tape);
#if defined(__SSE2__) || defined(__aarch64__)
  for (int i = 0; i < N; ++i) {
    assert_true(mono[i] == 0);
  }
#endif
  volatile float tiny = 1e-40f; /* the caller's own arithmetic is as it was */
  assert_true(tiny * 0.5f > 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_too_small_for_the_analyzer_cost_no_more_than_others),
      cmocka_unit_test(a_stall_loses_the_oldest_and_goes_on_at_the_right_time),
      cmocka_unit_test(every_block_that_displaces_audio_is_an_overrun),
      cmocka_unit_test(commands_in_what_was_lost_are_obeyed),
      cmocka_unit_test(a_short_tape_loses_nothing_while_the_host_analyses),
      cmocka_unit_test(the_worker_goes_on_where_the_host_left_off),
      cmocka_unit_test(a_host_that_holds_the_analysis_can_drain),
      cmocka_unit_test(a_flood_is_counted_to_the_sample),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
