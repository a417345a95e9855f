/* SPDX-License-Identifier: ISC */
/* What the engine computes from an exported file is what the float network computes, but
   for rounding to 8 bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../engine/net.h"
#include "../train/export.h"
#include "../train/moments.h"
#include "nn_world.h"

enum { N_LABELS = 5, FRAMES = 40, BANDS = 24, N_PATCHES = 24, BATCH = 8 };

static const char *const networks[][2] = {
    {"mean", "conv 8 3x3 bn relu\nmean\ndense labels"},
    {"mean frequency",
     "conv 8 5x5 stride 2x2 pad 2 bn relu\nmaxpool 2x2\nconv 16 3x3 pad 1 "
     "relu\nmean frequency\ndense 12 relu\ndropout 0.5\ndense labels"},
    {"no ReLU before the mean", "conv 8 3x3 bn relu\nconv 6 3x3 bn\nmean\ndense labels"},
    {"depthwise", "conv 8 3x3 stride 1x2 pad 1 bn relu\ndepthwise 3x3 pad 1 bn relu\n"
                  "conv 12 1x1 bn relu\navgpool 1x2\nmean\ndense labels"},
    {"add", "conv 8 3x3 pad 1 bn relu\nconv 8 3x3 pad 1 bn relu\nconv 8 3x3 pad 1 bn\n"
            "add 3 relu\nmaxpool 2x2\nmean\ndense labels"},
    {"dilation", "conv 8 3x5 stride 1x2 bn relu\nconv 8 3x1 dilation 4 bn relu\n"
                 "conv 10 3xfull bn relu\nmean\ndense labels"},
    {"summary", "conv 8 3x3 bn relu\nsummary 12 stride 4\nconv 12 1x3 bn relu\nmean\n"
                "dense labels"},
    {"summary of the input", "summary 40\nconv 8 1x3 pad 1 relu\nmaxpool 1x2\nflatten\n"
                             "dense labels"},
    {"branch", "conv 8 3x3 bn relu\nconv 6 3xfull bn relu\nbranch\nconv 7 1xfull bn\n"
               "concat\nmean deviation\ndense labels"},
    {"branch with a ReLU", "conv 8 3x3 stride 2x2 pad 1 bn relu\nconv 6 2xfull bn relu\n"
                           "branch\nconv 7 9xfull bn relu\navgpool 2x1\nconcat\n"
                           "conv 8 2x1 bn relu\nmean frequency\ndense labels"},
    {"branch before padding", "conv 6 3x3 stride 1x2 pad 1 bn relu\nbranch\n"
                              "conv 5 1x1 stride 1x2\nconcat\nconv 6 1x3 pad 1 bn relu\n"
                              "mean\ndense labels"},
    {"branch of pools", "conv 6 4x4 stride 2x2 pad 1 bn relu\nbranch\n"
                        "maxpool 4x2 stride 2x2\nconcat\nmean deviation\ndense labels"},
    {"branch into flatten", "conv 6 4x4 stride 4x4 bn\nbranch\navgpool 4x4\n"
                            "summary 3 stride 1\nconcat\nflatten\ndense labels"},
    {"flatten",
     "conv 6 5x5 stride 2x2 bn relu\nmaxpool 2x2\nconv 8 3x3 bn relu\nflatten\n"
     "dense 16 relu\ndense labels"},
    {"dense hidden without ReLU", "conv 8 3x3 bn relu\nmean\ndense 9\ndense labels"},
};

/* A network whose BatchNorm has seen data, with gains and shifts of its own. */
static nn *
seasoned(const recipe *r, const float *patches, uint64_t seed)
{
  nn *net = world_net(r, N_LABELS, BATCH, seed);
  rng draw = rng_stream(seed, 9, 9);
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param p = nn_param_get(net, i);
    for (size_t k = 0; k < p.n && !p.decay; ++k) {
      p.value[k] += (float)(0.3 * rng_normal(&draw));
    }
  }
  for (int i = 0; i < 30; ++i) {
    nn_forward(net, patches, BATCH, true);
  }
  return net;
}

static void
export_world(nn *net, const float *patches, uint8_t **bytes, size_t *n)
{
  static const char *const label[N_LABELS] = {"a", "b", "c", "d", "e"};
  static const float threshold[N_LABELS] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
  static float mean[BANDS], inverse_std[BANDS];
  for (int b = 0; b < BANDS; ++b) {
    mean[b] = (float)(b - 60);
    inverse_std[b] = 0.0625f;
  }
  const export_info info = {.name = "world",
                            .task = "classifier",
                            .license = "ISC",
                            .card = "random weights",
                            .n_labels = N_LABELS,
                            .label = label,
                            .threshold = threshold,
                            .temperature = 1,
                            .mean = mean,
                            .inverse_std = inverse_std};
  ear_error err = {""};
  if (export_model(net, &info, patches, N_PATCHES, bytes, n, &err)) {
    fail_msg("%s", err.text);
  }
}

