/* SPDX-License-Identifier: ISC */
/* A network with a second branch is written and read back the same, says of itself what
   is so, and is refused with a sentence where its paths do not fit together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_file.h"
#include "net.h"
#include "small_model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static small_model m;

/* 8 bands, conv 2x3 -> 2; from the frames again depthwise 1x3, linear; concat, mean,
   dense. */
static void
make(void)
{
  small_model_make(&m);
  m.spec.layer[1].frames = true;
  m.spec.layer[2] =
      (ear_layer){.op = EAR_OP_CONCAT, .from = 0, .scale = 0.07f, .zero_point = 30};
}

/* Shapes and numbers of the model as it stands are accepted, or refused with a sentence
   that has `word` in it. */
static void
judged(const char *word)
{
  ear_shape shape[EAR_MAX_LAYERS];
  ear_error err = {""};
  ear_status st = ear_model_shapes(&m.spec, shape, &err);
  st = st ? st : ear_model_check(&m.spec, shape, &err);
  assert_int_equal(st, word ? EAR_BAD_MODEL : EAR_OK);
  if (word && !strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  make();
}

static char *
text_of(const uint8_t *bytes, size_t n, const char *key)
{
  const uint8_t *payload;
  size_t n_payload;
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  char *text = strdup(
      json_string_value(json_object_get(json_object_get(header, "__metadata__"), key)));
  json_decref(header);
  assert_non_null(text);
  return text;
}

static void
a_branch_is_read_back_as_it_was_written(void **state)
{
  uint8_t *bytes, *again;
  size_t n, n_again;
  ear_model *model;
  (void)state;
  make();
  assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), 0);
  char *layers = text_of(bytes, n, "layers"),
       *version = text_of(bytes, n, "format_version");
  assert_string_equal(version, "2");
  assert_non_null(strstr(layers, "\"input\":\"frames\""));
  assert_non_null(strstr(layers, "{\"op\":\"concat\",\"from\":0,\"scale\":0.07"));
  assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
  const ear_model_spec *got = ear_model_spec_get(model);
  assert_true(got->layer[1].frames && !got->layer[0].frames && !got->layer[2].frames);
  assert_true(got->layer[2].op == EAR_OP_CONCAT && got->layer[2].scale == 0.07f);
  assert_int_equal(got->layer[2].zero_point, 30);
  assert_int_equal(ear_model_write(got, &again, &n_again, NULL), 0);
  assert_int_equal(n_again, n);
  assert_memory_equal(again, bytes, n);
  free(again);
  free(bytes);
  free(layers);
  free(version);
  ear_model_unref(model);
}

static void
a_branch_is_counted_in_what_a_model_says_of_itself(void **state)
{
  ear_shape shape[EAR_MAX_LAYERS];
  ear_model_info info;
  (void)state;
  make();
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), 0);
  assert_int_equal(shape[1].channels, 1);
  assert_int_equal(shape[2].channels, 3);
  assert_int_equal(shape[2].rows, 8);
  assert_int_equal(shape[2].receptive, 2); /* of the trunk, the longer */
  m.spec.layer[1].kt = 3;
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), 0);
  assert_int_equal(shape[2].receptive, 3); /* of the branch */
  make();
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), 0);
  ear_model_describe(&m.spec, shape, &info);
  assert_int_equal(info.n_parameters, 12 + 2 + 3 + 1 + 48 + 2);
  /* per frame: conv 8 x 12, depthwise 8 x 3, dense 48 for each of three horizons */
  assert_int_equal(info.macs_per_s, (uint64_t)((96 + 24 + 144) * 22050.0 / 512));
}

/* Rows have a place in the spectrum only if it is the same on either path. */
static void
rows_of_two_places_are_of_none(void **state)
{
  ear_shape shape[EAR_MAX_LAYERS];
  ear_model_info info;
  (void)state;
  make();
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), 0);
  ear_model_describe(&m.spec, shape, &info);
  assert_int_equal(info.n_rows, 8);
  m.spec.layer[1].pad_lo = 2;
  m.spec.layer[1].pad_hi = 0;
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), 0);
  ear_model_describe(&m.spec, shape, &info);
  assert_int_equal(info.n_rows, 0);
  m.spec.layer[0].kf = 8; /* the whole height on both, centred elsewhere: one row */
  m.spec.layer[1].kf = 8;
  m.spec.layer[0].pad_lo = m.spec.layer[0].pad_hi = 0;
  m.spec.layer[1].pad_lo = 7;
  m.spec.layer[1].sf = 8;
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), 0);
  assert_int_equal(shape[2].rows, 1);
  ear_model_describe(&m.spec, shape, &info);
  assert_int_equal(info.n_rows, 1);
  assert_true(info.row_low_hz[0] == 0 && info.row_high_hz[0] == 11025);
}

