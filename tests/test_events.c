/* SPDX-License-Identifier: ISC */
/* Events are the stretches of the flags, dated to the sound, and say where in the
   spectrum the evidence lies. */
#include "stand.h"

/* Where a horizon of behind_s seconds of audio has its middle at t_s. */
static double
middle_of(double t_s, double behind_s)
{
  return t_s - fmin(t_s, behind_s) / 2;
}

static void
events_are_the_stretches_of_the_flags(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 20, &n);
  record r = analyse(22050, 0, 1, x, n, n); /* one label that flags */
  const double tick_s = ear_model_info_get(model[0])->tick_s;
  const double behind_s = 0.4 + ear_model_info_get(model[0])->receptive_s - tick_s;
  double on_since = -1;
  size_t n_stretches = 0;
  for (size_t i = 0; i < r.n; ++i) {
    if (r.report[i].kind == EAR_REPORT_EVENT) {
      const ear_event *e = &r.report[i].u.event;
      assert_int_equal(e->label, 1);
      assert_true(e->start_s == middle_of(on_since - tick_s, behind_s) ||
                  e->start_s == 0);
      assert_true(e->end_s >= middle_of(on_since, behind_s) && e->peak_p >= 0.5f);
      assert_int_equal(e->rejected, 1000 * (e->end_s - e->start_s) < 150 - 1e-6);
      on_since = -1;
      continue;
    }
    const ear_verdict *v = &r.report[i].u.verdict;
    if (v->flag[EAR_MOMENTARY] && on_since < 0) {
      on_since = v->t_s;
      ++n_stretches;
    }
  }
  assert_in_range(n_stretches, 3, 100);
  assert_int_equal(record_n_events(&r), n_stretches);
  assert_true(on_since < 0); /* the last was closed by the end */
  record_free(&r);
  free(x);
}

/* The threshold is what the second tick says: the first one stays under it. */
static void
flag_of_the_second_tick_is_not_dated_to_the_start(void **state)
{
  (void)state;
  uint32_t n_checked = 0;
  size_t n;
  float *x = music(22050, 1, &n);
  for (uint32_t seed = 1; seed < 20; ++seed) {
    const toy t = {.seed = seed, .n_labels = 2};
    ear_model *was = model[0], *m = model[0] = toy_model(&t);
    record before = analyse(22050, 0, 1, x, n, n), r = {.n = 0};
    const float first = before.report[0].u.verdict.p[EAR_MOMENTARY][1];
    const float second = before.report[1].u.verdict.p[EAR_MOMENTARY][1];
    ear_analyzer_config config = settings(22050, 0, 1, &r);
    config.flag[0].threshold[1] = second;
    ear_analyzer *an = make(&config);
    ear_analyzer_push(an, x, n);
    ear_analyzer_finish(an);
    for (size_t i = 0; first < second && i < r.n; ++i) {
      if (r.report[i].kind == EAR_REPORT_EVENT) {
        assert_true(r.report[i].u.event.start_s > 0);
        ++n_checked;
      }
    }
    ear_analyzer_free(an);
    record_free(&before);
    record_free(&r);
    ear_model_unref(m);
    model[0] = was;
  }
  assert_true(n_checked > 3);
  free(x);
}

/* Returns whether there was a place. */
static bool
assert_place(const ear_verdict *v, const ear_model_info *info)
{
  assert_int_equal(v->n_rows, info->n_rows);
  uint32_t top = 0;
  for (uint32_t k = 1; k < v->n_rows; ++k) {
    top = v->contribution[k] > v->contribution[top] ? k : top;
  }
  const float half = v->contribution[top] / 2;
  uint32_t low = top, high = top;
  while (half > 0 && low > 0 && v->contribution[low - 1] >= half) {
    --low;
  }
  while (half > 0 && high + 1 < v->n_rows && v->contribution[high + 1] >= half) {
    ++high;
  }
  assert_true(v->low_hz[EAR_SHORT] == (half > 0 ? info->row_low_hz[low] : 0));
  assert_true(v->high_hz[EAR_SHORT] == (half > 0 ? info->row_high_hz[high] : 0));
  return half > 0;
}

static void
place_is_the_rows_around_the_top_with_half_of_it(void **state)
{
  (void)state;
  size_t n, n_placed = 0;
  float *x = music(22050, 3, &n);
  for (uint32_t seed = 1; seed < 20; ++seed) {
    const toy t = {.seed = seed, .n_labels = 2};
    ear_model *was = model[0], *m = model[0] = toy_model(&t);
    record r = analyse(22050, 0, 1, x, n, n);
    for (size_t i = 0; i < r.n; ++i) {
      if (r.report[i].kind == EAR_REPORT_VERDICT) {
        n_placed += assert_place(&r.report[i].u.verdict, ear_model_info_get(m));
      }
    }
    record_free(&r);
    ear_model_unref(m);
    model[0] = was;
  }
  assert_true(n_placed > 100);
  free(x);
}

/* Rows of MFCCs or pitch classes are no stretch of the spectrum. */
static void
a_model_of_other_features_does_not_say_where(void **state)
{
  (void)state;
  size_t n;
  uint32_t n_seen = 0;
  float *x = music(16000, 3, &n);
  record r = analyse(16000, 2, 1, x, n, n);
  assert_int_equal(ear_model_info_get(model[2])->n_rows, 0);
  for (size_t i = 0; i < r.n; ++i) {
    const ear_verdict *v = &r.report[i].u.verdict;
    if (r.report[i].kind == EAR_REPORT_VERDICT) {
      assert_int_equal(v->n_rows, 0);
      for (int h = 0; h < EAR_N_HORIZONS; ++h) {
        assert_true(v->low_hz[h] == 0 && v->high_hz[h] == 0);
      }
      ++n_seen;
    }
  }
  assert_true(n_seen > 100);
  record_free(&r);
  free(x);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(events_are_the_stretches_of_the_flags),
      cmocka_unit_test(flag_of_the_second_tick_is_not_dated_to_the_start),
      cmocka_unit_test(place_is_the_rows_around_the_top_with_half_of_it),
      cmocka_unit_test(a_model_of_other_features_does_not_say_where),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