/* Logits of the engine for one patch, all of it averaged or its last window. */
static void
engine_logits(ear_model *model, const float *patch, float *logit)
{
  const ear_model_spec *spec = ear_model_spec_get(model);
  ear_net *net = NULL;
  ear_error err = {""};
  float frame[BANDS];
  assert_int_equal(ear_net_new(&net, model, 4, 100, &err), EAR_OK);
  for (int t = 0; t < FRAMES; ++t) {
    for (int b = 0; b < BANDS; ++b) {
      frame[b] = patch[t * BANDS + b] / spec->inverse_std[b] + spec->mean[b];
    }
    if (ear_net_push(net, frame)) {
      ear_net_tick(net, false);
    }
  }
  const ear_horizon h = ear_net_averages(net) ? EAR_INTEGRATED : EAR_MOMENTARY;
  memcpy(logit, ear_net_logits(net, h), N_LABELS * sizeof *logit);
  ear_net_free(net);
}

static int
likeliest(const float *logit)
{
  int best = 0;
  for (int l = 1; l < N_LABELS; ++l) {
    best = logit[l] > logit[best] ? l : best;
  }
  return best;
}

/* Root mean square difference over that of the float logits across patches. */
static double
difference(const char *network, int *n_agree)
{
  const recipe r = world_recipe(FRAMES, BANDS, network);
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
  nn *net = seasoned(&r, patches, 4);
  uint8_t *bytes;
  size_t n;
  ear_model *model = NULL;
  ear_error err = {""};
  double error = 0, power = 0, mean[N_LABELS] = {0};
  float real[N_PATCHES][N_LABELS], logit[N_LABELS];
  export_world(net, patches, &bytes, &n);
  assert_int_equal(ear_model_parse(&model, bytes, n, &err), EAR_OK);
  for (int i = 0; i < N_PATCHES; ++i) {
    memcpy(real[i], nn_forward(net, patches + (size_t)i * FRAMES * BANDS, 1, false),
           sizeof real[i]);
    for (int l = 0; l < N_LABELS; ++l) {
      mean[l] += (double)real[i][l] / N_PATCHES;
    }
  }
  *n_agree = 0;
  for (int i = 0; i < N_PATCHES; ++i) {
    engine_logits(model, patches + (size_t)i * FRAMES * BANDS, logit);
    for (int l = 0; l < N_LABELS; ++l) {
      error += pow((double)(logit[l] - real[i][l]), 2);
      power += pow((double)real[i][l] - mean[l], 2);
    }
    *n_agree += likeliest(logit) == likeliest(real[i]);
  }
  ear_model_unref(model);
  free(bytes);
  nn_free(net);
  free(patches);
  return sqrt(error / power);
}

static void
the_engine_agrees_with_the_float_network(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof networks / sizeof *networks; ++i) {
    int n_agree;
    const double d = difference(networks[i][1], &n_agree);
    print_message("%-26s difference %.4f of the spread between patches, %d of %d agree\n",
                  networks[i][0], d, n_agree, N_PATCHES);
    assert_true(d < 0.1);
    assert_true(n_agree >= N_PATCHES - 2);
  }
}

static void
the_same_network_gives_the_same_file(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, networks[1][1]);
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
  uint8_t *bytes[2];
  size_t n[2];
  for (int i = 0; i < 2; ++i) {
    nn *net = seasoned(&r, patches, 7);
    export_world(net, patches, &bytes[i], &n[i]);
    nn_free(net);
  }
  assert_int_equal(n[0], n[1]);
  assert_memory_equal(bytes[0], bytes[1], n[0]);
  free(bytes[0]);
  free(bytes[1]);
  free(patches);
}

/* Channels that died, large biases, tiny and huge weights: all of it is a valid file. */
static void
extreme_weights_still_make_a_model_that_loads(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, networks[1][1]);
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
  static const float factor[4] = {0, 1e-12f, 1, 30};
  nn *net = seasoned(&r, patches, 7);
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param p = nn_param_get(net, i);
    for (size_t k = 0; k < p.n; ++k) {
      const size_t quarter = k * 4 / p.n;
      p.value[k] *= factor[p.decay ? quarter : 3 - quarter]; /* tiny weight, large bias */
    }
  }
  uint8_t *bytes;
  size_t n;
  export_world(net, patches, &bytes, &n);
  free(bytes);
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param p = nn_param_get(net, i);
    memset(p.value, 0, p.n * sizeof *p.value);
  }
  export_world(net, patches, &bytes, &n);
  free(bytes);
  nn_free(net);
  free(patches);
}

