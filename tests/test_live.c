/* SPDX-License-Identifier: ISC */
/* Live says the same bits as the analyzer for all that was pushed, whatever the blocks
   and the threads were like, and gives the last verdicts and events at its end. */
#include "live_stand.h"

/* Push all of x without losing any, and fetch all that is said. */
static record
listen(ear_live *live, const float *x, size_t n, size_t split, double room)
{
  record r = {.n = 0};
  for (size_t i = 0; i < n;) {
    const size_t size = split == RANDOM ? (size_t)rand() % 3000 : split;
    const size_t n_now = size < n - i ? size : n - i;
    wait_for_room(live, n_now, room);
    push_block(live, x + i, n_now);
    fetch(live, &r);
    i += n_now;
  }
  assert_int_equal(ear_live_stats_get(live).samples_lost, 0);
  assert_int_equal(ear_live_stats_get(live).overruns, 0);
  assert_int_equal(ear_live_stats_get(live).samples_in, n);
  finish_live(live, &r);
  return r;
}

static void
any_split_gives_the_analyzers_bits(void **state)
{
  (void)state;
  static const double rate_hz[] = {8000, 22050, 44100, 48000, 96000, 192000, 384000};
  static const size_t split[] = {1, 7, 64, 441, 8192, RANDOM};
  for (size_t i = 0; i < sizeof rate_hz / sizeof *rate_hz; ++i) {
    for (uint32_t n_models = 1; n_models <= N_TOYS; n_models += 3) {
      size_t n;
      float *x = music(rate_hz[i], 2.2, &n);
      record expected = analyse(rate_hz[i], 0, n_models, x, n, 4096);
      assert_true(record_n_verdicts(&expected, 0) > 10);
      assert_true(n_models == 1 || record_n_events(&expected) > 0);
      for (size_t s = 0; s < sizeof split / sizeof *split; ++s) {
        ear_live *live = make_live(rate_hz[i], 0, n_models, 1.1);
        record heard = listen(live, x, n, split[s], 1.1 * rate_hz[i]);
        record_assert_equal(&expected, &heard);
        record_free(&heard);
      }
      record_free(&expected);
      free(x);
    }
  }
}

static void
finish_gives_what_is_still_open(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 3.3, &n);
  n = 22050 / 4 * 11; /* in the middle of what is flagged, see below */
  record heard = {.n = 0};
  ear_live *live = make_live(22050, 0, N_TOYS, 4);
  push_block(live, x, n);
  ear_live_drain(live);
  fetch(live, &heard);
  const size_t n_events = record_n_events(&heard);
  finish_live(live, &heard);
  assert_true(record_n_events(&heard) > n_events);
  const ear_report *last = &heard.report[heard.n - 1];
  assert_int_equal(last->kind, EAR_REPORT_EVENT);
  assert_float_equal(last->at_s, (double)n / 22050, 0);
  record_free(&heard);
  free(x);
}

static void
a_start_shorter_than_a_tick_gets_a_verdict_at_the_end(void **state)
{
  (void)state;
  size_t n;
  float *x = music(48000, 0.01, &n);
  record expected = analyse(48000, 0, 2, x, n, 64), heard = {.n = 0};
  assert_int_equal(record_n_verdicts(&expected, 0), 1);
  assert_int_equal(record_n_verdicts(&expected, 1), 1);
  ear_live *live = make_live(48000, 0, 2, 0);
  push_block(live, x, n);
  finish_live(live, &heard);
  record_assert_equal(&expected, &heard);
  record_free(&expected);
  record_free(&heard);
  free(x);
}

static void
empty_block_is_no_overrun(void **state)
{
  (void)state;
  ear_live *live = make_live(48000, 0, 1, 0);
  record heard = {.n = 0};
  ear_live_push(live, NULL, 0, 0);
  assert_int_equal(ear_live_stats_get(live).overruns, 0);
  ear_live_drain(live);
  finish_live(live, &heard);
  assert_int_equal(heard.n, 0);
}

