/* SPDX-License-Identifier: ISC */
/* Severity and kinds of harshness stand behind the labels: a file carries them, verdicts
   and events say them, and the labels say what they said without. */
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

enum {
  N_LABELS = 2,
  N_KINDS = 3,
  N_OUT = N_LABELS + 1 + N_KINDS,
  N_IN = 16,
  RATE = 22050
};
enum { N_SAMPLES = 6 * RATE };

/* The small model with more outputs. */
typedef struct {
  small_model m;
  int8_t dense[N_OUT * N_IN];
  int32_t bias[N_OUT];
  float scale[N_OUT];
} heads_model;

static void
make(heads_model *w, bool further)
{
  small_model_make(&w->m);
  ear_model_spec *spec = &w->m.spec;
  for (int i = 0; i < N_OUT * N_IN; ++i) {
    w->dense[i] = i < N_LABELS * N_IN ? w->m.dense[i] : (int8_t)(i * 53 % 255 - 127);
  }
  for (int o = 0; o < N_OUT; ++o) {
    w->bias[o] = o < N_LABELS ? w->m.bias[o] : 90 - 60 * o;
    w->scale[o] = o < N_LABELS ? w->m.scale[o] : 0.002f * (float)o;
  }
  spec->layer[4].weight = w->dense;
  spec->layer[4].bias = w->bias;
  spec->layer[4].weight_scale = w->scale;
  if (further) {
    spec->layer[4].n_out = N_OUT;
    spec->severity = true;
    spec->n_harsh_kinds = N_KINDS;
    spec->harsh_kind[0] = "presence";
    spec->harsh_kind[1] = "resonance";
    spec->harsh_kind[2] = "codec";
  }
}

/* What stands behind the labels, as labels of their own. */
static void
make_labels_of_heads(heads_model *w)
{
  static const char *const name[N_OUT - N_LABELS] = {"a", "b", "c", "d"};
  make(w, false);
  ear_model_spec *spec = &w->m.spec;
  spec->n_labels = spec->layer[4].n_out = N_OUT - N_LABELS;
  spec->activation = EAR_SIGMOID;
  spec->temperature = 1;
  spec->layer[4].weight += N_LABELS * N_IN;
  spec->layer[4].bias += N_LABELS;
  spec->layer[4].weight_scale += N_LABELS;
  for (uint32_t l = 0; l < spec->n_labels; ++l) {
    spec->label[l] = name[l];
    spec->threshold[l] = 2;
  }
}

/* Each tick by itself instead of averages. */
static void
flatten(heads_model *w)
{
  w->m.spec.layer[3] = (ear_layer){.op = EAR_OP_FLATTEN, .kt = 1, .st = 1, .scale = 1};
}

static ear_model *
parsed(const ear_model_spec *spec)
{
  uint8_t *bytes;
  size_t n;
  ear_model *model = NULL;
  ear_error err = {""};
  if (ear_model_write(spec, &bytes, &n, &err) ||
      ear_model_parse(&model, bytes, n, &err)) {
    fail_msg("%s", err.text);
  }
  free(bytes);
  return model;
}

/* Noise with a rhythm, a second of silence first if asked for. */
static record
listen(ear_model *model, float threshold, bool silent_first)
{
  record r = {.n = 0};
  ear_error err;
  ear_analyzer *an;
  float *x = calloc(N_SAMPLES, sizeof *x);
  const size_t silent = silent_first ? 5 * RATE : 0;
  assert_non_null(x);
  make_music(x + silent, N_SAMPLES - silent, RATE, 3);
  ear_analyzer_config config = {.rate_hz = RATE,
                                .n_models = 1,
                                .model = {model},
                                .flag = {ear_flag_config_default(model)},
                                .on_verdict = record_verdict,
                                .on_event = record_event,
                                .user = &r};
  config.flag[0].threshold[1] = threshold;
  config.flag[0].min_ms = 0;
  config.flag[0].hold_ms = 0;
  assert_int_equal(ear_analyzer_new(&an, &config, &err), EAR_OK);
  ear_analyzer_push(an, x, N_SAMPLES);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  free(x);
  return r;
}

/* One of the two heads alone, of a network with so many outputs less. */
static void
alone(bool severity)
{
  heads_model w;
  uint8_t *bytes;
  size_t n, n_payload;
  const uint8_t *payload;
  make(&w, true);
  w.m.spec.severity = severity;
  w.m.spec.n_harsh_kinds = severity ? 0 : N_KINDS;
  w.m.spec.layer[4].n_out = severity ? N_LABELS + 1 : N_LABELS + N_KINDS;
  assert_int_equal(ear_model_write(&w.m.spec, &bytes, &n, NULL), EAR_OK);
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  const json_t *metadata = json_object_get(header, "__metadata__");
  assert_string_equal(json_string_value(json_object_get(metadata, "format_version")),
                      "2");
  json_decref(header);
  free(bytes);
  ear_model *model = parsed(&w.m.spec);
  record r = listen(model, 2, false);
  const ear_verdict *v = &r.report[r.n - 1].u.verdict;
  assert_true(severity ? v->severity[0] > 0 : v->severity[0] == -1);
  assert_true(severity ? v->harsh_kind[0][0] == 0 : v->harsh_kind[0][0] > 0);
  record_free(&r);
  ear_model_unref(model);
}

