/* SPDX-License-Identifier: ISC */
/* Each limit of the model loader has a case on either side of it: with the tests of model
   files every branch of engine/model*.c and safetensors.c is taken (tools/coverage). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_file.h"
#include "small_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static small_model m;

static void
checked(ear_status st, const char *word)
{
  ear_shape shape[EAR_MAX_LAYERS];
  ear_error err = {""};
  ear_status found = ear_model_shapes(&m.spec, shape, &err);
  found = found ? found : ear_model_check(&m.spec, shape, &err);
  assert_int_equal(found, st);
  if (!strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  small_model_make(&m);
}

static void
text_is_utf8_as_rfc_3629_has_it(void **state)
{
  static const char *const good[] = {
      "\xc2\xa9",         "\xdf\xbf",       "\xe0\xa0\x80",     "\xe1\x80\xbf",
      "\xed\x9f\xbf",     "\xef\xbf\xbd",   "\xf0\x90\x80\x80", "\xf1\x80\x80\x80",
      "\xf4\x8f\xbf\xbf", "a\xe2\x82\xac z"};
  static const char *const bad[] = {"\x80",
                                    "\xc1\x81",
                                    "\xc3",
                                    "\xc3\xc3",
                                    "\xe0\x9f\x80",
                                    "\xed\xa0\x80",
                                    "\xe2\x82",
                                    "\xe2\x82(",
                                    "\xf0\x8f\x80\x80",
                                    "\xf4\x90\x80\x80",
                                    "\xf1\x80\x80",
                                    "\xf5\x80\x80\x80",
                                    "\xff",
                                    "\xc2\x85",
                                    "\x7f",
                                    "\x1b"};
  (void)state;
  small_model_make(&m);
  for (size_t i = 0; i < sizeof good / sizeof *good; ++i) {
    m.spec.name = good[i];
    checked(EAR_OK, "");
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    m.spec.name = bad[i];
    checked(EAR_BAD_MODEL, "name");
  }
  m.spec.card = m.spec.license = "two\nlines\r\n\tand a tab";
  checked(EAR_OK, "");
  m.spec.card = "\x1b[2J";
  checked(EAR_BAD_MODEL, "card or license");
}

static void
what_a_caller_left_out_is_refused(void **state)
{
  (void)state;
  small_model_make(&m);
  m.spec.name = NULL, checked(EAR_BAD_MODEL, "name");
  m.spec.task = NULL, checked(EAR_BAD_MODEL, "task");
  m.spec.license = NULL, checked(EAR_BAD_MODEL, "license");
  m.spec.license = "\xff", checked(EAR_BAD_MODEL, "license");
  m.spec.layer[0].weight = NULL, checked(EAR_BAD_MODEL, "no weights");
  m.spec.layer[0].bias = NULL, checked(EAR_BAD_MODEL, "no weights");
  m.spec.layer[0].weight_scale = NULL, checked(EAR_BAD_MODEL, "no weights");
  m.spec.n_harsh_kinds = 17, checked(EAR_BAD_MODEL, "17 kinds");
  m.spec.activation = (ear_activation)2, checked(EAR_BAD_MODEL, "activation");
  m.spec.activation = EAR_SIGMOID, checked(EAR_OK, "");
}

static void
numbers_are_refused_beside_their_limits(void **state)
{
  (void)state;
  small_model_make(&m);
  m.spec.input_zero_point = 256, checked(EAR_BAD_MODEL, "input_zero_point");
  m.spec.layer[1].zero_point = 255, checked(EAR_OK, "");
  m.spec.layer[1].zero_point = -1, checked(EAR_BAD_MODEL, "zero_point");
  m.spec.layer[1].scale = 1e-40f, checked(EAR_BAD_MODEL, "scale");
  m.scale[1] = -0.013f, checked(EAR_BAD_MODEL, "scale out of range");
  m.scale[1] = 1e-40f, checked(EAR_BAD_MODEL, "scale out of range");
  m.scale[0] = 1e30f, checked(EAR_BAD_MODEL, "scale out of range");
}

static void
windows_are_refused_beside_their_limits(void **state)
{
  ear_layer *y = m.spec.layer;
  (void)state;
  small_model_make(&m);
  y[0].st = 65, checked(EAR_BAD_MODEL, "layer 0");
  y[0].kf = 0, checked(EAR_BAD_MODEL, "layer 0");
  y[0].kf = 257, checked(EAR_BAD_MODEL, "layer 0");
  y[0].sf = 0, checked(EAR_BAD_MODEL, "layer 0");
  y[0].sf = 65, checked(EAR_BAD_MODEL, "layer 0");
  y[0].dt = 65, checked(EAR_BAD_MODEL, "layer 0");
  y[0].pad_hi = 3, checked(EAR_BAD_MODEL, "padding");
  m.spec.front_end.n_bands = 256;
  y[0].kf = 200, y[0].pad_lo = 64, checked(EAR_BAD_MODEL, "padding");
  m.spec.front_end.n_bands = 256;
  y[0].kf = 200, y[0].pad_hi = 64, checked(EAR_BAD_MODEL, "padding");
  assert_int_equal(ear_format_version(&m.spec), 1);
  y[0].kf = 65;
  assert_int_equal(ear_format_version(&m.spec), 2);
  small_model_make(&m);
  y[0].n_out = 4097, checked(EAR_BAD_MODEL, "not possible");
  y[2] = (ear_layer){.op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 1, .sf = 65};
  checked(EAR_BAD_MODEL, "layer 2 (maxpool)");
}

/* 256 bands of 4096 channels fill a column; two layers further the stride and the
   receptive field go beyond all bounds. */