/* Root mean square, over the patches, of what w[0..BANDS) - scale q gives on a frame. */
static double
rounding_error(const float *patches, const float *w, float scale, const int8_t *q,
               double gain, double *mean)
{
  double square = 0;
  *mean = 0;
  for (int i = 0; i < N_PATCHES * FRAMES; ++i) {
    double error = gain;
    for (int b = 0; b < BANDS; ++b) {
      error +=
          ((double)scale * q[b] - (double)w[b]) * (double)patches[(size_t)i * BANDS + b];
    }
    *mean += error / (N_PATCHES * FRAMES);
    square += error * error / (N_PATCHES * FRAMES);
  }
  return sqrt(square);
}

/* Frames as of music: neighbouring bands are alike, and their means differ. */
static void
weights_make_up_for_the_rounding_of_others(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, "conv 8 1xfull relu\nmean\ndense labels");
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
  for (int i = 0; i < N_PATCHES * FRAMES; ++i) {
    for (int b = 1; b < BANDS; ++b) {
      float *x = &patches[(size_t)i * BANDS + b];
      *x = 0.3f * *x + 0.95f * x[-1] + 0.02f * (float)(b % 5);
    }
  }
  nn *net = world_net(&r, N_LABELS, BATCH, 5);
  moments m[3];
  const moments nothing = {0};
  double ours = 0, nearest = 0;
  assert_int_equal(moments_of(m, net, patches, N_PATCHES), EAR_OK);
  assert_int_equal(m[0].n, BANDS);
  for (int o = 0; o < 8; ++o) {
    const float *w = nn_param_get(net, 0).value + (size_t)o * BANDS, scale = 0.01f;
    int8_t q[2][BANDS];
    double mean[2], error[2];
    const double gain = moments_round(&m[0], 0, w, BANDS, scale, q[0]);
    error[0] = rounding_error(patches, w, scale, q[0], gain, &mean[0]);
    assert_true(moments_round(&nothing, 0, w, BANDS, scale, q[1]) == 0);
    error[1] = rounding_error(patches, w, scale, q[1], 0, &mean[1]);
    for (int b = 0; b < BANDS; ++b) {
      assert_int_equal(q[1][b], lroundf(w[b] / scale));
    }
    assert_true(fabs(mean[0]) < 0.01 * error[1]);
    ours += error[0] * error[0];
    nearest += error[1] * error[1];
  }
  print_message("error %.5f, to the nearest %.5f\n", sqrt(ours / 8), sqrt(nearest / 8));
  assert_true(ours < 0.5 * 0.5 * nearest);
  moments_free(m, 3);
  nn_free(net);
  free(patches);
}

/* The error along a layer's own moments at the least scale and at the chosen one. */
static void
a_chosen_scale_rounds_better_than_the_finest(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, "conv 16 5x5 relu\nmean\ndense labels");
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
  nn *net = world_net(&r, N_LABELS, BATCH, 5);
  moments m[3];
  double chosen = 0, finest = 0;
  assert_int_equal(moments_of(m, net, patches, N_PATCHES), EAR_OK);
  for (int o = 0; o < 16; ++o) {
    const float *w = nn_param_get(net, 0).value + (size_t)o * 25;
    int8_t q[25];
    float most = 0;
    for (int i = 0; i < 25; ++i) {
      most = fmaxf(most, fabsf(w[i]));
    }
    const float least = most / 127, scale = moments_scale(&m[0], 0, w, 25, least);
    assert_true(scale >= least && scale <= 1.5f * least);
    moments_round(&m[0], 0, w, 25, least, q);
    finest += moments_harm(&m[0], 0, w, 25, least, q);
    moments_round(&m[0], 0, w, 25, scale, q);
    chosen += moments_harm(&m[0], 0, w, 25, scale, q);
  }
  print_message("error %.5f, at the finest scale %.5f\n", sqrt(chosen), sqrt(finest));
  assert_true(chosen < 0.85 * finest);
  moments_free(m, 3);
  nn_free(net);
  free(patches);
}

static void
weights_that_are_not_numbers_are_refused(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, networks[0][1]);
  nn *net = world_net(&r, N_LABELS, BATCH, 1);
  const float x[FRAMES * BANDS] = {0};
  const export_info info = {.n_labels = N_LABELS};
  uint8_t *bytes;
  size_t n;
  ear_error err = {""};
  nn_param_get(net, 0).value[3] = NAN;
  assert_int_equal(export_model(net, &info, x, 1, &bytes, &n, &err), EAR_BAD_ARGUMENT);
  assert_null(bytes);
  assert_non_null(strstr(err.text, "lower rate"));
  nn_free(net);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_engine_agrees_with_the_float_network),
      cmocka_unit_test(the_same_network_gives_the_same_file),
      cmocka_unit_test(extreme_weights_still_make_a_model_that_loads),
      cmocka_unit_test(weights_make_up_for_the_rounding_of_others),
      cmocka_unit_test(a_chosen_scale_rounds_better_than_the_finest),
      cmocka_unit_test(weights_that_are_not_numbers_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
