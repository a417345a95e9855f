/* SPDX-License-Identifier: ISC */
/* A model file may be as large as the format says, in every direction, and one more is
   refused with a sentence of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "safetensors.h"
#include "small_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* It loads; or is refused with `word` in the sentence. */
static void
judged(const uint8_t *bytes, size_t n, const char *word)
{
  ear_model *model;
  ear_error err = {""};
  const ear_status st = ear_model_parse(&model, bytes, n, &err);
  if (!word) {
    if (st) {
      fail_msg("%zu bytes: %s", n, err.text);
    }
  } else if (st != EAR_BAD_MODEL || model || !strstr(err.text, word)) {
    fail_msg("%zu bytes: \"%s\" does not say \"%s\"", n, err.text, word);
  }
  ear_model_unref(model);
}

/* The same file with spaces behind its header, which then has n_header bytes. */
static uint8_t *
padded(const uint8_t *bytes, size_t n, size_t n_header, size_t *size)
{
  size_t had = 0;
  for (int i = 7; i >= 0; --i) {
    had = had << 8 | bytes[i];
  }
  assert_true(n_header >= had);
  *size = n + n_header - had;
  uint8_t *out = malloc(*size);
  assert_non_null(out);
  for (int i = 0; i < 8; ++i) {
    out[i] = (uint8_t)((uint64_t)n_header >> 8 * i);
  }
  memset(out + 8, ' ', n_header);
  memcpy(out + 8, bytes + 8, had);
  memcpy(out + 8 + n_header, bytes + 8 + had, n - 8 - had);
  return out;
}

static void
judge_padded(const uint8_t *bytes, size_t n, size_t n_header, const char *word)
{
  size_t size;
  uint8_t *out = padded(bytes, n, n_header, &size);
  judged(out, size, word);
  free(out);
}

static void
a_header_of_64_KiB_loads_and_a_byte_more_is_refused(void **state)
{
  size_t n;
  uint8_t *bytes = small_model_bytes(&n);
  (void)state;
  judge_padded(bytes, n, 65536, NULL);
  judge_padded(bytes, n, 65537, "header's length");
  free(bytes);
}

enum { N_WIDE = 4084, N_SEEN = 16 * 256, MOST = 16 << 20 };

/* A dense layer that fills 16 MiB but for a few kB. */
static uint8_t *
huge_model(size_t *n)
{
  static small_model m;
  static float mean[256], inverse_std[256], scale[N_WIDE];
  static int32_t bias[N_WIDE];
  static int8_t last[2 * N_WIDE];
  int8_t *weight = calloc(N_WIDE, N_SEEN);
  uint8_t *bytes;
  assert_non_null(weight);
  small_model_make(&m);
  for (int v = 0; v < 256; ++v) {
    inverse_std[v] = 0.1f;
  }
  for (int o = 0; o < N_WIDE; ++o) {
    scale[o] = 0.01f;
    weight[o * N_SEEN + o] = 3;
  }
  ear_model_spec *s = &m.spec;
  s->front_end.n_bands = 256;
  s->mean = mean;
  s->inverse_std = inverse_std;
  s->n_layers = 3;
  s->layer[0] = (ear_layer){
      .op = EAR_OP_FLATTEN, .kt = 16, .kf = 1, .st = 16, .sf = 1, .dt = 1, .scale = 1};
  s->layer[1] =
      (ear_layer){.op = EAR_OP_DENSE, .n_out = N_WIDE, .relu = true, .scale = 1};
  s->layer[2] = (ear_layer){.op = EAR_OP_DENSE, .n_out = 2, .scale = 1};
  for (uint32_t l = 1; l < 3; ++l) {
    ear_layer *y = &s->layer[l];
    y->kt = y->kf = y->st = y->sf = y->dt = 1;
    y->weight = l == 1 ? weight : last;
    y->bias = bias;
    y->weight_scale = scale;
  }
  ear_error err = {""};
  if (ear_model_write(s, &bytes, n, &err)) {
    fail_msg("%s", err.text);
  }
  free(weight);
  return bytes;
}

static void
a_file_of_16_MiB_loads_and_a_byte_more_is_refused(void **state)
{
  size_t n, n_header = 0;
  uint8_t *bytes = huge_model(&n);
  (void)state;
  assert_in_range(n, MOST - 8192, MOST);
  for (int i = 7; i >= 0; --i) {
    n_header = n_header << 8 | bytes[i];
  }
  judge_padded(bytes, n, n_header + (MOST - n), NULL);
  judge_padded(bytes, n, n_header + (MOST - n) + 1, "8 bytes to 16 MiB");
  free(bytes);
}

/* The small model with tensors of one byte added to make n_tensors. */
static void
with_tensors(size_t n_tensors, const char *word)
{
  size_t n, n_payload;
  const uint8_t *payload;
  uint8_t *bytes = small_model_bytes(&n);
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  const size_t n_more = n_tensors - (json_object_size(header) - 1);
  uint8_t *longer = calloc(1, n_payload + n_more);
  assert_non_null(longer);
  memcpy(longer, payload, n_payload);
  for (size_t i = 0; i < n_more; ++i) {
    char name[24];
    const json_int_t at = (json_int_t)(n_payload + i);
    snprintf(name, sizeof name, "t%zu", i);
    json_object_set_new(header, name,
                        json_pack("{s:s, s:[i], s:[I, I]}", "dtype", "I8", "shape", 1,
                                  "data_offsets", at, at + 1));
  }
  uint8_t *file = small_join(header, longer, n_payload + n_more, true, &n);
  judged(file, n, word);
  free(file);
  free(longer);
  json_decref(header);
  free(bytes);
}

