/* SPDX-License-Identifier: ISC */
/* An analyzer's verdicts depend on the samples alone: not on how they were split, on what
   came before a reset, on the other models, or on values that are no sound. */
#include "stand.h"

static void
assert_any_split_agrees(double rate_hz, uint32_t first, uint32_t n_models)
{
  static const size_t split[] = {1, 7, 64, 441, 8192, RANDOM};
  size_t n;
  float *x = music(rate_hz, 4.3, &n);
  record whole = analyse(rate_hz, first, n_models, x, n, n);
  for (uint32_t m = 0; m < n_models; ++m) {
    assert_in_range(record_n_verdicts(&whole, m), 20, 1000);
  }
  assert_true(n_models == 1 || record_n_events(&whole) > 3);
  for (size_t s = 0; s < sizeof split / sizeof *split; ++s) {
    record r = analyse(rate_hz, first, n_models, x, n, split[s]);
    record_assert_equal(&whole, &r);
    record_free(&r);
  }
  record_free(&whole);
  free(x);
}

static void
any_split_gives_the_same_bits_at_any_rate(void **state)
{
  (void)state;
  /* 16 and 22.05 kHz are the models' own: one stage resamples, the other does not. */
  static const double rate_hz[] = {8000,  16000, 22050,  44100,
                                   48000, 96000, 192000, 384000};
  for (size_t i = 0; i < sizeof rate_hz / sizeof *rate_hz; ++i) {
    assert_any_split_agrees(rate_hz[i], 0, 1);
    assert_any_split_agrees(rate_hz[i], 1, 1);
    assert_any_split_agrees(rate_hz[i], 0, N_TOYS);
  }
}

static void
reset_is_as_good_as_new(void **state)
{
  (void)state;
  size_t n;
  float *x = music(48000, 4, &n);
  record fresh = analyse(48000, 0, N_TOYS, x, n, 512), again = {.n = 0};
  const ear_analyzer_config config = settings(48000, 0, N_TOYS, &again);
  ear_analyzer *an = make(&config);
  ear_analyzer_push(an, x + 1234, n / 3 + 5); /* no whole number of blocks */
  ear_analyzer_reset(an);
  record_free(&again);
  ear_analyzer_push(an, x, n);
  ear_analyzer_finish(an);
  record_assert_equal(&fresh, &again);
  ear_analyzer_reset(an);
  record_free(&again);
  push_split(an, x, n, 1000);
  ear_analyzer_finish(an);
  record_assert_equal(&fresh, &again);
  ear_analyzer_free(an);
  record_free(&fresh);
  record_free(&again);
  free(x);
}

static void
models_do_not_disturb_one_another(void **state)
{
  (void)state;
  size_t n;
  float *x = music(44100, 4, &n);
  record all = analyse(44100, 0, N_TOYS, x, n, n);
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    record alone = analyse(44100, m, 1, x, n, n), mine = {.n = 0};
    for (size_t i = 0; i < all.n; ++i) {
      ear_report report = all.report[i];
      uint32_t *index = report.kind == EAR_REPORT_VERDICT ? &report.u.verdict.model
                                                          : &report.u.event.model;
      if (*index == m) {
        *index = 0;
        record_report(&mine, &report);
      }
    }
    record_assert_equal(&alone, &mine);
    record_free(&alone);
    record_free(&mine);
  }
  record_free(&all);
  free(x);
}

static void
verdicts_come_one_tick_apart_from_the_first_receptive_field_on(void **state)
{
  (void)state;
  for (uint32_t m = 0; m < N_TOYS; ++m) {
    const ear_model_info *info = ear_model_info_get(model[m]);
    size_t n;
    float *x = music(48000, 3, &n);
    record r = analyse(48000, m, 1, x, n, n);
    size_t tick = 0;
    for (size_t i = 0; i < r.n; ++i) {
      if (r.report[i].kind == EAR_REPORT_VERDICT) {
        const double expected = info->receptive_s + (double)tick++ * info->tick_s;
        assert_true(fabs(r.report[i].u.verdict.t_s - expected) < 1e-6);
      }
    }
    assert_int_equal(tick, 1 + (int)((3 - info->receptive_s) / info->tick_s));
    record_free(&r);
    free(x);
  }
}

static void
short_input_still_gets_one_verdict_of_each_model(void **state)
{
  (void)state;
  static const double rate_hz[] = {8000, 22050, 48000, 384000};
  for (size_t i = 0; i < sizeof rate_hz / sizeof *rate_hz; ++i) {
    const size_t n = (size_t)(0.01 * rate_hz[i]);
    float *x = malloc(n * sizeof *x);
    for (size_t k = 0; k < n; ++k) {
      x[k] = 0.5f;
    }
    record r = {.n = 0};
    const ear_analyzer_config config = settings(rate_hz[i], 0, N_TOYS, &r);
    ear_analyzer *an = make(&config);
    for (int again = 0; again < 2; ++again) {
      record_free(&r);
      ear_analyzer_push(an, x, n);
      ear_analyzer_finish(an);
      ear_analyzer_reset(an);
    }
    ear_analyzer_free(an);
    for (uint32_t m = 0; m < N_TOYS; ++m) {
      assert_int_equal(record_n_verdicts(&r, m), 1);
    }
    for (size_t k = 0; k < r.n; ++k) {
      if (r.report[k].kind == EAR_REPORT_VERDICT) {
        assert_true(r.report[k].u.verdict.t_s == (double)n / rate_hz[i]);
        /* Of the input, not of the silence behind it; a resampler rings a little. */
        assert_true(fabs(r.report[k].u.verdict.level_dbfs + 6.02) < 1);
      }
    }
    record_free(&r);
    free(x);
  }
}