static void
either_head_may_stand_alone(void **state)
{
  (void)state;
  alone(true);
  alone(false);
}

static void
a_file_carries_further_heads_in_version_2(void **state)
{
  (void)state;
  heads_model w;
  uint8_t *bytes;
  size_t n, n_payload;
  const uint8_t *payload;
  make(&w, true);
  assert_int_equal(ear_model_write(&w.m.spec, &bytes, &n, NULL), EAR_OK);
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  json_t *metadata = json_object_get(header, "__metadata__");
  assert_string_equal(json_string_value(json_object_get(metadata, "format_version")),
                      "2");
  assert_non_null(strstr(json_string_value(json_object_get(metadata, "heads")),
                         "{\"of\":\"severity\"},{\"of\":\"kinds\",\"names\":["
                         "\"presence\",\"resonance\",\"codec\"]}]"));
  json_decref(header);
  ear_model *model;
  assert_int_equal(ear_model_parse(&model, bytes, n, NULL), EAR_OK);
  memset(bytes, 0, n); /* names are the model's own */
  free(bytes);
  const ear_model_info *info = ear_model_info_get(model);
  assert_true(info->n_labels == N_LABELS && info->has_severity);
  assert_int_equal(info->n_harsh_kinds, N_KINDS);
  assert_string_equal(info->harsh_kind[2], "codec");
  ear_model_unref(model);
  make(&w, false);
  model = parsed(&w.m.spec);
  info = ear_model_info_get(model);
  assert_true(!info->has_severity && info->n_harsh_kinds == 0);
  ear_model_unref(model);
}

