/* SPDX-License-Identifier: ISC */
/* Training through the rounding sees the engine's own integers, bit for bit, and its
   gradients are those of the float network, but for what rounding hides. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../engine/net.h"
#include "../train/fit.h"
#include "../train/integers.h"
#include "../train/quantized.h"
#include "nn_world.h"

enum { N_LABELS = 5, FRAMES = 40, BANDS = 24, N_PATCHES = 24, BATCH = 24 };

static const char *const networks[][2] = {
    {"mean", "conv 8 3x3 bn relu\nmean\ndense labels"},
    {"mean frequency",
     "conv 8 5x5 stride 2x2 pad 2 bn relu\nmaxpool 2x2\nconv 16 3x3 pad 1 "
     "relu\nmean frequency\ndense 12 relu\ndropout 0\ndense labels"},
    {"deviation", "conv 8 3x3 bn relu\nmaxpool 1x2\nmean deviation\ndense labels"},
    {"deviation over frequency", "conv 8 3x3 bn relu\nconv 6 3x3 bn relu\n"
                                 "mean frequency deviation\ndense 12 relu\ndense labels"},
    {"no ReLU before the mean", "conv 8 3x3 bn relu\nconv 6 3x3 bn\nmean\ndense labels"},
    {"depthwise", "conv 8 3x3 stride 1x2 pad 1 bn relu\ndepthwise 3x3 pad 1 bn relu\n"
                  "conv 12 1x1 bn relu\navgpool 1x2\nmean\ndense labels"},
    {"average of signed values", "conv 8 3x3 bn\navgpool 3x2\nmean\ndense labels"},
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
enum { N_NETWORKS = sizeof networks / sizeof *networks };

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

static quantized *
quantized_world(nn *net, const float *patches)
{
  quantized *q = NULL;
  ear_error err = {""};
  if (quantized_new(&q, net, &err)) {
    fail_msg("%s", err.text);
  }
  assert_int_equal(quantized_calibrate(q, patches, N_PATCHES), EAR_OK);
  return q;
}

/* The engine's model of the same integers. */
static ear_model *
engine_world(nn *net, quantized *q)
{
  static const float zeros[BANDS], ones[BANDS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  static const char *const label[N_LABELS] = {"a", "b", "c", "d", "e"};
  integers in;
  ear_model *model = NULL;
  ear_error err = {""};
  uint8_t *bytes = NULL;
  size_t n;
  uint32_t n_steps;
  assert_int_equal(integers_new(&in, net, &err), EAR_OK);
  assert_int_equal(integers_take(&in, net, quantized_steps(q, &n_steps), NULL), EAR_OK);
  in.spec.name = "world";
  in.spec.task = "classifier";
  in.spec.license = in.spec.card = "";
  in.spec.n_labels = N_LABELS;
  for (int l = 0; l < N_LABELS; ++l) {
    in.spec.label[l] = label[l];
    in.spec.threshold[l] = 0.5f;
  }
  in.spec.temperature = 1;
  in.spec.mean = zeros;
  in.spec.inverse_std = ones;
  if (ear_model_write(&in.spec, &bytes, &n, &err) ||
      ear_model_parse(&model, bytes, n, &err)) {
    fail_msg("%s", err.text);
  }
  free(bytes);
  integers_free(&in);
  return model;
}

/* Values of the twin's layer before the head, patch 0, that differ from the column. */
static int
column_differences(const ear_model_spec *spec, const nn *twin, const ear_net *engine,
                   uint32_t column)
{
  uint32_t head = 0, from, n_columns;
  ear_shape shape;
  size_t n;
  int n_differ = 0;
  while (spec->layer[head].op != EAR_OP_MEAN && spec->layer[head].op != EAR_OP_DENSE) {
    ++head;
  }
  if (spec->layer[head].op == EAR_OP_DENSE) {
    return 0; /* the column is the whole patch, and the logits are compared */
  }
  for (from = head - 1;
       from && !spec->layer[from].n_out && spec->layer[from].op != EAR_OP_ADD &&
       spec->layer[from].op != EAR_OP_CONCAT;
       --from) {
  } /* pools have the zero point of what they pool */
  const float *y = nn_activation(twin, head - 1, &shape, &n_columns);
  const uint8_t *x = ear_net_column(engine, &n);
  assert_true(column < n_columns && n == (size_t)shape.rows * shape.channels);
  for (size_t k = 0; k < n; ++k) {
    n_differ += (int)y[column * n + k] != x[k] - spec->layer[from].zero_point;
  }
  return n_differ;
}

/* Patch by patch through both; the number of values that differ. */
static int
differences(nn *net, quantized *q, ear_model *model, const float *patches)
{
  const ear_model_spec *spec = ear_model_spec_get(model);
  ear_net *engine = NULL;
  ear_error err = {""};
  int n_differ = 0;
  (void)net;
  assert_int_equal(ear_net_new(&engine, model, 4, 100, &err), EAR_OK);
  for (int i = 0; i < N_PATCHES; ++i) {
    const float *x = patches + (size_t)i * FRAMES * BANDS;
    const float *logit = quantized_forward(q, x, 1, false);
    uint32_t column = 0;
    ear_net_reset(engine);
    for (int t = 0; t < FRAMES; ++t) {
      if (ear_net_push(engine, x + (size_t)t * BANDS)) {
        n_differ += column_differences(spec, quantized_twin(q), engine, column++);
        ear_net_tick(engine, false);
      }
    }
    const ear_horizon h = ear_net_averages(engine) ? EAR_INTEGRATED : EAR_MOMENTARY;
    n_differ += memcmp(logit, ear_net_logits(engine, h), N_LABELS * sizeof *logit) != 0;
  }
  ear_net_free(engine);
  return n_differ;
}

static void
training_sees_the_engines_integers_bit_for_bit(void **state)
{
  (void)state;
  for (int i = 0; i < N_NETWORKS; ++i) {
    const recipe r = world_recipe(FRAMES, BANDS, networks[i][1]);
    float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
    for (uint64_t seed = 4; seed < 8; ++seed) {
      nn *net = seasoned(&r, patches, seed);
      quantized *q = quantized_world(net, patches);
      ear_model *model = engine_world(net, q);
      const int n_differ = differences(net, q, model, patches);
      print_message("%-26s seed %d: %d values differ\n", networks[i][0], (int)seed,
                    n_differ);
      assert_int_equal(n_differ, 0);
      ear_model_unref(model);
      quantized_free(q);
      nn_free(net);
    }
    free(patches);
  }
}

/* Sum over a batch of logit times pull, by the float network as it evaluates. */
static double
pulled(nn *net, const float *patches, const float *pull)
{
  const float *logit = nn_forward(net, patches, BATCH, false);
  double sum = 0;
  for (int k = 0; k < BATCH * N_LABELS; ++k) {
    sum += (double)logit[k] * (double)pull[k];
  }
  return sum;
}

/* Change of `pulled` along the direction, of all values of param i, by differences. */
static double
slope(nn *net, const float *patches, const float *pull, nn_param p, const float *along,
      double step)
{
  double at[2];
  for (int far = 0; far < 2; ++far) {
    for (size_t k = 0; k < p.n; ++k) {
      p.value[k] += (float)((far ? -2 : 1) * step) * along[k];
    }
    at[far] = pulled(net, patches, pull);
  }
  for (size_t k = 0; k < p.n; ++k) {
    p.value[k] += (float)step * along[k];
  }
  return (at[0] - at[1]) / (2 * step);
}

/* Along the gradient itself, array by array, where a wrong factor would show.  What
   rounding hides: ReLUs that stand the other way in integers. */
static void
gradients_are_the_float_networks(void **state)
{
  (void)state;
  for (int i = 0; i < N_NETWORKS; ++i) {
    const recipe r = world_recipe(FRAMES, BANDS, networks[i][1]);
    float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
    float *pull = world_normal(BATCH * N_LABELS, 6);
    nn *net = seasoned(&r, patches, 4);
    quantized *q = quantized_world(net, patches);
    double worst = 1, mean = 0;
    const uint64_t step = nn_step(net);
    quantized_forward(q, patches, BATCH, true);
    assert_true(nn_step(net) == step + 1);
    quantized_backward(q, pull);
    for (uint32_t k = 0; k < nn_n_params(net); ++k) {
      const nn_param p = nn_param_get(net, k);
      double norm = 0, size = 0;
      for (size_t j = 0; j < p.n; ++j) {
        norm += (double)p.gradient[j] * (double)p.gradient[j];
        size += (double)p.value[j] * (double)p.value[j];
      }
      const double far = 1e-3 * sqrt(fmax(size, 1e-6) / norm);
      const double ratio = slope(net, patches, pull, p, p.gradient, far) / norm;
      mean += ratio / nn_n_params(net);
      worst = fabs(ratio - 1) > fabs(worst - 1) ? ratio : worst;
    }
    print_message("%-26s slope over gradient: mean %.3f, worst array %.3f\n",
                  networks[i][0], mean, worst);
    quantized_free(q);
    nn_free(net);
    free(pull);
    free(patches);
    assert_true(fabs(worst - 1) < 0.25);
    assert_true(fabs(mean - 1) < 0.1);
  }
}

/* Class i % 5 raises four bands out of noise. */
static void
draw_toy(void *self, uint64_t epoch, uint32_t i, float *patch, float *target)
{
  (void)self;
  rng r = rng_stream(8, epoch, i);
  for (int k = 0; k < FRAMES * BANDS; ++k) {
    const int raised = k % BANDS / 4 == (int)(i % N_LABELS);
    patch[k] = (float)(rng_normal(&r) + 0.7 * raised);
  }
  for (uint32_t l = 0; l < N_LABELS; ++l) {
    target[l] = l == i % N_LABELS;
  }
}

static recipe
toy_recipe(uint32_t epochs, uint32_t quantized_epochs)
{
  recipe r = world_recipe(FRAMES, BANDS,
                          "conv 8 3x3 stride 2x2 bn relu\nconv 12 3x3 bn relu\nmean\n"
                          "dropout 0.1\ndense labels");
  r.train.epochs = epochs;
  r.train.quantize = quantized_epochs;
  r.train.batch = BATCH;
  r.train.learning_rate = 3e-3f;
  r.train.averaging = 0.9f;
  return r;
}

static fit_config
toy_config(const recipe *r, const float *patches)
{
  return (fit_config){.recipe = r,
                      .train = {NULL, 5 * BATCH, N_LABELS, NULL, false, draw_toy},
                      .valid = {NULL, 2 * BATCH, N_LABELS, NULL, false, draw_toy},
                      .patches = patches,
                      .n_patches = N_PATCHES,
                      .seed = 3};
}

static float *
toy_patches(void)
{
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3), target[N_LABELS];
  for (uint32_t i = 0; i < N_PATCHES; ++i) {
    draw_toy(NULL, 99, i, patches + (size_t)i * FRAMES * BANDS, target);
  }
  return patches;
}

