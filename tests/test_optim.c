/* SPDX-License-Identifier: ISC */
/* Optimiser steps are PyTorch's, learning rates follow the schedule, and the averaged
   weights come and go without a trace. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../train/optim.h"
#include "nn_world.h"

enum { N_STEPS = 3 };

static nn *
small_net(void)
{
  const recipe r = world_recipe(4, 3, "conv 2 3x3 bn relu\nflatten\ndense labels");
  return world_net(&r, 2, 2, 1);
}

/* One weight from 1.0 on through the gradients 0.5, -0.25, 1.0 at rate 0.1. */
static void
follow(recipe_train t, uint32_t param, const double *expected)
{
  static const float gradient[N_STEPS] = {0.5f, -0.25f, 1.0f};
  nn *net = small_net();
  const nn_param p = nn_param_get(net, param);
  optim *o;
  t.learning_rate = 0.1f;
  p.value[1] = 1.0f;
  assert_int_equal(optim_new(&o, net, &t, 100), EAR_OK);
  for (int s = 0; s < N_STEPS; ++s) {
    p.gradient[1] = gradient[s];
    assert_float_equal(optim_step(o), 0.1, 1e-7);
    assert_float_equal(p.value[1], expected[s], 2e-7);
  }
  optim_free(o);
  nn_free(net);
}

/* Values of the formulas in PyTorch's documentation, in double precision. */
static void
steps_are_those_of_pytorch(void **state)
{
  (void)state;
  static const double sgd[] = {0.94, 0.9016, 0.758024};
  static const double adam[] = {0.90000000, 0.87336630, 0.80755514};
  static const double adam_decay[] = {0.90000000, 0.85444137, 0.78150440};
  static const double adamw[] = {0.89000000, 0.85446630, 0.78011048};
  follow((recipe_train){.optimizer = RECIPE_SGD, .momentum = 0.9f, .weight_decay = 0.1f},
         0, sgd);
  follow((recipe_train){.optimizer = RECIPE_ADAM}, 0, adam);
  follow((recipe_train){.optimizer = RECIPE_ADAM, .weight_decay = 0.1f}, 0, adam_decay);
  follow((recipe_train){.optimizer = RECIPE_ADAMW, .weight_decay = 0.1f}, 0, adamw);
}

static void
biases_and_batch_norm_do_not_decay(void **state)
{
  (void)state;
  static const double adam[] = {0.90000000, 0.87336630, 0.80755514};
  const recipe_train t = {.optimizer = RECIPE_ADAMW, .weight_decay = 0.1f};
  follow(t, 1, adam); /* gamma */
  follow(t, 2, adam); /* beta */
  follow(t, 4, adam); /* bias of the dense layer */
}

static void
check_rates(recipe_train t, uint64_t n_steps, const double (*expected)[2], int n)
{
  nn *net = small_net();
  optim *o;
  t.learning_rate = 1.0f;
  assert_int_equal(optim_new(&o, net, &t, n_steps), EAR_OK);
  for (uint64_t s = 0; s < n_steps; ++s) {
    const double rate = (double)optim_step(o);
    for (int i = 0; i < n; ++i) {
      if (s == (uint64_t)expected[i][0]) {
        assert_float_equal(rate, expected[i][1], 1e-6);
      }
    }
  }
  optim_free(o);
  nn_free(net);
}

static void
rates_follow_the_schedule(void **state)
{
  (void)state;
  static const double constant[][2] = {{0, 0.25}, {2, 0.75}, {3, 1}, {4, 1}, {99, 1}};
  static const double cosine[][2] = {
      {0, 0.1}, {9, 1}, {10, 1}, {60, 0.5}, {109, 2.467e-4}};
  static const double step[][2] = {{0, 1}, {59, 1}, {60, 0.1}, {84, 0.1}, {85, 0.01}};
  check_rates((recipe_train){.schedule = RECIPE_CONSTANT, .warmup = 4}, 100, constant, 5);
  check_rates((recipe_train){.schedule = RECIPE_COSINE, .warmup = 10}, 110, cosine, 5);
  check_rates((recipe_train){.schedule = RECIPE_STEP, .factor = 0.1f}, 100, step, 5);
}

