/* SPDX-License-Identifier: ISC */
/* A classifier whose file has a margin says "unsure" exactly where its two likeliest
   labels are less than that apart; in all else it says what it said without. */
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "small_model.h"

enum { RATE = 22050, N_SAMPLES = 8 * RATE, SILENT = 4 * RATE };

/* The small model as a classifier of that margin. */
static void
make(small_model *m, float margin)
{
  small_model_make(m);
  m->spec.task = "classifier";
  m->spec.label[0] = "metal";
  m->spec.label[1] = "rock";
  m->spec.unsure = margin;
}

static ear_model *
parsed(float margin)
{
  small_model m;
  uint8_t *bytes;
  size_t n;
  ear_model *model = NULL;
  make(&m, margin);
  assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), EAR_OK);
  assert_int_equal(ear_model_parse(&model, bytes, n, NULL), EAR_OK);
  free(bytes);
  return model;
}

static void
the_margin_is_how_far_the_largest_is_ahead(void **state)
{
  const float p[4] = {0.125f, 0.5f, 0.0625f, 0.25f}, tie[3] = {0.25f, 0.5f, 0.5f};
  (void)state;
  assert_true(ear_margin(p, 4) == 0.25f);
  assert_true(ear_margin(p, 3) == 0.375f); /* the last does not count */
  assert_true(ear_margin(p, 1) == 0.125f);
  assert_true(ear_margin(tie, 3) == 0);
  assert_true(ear_margin(tie, 2) == 0.25f);
}

static void
a_file_carries_the_margin_in_version_2(void **state)
{
  (void)state;
  for (int with = 0; with < 2; ++with) {
    small_model m;
    uint8_t *bytes;
    size_t n, n_payload;
    const uint8_t *payload;
    ear_model *model;
    make(&m, with ? 0.25f : 0);
    assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), EAR_OK);
    json_t *header = small_split(bytes, n, &payload, &n_payload);
    const json_t *metadata = json_object_get(header, "__metadata__");
    const char *text = json_string_value(json_object_get(metadata, "unsure"));
    const char *version = json_string_value(json_object_get(metadata, "format_version"));
    if (with) {
      assert_string_equal(text, "{\"margin\":0.25}");
    } else {
      assert_null(text);
    }
    assert_string_equal(version, with ? "2" : "1");
    assert_int_equal(ear_model_parse(&model, bytes, n, NULL), EAR_OK);
    assert_true(ear_model_info_get(model)->unsure == (with ? 0.25f : 0));
    ear_model_unref(model);
    json_decref(header);
    free(bytes);
  }
}

/* A file of margin 0.25 whose metadata `key` is `text` is refused with `word`. */
static void
refused(const char *key, const char *text, bool seal, const char *word)
{
  small_model m;
  uint8_t *bytes, *changed;
  size_t n, n_payload;
  const uint8_t *payload;
  ear_model *model;
  ear_error err = {""};
  make(&m, 0.25f);
  assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), EAR_OK);
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  json_t *metadata = json_object_get(header, "__metadata__");
  if (text) {
    json_object_set_new(metadata, key, json_string(text));
  } else {
    json_object_del(metadata, key);
  }
  changed = small_join(header, payload, n_payload, seal, &n);
  assert_int_equal(ear_model_parse(&model, changed, n, &err), EAR_BAD_MODEL);
  if (!strstr(err.text, word)) {
    fail_msg("%s = %s: \"%s\" does not say \"%s\"", key, text ? text : "nothing",
             err.text, word);
  }
  json_decref(header);
  free(changed);
  free(bytes);
}