static void
shapes_are_refused_beside_their_limits(void **state)
{
  ear_layer *y = m.spec.layer;
  ear_shape shape[EAR_MAX_LAYERS];
  (void)state;
  small_model_make(&m);
  m.spec.front_end.n_bands = 256;
  y[0] = (ear_layer){.op = EAR_OP_CONV, .kt = 1, .kf = 1, .st = 1, .sf = 1, .dt = 1};
  y[0].n_out = 4096;
  m.spec.n_layers = 1;
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_OK);
  y[1] = (ear_layer){.op = EAR_OP_SUMMARY, .kt = 2, .kf = 1, .st = 1, .sf = 1};
  m.spec.n_layers = 2; /* three times as many values */
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_BAD_MODEL);
  y[0].relu = true;
  y[1] = (ear_layer){.op = EAR_OP_MEAN, .deviation = true};
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_BAD_MODEL);
  y[0].n_out = 4;
  for (uint32_t l = 0; l < 3; ++l) {
    y[l] = (ear_layer){.op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 64, .sf = 1};
  }
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_OK);
  assert_int_equal(shape[1].stride, 4096);
  m.spec.n_layers = 3;
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_BAD_MODEL);
  y[2] = (ear_layer){.op = EAR_OP_SUMMARY, .kt = 4096, .kf = 1, .st = 1, .sf = 1};
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_OK);
  y[3] = y[2];
  m.spec.n_layers = 4;
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_BAD_MODEL);
  small_model_make(&m);
}

/* Without much work either: 48,000 ticks of 4096 values. */
static void
streams_that_take_too_much_memory_are_refused(void **state)
{
  ear_shape shape[EAR_MAX_LAYERS];
  ear_error err;
  (void)state;
  small_model_make(&m);
  assert_int_equal(ear_model_shapes(&m.spec, shape, NULL), EAR_OK);
  assert_int_equal(ear_model_check_cost(&m.spec, shape, NULL), EAR_OK);
  m.spec.front_end.rate_hz = 16000;
  m.spec.front_end.hop = 1;
  shape[2].rows = 256;
  shape[2].channels = 16;
  assert_int_equal(ear_model_check_cost(&m.spec, shape, &err), EAR_BAD_MODEL);
  assert_non_null(strstr(err.text, "too large to run live"));
  small_model_make(&m);
}