static void
reports_nobody_fetched_are_counted_and_the_oldest_kept(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 30, &n);
  record expected = analyse(22050, 0, 1, x, n, 4096), heard = {.n = 0};
  ear_live *live = make_live(22050, 0, 1, 0.05);
  for (size_t i = 0; i < n; i += 500) {
    push_block(live, x + i, n - i < 500 ? n - i : 500);
    ear_live_analyse(live);
  }
  ear_live_finish(live);
  const uint32_t n_lost = ear_live_stats_get(live).lost_reports;
  fetch(live, &heard);
  assert_true(n_lost > 0 && heard.n >= 32);
  assert_int_equal(heard.n + n_lost, expected.n);
  expected.n = heard.n;
  record_assert_equal(&expected, &heard);
  ear_live_free(live);
  record_free(&expected);
  record_free(&heard);
  free(x);
}

static void
free_stops_the_worker_in_the_middle_of_its_work(void **state)
{
  (void)state;
  size_t n;
  float *x = music(48000, 2, &n);
  for (int i = 0; i < 20; ++i) {
    ear_live *live = make_live(48000, 0, N_TOYS, 3);
    push_block(live, x, n);
    sleep_ms(i);
    ear_live_free(live);
  }
  ear_live_free(NULL);
  free(x);
}

static void
nonsense_is_refused_with_a_sentence(void **state)
{
  (void)state;
  ear_analyzer_config config = settings(48000, 0, 1, NULL);
  ear_live *live = NULL;
  ear_error err = {""};
  assert_int_equal(ear_live_new(&live, &config, -1, &err), EAR_BAD_ARGUMENT);
  assert_true(strlen(err.text) > 20);
  assert_int_equal(ear_live_new(&live, &config, NAN, NULL), EAR_BAD_ARGUMENT);
  assert_int_equal(ear_live_new(&live, &config, 1e9, NULL), EAR_BAD_ARGUMENT);
  config.rate_hz = 100;
  assert_int_equal(ear_live_new(&live, &config, 0, &err), EAR_BAD_ARGUMENT);
  assert_null(live);
}

static void
downmix_is_the_mean_planar_or_interleaved(void **state)
{
  (void)state;
  enum { N = 301, MOST = 9 };
  static float plane[MOST][N], inter[N * MOST], a[N], b[N];
  for (uint32_t n_channels = 0; n_channels <= MOST; ++n_channels) {
    const float *in[MOST];
    for (uint32_t c = 0; c < n_channels; ++c) {
      in[c] = plane[c];
      for (size_t i = 0; i < N; ++i) {
        plane[c][i] = inter[i * n_channels + c] = (float)rand() / (float)RAND_MAX - 0.5f;
      }
    }
    ear_downmix(a, in, n_channels, N);
    ear_downmix_interleaved(b, inter, n_channels, N);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < N; ++i) {
      double sum = 0;
      for (uint32_t c = 0; c < n_channels; ++c) {
        sum += (double)plane[c][i];
      }
      assert_true(fabs((double)a[i] - (n_channels ? sum / n_channels : 0)) < 1e-6);
    }
    if (n_channels) {
      ear_downmix(plane[0], in, n_channels, N); /* in place */
      assert_memory_equal(plane[0], a, sizeof a);
    }
  }
}

static void
channels_are_mixed_on_the_way_in(void **state)
{
  (void)state;
  size_t n;
  float *x = music(44100, 2, &n), *y = malloc(n * sizeof *y),
        *mono = malloc(n * sizeof *y);
  make_music(y, n, 44100, 77);
  const float *in[] = {x, y, x};
  ear_downmix(mono, in, 3, n);
  record expected = analyse(44100, 0, 1, mono, n, 4096), heard = {.n = 0};
  ear_live *live = make_live(44100, 0, 1, 3);
  ear_live_push(live, in, 3, n);
  finish_live(live, &heard);
  record_assert_equal(&expected, &heard);
  record_free(&expected);
  record_free(&heard);
  free(x);
  free(y);
  free(mono);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_split_gives_the_analyzers_bits),
      cmocka_unit_test(finish_gives_what_is_still_open),
      cmocka_unit_test(a_start_shorter_than_a_tick_gets_a_verdict_at_the_end),
      cmocka_unit_test(empty_block_is_no_overrun),
      cmocka_unit_test(reports_nobody_fetched_are_counted_and_the_oldest_kept),
      cmocka_unit_test(free_stops_the_worker_in_the_middle_of_its_work),
      cmocka_unit_test(nonsense_is_refused_with_a_sentence),
      cmocka_unit_test(downmix_is_the_mean_planar_or_interleaved),
      cmocka_unit_test(channels_are_mixed_on_the_way_in),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