static void
margins_that_make_no_sense_are_refused(void **state)
{
  (void)state;
  refused("unsure", "{\"margin\":-0.01}", true, "not between 0 and 1");
  refused("unsure", "{\"margin\":1.01}", true, "not between 0 and 1");
  refused("unsure", "{\"margin\":1e300}", true, "not between 0 and 1");
  refused("unsure", "{\"margin\":1e999}", true, "unsure");
  refused("unsure", "{\"margin\":NaN}", true, "unsure");
  refused("unsure", "{\"margin\":\"0.25\"}", true, "\"margin\"");
  refused("unsure", "{\"margin\":null}", true, "\"margin\"");
  refused("unsure", "{}", true, "\"margin\"");
  refused("unsure", "[0.25]", true, "\"margin\"");
  refused("unsure", "0.25", true, "unsure");
  refused("unsure", "", true, "unsure");
  refused("unsure", "{\"margin\":0.25,\"top\":0.5}", true, "ignores");
  refused("unsure", "{\"margin\":0.25,\"margin\":0.5}", true, "unsure");
  refused("format_version", "1", true, "format_version is 1");
  refused("task", "harshness", true, "only a classifier");
  refused("heads", "[{\"activation\":\"sigmoid\",\"temperature\":1.5}]", true,
          "only a classifier with a softmax");
}

static void
a_changed_margin_is_no_longer_the_file_that_was_made(void **state)
{
  (void)state;
  refused("unsure", "{\"margin\":0.26}", false, "meta_sha256");
  refused("unsure", NULL, false, "meta_sha256");
}

static void
a_margin_that_makes_no_sense_is_not_written(void **state)
{
  static const float wrong[] = {-0.25f, 1.5f, NAN, INFINITY};
  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    small_model m;
    uint8_t *bytes;
    size_t n;
    make(&m, wrong[i]);
    assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), EAR_BAD_MODEL);
    assert_null(bytes);
  }
}

/* Music, then silence until the two short horizons hold nothing else. */
static record
listen(ear_model *model)
{
  record r = {.n = 0};
  ear_analyzer *an;
  float *x = calloc(N_SAMPLES + SILENT, sizeof *x);
  assert_non_null(x);
  make_music(x, N_SAMPLES, RATE, 3);
  ear_analyzer_config config = {.rate_hz = RATE,
                                .n_models = 1,
                                .model = {model},
                                .flag = {ear_flag_config_default(model)},
                                .on_verdict = record_verdict,
                                .on_event = record_event,
                                .user = &r};
  config.flag[0].threshold[0] = 0.5f;
  config.flag[0].threshold[1] = 0.5f;
  config.flag[0].event_horizon = EAR_MOMENTARY;
  config.flag[0].min_ms = config.flag[0].hold_ms = 0;
  assert_int_equal(ear_analyzer_new(&an, &config, NULL), EAR_OK);
  ear_analyzer_push(an, x, N_SAMPLES + SILENT);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  free(x);
  return r;
}

/* The middle of the margins of the short horizon: half of the verdicts are nearer. */
static float
a_margin_of(const record *r)
{
  float least = 1, most = 0;
  for (size_t i = 0; i < r->n; ++i) {
    const ear_verdict *v = &r->report[i].u.verdict;
    if (r->report[i].kind == EAR_REPORT_VERDICT && !v->gated) {
      least = fminf(least, ear_margin(v->p[EAR_MOMENTARY], 2));
      most = fmaxf(most, ear_margin(v->p[EAR_MOMENTARY], 2));
    }
  }
  assert_true(most > least);
  return (least + most) / 2;
}

/* Not below: ahead by as much as asked for is ahead enough. */
static bool
is_near(const float *p, float margin)
{
  return fabsf(p[0] - p[1]) < margin;
}