static void
sentences_hold_no_controls_and_need_no_place(void **state)
{
  ear_error err;
  (void)state;
  assert_int_equal(ear_fail(&err, EAR_IO, "a\x1b\x7f\xc2\x85\xc2\xa9\xc2"), EAR_IO);
  assert_string_equal(err.text, "a    \xc2\xa9\xc2");
  assert_int_equal(ear_fail(NULL, EAR_IO, "%s", ""), EAR_IO);
  assert_string_equal(ear_op_name((ear_op)99), "unknown");
  m.spec = (ear_model_spec){.n_layers = 1, .layer[0].op = EAR_OP_CONV};
  assert_int_equal(ear_model_head(&m.spec), 1); /* a network that has none */
}

static void
json_without_memory_is_told_from_bad_json(void **state)
{
  json_error_t why = {.text = "out of memory"};
  json_t *value;
  (void)state;
  why.text[sizeof why.text - 1] = json_error_out_of_memory;
  assert_int_equal(ear_json_fail("it", &why, NULL), EAR_NO_MEMORY);
  why.text[sizeof why.text - 1] = json_error_invalid_syntax;
  assert_int_equal(ear_json_fail("it", &why, NULL), EAR_BAD_MODEL);
  why.text[0] = '\0';
  assert_int_equal(ear_json_fail("it", &why, NULL), EAR_NO_MEMORY);
  assert_int_equal(ear_meta_json(&value, "labels", NULL, NULL), EAR_BAD_MODEL);
}

/* A container of this header, and of n bytes behind it, is refused with `word`. */
static void
container(const char *header, size_t n, const char *word)
{
  const size_t length = strlen(header);
  uint8_t *bytes = calloc(1, 8 + length + n);
  ear_safetensors st;
  ear_error err = {""};
  assert_non_null(bytes);
  bytes[0] = (uint8_t)length, bytes[1] = (uint8_t)(length >> 8);
  memcpy(bytes + 8, header, length);
  assert_int_equal(ear_safetensors_read(&st, bytes, 8 + length + n, &err), EAR_BAD_MODEL);
  if (!strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  free(bytes);
}

static void
containers_are_refused_by_what_is_wrong_with_them(void **state)
{
  char many[1 << 14] = "{\"__metadata__\":{}";
  size_t at = strlen(many);
  (void)state;
  container("x", 0, "length");
  container("7 ", 0, "JSON");
  container("[]", 0, "not a JSON object");
  container("{}", 0, "no __metadata__");
  container("{\"__metadata__\":5}", 0, "no __metadata__");
  container("{\"__metadata__\":{\"a\":5}}", 0, "not a string");
  container("{\"__metadata__\":{}}", 0, "end of the file");
  container("{\"__metadata__\":{}}", 1, "end of the file");
  container("{\"__metadata__\":{},\"t\":5}", 0, "not described");
  container(
      "{\"__metadata__\":{},\"t\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
      "is not I8");
  container(
      "{\"__metadata__\":{},\"t\":{\"dtype\":\"I8\",\"shape\":1,\"data_offsets\":[0,1]}}",
      1, "dimensions");
  container("{\"__metadata__\":{},\"t\":{\"dtype\":\"I8\",\"dims\":[1],\"data_offsets\":["
            "0,1]}}",
            1, "dimensions");
  container("{\"__metadata__\":{},\"t\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":"
            "[0,\"1\"]}}",
            1, "without a gap");
  for (int i = 0; i < 257; ++i) {
    at += (size_t)snprintf(
        many + at, sizeof many - at,
        ",\"%d\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[%d,%d]}", i, i, i + 1);
  }
  snprintf(many + at, sizeof many - at, "}");
  container(many, 257, "more than 256 tensors");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_is_utf8_as_rfc_3629_has_it),
      cmocka_unit_test(what_a_caller_left_out_is_refused),
      cmocka_unit_test(numbers_are_refused_beside_their_limits),
      cmocka_unit_test(windows_are_refused_beside_their_limits),
      cmocka_unit_test(shapes_are_refused_beside_their_limits),
      cmocka_unit_test(streams_that_take_too_much_memory_are_refused),
      cmocka_unit_test(sentences_hold_no_controls_and_need_no_place),
      cmocka_unit_test(json_without_memory_is_told_from_bad_json),
      cmocka_unit_test(containers_are_refused_by_what_is_wrong_with_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
