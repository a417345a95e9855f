/* SPDX-License-Identifier: ISC */
/* Flags and resets take effect at exactly the sample that they were given before, whoever
   analyses and however fast; many may wait, and one that cannot is refused. */
#include "live_stand.h"

#include "live.h"

enum { N_COMMANDS = 14 };

typedef struct {
  size_t at;
  bool reset; /* else flags */
  uint32_t model;
  ear_flag_config flag;
} command;

static int
by_position(const void *a, const void *b)
{
  const size_t x = ((const command *)a)->at, y = ((const command *)b)->at;
  return (x > y) - (x < y);
}

static void
make_script(command *script, size_t n, uint32_t n_models)
{
  const ear_analyzer_config config = settings(48000, 0, n_models, NULL);
  for (int i = 0; i < N_COMMANDS; ++i) {
    command *c = &script[i];
    c->at = (size_t)rand() % n;
    c->reset = i % 5 == 0;
    c->model = (uint32_t)rand() % n_models;
    c->flag = config.flag[c->model];
    c->flag.event_horizon = (ear_horizon)(rand() % EAR_N_HORIZONS);
    c->flag.hold_ms = (float)(rand() % 300);
    for (int l = 0; l < EAR_MAX_LABELS; ++l) {
      c->flag.threshold[l] = (float)(rand() % 100) / 80;
    }
    if (i == 3) {
      c->flag.hysteresis = NAN; /* changes nothing */
    }
  }
  script[0].at = 0;
  script[1].at = script[2].at = script[6].at; /* at once */
  script[7].at = n;
  qsort(script, N_COMMANDS, sizeof *script, by_position);
}

/* at_s of what was said since report `from`: after a reset at reset_s t_s starts again.
   An event comes with the verdict before it, or with the end. */
static void
stamp(record *r, size_t from, double reset_s, double end_s)
{
  for (size_t i = from; i < r->n; ++i) {
    ear_report *x = &r->report[i];
    if (x->kind == EAR_REPORT_VERDICT) {
      x->at_s = x->u.verdict.t_s + reset_s;
    } else {
      x->at_s = end_s > 0 ? end_s : x[-1].at_s;
    }
  }
}

static record
obey_in_an_analyzer(const command *script, double rate_hz, uint32_t n_models,
                    const float *x, size_t n)
{
  record r = {.n = 0};
  const ear_analyzer_config config = settings(rate_hz, 0, n_models, &r);
  ear_analyzer *an = make(&config);
  size_t at = 0;
  double reset_s = 0;
  for (int i = 0; i < N_COMMANDS; ++i) {
    const size_t n_said = r.n;
    ear_analyzer_push(an, x + at, script[i].at - at);
    stamp(&r, n_said, reset_s, 0);
    at = script[i].at;
    if (script[i].reset) {
      ear_analyzer_reset(an);
      reset_s = (double)at / rate_hz;
    } else {
      ear_analyzer_set_flags(an, script[i].model, &script[i].flag);
    }
  }
  size_t n_said = r.n;
  ear_analyzer_push(an, x + at, n - at);
  stamp(&r, n_said, reset_s, 0);
  n_said = r.n;
  ear_analyzer_finish(an);
  stamp(&r, n_said, reset_s, (double)n / rate_hz);
  ear_analyzer_free(an);
  return r;
}

static record
obey_live(const command *script, way w, double rate_hz, uint32_t n_models, const float *x,
          size_t n)
{
  record r = {.n = 0};
  const double ring_s = w == WORKER ? 0.6 : 0.2;
  ear_live *live = make_live(rate_hz, 0, n_models, ring_s);
  size_t at = 0;
  for (int i = 0; i < N_COMMANDS; ++i) {
    play(live, w, ring_s * rate_hz, x + at, script[i].at - at, &r);
    at = script[i].at;
    assert_true(script[i].reset
                    ? ear_live_reset(live)
                    : ear_live_set_flags(live, script[i].model, &script[i].flag));
  }
  play(live, w, ring_s * rate_hz, x + at, n - at, &r);
  if (w == WORKER) {
    assert_int_equal(ear_live_stats_get(live).samples_lost, 0);
  }
  finish_live(live, &r);
  return r;
}

static void
assert_same_at_s(const record *a, const record *b)
{
  for (size_t i = 0; i < a->n; ++i) {
    assert_true(a->report[i].at_s == b->report[i].at_s);
  }
}