static void
training_in_integers_learns(void **state)
{
  (void)state;
  float *patches = toy_patches(), x[FRAMES * BANDS], target[N_LABELS];
  const recipe r = toy_recipe(12, 12);
  const fit_config config = toy_config(&r, patches);
  fit_result result;
  nn *net;
  ear_error err = {""};
  int n_right = 0;
  assert_int_equal(fit(&net, &config, &result, &err), EAR_OK);
  quantized *q = quantized_world(net, patches);
  for (uint32_t i = 0; i < 100; ++i) {
    int most = 0;
    draw_toy(NULL, 77, i, x, target);
    const float *logit = quantized_forward(q, x, 1, false);
    for (int l = 1; l < N_LABELS; ++l) {
      most = logit[l] > logit[most] ? l : most;
    }
    n_right += target[most] > 0;
  }
  print_message("%d of 100 right in integers, loss %.3f to %.3f\n", n_right,
                result.history.epoch[0].loss, result.history.epoch[11].loss);
  assert_true(n_right >= 95);
  quantized_free(q);
  fit_result_free(&result);
  nn_free(net);
  free(patches);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(training_sees_the_engines_integers_bit_for_bit),
      cmocka_unit_test(gradients_are_the_float_networks),
      cmocka_unit_test(training_in_integers_learns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