static void
samples_after_the_end_are_ignored_until_reset(void **state)
{
  (void)state;
  static const double rate_hz[] = {22050, 8000, 48000};
  for (size_t i = 0; i < sizeof rate_hz / sizeof *rate_hz; ++i) {
    size_t n;
    float *x = music(rate_hz[i], 3, &n);
    record r = {.n = 0};
    const ear_analyzer_config config = settings(rate_hz[i], 0, 2, &r);
    ear_analyzer *an = make(&config);
    ear_analyzer_push(an, x, n);
    ear_analyzer_finish(an);
    const size_t n_reports = r.n;
    ear_analyzer_push(an, x, n);
    ear_analyzer_finish(an);
    assert_int_equal(r.n, n_reports);
    ear_analyzer_free(an);
    record_free(&r);
    free(x);
  }
}

static void
no_input_gives_no_verdict(void **state)
{
  (void)state;
  record r = {.n = 0};
  const ear_analyzer_config config = settings(48000, 0, N_TOYS, &r);
  ear_analyzer *an = make(&config);
  ear_analyzer_push(an, NULL, 0);
  ear_analyzer_finish(an);
  assert_int_equal(r.n, 0);
  ear_analyzer_free(an);
}

static void
nonsense_is_refused_with_a_sentence(void **state)
{
  (void)state;
  const ear_analyzer_config good = settings(48000, 0, 1, NULL);
  ear_analyzer_config bad[8];
  for (int i = 0; i < 8; ++i) {
    bad[i] = good;
  }
  bad[0].rate_hz = 7999;
  bad[1].rate_hz = 384001;
  bad[2].rate_hz = NAN;
  bad[3].n_models = 0;
  bad[4].n_models = EAR_MAX_MODELS + 1;
  bad[5].model[0] = NULL;
  bad[6].flag[0].threshold[1] = NAN;
  bad[7].flag[0].event_horizon = (ear_horizon)7;
  for (int i = 0; i < 8; ++i) {
    ear_analyzer *an = NULL;
    ear_error err = {""};
    assert_int_equal(ear_analyzer_new(&an, &bad[i], &err), EAR_BAD_ARGUMENT);
    assert_null(an);
    assert_true(strlen(err.text) > 20);
    assert_int_equal(ear_analyzer_new(&an, &bad[i], NULL), EAR_BAD_ARGUMENT);
  }
}

static void
new_flags_count_from_now_on_and_nonsense_changes_nothing(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 8, &n);
  record r = {.n = 0};
  ear_analyzer_config config = settings(22050, 0, 1, &r);
  config.flag[0].threshold[1] = 0;
  ear_analyzer *an = make(&config);
  ear_analyzer_push(an, x, n / 2);
  const size_t before = r.n;
  assert_true(r.report[before - 1].u.verdict.flag[EAR_SHORT]);
  assert_int_equal(record_n_events(&r), 0);
  ear_flag_config flag = config.flag[0];
  flag.threshold[1] = NAN;
  ear_analyzer_set_flags(an, 0, &flag);
  ear_analyzer_set_flags(an, 1, &config.flag[0]);
  ear_analyzer_push(an, x, 4410);
  assert_true(r.report[r.n - 1].u.verdict.flag[EAR_SHORT]);
  flag.threshold[1] = 2;
  ear_analyzer_set_flags(an, 0, &flag);
  ear_analyzer_push(an, x + n / 2, n / 2);
  assert_false(r.report[r.n - 1].u.verdict.flag[EAR_SHORT]);
  assert_int_equal(record_n_events(&r), 1);
  ear_analyzer_free(an);
  record_free(&r);
  free(x);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_split_gives_the_same_bits_at_any_rate),
      cmocka_unit_test(samples_after_the_end_are_ignored_until_reset),
      cmocka_unit_test(reset_is_as_good_as_new),
      cmocka_unit_test(models_do_not_disturb_one_another),
      cmocka_unit_test(verdicts_come_one_tick_apart_from_the_first_receptive_field_on),
      cmocka_unit_test(short_input_still_gets_one_verdict_of_each_model),
      cmocka_unit_test(no_input_gives_no_verdict),
      cmocka_unit_test(nonsense_is_refused_with_a_sentence),
      cmocka_unit_test(new_flags_count_from_now_on_and_nonsense_changes_nothing),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
