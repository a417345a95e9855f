/* SPDX-License-Identifier: ISC */
/* A model swapped in says what a new analyzer would say of the sound from there on, at
   the times of the whole; the old one's open event ends; the others do not notice. usage:
   test_live_swap [number of swaps in the last test] */
#include "live_stand.h"

#include "live.h"

#include <pthread.h>

static int n_swaps = 500;

static ear_live_part *
make_part(const ear_live *live, uint32_t place, ear_model *of)
{
  ear_live_part *part = NULL;
  ear_error err;
  assert_int_equal(ear_live_part_new(&part, live, place, of, &err), EAR_OK);
  return part;
}

/* As if it had been in place `place` since start_s. */
static void
move(record *r, uint32_t place, double start_s)
{
  for (size_t i = 0; i < r->n; ++i) {
    ear_report *x = &r->report[i];
    if (x->kind == EAR_REPORT_VERDICT) {
      x->u.verdict.model = place;
      x->u.verdict.t_s += start_s;
    } else {
      x->u.event.model = place;
      x->u.event.start_s += start_s;
      x->u.event.end_s += start_s;
    }
  }
}

/* What model m alone says of x, not finished. */
static record
listen_to(double rate_hz, uint32_t m, const float *x, size_t n)
{
  record r = {.n = 0};
  const ear_analyzer_config config = settings(rate_hz, m, 1, &r);
  ear_analyzer *an = make(&config);
  ear_analyzer_push(an, x, n);
  ear_analyzer_free(an);
  return r;
}

/* The reports of the old model in place m, then its open events, then those of the new.
 */
static void
assert_exchanged(const record *own, uint32_t place, uint32_t new_model, double rate_hz,
                 const float *x, size_t n, size_t at, int *n_open)
{
  const double at_s = (double)at / rate_hz;
  record before = listen_to(rate_hz, place, x, at);
  record after = analyse(rate_hz, new_model, 1, x + at, n - at, 512);
  move(&before, place, 0);
  move(&after, place, at_s);
  assert_true(own->n >= before.n + after.n);
  const size_t n_ended = own->n - before.n - after.n;
  record first = {own->report, before.n, 0};
  record last = {own->report + before.n + n_ended, after.n, 0};
  record_assert_equal(&before, &first);
  record_assert_equal(&after, &last);
  for (size_t i = before.n; i < before.n + n_ended; ++i) {
    const ear_report *e = &own->report[i];
    assert_int_equal(e->kind, EAR_REPORT_EVENT);
    assert_true(e->at_s == at_s && e->u.event.end_s <= at_s);
  }
  size_t v = before.n;
  while (v > 0 && before.report[v - 1].kind != EAR_REPORT_VERDICT) {
    --v;
  }
  const bool open = v > 0 && before.report[v - 1].u.verdict.flag[EAR_MOMENTARY];
  assert_int_equal(n_ended > 0, open);
  *n_open += open;
  record_free(&before);
  record_free(&after);
}

static void
try_swap(double rate_hz, way w, uint32_t place, uint32_t new_model, const float *x,
         size_t n, size_t at, int *n_open)
{
  record all = analyse(rate_hz, 0, N_TOYS, x, n, 1000), heard = {.n = 0};
  const ear_analyzer_config config = settings(rate_hz, new_model, 1, NULL);
  const double ring_s = w == WORKER ? 0.6 : 4;
  ear_live *live = make_live(rate_hz, 0, N_TOYS, ring_s);
  ear_live_part *part = make_part(live, place, model[new_model]);
  play(live, w, ring_s * rate_hz, x, at, &heard);
  assert_true(ear_live_swap(live, part, &config.flag[0]));
  play(live, w, ring_s * rate_hz, x + at, n - at, &heard);
  finish_live(live, &heard);
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    record own = of_model(&heard, m);
    if (m == place) {
      assert_exchanged(&own, place, new_model, rate_hz, x, n, at, n_open);
    } else {
      record expected = of_model(&all, m);
      record_assert_equal(&expected, &own);
      record_free(&expected);
    }
    record_free(&own);
  }
  record_free(&all);
  record_free(&heard);
}