static void
paths_that_do_not_fit_are_refused(void **state)
{
  ear_layer *y = m.spec.layer;
  (void)state;
  make();
  judged(NULL);
  y[0].frames = true, judged("layer 0 (conv): a branch may begin once");
  y[1].frames = false, judged("it ends no branch");
  y[2] = y[1], judged("layer 2 (depthwise): a branch may begin once");
  y[1] = (ear_layer){.op = EAR_OP_ADD, .frames = true}, judged("no branch may begin");
  y[2].frames = true, judged("layer 2 (concat): a branch may begin once");
  y[2].from = 1, judged("not the last before the branch");
  y[2].from = UINT32_MAX, judged("not the last before the branch");
  y[2] = (ear_layer){.op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 1, .sf = 1};
  judged("layer 3 (mean): the branch that begins at layer 1");
  y[2].op = EAR_OP_DENSE, y[2].n_out = 2, judged("layer 2 (dense): the branch");
  y[2].op = EAR_OP_FLATTEN, y[2].kt = y[2].st = 1, judged("layer 2 (flatten)");
  y[1].pad_hi = 0, judged("8 rows every 1 frames and, of the branch, 7 rows every 1");
  y[1].st = 2, judged("8 rows every 1 frames and, of the branch, 8 rows every 2");
  y[3] = y[2], judged("layer 3 (concat): it ends no branch");
  y[3] = (ear_layer){.op = EAR_OP_ADD, .from = 1, .scale = 1};
  judged("layer 3 (add): layer 1 is of another branch");
  y[2] = (ear_layer){.op = EAR_OP_ADD, .from = 0, .scale = 1};
  judged("layer 2 (add): layer 0 is of another branch");
  y[0].n_out = 4096, judged("layer 2 (concat)"); /* 4097 channels */
}

/* An add behind the concat may reach back to it, and one before the branch to the start.
 */
static void
adds_within_a_path_are_accepted(void **state)
{
  static const ear_layer add = {.op = EAR_OP_ADD, .scale = 1};
  static const ear_layer pool = {
      .op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 1, .sf = 1};
  ear_layer *y = m.spec.layer;
  (void)state;
  make();
  const ear_layer branch = y[1], concat = y[2], mean = y[3], dense = y[4];
  m.spec.n_layers = 11;
  y[1] = pool;
  y[2] = add;
  y[3] = branch;
  y[4] = pool;
  y[5] = add, y[5].from = 3;
  y[6] = concat, y[6].from = 2;
  y[7] = pool;
  y[8] = add, y[8].from = 6;
  y[9] = mean;
  y[10] = dense;
  judged(NULL);
}

static void
numbers_of_a_concat_are_checked(void **state)
{
  ear_layer *y = m.spec.layer;
  (void)state;
  make();
  y[2].scale = 0, judged("layer 2 (concat)");
  y[2].scale = NAN, judged("layer 2 (concat)");
  y[2].zero_point = 256, judged("layer 2 (concat)");
  y[2].zero_point = -1, judged("layer 2 (concat)");
  y[2].scale = 1e-9f, judged("layer 2 (concat): scales too far apart");
  y[2].scale = 1e15f, judged("layer 2 (concat): scales too far apart");
}

/* The file with `to` in place of the first `from` in that text. */
static void
changed(const char *key, const char *from, const char *to, const char *word)
{
  uint8_t *bytes;
  const uint8_t *payload;
  size_t n, n_payload;
  ear_model *model;
  ear_error err = {""};
  char text[2048];
  make();
  assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), 0);
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  json_t *metadata = json_object_get(header, "__metadata__");
  const char *old = json_string_value(json_object_get(metadata, key));
  const char *at = strstr(old, from);
  assert_non_null(at);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
  json_object_set_new(metadata, key, json_string(text));
  uint8_t *file = small_join(header, payload, n_payload, true, &n);
  assert_int_equal(ear_model_parse(&model, file, n, &err), EAR_BAD_MODEL);
  if (!strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  free(file);
  free(bytes);
  json_decref(header);
}

static void
hostile_texts_of_a_branch_are_refused(void **state)
{
  (void)state;
  changed("layers", "\"input\":\"frames\"", "\"input\":\"frame\"", "layer 1: \"input\"");
  changed("layers", "\"input\":\"frames\"", "\"input\":0", "layer 1: \"input\"");
  changed("layers", "\"input\":\"frames\",", "", "it ends no branch");
  changed("layers", "\"from\":0", "\"from\":-1", "layer 2: \"from\"");
  changed("layers", "\"from\":0", "\"from\":2147483647",
          "not the last before the branch");
  changed("layers", "\"from\":0,", "", "layer 2: \"from\"");
  changed("layers", "{\"op\":\"mean\"", "{\"op\":\"mean\",\"input\":\"frames\"",
          "a setting that this version ignores");
  changed("layers", "{\"op\":\"concat\"", "{\"op\":\"concat\",\"relu\":false",
          "a setting that this version ignores");
  changed("layers", "\"zero_point\":30", "\"zero_point\":300", "layer 2 (concat)");
  changed("layers", "\"zero_point\":30", "\"zero_point\":31",
          "outputs that its file promises");
  changed("format_version", "2", "1", "format 2");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_branch_is_read_back_as_it_was_written),
      cmocka_unit_test(a_branch_is_counted_in_what_a_model_says_of_itself),
      cmocka_unit_test(rows_of_two_places_are_of_none),
      cmocka_unit_test(paths_that_do_not_fit_are_refused),
      cmocka_unit_test(adds_within_a_path_are_accepted),
      cmocka_unit_test(numbers_of_a_concat_are_checked),
      cmocka_unit_test(hostile_texts_of_a_branch_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