static void
verdicts_are_unsure_below_the_margin_and_no_other(void **state)
{
  (void)state;
  ear_model *plain = parsed(0);
  record before = listen(plain);
  const float margin = a_margin_of(&before);
  ear_model *model = parsed(margin);
  record r = listen(model);
  uint32_t n_unsure[EAR_N_HORIZONS] = {0}, n_sure[EAR_N_HORIZONS] = {0};
  assert_int_equal(r.n, before.n);
  for (size_t i = 0; i < r.n; ++i) {
    const ear_verdict *v = &r.report[i].u.verdict;
    for (int h = 0; h < EAR_N_HORIZONS && r.report[i].kind == EAR_REPORT_VERDICT; ++h) {
      assert_int_equal(v->unsure[h], is_near(v->p[h], margin));
      assert_false(before.report[i].u.verdict.unsure[h]);
      n_unsure[h] += v->unsure[h];
      n_sure[h] += !v->unsure[h];
    }
  }
  assert_true(n_unsure[EAR_MOMENTARY] > 0 && n_sure[EAR_MOMENTARY] > 0);
  for (size_t i = 0; i < r.n; ++i) { /* all else is as it was */
    memset(r.report[i].u.verdict.unsure, 0,
           r.report[i].kind == EAR_REPORT_VERDICT ? sizeof r.report[i].u.verdict.unsure
                                                  : 0);
    if (r.report[i].kind == EAR_REPORT_EVENT) {
      r.report[i].u.event.unsure = false;
    }
  }
  record_assert_equal(&before, &r);
  record_free(&before);
  record_free(&r);
  ear_model_unref(plain);
  ear_model_unref(model);
}

static void
a_margin_that_is_just_reached_is_enough(void **state)
{
  (void)state;
  ear_model *plain = parsed(0);
  record before = listen(plain);
  const float reached = ear_margin(before.report[0].u.verdict.p[EAR_SHORT], 2);
  assert_true(reached > 0 && reached < 1);
  for (int above = 0; above < 2; ++above) {
    ear_model *model = parsed(above ? nextafterf(reached, 1) : reached);
    record r = listen(model);
    assert_int_equal(r.report[0].u.verdict.unsure[EAR_SHORT], above);
    record_free(&r);
    ear_model_unref(model);
  }
  record_free(&before);
  ear_model_unref(plain);
}

static void
silence_is_unsure(void **state)
{
  (void)state;
  ear_model *model = parsed(0.01f);
  record r = listen(model);
  const ear_verdict *last = NULL;
  for (size_t i = 0; i < r.n; ++i) {
    last = r.report[i].kind == EAR_REPORT_VERDICT ? &r.report[i].u.verdict : last;
  }
  assert_non_null(last);
  assert_true(last->gated && last->unsure[EAR_MOMENTARY] && last->unsure[EAR_SHORT]);
  record_free(&r);
  ear_model_unref(model);
}

/* Of two labels, what is over 0.5 and ahead of the other by less than the margin. */
static void
an_event_says_how_sure_its_peak_was(void **state)
{
  (void)state;
  ear_model *plain = parsed(0);
  record before = listen(plain);
  ear_model *model = parsed(a_margin_of(&before));
  const float margin = ear_model_info_get(model)->unsure;
  record r = listen(model);
  uint32_t n_events[2] = {0};
  for (size_t i = 0; i < r.n; ++i) {
    const ear_event *e = &r.report[i].u.event;
    if (r.report[i].kind == EAR_REPORT_EVENT) {
      assert_int_equal(e->unsure, e->peak_p - (1 - e->peak_p) < margin);
      ++n_events[e->unsure];
    }
  }
  assert_true(n_events[0] + n_events[1] > 0);
  record_free(&r);
  record_free(&before);
  ear_model_unref(model);
  ear_model_unref(plain);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_margin_is_how_far_the_largest_is_ahead),
      cmocka_unit_test(a_file_carries_the_margin_in_version_2),
      cmocka_unit_test(margins_that_make_no_sense_are_refused),
      cmocka_unit_test(a_changed_margin_is_no_longer_the_file_that_was_made),
      cmocka_unit_test(a_margin_that_makes_no_sense_is_not_written),
      cmocka_unit_test(verdicts_are_unsure_below_the_margin_and_no_other),
      cmocka_unit_test(a_margin_that_is_just_reached_is_enough),
      cmocka_unit_test(silence_is_unsure),
      cmocka_unit_test(an_event_says_how_sure_its_peak_was),
  };
  return cmocka_run_group_tests_name("unsure", tests, NULL, NULL);
}