static void
a_swap_disturbs_no_other_model_and_starts_as_new(void **state)
{
  (void)state;
  static const double rate_hz[] = {22050, 48000, 16000};
  int n_open = 0;
  for (int i = 0; i < 3; ++i) {
    size_t n;
    float *x = music(rate_hz[i], 3, &n);
    for (uint32_t place = 0; place < N_TOYS; ++place) {
      const way w = (way)((place + (uint32_t)i) % N_WAYS);
      const uint32_t new_model = (uint32_t)rand() % N_TOYS;
      try_swap(rate_hz[i], w, place, new_model, x, n, (size_t)rand() % n, &n_open);
      try_swap(rate_hz[i], w, place, (place + 1) % N_TOYS, x, n, n / 2, &n_open);
    }
    try_swap(rate_hz[i], WORKER, 1, 0, x, n, 0, &n_open);
    try_swap(rate_hz[i], WORKER, 1, 0, x, n, n, &n_open);
    try_swap(rate_hz[i], WORKER, 3, 2, x, n, n / 128 * 64, &n_open);
    free(x);
  }
  assert_true(n_open > 3);
}

static void
after_a_reset_all_models_start_at_0(void **state)
{
  (void)state;
  size_t n;
  float *x = music(48000, 2.5, &n);
  record heard = {.n = 0}, rest = {.n = 0};
  const ear_analyzer_config config = settings(48000, 0, N_TOYS, NULL);
  ear_live *live = make_live(48000, 0, 2, 4);
  push_block(live, x, n / 3);
  assert_true(ear_live_swap(live, make_part(live, 0, model[3]), &config.flag[3]));
  assert_true(ear_live_swap(live, make_part(live, 1, model[2]), &config.flag[2]));
  push_block(live, x + n / 3, n / 3);
  assert_true(ear_live_swap(live, make_part(live, 0, model[2]), &config.flag[2]));
  assert_true(ear_live_swap(live, make_part(live, 0, model[1]), &config.flag[1]));
  push_block(live, x, 1000);
  ear_live_drain(live);
  fetch(live, &heard);
  assert_true(ear_live_reset(live));
  push_block(live, x, n);
  finish_live(live, &rest);
  for (uint32_t place = 0; place < 2; ++place) {
    record own = of_model(&rest, place);
    record expected = analyse(48000, place ? 2 : 1, 1, x, n, 512);
    move(&expected, place, 0);
    record_assert_equal(&expected, &own);
    record_free(&expected);
    record_free(&own);
  }
  record_free(&heard);
  record_free(&rest);
  free(x);
}

static void
flags_that_make_no_sense_become_the_models_own(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 4, &n);
  record heard = {.n = 0}, expected = {.n = 0};
  ear_analyzer_config config = settings(22050, 1, 1, &expected);
  config.flag[0] = ear_flag_config_default(model[1]);
  ear_analyzer *an = make(&config);
  ear_analyzer_push(an, x, n);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  ear_live *live = make_live(22050, 0, 1, 5);
  ear_flag_config nonsense = config.flag[0];
  nonsense.hold_ms = -1;
  assert_true(ear_live_swap(live, make_part(live, 0, model[1]), &nonsense));
  push_block(live, x, n);
  finish_live(live, &heard);
  record_assert_equal(&expected, &heard);
  record_free(&heard);
  record_free(&expected);
  free(x);
}

static void
a_part_for_no_place_is_refused_with_a_sentence(void **state)
{
  (void)state;
  ear_live *live = make_live(22050, 0, 2, 0);
  ear_live_part *part = NULL;
  ear_error err = {""};
  assert_int_equal(ear_live_part_new(&part, live, 2, model[0], &err), EAR_BAD_ARGUMENT);
  assert_true(strlen(err.text) > 20);
  assert_int_equal(ear_live_part_new(&part, live, 0, NULL, NULL), EAR_BAD_ARGUMENT);
  assert_null(part);
  ear_live_part_free(NULL);
  ear_live_part_free(make_part(live, 1, model[2])); /* made and not used */
  ear_live_free(live);
}

/* Leaks are AddressSanitizer's to find. */
static void
parts_that_still_wait_are_freed_with_the_rest(void **state)
{
  (void)state;
  const ear_flag_config flag = ear_flag_config_default(model[0]);
  for (int n_done = 0; n_done < 3; ++n_done) {
    ear_live *live = make_live(22050, 0, 2, 0);
    while (atomic_exchange(&live->busy, true)) {
      sleep_ms(1);
    }
    assert_true(ear_live_swap(live, make_part(live, 0, model[2]), &flag));
    push_block(live, (const float[1000]){0}, 1000);
    assert_true(ear_live_swap(live, make_part(live, 1, model[1]), &flag));
    assert_true(ear_live_swap(live, make_part(live, 0, model[0]), &flag));
    for (int i = 0; i < n_done; ++i) {
      ear_live_step(live);
    }
    ear_live_free(live);
  }
}

