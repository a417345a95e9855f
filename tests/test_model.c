/* SPDX-License-Identifier: ISC */
/* What is written is read back the same, to the last bit; what a model says of itself is
   right; and a spec that could not be run is refused with a sentence that names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frontend.h"
#include "random_model.h"
#include "small_model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
what_is_read_is_what_was_written(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    random_model m;
    uint8_t *bytes, *again;
    size_t n, n_again;
    ear_model *model;
    random_model_make(&m, seed, 1 + seed % 3, RANDOM_HEAD);
    assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), 0);
    assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
    const ear_model_spec *got = ear_model_spec_get(model);
    assert_string_equal(got->card, m.spec.card);
    assert_true(ear_front_end_equal(&got->front_end, &m.spec.front_end));
    assert_true(got->temperature == m.spec.temperature);
    assert_true(got->input_scale == m.spec.input_scale);
    assert_memory_equal(got->mean, m.mean,
                        ear_front_end_values(&got->front_end) * sizeof(float));
    for (uint32_t l = 0; l < got->n_layers; ++l) {
      const size_t n_weights = ear_layer_n_weights(got, m.shape, l);
      assert_int_equal(got->layer[l].op, m.spec.layer[l].op);
      if (n_weights) {
        assert_true(got->layer[l].scale == m.spec.layer[l].scale);
        assert_memory_equal(got->layer[l].weight, m.weight[l], n_weights);
        assert_true((uintptr_t)got->layer[l].bias % 16 == 0);
      }
    }
    assert_int_equal(ear_model_write(got, &again, &n_again, NULL), 0);
    assert_int_equal(n_again, n);
    assert_memory_equal(again, bytes, n);
    free(bytes);
    free(again);
    ear_model_unref(model);
    random_model_free(&m);
  }
}

static void
info_of_a_known_model(void **state)
{
  size_t n;
  uint8_t *bytes = small_model_bytes(&n);
  ear_model *model;
  (void)state;
  assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
  free(bytes);
  const ear_model_info *info = ear_model_info_get(model);
  assert_string_equal(info->name, "small");
  assert_string_equal(info->task, "harshness");
  assert_int_equal(info->n_labels, 2);
  assert_string_equal(info->label[1], "harsh");
  assert_true(info->threshold[0] > 1 && info->threshold[1] == 0.6f);
  assert_int_equal(strlen(info->sha256), 64);
  assert_true(fabs(info->tick_s - 512 / 22050.0) < 1e-12);
  assert_true(fabs(info->receptive_s - (512 + 2048) / 22050.0) < 1e-12);
  assert_int_equal(info->n_parameters, 12 + 2 + 6 + 2 + 32 + 2);
  /* per frame: conv 8 x 12, depthwise 8 x 6, dense 32 for each of three horizons */
  assert_int_equal(info->macs_per_s, (uint64_t)((96 + 48 + 96) * 22050.0 / 512));
  assert_int_equal(info->n_rows, 8);
  float low, centre, high;
  ear_front_end_band_hz(&info->front_end, 3, &low, &centre, &high);
  assert_true(info->row_low_hz[3] < centre && centre < info->row_high_hz[3]);
  assert_true(info->row_low_hz[0] == 0 && info->row_high_hz[7] == 11025);
  ear_model_unref(model);
}

static void
check_rows(const ear_model_info *info)
{
  assert_true(info->n_rows >= 1 && info->n_rows <= EAR_MAX_ROWS);
  assert_true(info->row_low_hz[0] == 0);
  assert_true(info->row_high_hz[info->n_rows - 1] == 11025);
  for (uint32_t r = 0; r < info->n_rows; ++r) {
    assert_true(info->row_low_hz[r] < info->row_high_hz[r]);
    assert_true(r == 0 || info->row_low_hz[r] >= info->row_low_hz[r - 1]);
  }
}

static bool
has_branch(const random_model *m)
{
  uint32_t l = 0;
  while (l < m->spec.n_layers && m->spec.layer[l].op != EAR_OP_CONCAT) {
    ++l;
  }
  return l < m->spec.n_layers;
}

