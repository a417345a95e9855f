/* SPDX-License-Identifier: ISC */
/* Live says the same bits as the analyzer for every sample it took; a block that does not
   fit is dropped whole and counted, and so is a report that nobody fetched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "toy_model.h"

enum { N_TOYS = 4, RANDOM = 0 };
static ear_model *model[N_TOYS];

static int
make_models(void **state)
{
  (void)state;
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    const toy t = {
        .seed = m % 2 ? 4 : 11, .flatten = m % 2, .wide = m / 2, .n_labels = 2};
    model[m] = toy_model(&t);
  }
  return 0;
}

static int
free_models(void **state)
{
  (void)state;
  for (int m = 0; m < N_TOYS; ++m) {
    ear_model_unref(model[m]);
  }
  return 0;
}

static ear_analyzer_config
settings(double rate_hz, uint32_t n_models)
{
  ear_analyzer_config config = {.rate_hz = rate_hz, .n_models = n_models};
  for (uint32_t m = 0; m < n_models; ++m) {
    config.model[m] = model[m];
    config.flag[m] = ear_flag_config_default(model[m]);
    config.flag[m].hold_ms = 50;
    config.flag[m].event_horizon = EAR_MOMENTARY;
  }
  return config;
}

static ear_live *
make(double rate_hz, uint32_t n_models, double ring_s)
{
  const ear_analyzer_config config = settings(rate_hz, n_models);
  ear_live *live = NULL;
  ear_error err;
  assert_int_equal(ear_live_new(&live, &config, ring_s, &err), EAR_OK);
  return live;
}

/* What an analyzer says of x, not finished: live never is. */
static record
analyse(double rate_hz, uint32_t n_models, const float *x, size_t n)
{
  record r = {.n = 0};
  ear_analyzer_config config = settings(rate_hz, n_models);
  config.on_verdict = record_verdict;
  config.on_event = record_event;
  config.user = &r;
  ear_analyzer *an = NULL;
  assert_int_equal(ear_analyzer_new(&an, &config, NULL), EAR_OK);
  ear_analyzer_push(an, x, n);
  ear_analyzer_free(an);
  return r;
}

static float *
music(double rate_hz, double seconds, size_t *n)
{
  *n = (size_t)(rate_hz * seconds);
  float *x = malloc(*n * sizeof *x);
  assert_non_null(x);
  make_music(x, *n, rate_hz, 1);
  return x;
}

static void
fetch(ear_live *live, record *r)
{
  ear_report report;
  while (ear_live_pop(live, &report)) {
    record_report(r, &report);
  }
}

/* Wait until n more samples fit on the tape of one second. */
static void
wait_for_room(const ear_live *live, size_t n)
{
  for (;;) {
    const ear_live_stats stats = ear_live_stats_get(live);
    if (stats.samples_in - stats.samples_done + n <= 8192) {
      return;
    }
    sched_yield();
  }
}

/* Push all of x without losing any, and fetch all that is said. */
static record
listen(ear_live *live, const float *x, size_t n, size_t split)
{
  record r = {.n = 0};
  for (size_t i = 0; i < n;) {
    const size_t size = split == RANDOM ? (size_t)rand() % 3000 : split;
    const size_t n_now = size < n - i ? size : n - i;
    const float *in[] = {x + i};
    wait_for_room(live, n_now);
    ear_live_push(live, in, 1, n_now);
    fetch(live, &r);
    i += n_now;
  }
  ear_live_drain(live);
  fetch(live, &r);
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
      record expected = analyse(rate_hz[i], n_models, x, n);
      assert_true(record_n_verdicts(&expected, 0) > 10);
      assert_true(n_models == 1 || record_n_events(&expected) > 0);
      for (size_t s = 0; s < sizeof split / sizeof *split; ++s) {
        ear_live *live = make(rate_hz[i], n_models, 0);
        record heard = listen(live, x, n, split[s]);
        const ear_live_stats stats = ear_live_stats_get(live);
        assert_int_equal(stats.lost_reports, 0);
        assert_int_equal(stats.samples_in, n);
        record_assert_equal(&expected, &heard);
        ear_live_free(live);
        record_free(&heard);
      }
      record_free(&expected);
      free(x);
    }
  }
}

static void
empty_block_is_no_overrun(void **state)
{
  (void)state;
  ear_live *live = make(48000, 1, 0);
  ear_live_push(live, NULL, 0, 0);
  assert_int_equal(ear_live_stats_get(live).overruns, 0);
  ear_live_drain(live);
  ear_live_free(live);
}

static void
reports_nobody_fetched_are_counted_and_the_oldest_kept(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 30, &n);
  record expected = analyse(22050, 1, x, n), heard = {.n = 0};
  ear_live *live = make(22050, 1, 0.05);
  for (size_t i = 0; i < n;) {
    const size_t n_now = n - i < 500 ? n - i : 500;
    const float *in[] = {x + i};
    ear_live_push(live, in, 1, n_now);
    i += n_now;
    ear_live_drain(live);
  }
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
  const float *in[] = {x};
  for (int i = 0; i < 20; ++i) {
    ear_live *live = make(48000, N_TOYS, 3);
    ear_live_push(live, in, 1, n);
    ear_live_free(live);
  }
  ear_live_free(NULL);
  free(x);
}

static void
nonsense_is_refused_with_a_sentence(void **state)
{
  (void)state;
  ear_analyzer_config config = settings(48000, 1);
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
  record expected = analyse(44100, 1, mono, n), heard = {.n = 0};
  ear_live *live = make(44100, 1, 3);
  ear_live_push(live, in, 3, n);
  ear_live_drain(live);
  fetch(live, &heard);
  record_assert_equal(&expected, &heard);
  ear_live_free(live);
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
      cmocka_unit_test(empty_block_is_no_overrun),
      cmocka_unit_test(reports_nobody_fetched_are_counted_and_the_oldest_kept),
      cmocka_unit_test(free_stops_the_worker_in_the_middle_of_its_work),
      cmocka_unit_test(nonsense_is_refused_with_a_sentence),
      cmocka_unit_test(downmix_is_the_mean_planar_or_interleaved),
      cmocka_unit_test(channels_are_mixed_on_the_way_in),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