static void
the_worker_frees_what_was_swapped_out(void **state)
{
  (void)state;
  const ear_flag_config flag = ear_flag_config_default(model[1]);
  for (way w = WORKER; w < BOTH; ++w) {
    ear_live *live = make_live(22050, 0, 2, 0);
    assert_true(ear_live_swap(live, make_part(live, 0, model[1]), &flag));
    if (w == FREEWHEEL) {
      ear_live_analyse(live);
      assert_non_null(live->trash); /* not this thread's work */
      ear_live_resume(live);
    }
    ear_live_drain(live);
    for (bool waits = true; waits;) {
      sleep_ms(1);
      while (atomic_exchange(&live->busy, true)) {
        sleep_ms(1);
      }
      waits = live->trash != NULL;
      atomic_store(&live->busy, false);
    }
    ear_live_free(live);
  }
}

/* Makes parts while audio runs, as a host's worker does. */
typedef struct {
  ear_live *live;
  ear_ring *ready; /* ear_live_part *, maker -> audio */
  int n;
} maker;

static void *
make_parts(void *user)
{
  const maker *mk = user;
  for (int i = 0; i < mk->n; ++i) {
    ear_live_part *part = NULL;
    ear_live_part_new(&part, mk->live, (uint32_t)i % 2, model[i / 2 % 2], NULL);
    while (part && !ear_ring_write(mk->ready, &part, 1)) {
      sleep_ms(1);
    }
  }
  return NULL;
}

static void
thousands_of_swaps_and_resets_while_audio_runs(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 2, &n);
  const ear_analyzer_config config = settings(22050, 0, 2, NULL);
  maker mk = {.live = make_live(22050, 0, 2, 1),
              .ready = ear_ring_new(16, sizeof(ear_live_part *)),
              .n = n_swaps};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, make_parts, &mk), 0);
  int n_done = 0, n_resets = 0;
  uint64_t n_pushed = 0, n_reports = 0;
  ear_live_part *part = NULL;
  while (n_done < n_swaps || n_resets < n_swaps) {
    const size_t n_now = (size_t)rand() % 128;
    push_block(mk.live, x + n_pushed % (n - 128), n_now);
    n_pushed += n_now;
    const bool quiet = n_pushed % 32768 < 16384; /* so that something is said, too */
    if (!quiet && (part || ear_ring_read(mk.ready, &part, 1)) &&
        ear_live_swap(mk.live, part, &config.flag[rand() % 2])) {
      part = NULL;
      ++n_done;
    }
    n_resets += !quiet && rand() % 4 == 0 && ear_live_reset(mk.live);
    if (rand() % 64 == 0) {
      ear_live_analyse(mk.live);
    } else if (rand() % 8 == 0) {
      ear_live_resume(mk.live);
    } else if (rand() % 8 == 0) {
      sleep_ms(1);
    }
    ear_report report;
    while (ear_live_pop(mk.live, &report)) {
      assert_true(report.at_s * 22050 <= (double)n_pushed + 1e-6); /* but for rounding */
      ++n_reports;
    }
  }
  pthread_join(thread, NULL);
  ear_live_drain(mk.live);
  const ear_live_stats stats = ear_live_stats_get(mk.live);
  print_message("%d swaps, %d resets, %.0f s, %llu lost, %llu reports\n", n_done,
                n_resets, (double)n_pushed / 22050,
                (unsigned long long)stats.samples_lost, (unsigned long long)n_reports);
  assert_true(n_reports > 0);
  assert_int_equal(stats.samples_in, n_pushed);
  assert_int_equal(stats.samples_done, n_pushed);
  ear_live_free(mk.live);
  ear_ring_free(mk.ready);
  free(x);
}

int
main(int argc, char **argv)
{
  n_swaps = argc > 1 ? atoi(argv[1]) : n_swaps;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_swap_disturbs_no_other_model_and_starts_as_new),
      cmocka_unit_test(after_a_reset_all_models_start_at_0),
      cmocka_unit_test(flags_that_make_no_sense_become_the_models_own),
      cmocka_unit_test(a_part_for_no_place_is_refused_with_a_sentence),
      cmocka_unit_test(parts_that_still_wait_are_freed_with_the_rest),
      cmocka_unit_test(the_worker_frees_what_was_swapped_out),
      cmocka_unit_test(thousands_of_swaps_and_resets_while_audio_runs),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