static void
rows_tile_the_range_in_order(void **state)
{
  uint32_t n_checked = 0;
  (void)state;
  for (uint64_t seed = 0; n_checked < 300; ++seed) {
    random_model m;
    uint8_t *bytes;
    size_t n;
    ear_model *model;
    random_model_make(&m, seed, 1, RANDOM_MEAN);
    assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), 0);
    assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
    const ear_model_info *info = ear_model_info_get(model);
    if (info->front_end.kinds != EAR_KIND_MEL) {
      assert_int_equal(info->n_rows, 0); /* rows are no part of the spectrum */
    } else if (info->n_rows == 0) {      /* of two parts of it */
      assert_true(has_branch(&m));
    } else {
      check_rows(info);
      ++n_checked;
    }
    ear_model_unref(model);
    free(bytes);
    random_model_free(&m);
  }
}

/* The metadata text `key` of a file. */
static void
text_of(const uint8_t *bytes, size_t n, const char *key, char text[2048])
{
  const uint8_t *payload;
  size_t n_payload;
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  const json_t *metadata = json_object_get(header, "__metadata__");
  snprintf(text, 2048, "%s", json_string_value(json_object_get(metadata, key)));
  json_decref(header);
}

static void
a_file_has_the_lowest_version_that_can_hold_it(void **state)
{
  uint32_t n_of[3] = {0};
  (void)state;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    random_model m;
    uint8_t *bytes;
    size_t n;
    char version[2048], front_end[2048];
    bool newer = false;
    random_model_make(&m, seed, 1, RANDOM_HEAD);
    for (uint32_t l = 0; l < m.spec.n_layers; ++l) {
      const ear_layer *y = &m.spec.layer[l];
      newer |=
          y->op == EAR_OP_SUMMARY || y->op == EAR_OP_CONCAT || y->deviation || y->kf > 64;
    }
    const bool mel = m.spec.front_end.kinds == EAR_KIND_MEL;
    assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), 0);
    text_of(bytes, n, "format_version", version);
    text_of(bytes, n, "front_end", front_end);
    assert_string_equal(version, mel && !newer ? "1" : "2");
    assert_true(mel == !strstr(front_end, "features"));
    ++n_of[version[0] - '0'];
    free(bytes);
    random_model_free(&m);
  }
  assert_true(n_of[1] > 20 && n_of[2] > 20);
}

static small_model broken;