/* The rates that torch.optim.lr_scheduler.ReduceLROnPlateau(factor=0.5, patience=1) gives
   after these losses: more than one epoch in a row that is not 1e-4 better. */
static void
a_plateau_lowers_the_rate_as_in_pytorch(void **state)
{
  (void)state;
  static const double loss[] = {1,    0.9,  0.95,    0.89999, 0.8,  0.81,
                                0.81, 0.82, 0.79999, 0.7,     0.71, 0.72};
  static const double expected[] = {1,    1,    1,     0.5,   0.5,   0.5,
                                    0.25, 0.25, 0.125, 0.125, 0.125, 0.0625};
  nn *net = small_net();
  const recipe_train t = {
      .schedule = RECIPE_PLATEAU, .learning_rate = 1, .factor = 0.5f, .wait = 1};
  optim *o;
  assert_int_equal(optim_new(&o, net, &t, 100), EAR_OK);
  for (int e = 0; e < 12; ++e) {
    optim_judge(o, loss[e]);
    assert_float_equal(optim_step(o), expected[e], 1e-7);
  }
  size_t n;
  void *remembered = optim_state(o, &n);
  uint8_t copy[64];
  assert_true(n <= sizeof copy);
  memcpy(copy, remembered, n);
  optim_judge(o, 0.7);
  optim_judge(o, 0.7);
  const float later = optim_step(o);
  memcpy(remembered, copy, n); /* as from a checkpoint */
  optim_judge(o, 0.7);
  optim_judge(o, 0.7);
  assert_true(optim_step(o) == later);
  optim_free(o);
  nn_free(net);
}

static void
averages_lag_behind_and_swap_back_exactly(void **state)
{
  (void)state;
  nn *net = small_net();
  const recipe_train t = {.optimizer = RECIPE_SGD, .learning_rate = 1, .averaging = 0.9f};
  const nn_param p = nn_param_get(net, 0), mean = nn_buffer_get(net, 0);
  optim *o;
  p.value[0] = 1.0f;
  mean.value[0] = 4.0f;
  assert_int_equal(optim_new(&o, net, &t, 500), EAR_OK);
  p.gradient[0] = 1.0f; /* 1.0 to 0.0 in one step, then it stays */
  mean.value[0] = 8.0f;
  optim_step(o);
  const double keep = 2.0 / 11; /* the first average: (1 + 1) / (10 + 1) */
  optim_swap_average(o);
  assert_float_equal(p.value[0], keep, 1e-6);
  assert_float_equal(mean.value[0], 8 - 4 * keep, 1e-6);
  optim_swap_average(o);
  assert_float_equal(p.value[0], 0, 0);
  assert_float_equal(mean.value[0], 8, 0);
  p.gradient[0] = 0;
  for (int i = 0; i < 400; ++i) {
    optim_step(o);
  }
  optim_swap_average(o);
  assert_float_equal(p.value[0], 0, 1e-6);
  optim_free(o);
  nn_free(net);
}

static void
without_averaging_a_swap_does_nothing(void **state)
{
  (void)state;
  nn *net = small_net();
  const recipe_train t = {.optimizer = RECIPE_ADAM, .learning_rate = 0.1f};
  const nn_param p = nn_param_get(net, 0);
  optim *o;
  assert_int_equal(optim_new(&o, net, &t, 10), EAR_OK);
  optim_step(o);
  const float before = p.value[0];
  optim_swap_average(o);
  assert_float_equal(p.value[0], before, 0);
  optim_free(o);
  nn_free(net);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_are_those_of_pytorch),
      cmocka_unit_test(biases_and_batch_norm_do_not_decay),
      cmocka_unit_test(rates_follow_the_schedule),
      cmocka_unit_test(a_plateau_lowers_the_rate_as_in_pytorch),
      cmocka_unit_test(averages_lag_behind_and_swap_back_exactly),
      cmocka_unit_test(without_averaging_a_swap_does_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