static void
flags_and_resets_land_on_exactly_their_sample(void **state)
{
  (void)state;
  static const double rate_hz[] = {22050, 48000, 16000};
  for (int i = 0; i < 6; ++i) {
    const double rate = rate_hz[i % 3];
    size_t n;
    float *x = music(rate, 6, &n);
    command script[N_COMMANDS];
    make_script(script, n, N_TOYS);
    record expected = obey_in_an_analyzer(script, rate, N_TOYS, x, n);
    assert_true(record_n_events(&expected) > 5);
    for (way w = WORKER; w < BOTH; ++w) {
      record heard = obey_live(script, w, rate, N_TOYS, x, n);
      record_assert_equal(&expected, &heard);
      assert_same_at_s(&expected, &heard);
      record_free(&heard);
    }
    record_free(&expected);
    free(x);
  }
}

static void
who_analyses_makes_no_difference(void **state)
{
  (void)state;
  for (int i = 0; i < 10; ++i) {
    size_t n;
    float *x = music(48000, 3, &n);
    command script[N_COMMANDS];
    make_script(script, n, N_TOYS);
    record expected = obey_in_an_analyzer(script, 48000, N_TOYS, x, n), heard = {.n = 0};
    ear_live *live = make_live(48000, 0, N_TOYS, 4);
    size_t at = 0;
    for (int k = 0; k < N_COMMANDS; ++k) {
      play(live, BOTH, 0, x + at, script[k].at - at, &heard);
      at = script[k].at;
      assert_true(script[k].reset
                      ? ear_live_reset(live)
                      : ear_live_set_flags(live, script[k].model, &script[k].flag));
    }
    play(live, BOTH, 0, x + at, n - at, &heard);
    finish_live(live, &heard);
    record_assert_equal(&expected, &heard);
    assert_same_at_s(&expected, &heard);
    record_free(&heard);
    record_free(&expected);
    free(x);
  }
}

static void
a_command_after_the_last_sample_is_obeyed_too(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 1, &n);
  record heard = {.n = 0};
  ear_live *live = make_live(22050, 0, 1, 2);
  push_block(live, x, n);
  ear_live_drain(live);
  fetch(live, &heard);
  assert_true(heard.n > 0);
  record_free(&heard);
  assert_true(ear_live_reset(live));
  ear_live_drain(live);
  finish_live(live, &heard);
  assert_int_equal(heard.n, 0); /* nothing was pushed since the reset */
  record_free(&heard);
  free(x);
}

static void
many_commands_wait_and_one_more_is_refused(void **state)
{
  (void)state;
  const ear_flag_config flag = ear_flag_config_default(model[0]);
  ear_live *live = make_live(22050, 0, 1, 2);
  while (atomic_exchange(&live->busy, true)) { /* nobody analyses now */
    sleep_ms(1);
  }
  int n = 0;
  while (n < 1000 &&
         (n % 2 ? ear_live_reset(live) : ear_live_set_flags(live, 0, &flag))) {
    ++n;
  }
  assert_int_equal(n, EAR_LIVE_COMMANDS);
  assert_false(ear_live_reset(live));
  assert_false(ear_live_set_flags(live, 0, &flag));
  atomic_store(&live->busy, false);
  ear_live_drain(live);
  assert_true(ear_live_reset(live));
  ear_live_free(live);
}

static void
flags_of_no_model_change_nothing(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 2, &n);
  record expected = analyse(22050, 0, 2, x, n, 64), heard = {.n = 0};
  ear_flag_config never = ear_flag_config_default(model[0]);
  for (int l = 0; l < EAR_MAX_LABELS; ++l) {
    never.threshold[l] = 2;
  }
  ear_live *live = make_live(22050, 0, 2, 3);
  assert_true(ear_live_set_flags(live, 2, &never));
  assert_true(ear_live_set_flags(live, UINT32_MAX, &never));
  push_block(live, x, n);
  finish_live(live, &heard);
  record_assert_equal(&expected, &heard);
  record_free(&expected);
  record_free(&heard);
  free(x);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(flags_and_resets_land_on_exactly_their_sample),
      cmocka_unit_test(who_analyses_makes_no_difference),
      cmocka_unit_test(a_command_after_the_last_sample_is_obeyed_too),
      cmocka_unit_test(many_commands_wait_and_one_more_is_refused),
      cmocka_unit_test(flags_of_no_model_change_nothing),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