/* The spec as it stands in `broken` is refused with a sentence that has `word` in it. */
static void
refused(const char *word)
{
  uint8_t *bytes;
  size_t n;
  ear_error err = {""};
  assert_int_equal(ear_model_write(&broken.spec, &bytes, &n, &err), EAR_BAD_MODEL);
  assert_null(bytes);
  if (!strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  small_model_make(&broken);
}

static void
numbers_out_of_range_are_refused(void **state)
{
  ear_model_spec *s = &broken.spec;
  (void)state;
  small_model_make(&broken);
  s->layer[0].scale = 0, refused("layer 0 (conv)");
  s->layer[0].scale = INFINITY, refused("layer 0 (conv)");
  s->layer[1].scale = NAN, refused("layer 1 (depthwise)");
  s->layer[0].zero_point = 3, refused("zero_point"); /* with relu */
  s->layer[1].zero_point = 256, refused("zero_point");
  s->layer[2].scale = -1, refused("layer 2 (add)");
  s->layer[2].scale = 1e-35f, refused("scale");
  broken.scale[1] = -0.5f, refused("scale");
  broken.scale[1] = 1e-38f, refused("scale out of range");
  broken.bias[0] = INT32_MAX - 1000, refused("32 bits");
  broken.bias[0] = INT32_MIN, refused("32 bits");
  broken.bias[1] = INT32_MAX / 16, refused("layer 4 (dense)"); /* 16 times in the head */
  broken.dense[5] = -128, refused("-128");
  broken.mean[3] = NAN, refused("band 3");
  broken.inverse_std[0] = 0, refused("band 0");
  s->input_scale = 0, refused("input_scale");
  s->input_scale = 1e-40f, refused("input_scale");
  s->input_zero_point = -1, refused("input_zero_point");
  s->input_scale = 3e38f, refused("input_scale"); /* its inverse is denormal */
  s->temperature = 0, refused("temperature");
  s->temperature = 1e-40f, refused("temperature"); /* denormal: 0 in an analyzer */
  broken.inverse_std[0] = 1e-40f, refused("band 0");
  s->threshold[1] = NAN, refused("threshold");
  s->front_end.n_fft = 1000, refused("front end");
  s->front_end.power = true, refused("dB");
  s->front_end.kinds = 0, refused("kinds of features");
  s->front_end.kinds |= EAR_KIND_MFCC, refused("MFCCs"); /* 20 of 8 bands */
}

static void
texts_out_of_range_are_refused(void **state)
{
  static char longer[70], card[16386];
  ear_model_spec *s = &broken.spec;
  (void)state;
  memset(longer, 'x', 64);
  memset(card, 'x', sizeof card - 1);
  small_model_make(&broken);
  s->name = longer, refused("name");
  s->name = "", refused("name");
  s->name = "a\nb", refused("name");
  s->label[1] = longer, refused("label 1");
  s->label[1] = "\xe0\x80\x80", refused("label 1"); /* overlong */
  s->label[1] = "\xed\xa0\x80", refused("label 1"); /* half a surrogate pair */
  s->label[1] = "\xc3(", refused("label 1");        /* no UTF-8 */
  s->label[1] = "\xc2\x9b[1m", refused("label 1");  /* U+009B begins an escape */
  s->label[1] = "clean", refused("twice");
  s->n_labels = 0, refused("0 labels");
  s->n_labels = 65, refused("65 labels");
  s->n_labels = 1, refused("last layer");
  s->task = "genre", refused("task");
  s->card = card, refused("card");
  s->card = "\xff\xfe", refused("card");
}

static void
layers_that_do_not_fit_are_refused(void **state)
{
  ear_model_spec *s = &broken.spec;
  (void)state;
  small_model_make(&broken);
  s->layer[0].kf = 11, s->layer[0].pad_lo = s->layer[0].pad_hi = 0, refused("11 rows");
  s->layer[0].kt = 0, refused("layer 0");
  s->layer[0].st = 0, refused("layer 0");
  s->layer[0].dt = 0, refused("layer 0");
  s->layer[0].pad_lo = 3, refused("padding");
  s->layer[0].kt = UINT32_MAX, refused("layer 0");
  s->layer[0].kt = 65, refused("layer 0"); /* as many as a summary may have, or less */
  s->layer[0].n_out = 0, refused("layer 0");
  s->layer[0].n_out = UINT32_MAX, refused("layer 0");
  s->layer[1].pad_hi = 0, refused("layer 2 (add)");
  s->layer[1].st = 2, refused("layer 2 (add)");
  s->layer[2].from = 1, refused("not before");
  s->layer[2].from = 7, refused("not before");
  s->layer[3].op = EAR_OP_DENSE, s->layer[3].n_out = 2, s->layer[4].op = EAR_OP_ADD,
  refused("only dense");
  s->layer[4].relu = true, refused("last layer");
  s->layer[4].op = EAR_OP_MEAN, refused("only dense");
  s->layer[1].op = (ear_op)99, refused("unknown");
  s->layer[2] = (ear_layer){.op = EAR_OP_SUMMARY, .kt = 4, .kf = 2, .st = 1, .sf = 1};
  refused("layer 2 (summary)");
  s->layer[2] = (ear_layer){.op = EAR_OP_SUMMARY, .kt = 4, .kf = 1, .st = 1, .sf = 2};
  refused("layer 2 (summary)");
  s->layer[2] = (ear_layer){.op = EAR_OP_SUMMARY, .kt = 4097, .kf = 1, .st = 1, .sf = 1};
  refused("layer 2 (summary)");
  s->n_layers = 4, refused("last layer");
  s->n_layers = 0, refused("0 layers");
  s->n_layers = 49, refused("49 layers");
}

/* 64 bands with 4096 channels, then what the caller puts into layer 1. */
static void
widest(const int8_t *weight, const int32_t *bias, const float *scale)
{
  ear_model_spec *s = &broken.spec;
  s->front_end.n_bands = 64;
  s->mean = s->inverse_std = scale;
  s->layer[0].n_out = 4096;
  s->layer[0].kt = s->layer[0].kf = 1;
  s->layer[2] = (ear_layer){.op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 1, .sf = 1};
  for (uint32_t l = 0; l < 5; ++l) {
    s->layer[l].pad_lo = s->layer[l].pad_hi = 0;
    s->layer[l].weight = weight;
    s->layer[l].bias = bias;
    s->layer[l].weight_scale = scale;
  }
}

static void
networks_that_cannot_run_live_are_refused(void **state)
{
  static int8_t weight[4096 * 64 * 64]; /* zeros, so that no sum overflows */
  static int32_t bias[4096];
  static float scale[4096];
  ear_model_spec *s = &broken.spec;
  (void)state;
  for (uint32_t o = 0; o < 4096; ++o) {
    scale[o] = 0.01f;
  }
  small_model_make(&broken);
  s->layer[0].weight = weight;
  s->layer[0].dt = s->layer[0].kt = 64;
  refused("60 s"); /* 3971 hops: 92 s */
  s->layer[2] = (ear_layer){.op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 1, .sf = 1};
  s->layer[0].st = 16;
  s->layer[1].st = 14;
  refused("5 s"); /* 224 hops: 5.2 s */
  s->layer[0].n_out = 4096;
  s->layer[0].kt = 16;
  s->front_end.hop = 1;
  for (uint32_t l = 0; l < 5; ++l) {
    s->layer[l].weight = weight;
    s->layer[l].bias = bias;
    s->layer[l].weight_scale = scale;
  }
  refused("too large to run live"); /* 35 GMAC/s */

  widest(weight, bias, scale);
  s->layer[1] = (ear_layer){.op = EAR_OP_MAXPOOL, .kt = 64, .kf = 64, .st = 1, .sf = 1};
  s->front_end.n_bands = 192;
  refused("too large to run live"); /* without many multiplications */

  widest(weight, bias, scale);
  s->layer[1].op = EAR_OP_CONV;
  s->layer[1].kt = s->layer[1].kf = 64;
  s->layer[1].n_out = 1;
  refused("bytes a stream"); /* one output of 16 M weights, packed for 16 */

  s->front_end.rate_hz = 384000; /* a small network again */
  s->front_end.n_fft = 64;
  s->front_end.hop = 1;
  refused("too fast"); /* 1.2 million verdicts in 3 s */
  s->front_end.rate_hz = 384000;
  s->front_end.n_fft = 16384;
  s->front_end.hop = 1;
  s->layer[0].st = 32;
  refused("too large to run live"); /* 384,000 FFTs a second */

  widest(weight, bias, scale);
  s->front_end.rate_hz = 8000;
  s->front_end.high_hz = 4000;
  s->front_end.n_fft = 64;
  s->front_end.hop = 9;
  s->layer[0].n_out = 1000;
  s->layer[0].kt = 64;
  s->layer[1] = s->layer[2] =
      (ear_layer){.op = EAR_OP_MAXPOOL, .kt = 1, .kf = 1, .st = 64, .sf = 1};
  refused("steps to check it"); /* 8256 frames of 1.5 million */
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_read_is_what_was_written),
      cmocka_unit_test(info_of_a_known_model),
      cmocka_unit_test(rows_tile_the_range_in_order),
      cmocka_unit_test(a_file_has_the_lowest_version_that_can_hold_it),
      cmocka_unit_test(numbers_out_of_range_are_refused),
      cmocka_unit_test(texts_out_of_range_are_refused),
      cmocka_unit_test(layers_that_do_not_fit_are_refused),
      cmocka_unit_test(networks_that_cannot_run_live_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
