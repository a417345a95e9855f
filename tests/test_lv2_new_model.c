/* SPDX-License-Identifier: ISC */
/* A model that was loaded is heard from one block on, and nothing of the old one after.

   usage: test_lv2_new_model BUNDLE [full] */
#include "disk_models.h"
#include "folder.h"
#include "lv2_host.h"
#include "lv2_twin.h"
#include "model.h"
#include "record.h"

#include <unistd.h>

#define URI "https://earshot.audio/lv2/earshot#"
#define CLASSIFIER URI "classifierModel"
#define CLASS_LABEL URI "classLabel"

static const char *bundle;
static bool full;

static ear_analyzer *
new_ears(ear_model *model, double rate_hz, record *r)
{
  ear_analyzer_config config = {.rate_hz = rate_hz,
                                .n_models = 1,
                                .model = {model},
                                .flag = {ear_flag_config_default(model)},
                                .on_verdict = record_verdict,
                                .user = r};
  ear_analyzer *an = NULL;
  assert_int_equal(ear_analyzer_new(&an, &config, NULL), EAR_OK);
  return an;
}

static void
assert_class_told(const host *h, const ear_model *model, bool heard)
{
  const uint32_t l = (uint32_t)host_get(h, "class");
  const ear_model_info *info = ear_model_info_get(model);
  assert_true(l < info->n_labels);
  assert_string_equal(host_told(h, CLASS_LABEL), heard ? info->label[l] : "");
}

static float
expected_confidence(const record *r)
{
  if (!r->n) {
    return 0;
  }
  const ear_verdict *v = &r->report[r->n - 1].u.verdict;
  return v->p[EAR_INTEGRATED][v->label[EAR_INTEGRATED]] * 100;
}

/* In the block after it is loaded: the other slot hears on undisturbed, verdicts of the
   old model are gone at once, and the label is always that of the model that runs. */
static void
a_new_model_starts_with_its_block(void **state)
{
  (void)state;
  enum { BLOCK = 4096 }; /* whole steps of the analyzer: it is never a step late */
  const double rate_hz = 44100;
  host *h = host_new("mono", rate_hz, HOST_ALL);
  twin *t = twin_new(rate_hz);
  host_set(h, "freewheel", 1);
  static const char *const name[] = {"a.safetensors", "b.safetensors"};
  record r = {.n = 0};
  ear_analyzer *an = NULL;
  ear_model *model = ear_model_ref(t->model[1]);
  uint32_t n_heard = 0;
  for (uint32_t b = 0; b < (full ? 2000 : 300); ++b) {
    make_music(host_in(h, 0), BLOCK, rate_hz, b);
    if (b % 50 == 20) {
      host_send_path(h, CLASSIFIER, put_toy(name[b / 50 % 2], 40 + b / 50 % 2, false));
    }
    if (b % 50 == 21) {
      ear_analyzer_free(an);
      ear_model_unref(model);
      r.n = 0;
      assert_int_equal(ear_model_open(&model, folder_path(name[b / 50 % 2]), NULL),
                       EAR_OK);
      an = new_ears(model, rate_hz, &r);
    }
    twin_push(t, (const float *[]){host_in(h, 0)}, 1, BLOCK);
    if (an) {
      ear_analyzer_push(an, host_in(h, 0), BLOCK);
    }
    host_run(h, BLOCK);
    const float confidence = an ? expected_confidence(&r) : host_get(h, "confidence");
    assert_memory_equal(&confidence, (float[]){host_get(h, "confidence")}, sizeof(float));
    const bool heard = an ? r.n > 0 : t->verdict[1].n_labels > 0;
    assert_class_told(h, model, heard);
    n_heard += heard;
    const float harsh = t->verdict[0].n_labels ? t->verdict[0].p[EAR_SHORT][1] * 100 : 0;
    assert_memory_equal(&harsh, (float[]){host_get(h, "harsh_short")}, sizeof(float));
  }
  assert_true(n_heard > 100 && host_n_told(h, CLASS_LABEL) > 6);
  assert_true(host_get(h, "dropped") == 0);
  ear_analyzer_free(an);
  ear_model_unref(model);
  record_free(&r);
  twin_free(t);
  host_free(h);
}

