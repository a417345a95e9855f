/* SPDX-License-Identifier: ISC */
/* From the same weights and patches, 20 steps of the trainer lose what PyTorch's lose:
   for convolutions alone and with BatchNorm, pools, the mean, dense layers, softmax with
   label smoothing under AdamW and sigmoid under SGD. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../train/fit_loss.h"
#include "../train/optim.h"
#include "golden/torch_losses.h"
#include "nn_world.h"

enum { N = 6, FRAMES = 20, BANDS = 16, N_LABELS = 4, N_STEPS = 20 };

static const char *const network =
    "conv 32 3x3 pad 1 relu\nmaxpool 2x2\nconv 32 3x3 pad 1 relu\nmaxpool 2x2\n"
    "conv 16 2x3 pad 1 bn relu\navgpool 1x2\nmean frequency\ndense 8 relu\n"
    "dense labels";

/* make_torch_losses.py has the same. */
static void
wave(float *x, size_t n, size_t start, double scale)
{
  for (size_t i = 0; i < n; ++i) {
    const size_t at = start + i;
    x[i] = (float)(scale * sin(1.7 * (double)at + 0.3 * (double)(at % 7)));
  }
}

/* Weights, which are those that decay, by their inputs; biases; not BatchNorm's factors.
 */
static void
set_weights(nn *net)
{
  static const size_t fan_in[] = {9, 0, 288, 0, 192, 0, 0, 16, 0, 8, 0};
  const uint32_t gamma = 5;
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param p = nn_param_get(net, i);
    assert_int_equal(p.decay, fan_in[i] > 0);
    if (i != gamma) {
      wave(p.value, p.n, 1000 * (size_t)i, p.decay ? sqrt(3 / (double)fan_in[i]) : 0.1);
    }
  }
}

static double
largest_difference(const char *train, recipe_activation activation, float smoothing,
                   const double *expected)
{
  recipe r = world_recipe(FRAMES, BANDS, network);
  float x[N * FRAMES * BANDS], target[N * N_LABELS] = {0}, dlogit[N * N_LABELS];
  const loss_rule rule = {.activation = activation, .smoothing = smoothing};
  double worst = 0;
  optim *o = NULL;
  r.train.optimizer = activation == RECIPE_SIGMOID ? RECIPE_SGD : RECIPE_ADAMW;
  r.train.schedule = RECIPE_CONSTANT;
  r.train.learning_rate = activation == RECIPE_SIGMOID ? 1e-2f : 1e-3f;
  r.train.momentum = 0.9f;
  r.train.weight_decay = activation == RECIPE_SIGMOID ? 0.0f : 0.05f;
  r.train.warmup = 0;
  r.train.averaging = 0;
  nn *net = world_net(&r, N_LABELS, N, 1);
  set_weights(net);
  assert_int_equal(optim_new(&o, net, &r.train, N_STEPS), EAR_OK);
  wave(x, N * FRAMES * BANDS, 50000, 1);
  for (int i = 0; i < N; ++i) {
    target[i * N_LABELS + i % N_LABELS] = 1;
  }
  for (int s = 0; s < N_STEPS; ++s) {
    const float *logit = nn_forward(net, x, N, true);
    const double loss = fit_loss(logit, target, N, N_LABELS, &rule, dlogit);
    worst = fmax(worst, fabs(loss - expected[s]));
    nn_backward(net, dlogit);
    optim_step(o);
  }
  print_message("%s: largest difference %.1e over %d steps\n", train, worst, N_STEPS);
  optim_free(o);
  nn_free(net);
  return worst;
}

static void
softmax_with_smoothing_and_adamw_lose_what_pytorch_loses(void **state)
{
  (void)state;
  assert_true(largest_difference("softmax, AdamW", RECIPE_SOFTMAX, 0.1f, softmax_adamw) <
              1e-5);
}

static void
sigmoid_and_sgd_lose_what_pytorch_loses(void **state)
{
  (void)state;
  assert_true(largest_difference("sigmoid, SGD", RECIPE_SIGMOID, 0, sigmoid_sgd) < 1e-5);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(softmax_with_smoothing_and_adamw_lose_what_pytorch_loses),
      cmocka_unit_test(sigmoid_and_sgd_lose_what_pytorch_loses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
