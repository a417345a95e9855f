/* SPDX-License-Identifier: ISC */
/* A flag goes on at the threshold, off when p has been under threshold - hysteresis, at
   least half of the threshold, for the hold time, and each such stretch becomes one
   event, rejected if it is too short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

static const double tick_s = 0.125; /* exact in binary: so are all times here */
enum { MAX_STEPS = 64 };

typedef struct {
  ear_flag_state state;
  uint32_t n_steps;
  bool on[MAX_STEPS];
  uint32_t n_events;
  ear_event event[MAX_STEPS];
} run;

/* Threshold 0.5, off under 0.375, hold 4 ticks, minimum 3 ticks. */
static ear_flag_config
settings(void)
{
  ear_flag_config config = {
      .hysteresis = 0.125f, .hold_ms = 500, .min_ms = 375, .event_horizon = EAR_SHORT};
  for (int l = 0; l < EAR_MAX_LABELS; ++l) {
    config.threshold[l] = 0.5f;
  }
  return config;
}

static void
push(run *r, const ear_flag_config *config, float p, float low_hz, float high_hz)
{
  const double t_s = (r->n_steps + 1) * tick_s;
  r->n_events += ear_flag_step(&r->state, config, 0, t_s, tick_s, p, low_hz, high_hz,
                               &r->event[r->n_events]);
  r->on[r->n_steps++] = r->state.on;
}

static run
feed(const ear_flag_config *config, const float *p, uint32_t n)
{
  run r = {.n_steps = 0};
  for (uint32_t i = 0; i < n; ++i) {
    push(&r, config, p[i], 0, 0);
  }
  return r;
}

static void
finish(run *r, const ear_flag_config *config)
{
  r->n_events +=
      ear_flag_finish(&r->state, config, r->n_steps * tick_s, &r->event[r->n_events]);
}

#define FEED(config, ...)                                                                \
  feed(config, (const float[]){__VA_ARGS__},                                             \
       sizeof((const float[]){__VA_ARGS__}) / sizeof(float))

static void
flag_goes_on_at_the_threshold_and_not_below(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  const run r = FEED(&config, nextafterf(0.5f, 0), 0.5f);
  assert_false(r.on[0]);
  assert_true(r.on[1]);
}

static void
flag_stays_on_within_the_hysteresis(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  run r = FEED(&config, 0.5f);
  for (int i = 0; i < 20; ++i) {
    push(&r, &config, 0.375f, 0, 0);
    assert_true(r.state.on);
  }
}

static void
flag_goes_off_after_exactly_the_hold_time(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  const run r = FEED(&config, 0.9f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f);
  const bool on[] = {true, true, true, true, false, false};
  assert_memory_equal(r.on, on, sizeof on);
}

static void
no_hold_time_goes_off_at_the_first_tick_below(void **state)
{
  (void)state;
  ear_flag_config config = settings();
  config.hold_ms = 0;
  const run r = FEED(&config, 0.9f, 0.1f);
  assert_false(r.on[1]);
  assert_int_equal(r.n_events, 1);
}

/* Hysteresis 0.1, as shipped. */
static void
flag_goes_off_however_low_the_threshold(void **state)
{
  (void)state;
  ear_flag_config config = settings();
  config.hysteresis = 0.1f;
  config.hold_ms = 0;
  for (int percent = 1; percent <= 100; ++percent) {
    const float threshold = (float)percent / 100;
    config.threshold[0] = threshold;
    const float off = ear_flag_off_level(&config, 0);
    assert_true(off > 0 && off < threshold);
    const run r = FEED(&config, threshold, off, nextafterf(off, 0), 0);
    assert_true(r.on[0] && r.on[1]);
    assert_false(r.on[2] || r.on[3]);
  }
}