/* 1,378 verdicts a second: many more in a block than the built-in models give. */
static void
a_model_of_many_verdicts_is_heard_to_the_last(void **state)
{
  (void)state;
  enum { BLOCK = 8192, HOP = 8 };
  const char *path = folder_path("fast.safetensors");
  ear_model *toy = NULL, *model = NULL;
  save_toy(path, 45, false);
  assert_int_equal(ear_model_open(&toy, path, NULL), EAR_OK);
  ear_model_spec spec = *ear_model_spec_get(toy);
  spec.front_end.hop = HOP;
  assert_int_equal(ear_model_save(&spec, path, NULL), EAR_OK);
  assert_int_equal(ear_model_open(&model, path, NULL), EAR_OK);
  host *h = host_new("mono", 44100, HOST_ALL);
  record r = {.n = 0};
  ear_analyzer *an = new_ears(model, 44100, &r);
  host_set(h, "freewheel", 1);
  host_send_path(h, CLASSIFIER, path);
  host_run(h, 0);
  for (uint32_t b = 0; b < 30; ++b) {
    make_music(host_in(h, 0), BLOCK, 44100, b);
    ear_analyzer_push(an, host_in(h, 0), BLOCK);
    host_run(h, BLOCK);
    const float confidence = expected_confidence(&r);
    assert_memory_equal(&confidence, (float[]){host_get(h, "confidence")}, sizeof(float));
  }
  assert_true(r.n > 7000);
  ear_analyzer_free(an);
  ear_model_unref(model);
  ear_model_unref(toy);
  record_free(&r);
  host_free(h);
}

/* The engine's commands are many when the model comes: the swap is sent once there is
   room, and the status says so only then. */
static void
a_swap_waits_for_room(void **state)
{
  (void)state;
  enum { BLOCK = 4096 };
  const char *path = put_toy("swap.safetensors", 44, false);
  host *h = host_new("mono", 22050, HOST_ALL);
  for (int i = 0; i < 3000; ++i) {
    host_set(h, "threshold", (float)(i % 2));
    if (i == 2990) {
      host_send_path(h, CLASSIFIER, path);
    }
    host_run(h, 0);
  }
  for (int i = 0; i < 5000 && host_get(h, "classifier_status") != 1; ++i) {
    host_run(h, 0);
    usleep(1000);
  }
  assert_true(host_get(h, "classifier_status") == 1);
  ear_model *model = NULL;
  record r = {.n = 0};
  assert_int_equal(ear_model_open(&model, path, NULL), EAR_OK);
  ear_analyzer *an = new_ears(model, 22050, &r);
  host_set(h, "freewheel", 1);
  for (uint32_t b = 0; b < 20; ++b) {
    make_music(host_in(h, 0), BLOCK, 22050, b);
    ear_analyzer_push(an, host_in(h, 0), BLOCK);
    host_run(h, BLOCK);
    const float confidence = expected_confidence(&r);
    assert_memory_equal(&confidence, (float[]){host_get(h, "confidence")}, sizeof(float));
  }
  assert_true(r.n > 0);
  ear_analyzer_free(an);
  ear_model_unref(model);
  record_free(&r);
  host_free(h);
}

static int
start(void **state)
{
  host_open(bundle);
  return folder_make(state);
}

static int
stop(void **state)
{
  host_close();
  return folder_remove(state);
}

int
main(int argc, char **argv)
{
  bundle = argc > 1 ? argv[1] : NULL;
  full = argc > 2 && !strcmp(argv[2], "full");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_model_starts_with_its_block),
      cmocka_unit_test(a_model_of_many_verdicts_is_heard_to_the_last),
      cmocka_unit_test(a_swap_waits_for_room),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