static void
of_256_tensors_each_is_looked_at_and_257_are_refused(void **state)
{
  (void)state;
  with_tensors(256, "the tensors are not those"); /* no network has as many */
  with_tensors(257, "more than 256 tensors");
}

/* A model of so many labels of so many bytes. */
static void
with_labels(uint32_t n_labels, size_t n_bytes, const char *word)
{
  static char label[EAR_MAX_LABELS + 1][80];
  static int8_t weight[(EAR_MAX_LABELS + 1) * 16];
  static int32_t bias[EAR_MAX_LABELS + 1];
  static float scale[EAR_MAX_LABELS + 1];
  static small_model m;
  uint8_t *bytes = NULL;
  size_t n = 0;
  ear_error err = {""};
  small_model_make(&m);
  m.spec.n_labels = n_labels;
  m.spec.layer[4].n_out = n_labels;
  for (uint32_t i = 0; i < n_labels; ++i) {
    memset(label[i], 'x', n_bytes);
    label[i][0] = (char)('0' + i / 10);
    label[i][1] = (char)('0' + i % 10);
    label[i][n_bytes] = '\0';
    scale[i] = 0.01f;
    if (i < EAR_MAX_LABELS) {
      m.spec.label[i] = label[i];
      m.spec.threshold[i] = 2;
    }
  }
  m.spec.layer[4].weight = weight;
  m.spec.layer[4].bias = bias;
  m.spec.layer[4].weight_scale = scale;
  const ear_status st = ear_model_write(&m.spec, &bytes, &n, &err);
  if (word) {
    assert_int_equal(st, EAR_BAD_MODEL);
    assert_non_null(strstr(err.text, word));
  } else {
    judged(bytes, n, NULL);
  }
  free(bytes);
}

static void
labels_of_63_bytes_64_of_them_load_and_more_are_refused(void **state)
{
  (void)state;
  with_labels(64, 63, NULL);
  with_labels(64, 64, "label 0 is not 1 to 63 bytes");
}

/* In a file, where the writer cannot refuse them first. */
static void
a_65th_label_in_a_file_is_refused(void **state)
{
  size_t n, n_payload;
  const uint8_t *payload;
  char text[4096] = "[\"0\"", *to = text + 4;
  uint8_t *bytes = small_model_bytes(&n);
  (void)state;
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  for (int i = 1; i < 65; ++i) {
    to += snprintf(to, 8, ",\"%d\"", i);
  }
  snprintf(to, 2, "]");
  json_object_set_new(json_object_get(header, "__metadata__"), "labels",
                      json_string(text));
  uint8_t *file = small_join(header, payload, n_payload, true, &n);
  judged(file, n, "65 labels: 1 to 64");
  free(file);
  json_decref(header);
  free(bytes);
}

/* conv weights have all four dimensions; the fifth is refused in their place. */
static void
four_dimensions_load_and_five_are_refused(void **state)
{
  size_t n, n_payload;
  const uint8_t *payload;
  uint8_t *bytes = small_model_bytes(&n);
  (void)state;
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  json_t *shape = json_object_get(json_object_get(header, "layer0.weight"), "shape");
  assert_int_equal(json_array_size(shape), 4);
  judged(bytes, n, NULL);
  json_array_append_new(shape, json_integer(1));
  uint8_t *file = small_join(header, payload, n_payload, true, &n);
  judged(file, n, "1 to 4 dimensions");
  free(file);
  json_decref(header);
  free(bytes);
}

/* Pools of one row and column do nothing and may be repeated. */
static void
with_layers(uint32_t n_layers, const char *word)
{
  static small_model m;
  uint8_t *bytes = NULL;
  size_t n = 0;
  ear_error err = {""};
  small_model_make(&m);
  const ear_layer mean = m.spec.layer[3], dense = m.spec.layer[4];
  for (uint32_t l = 3; l < n_layers - 2 && l < EAR_MAX_LAYERS; ++l) {
    m.spec.layer[l] = (ear_layer){
        .op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 1, .sf = 1, .dt = 1, .scale = 1};
  }
  m.spec.n_layers = n_layers;
  if (n_layers <= EAR_MAX_LAYERS) {
    m.spec.layer[n_layers - 2] = mean;
    m.spec.layer[n_layers - 1] = dense;
  }
  const ear_status st = ear_model_write(&m.spec, &bytes, &n, &err);
  if (word) {
    assert_int_equal(st, EAR_BAD_MODEL);
    assert_non_null(strstr(err.text, word));
  } else {
    judged(bytes, n, NULL);
  }
  free(bytes);
}

static void
layers_up_to_48_load_and_49_are_refused(void **state)
{
  (void)state;
  with_layers(EAR_MAX_LAYERS, NULL);
  with_layers(EAR_MAX_LAYERS + 1, "49 layers: 1 to 48");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_header_of_64_KiB_loads_and_a_byte_more_is_refused),
      cmocka_unit_test(a_file_of_16_MiB_loads_and_a_byte_more_is_refused),
      cmocka_unit_test(of_256_tensors_each_is_looked_at_and_257_are_refused),
      cmocka_unit_test(labels_of_63_bytes_64_of_them_load_and_more_are_refused),
      cmocka_unit_test(a_65th_label_in_a_file_is_refused),
      cmocka_unit_test(four_dimensions_load_and_five_are_refused),
      cmocka_unit_test(layers_up_to_48_load_and_49_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