static void
off_level_is_a_hysteresis_under_the_threshold_but_at_least_half_of_it(void **state)
{
  (void)state;
  ear_flag_config config = settings();
  config.hysteresis = 0.1f;
  const struct {
    float threshold, off;
  } known[] = {{0.62f, 0.62f - 0.1f}, /* as shipped */
               {0.25f, 0.25f - 0.1f},
               {0.125f, 0.0625f},
               {0.1f, 0.05f},
               {0, 0}};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    config.threshold[1] = known[i].threshold;
    assert_true(ear_flag_off_level(&config, 1) == known[i].off);
  }
}

static void
dips_shorter_than_the_hold_time_join_into_one_event(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  run r = FEED(&config, 0.9f, 0, 0, 0, 0.4f, 0, 0, 0, 0.6f);
  assert_int_equal(r.n_events, 0);
  finish(&r, &config);
  assert_int_equal(r.n_events, 1);
  assert_true(r.event[0].end_s == 9 * tick_s);
}

static void
event_spans_its_first_ticks_audio_to_its_last_tick_without_the_hold(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  const run r = FEED(&config, 0, 0, 0.6f, 0.4f, 0.4f, 0.4f, 0, 0, 0, 0, 0);
  assert_int_equal(r.n_events, 1);
  assert_true(r.event[0].start_s == 2 * tick_s);
  assert_true(r.event[0].end_s == 6 * tick_s);
  assert_false(r.event[0].rejected);
}

static void
event_never_starts_before_the_input(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  ear_flag_state s = {.on = false};
  ear_event event;
  assert_false(ear_flag_step(&s, &config, 0, 0.05, tick_s, 0.9f, 0, 0, &event));
  assert_true(ear_flag_finish(&s, &config, 0.05, &event));
  assert_true(event.start_s == 0 && event.end_s == 0.05);
}

static void
peak_and_place_are_those_of_the_largest_p(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  run r = {.n_steps = 0};
  push(&r, &config, 0.6f, 100, 200);
  push(&r, &config, 0.8f, 300, 400);
  push(&r, &config, 0.8f, 500, 600);
  push(&r, &config, 0.7f, 700, 800);
  finish(&r, &config);
  assert_true(r.event[0].peak_p == 0.8f);
  assert_true(r.event[0].low_hz == 300 && r.event[0].high_hz == 400);
}

static void
only_stretches_shorter_than_the_minimum_are_rejected(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  run just = FEED(&config, 0.9f, 0.9f, 0.9f);
  finish(&just, &config);
  assert_false(just.event[0].rejected);
  run brief = FEED(&config, 0.9f, 0.9f);
  finish(&brief, &config);
  assert_int_equal(brief.n_events, 1);
  assert_true(brief.event[0].rejected);
}

static void
minimum_is_met_although_times_are_rounded_sums(void **state)
{
  (void)state;
  ear_flag_config config = settings();
  const double tick = 0.1; /* not exact in binary */
  for (int first = 1; first < 1000; ++first) {
    config.min_ms = 300;
    ear_flag_state s = {.on = false};
    ear_event event;
    for (int i = first; i < first + 3; ++i) {
      ear_flag_step(&s, &config, 0, i * tick, tick, 0.9f, 0, 0, &event);
    }
    assert_true(ear_flag_finish(&s, &config, (first + 2) * tick, &event));
    assert_false(event.rejected);
  }
}

static void
end_of_input_closes_an_open_stretch_once(void **state)
{
  (void)state;
  const ear_flag_config config = settings();
  run r = FEED(&config, 0.9f, 0.9f, 0.9f, 0.1f);
  finish(&r, &config);
  finish(&r, &config);
  assert_int_equal(r.n_events, 1);
  assert_true(r.event[0].end_s == 3 * tick_s);
}

static void
label_with_a_threshold_over_one_never_flags(void **state)
{
  (void)state;
  ear_flag_config config = settings();
  config.threshold[0] = 1.05f; /* p = 1 is over threshold - hysteresis */
  const run r = FEED(&config, 1, 1, 1);
  assert_false(r.on[0] || r.on[1] || r.on[2]);
  config.threshold[0] = 1;
  assert_true(FEED(&config, 1).on[0]);
}

