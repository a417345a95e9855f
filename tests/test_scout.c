/* SPDX-License-Identifier: ISC */
/* Stretches of a recording that scouts looked at, in any order and on any thread, give
   the verdicts and events of one pass, bit for bit, wherever the stretches are cut. */
#include "stand.h"

#include <math.h>

/* The verdicts by scouts of stretches of n_each samples, the last looked at first. */
static record
by_scouts(double rate_hz, uint32_t first, uint32_t n_models, const float *x, size_t n,
          uint64_t n_each)
{
  record r = {.n = 0};
  const ear_analyzer_config config = settings(rate_hz, first, n_models, &r);
  ear_analyzer *an = make(&config);
  ear_error err = {""};
  const size_t n_stretches = n / n_each + 1;
  ear_scout **scout = calloc(n_stretches, sizeof *scout);
  assert_non_null(scout);
  for (size_t k = n_stretches; k-- > 0;) {
    assert_int_equal(ear_scout_new(&scout[k], &config, n_each, &err), EAR_OK);
    const uint64_t begin = ear_scout_begin(scout[k], k * n_each);
    const uint64_t end = (k + 1) * n_each < n ? (k + 1) * n_each : n;
    assert_true(begin <= k * n_each);
    for (uint64_t at = begin; at < end;) {
      const size_t wish = 1 + (size_t)rand() % 3000;
      const size_t n_now = wish < end - at ? wish : (size_t)(end - at);
      ear_scout_push(scout[k], x + at, n_now);
      at += n_now;
    }
    if (k + 1 == n_stretches) {
      ear_scout_finish(scout[k]);
    }
  }
  for (size_t k = 0; k < n_stretches; ++k) {
    ear_analyzer_take(an, scout[k]);
    ear_scout_free(scout[k]);
  }
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  free(scout);
  return r;
}

static void
assert_scouts_agree(double rate_hz, uint32_t first, uint32_t n_models)
{
  size_t n;
  float *x = music(rate_hz, 9.7, &n);
  record whole = analyse(rate_hz, first, n_models, x, n, 8192);
  assert_true(whole.n > 40);
  for (double each_s = 0.3; each_s < 12; each_s *= 1.7) {
    const uint64_t n_each =
        (uint64_t)(each_s * rate_hz / EAR_SCOUT_STEP) * EAR_SCOUT_STEP;
    record r = by_scouts(rate_hz, first, n_models, x, n, n_each);
    record_assert_equal(&whole, &r);
    record_free(&r);
  }
  record_free(&whole);
  free(x);
}

static void
stretches_give_the_bits_of_one_pass(void **state)
{
  (void)state;
  static const double rate_hz[] = {44100, 48000, 88200, 96000, 192000};
  for (size_t i = 0; i < sizeof rate_hz / sizeof *rate_hz; ++i) {
    assert_scouts_agree(rate_hz[i], 0, N_TOYS);
  }
  assert_scouts_agree(48000, 0, 1);
  assert_scouts_agree(44100, 1, 1);
  assert_scouts_agree(22050, 0, 1); /* not resampled */
}

/* Far shorter than the resampler's blocks, so that many come at once. */
static void
short_ticks_are_all_kept(void **state)
{
  (void)state;
  const toy quick = {.seed = 11, .wide = 2, .n_labels = 2, .harshness = true};
  ear_model *usual = model[0];
  model[0] = toy_model(&quick);
  assert_scouts_agree(48000, 0, 1);
  assert_scouts_agree(44100, 0, 2);
  ear_model_unref(model[0]);
  model[0] = usual;
}

static void
an_end_at_a_cut_is_no_stretch_too_many(void **state)
{
  (void)state;
  const size_t n_each = EAR_SCOUT_STEP * 750; /* 1 s */
  size_t n;
  float *x = music(48000, 5, &n);
  for (size_t n_odd = 0; n_odd < 3; ++n_odd) {
    const size_t n_now = 4 * n_each + (n_odd == 1 ? 1 : n_odd == 2 ? 63 : 0);
    record whole = analyse(48000, 0, N_TOYS, x, n_now, 512);
    record r = by_scouts(48000, 0, N_TOYS, x, n_now, n_each);
    record_assert_equal(&whole, &r);
    record_free(&whole);
    record_free(&r);
  }
  free(x);
}

static void
a_scout_begins_anew_wherever_it_is_sent(void **state)
{
  (void)state;
  enum { EACH = EAR_SCOUT_STEP * 750, N = 6 };
  size_t n;
  float *x = music(48000, N + 1, &n);
  record whole = analyse(48000, 0, N_TOYS, x, N * EACH + 17, 512), r = {.n = 0};
  const ear_analyzer_config config = settings(48000, 0, N_TOYS, &r);
  ear_analyzer *an = make(&config);
  ear_scout *one;
  assert_int_equal(ear_scout_new(&one, &config, EACH, NULL), EAR_OK);
  for (uint64_t k = 0; k <= N; ++k) {
    uint64_t at = ear_scout_begin(one, (N - k) * EACH); /* elsewhere, and left there */
    ear_scout_push(one, x + at, 5000);
    at = ear_scout_begin(one, k * EACH);
    ear_scout_push(one, x + at, (k < N ? (k + 1) * EACH : N * EACH + 17) - at);
    if (k == N) {
      ear_scout_finish(one);
    }
    ear_analyzer_take(an, one);
  }
  ear_analyzer_finish(an);
  record_assert_equal(&whole, &r);
  ear_scout_free(one);
  ear_analyzer_free(an);
  record_free(&whole);
  record_free(&r);
  free(x);
}

static void
what_no_scout_can_do_is_refused(void **state)
{
  (void)state;
  record r = {.n = 0};
  ear_analyzer_config config = settings(47999, 0, 1, &r);
  ear_scout *scout;
  ear_error err = {""};
  assert_int_equal(ear_scout_new(&scout, &config, 64000, &err), EAR_BAD_ARGUMENT);
  assert_null(scout);
  assert_non_null(strstr(err.text, "47999 Hz"));
  config.rate_hz = 48000;
  assert_int_equal(ear_scout_new(&scout, &config, UINT64_MAX, &err), EAR_NO_MEMORY);
  assert_null(scout);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stretches_give_the_bits_of_one_pass),
      cmocka_unit_test(short_ticks_are_all_kept),
      cmocka_unit_test(an_end_at_a_cut_is_no_stretch_too_many),
      cmocka_unit_test(a_scout_begins_anew_wherever_it_is_sent),
      cmocka_unit_test(what_no_scout_can_do_is_refused),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