/* The file whose heads have `from` replaced is refused with `word` in the sentence. */
static void
edited(const char *key, const char *from, const char *to, const char *word)
{
  heads_model w;
  uint8_t *bytes, *changed;
  size_t n, n_payload;
  const uint8_t *payload;
  char text[4096];
  ear_model *model;
  ear_error err = {""};
  make(&w, true);
  assert_int_equal(ear_model_write(&w.m.spec, &bytes, &n, NULL), EAR_OK);
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  json_t *metadata = json_object_get(header, "__metadata__");
  const char *old = json_string_value(json_object_get(metadata, key));
  const char *at = strstr(old, from);
  assert_non_null(at);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
  json_object_set_new(metadata, key, json_string(text));
  changed = small_join(header, payload, n_payload, true, &n);
  assert_int_equal(ear_model_parse(&model, changed, n, &err), EAR_BAD_MODEL);
  if (!strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  json_decref(header);
  free(changed);
  free(bytes);
}

static void
faults_in_further_heads_are_named(void **state)
{
  (void)state;
  edited("format_version", "2", "1", "heads are of format 2");
  edited("task", "harshness", "classifier", "only a harshness model has them");
  edited("heads", "\"severity\"", "\"weather\"", "heads: \"of\"");
  edited("heads", "\"of\":\"severity\"", "\"of\":\"severity\",\"x\":1", "ignores");
  edited("heads", "{\"of\":\"severity\"}", "7", "heads: \"of\"");
  edited("heads", ",{\"of\":\"severity\"}", "", "one output for each of the 2 labels");
  edited("heads", "{\"of\":\"severity\"}", "{\"of\":\"severity\"},{\"of\":\"severity\"}",
         "4 heads: 1 to 3");
  edited("heads", "{\"of\":\"kinds\",\"names\":[\"presence\",\"resonance\",\"codec\"]}",
         "{\"of\":\"severity\"}", "each once");
  edited("heads", "{\"of\":\"severity\"}", "{\"of\":\"kinds\",\"names\":[\"x\"]}",
         "each once");
  edited("heads", "\"codec\"", "7", "names");
  edited("heads", "[\"presence\",\"resonance\",\"codec\"]", "[]", "names");
  edited("heads", "[\"presence\",\"resonance\",\"codec\"]", "\"presence\"", "names");
  edited("heads", "\"codec\"", "\"presence\"", "kind \"presence\" stands twice");
  edited("heads", "\"codec\"", "\"\"", "kind 2 is not 1 to 63 bytes");
  edited("heads", "\"codec\"", "\"codec\",\"clipping\"", "severity and kinds");
  edited("heads", "[\"presence\",",
         "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\","
         "\"m\",\"n\",\"presence\",",
         "names");
}

/* Verdicts of both models over the same sound: `a` has further heads, `b` has none, `c`
   has them as its labels. */
static void
compare(bool flat)
{
  heads_model w;
  record r[3];
  for (int k = 0; k < 3; ++k) {
    if (k < 2) {
      make(&w, k == 0);
    } else {
      make_labels_of_heads(&w);
    }
    if (flat) {
      flatten(&w);
    }
    ear_model *model = parsed(&w.m.spec);
    r[k] = listen(model, 2, false);
    ear_model_unref(model);
  }
  assert_true(r[0].n > 50 && r[0].n == r[1].n && r[0].n == r[2].n);
  float least = 100, most = 0;
  for (size_t i = 0; i < r[0].n; ++i) {
    const ear_verdict *a = &r[0].report[i].u.verdict, *b = &r[1].report[i].u.verdict,
                      *c = &r[2].report[i].u.verdict;
    assert_memory_equal(a->p, b->p, sizeof a->p);
    for (int h = 0; h < EAR_N_HORIZONS; ++h) {
      assert_true(a->severity[h] == 100 * c->p[h][0]);
      assert_memory_equal(a->harsh_kind[h], c->p[h] + 1, N_KINDS * sizeof(float));
      assert_true(b->severity[h] == -1 && b->harsh_kind[h][0] == 0);
      least = fminf(least, a->severity[h]);
      most = fmaxf(most, a->severity[h]);
    }
  }
  assert_true(most > least + 1);
  for (int k = 0; k < 3; ++k) {
    record_free(&r[k]);
  }
}

static void
labels_keep_their_bits_and_further_heads_are_sigmoids(void **state)
{
  (void)state;
  compare(false);
  compare(true);
}

/* An event tells what the verdict told at whose posterior it peaked. */
static void
hear_events(bool of_no_kind)
{
  heads_model w;
  make(&w, true);
  for (int o = N_LABELS + 1; of_no_kind && o < N_OUT; ++o) {
    w.bias[o] = -100000;
  }
  ear_model *model = parsed(&w.m.spec);
  record quiet = listen(model, 2, false);
  float most = 0, least = 1;
  for (size_t i = 0; i < quiet.n; ++i) {
    most = fmaxf(most, quiet.report[i].u.verdict.p[EAR_SHORT][1]);
    least = fminf(least, quiet.report[i].u.verdict.p[EAR_SHORT][1]);
  }
  record r = listen(model, 0.5f * (least + most), false);
  uint32_t n_events = 0;
  for (size_t e = 0; e < r.n; ++e) {
    const ear_event *event = &r.report[e].u.event;
    bool found = false;
    for (size_t i = 0; r.report[e].kind == EAR_REPORT_EVENT && i < r.n && !found; ++i) {
      const ear_verdict *v = &r.report[i].u.verdict;
      if (r.report[i].kind == EAR_REPORT_VERDICT && v->p[EAR_SHORT][1] == event->peak_p) {
        const float *p = v->harsh_kind[EAR_SHORT];
        const int best = p[1] > p[0] ? p[2] > p[1] ? 2 : 1 : p[2] > p[0] ? 2 : 0;
        assert_true(event->severity == v->severity[EAR_SHORT]);
        assert_int_equal(event->harsh_kind, p[best] >= 0.5f ? best : -1);
        assert_true((event->harsh_kind == -1) == of_no_kind);
        found = true;
      }
    }
    assert_true(r.report[e].kind == EAR_REPORT_VERDICT || found);
    n_events += r.report[e].kind == EAR_REPORT_EVENT;
  }
  assert_true(n_events > 0);
  record_free(&quiet);
  record_free(&r);
  ear_model_unref(model);
}

static void
an_event_says_what_its_peak_said(void **state)
{
  (void)state;
  hear_events(false);
  hear_events(true);
}

static void
silence_is_of_no_severity_and_no_kind(void **state)
{
  (void)state;
  heads_model w;
  make(&w, true);
  ear_model *model = parsed(&w.m.spec);
  record r = listen(model, 2, true);
  uint32_t n_silent = 0;
  for (size_t i = 0; i < r.n; ++i) {
    const ear_verdict *v = &r.report[i].u.verdict;
    if (v->gated && v->t_s < 4.5) {
      ++n_silent;
      for (int h = 0; h < EAR_N_HORIZONS; ++h) {
        assert_true(v->severity[h] == 0 && v->harsh_kind[h][1] == 0);
      }
    }
  }
  assert_true(n_silent > 50);
  assert_true(r.report[r.n - 1].u.verdict.severity[EAR_MOMENTARY] > 0);
  record_free(&r);
  ear_model_unref(model);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_carries_further_heads_in_version_2),
      cmocka_unit_test(either_head_may_stand_alone),
      cmocka_unit_test(faults_in_further_heads_are_named),
      cmocka_unit_test(labels_keep_their_bits_and_further_heads_are_sigmoids),
      cmocka_unit_test(an_event_says_what_its_peak_said),
      cmocka_unit_test(silence_is_of_no_severity_and_no_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