static void
threshold_raised_over_one_ends_a_stretch_at_once(void **state)
{
  (void)state;
  ear_flag_config config = settings();
  run r = FEED(&config, 1, 1, 1);
  config.threshold[0] = 1.05f;
  push(&r, &config, 1, 0, 0);
  assert_false(r.state.on);
  assert_int_equal(r.n_events, 1);
}

/* On at t: some s <= t reached the threshold, and from s to t there never was a whole
   hold time without a tick over the lower threshold. */
static bool
on_by_definition(const float *p, int t, int hold)
{
  for (int s = 0; s <= t; ++s) {
    bool on = p[s] >= 0.5f;
    for (int u = s, last = s; on && u <= t; ++u) {
      last = p[u] >= 0.375f ? u : last;
      on = u == last || u - last < hold;
    }
    if (on) {
      return true;
    }
  }
  return false;
}

static void
flag_is_what_the_definition_says_for_random_posteriors(void **state)
{
  (void)state;
  srand(1);
  for (int round = 0; round < 5000; ++round) {
    ear_flag_config config = settings();
    const int hold = rand() % 5;
    config.hold_ms = (float)(1000 * tick_s * hold);
    float p[MAX_STEPS];
    for (int i = 0; i < MAX_STEPS; ++i) {
      p[i] = (float)(rand() % 9) / 16.0f + 0.0625f; /* 0.0625 .. 0.5625 */
    }
    const run r = feed(&config, p, MAX_STEPS);
    uint32_t n_ended = 0;
    for (int i = 0; i < MAX_STEPS; ++i) {
      assert_int_equal(r.on[i], on_by_definition(p, i, hold));
      n_ended += i > 0 && r.on[i - 1] && !r.on[i];
    }
    assert_int_equal(r.n_events, n_ended);
  }
}

static void
settings_that_make_no_sense_are_named(void **state)
{
  (void)state;
  ear_flag_config config = settings();
  assert_null(ear_flag_config_problem(&config, 2));
  config.threshold[2] = NAN;
  assert_null(ear_flag_config_problem(&config, 2));
  assert_non_null(ear_flag_config_problem(&config, 3));
  config = settings();
  config.hysteresis = -0.1f;
  assert_non_null(ear_flag_config_problem(&config, 2));
  config = settings();
  config.hold_ms = NAN;
  assert_non_null(ear_flag_config_problem(&config, 2));
  config = settings();
  config.min_ms = -1;
  assert_non_null(ear_flag_config_problem(&config, 2));
  config = settings();
  config.event_horizon = (ear_horizon)3;
  assert_non_null(ear_flag_config_problem(&config, 2));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(flag_goes_on_at_the_threshold_and_not_below),
      cmocka_unit_test(flag_stays_on_within_the_hysteresis),
      cmocka_unit_test(flag_goes_off_after_exactly_the_hold_time),
      cmocka_unit_test(no_hold_time_goes_off_at_the_first_tick_below),
      cmocka_unit_test(flag_goes_off_however_low_the_threshold),
      cmocka_unit_test(
          off_level_is_a_hysteresis_under_the_threshold_but_at_least_half_of_it),
      cmocka_unit_test(dips_shorter_than_the_hold_time_join_into_one_event),
      cmocka_unit_test(
          event_spans_its_first_ticks_audio_to_its_last_tick_without_the_hold),
      cmocka_unit_test(event_never_starts_before_the_input),
      cmocka_unit_test(peak_and_place_are_those_of_the_largest_p),
      cmocka_unit_test(only_stretches_shorter_than_the_minimum_are_rejected),
      cmocka_unit_test(minimum_is_met_although_times_are_rounded_sums),
      cmocka_unit_test(end_of_input_closes_an_open_stretch_once),
      cmocka_unit_test(label_with_a_threshold_over_one_never_flags),
      cmocka_unit_test(threshold_raised_over_one_ends_a_stretch_at_once),
      cmocka_unit_test(flag_is_what_the_definition_says_for_random_posteriors),
      cmocka_unit_test(settings_that_make_no_sense_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
