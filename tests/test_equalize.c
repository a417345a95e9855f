/* SPDX-License-Identifier: ISC */
/* Channels get scales that suit eight bits, and the network says what it said before. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../train/equalize.h"
#include "nn_world.h"

enum { N_LABELS = 5, FRAMES = 40, BANDS = 24, N_PATCHES = 24, BATCH = 8 };

static const char *const networks[] = {
    "conv 8 3x3 bn relu\nconv 6 3x3 bn relu\nmean\ndense labels",
    "conv 8 5x5 stride 2x2 pad 2 bn relu\nmaxpool 2x2\nconv 16 3x3 pad 1 relu\n"
    "mean frequency\ndense 12 relu\ndropout 0.5\ndense labels",
    "conv 8 3x3 bn relu\nmean deviation\ndense labels",
    "conv 8 3x3 stride 1x2 pad 1 bn relu\ndepthwise 3x3 pad 1 bn relu\n"
    "conv 12 1x1 bn relu\navgpool 1x2\nmean\ndense labels",
    "conv 8 3x3 pad 1 bn relu\nconv 8 3x3 pad 1 bn relu\nconv 8 3x3 pad 1 bn\n"
    "add 3 relu\nmaxpool 2x2\nmean\ndense labels",
    "conv 8 3x3 bn relu\nsummary 12 stride 4\nconv 12 1x3 bn relu\nmean\ndense labels",
    "conv 8 3x3 bn relu\nsummary 12 stride 4\ndepthwise 1x3 bn relu\nmean\ndense labels",
    "conv 6 5x5 stride 2x2 bn relu\nmaxpool 2x2\nconv 8 3x3 bn relu\nflatten\n"
    "dense 16 relu\ndense labels",
    "conv 8 3x3 bn relu\nconv 6 3xfull bn relu\nbranch\nconv 7 1xfull bn\nconcat\n"
    "mean deviation\ndense labels",
    "conv 8 3x3 bn relu\nmaxpool 2x1\nbranch\nconv 4 9x3 stride 2x1 bn\nsummary 3\n"
    "concat\nsummary 4 stride 2\nconv 9 2x3 bn relu\nmean\ndense labels",
    "conv 6 3x3 stride 1x2 pad 1 bn relu\nbranch\nconv 5 1x1 stride 1x2\nconcat\n"
    "conv 6 1x3 pad 1 bn relu\nmean deviation\ndense 8 relu\ndense labels",
    "conv 6 4x4 stride 2x2 pad 1 bn\nbranch\nmaxpool 4x2 stride 2x2\nconcat\n"
    "mean frequency deviation\ndense labels",
};

/* A network whose channels are from loud to hardly there. */
static nn *
uneven(const recipe *r, const float *patches)
{
  nn *net = world_net(r, N_LABELS, BATCH, 4);
  for (int i = 0; i < 30; ++i) {
    nn_forward(net, patches, BATCH, true);
  }
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param p = nn_param_get(net, i);
    for (size_t k = 0; k < p.n && !p.decay; ++k) {
      p.value[k] *= powf(0.5f, (float)(k % 6));
    }
  }
  return net;
}

static double
largest_difference(nn *a, nn *b, const float *patches)
{
  double most = 0, largest = 0;
  for (int i = 0; i < N_PATCHES; ++i) {
    float x[N_LABELS];
    const float *patch = patches + (size_t)i * FRAMES * BANDS;
    memcpy(x, nn_forward(a, patch, 1, false), sizeof x);
    const float *y = nn_forward(b, patch, 1, false);
    for (int l = 0; l < N_LABELS; ++l) {
      most = fmax(most, fabs((double)x[l] - (double)y[l]));
      largest = fmax(largest, fabs((double)x[l]));
    }
  }
  return most / largest;
}

static void
an_equalized_network_says_the_same(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof networks / sizeof *networks; ++i) {
    const recipe r = world_recipe(FRAMES, BANDS, networks[i]);
    float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
    nn *net = uneven(&r, patches), *equal;
    calibrate_steps steps[EAR_MAX_LAYERS + 1];
    ear_error err = {""};
    assert_int_equal(equalized_new(&equal, steps, net, patches, N_PATCHES, &err), EAR_OK);
    const double off = largest_difference(net, equal, patches);
    print_message("network %zu: off by %.1e of the largest logit\n", i, off);
    assert_true(off < 1e-5);
    nn_free(equal);
    nn_free(net);
    free(patches);
  }
}

/* The widest channel of the first layer over its narrowest. */
static double
spread(nn *net, const float *patches)
{
  const bool wanted[EAR_MAX_LAYERS] = {true};
  calibrate_steps own[8];
  float least = INFINITY, most = 0;
  assert_int_equal(calibrate_channels(net, patches, N_PATCHES, wanted, own), EAR_OK);
  for (int c = 0; c < 8; ++c) {
    least = fminf(least, own[c].scale);
    most = fmaxf(most, own[c].scale);
  }
  return (double)most / (double)least;
}

static void
quiet_channels_get_more_steps_and_none_is_cut_off(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, networks[0]);
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
  nn *net = uneven(&r, patches), *equal;
  calibrate_steps steps[EAR_MAX_LAYERS + 1];
  ear_error err = {""};
  assert_int_equal(equalized_new(&equal, steps, net, patches, N_PATCHES, &err), EAR_OK);
  const double before = spread(net, patches), after = spread(equal, patches);
  print_message("widest over narrowest %.1f, then %.1f\n", before, after);
  assert_true(before > 16);
  assert_true(after < 1.01 * sqrt(before));
  const bool wanted[EAR_MAX_LAYERS] = {true, true};
  calibrate_steps own[8 + 6];
  assert_int_equal(calibrate_channels(equal, patches, N_PATCHES, wanted, own), EAR_OK);
  for (int c = 0; c < 8 + 6; ++c) {
    assert_true(own[c].scale <= 1.001f * steps[c < 8 ? 1 : 2].scale);
  }
  nn_free(equal);
  nn_free(net);
  free(patches);
}

/* A concat of a ReLU and of signed values: one step for both, and 0 at the lower end, so
   that it copies bytes; and no value is cut off. */
static void
a_concat_has_nothing_to_round(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, networks[8]);
  float *patches = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 3);
  nn *net = uneven(&r, patches), *equal;
  calibrate_steps steps[EAR_MAX_LAYERS + 1];
  ear_error err = {""};
  assert_int_equal(equalized_new(&equal, steps, net, patches, N_PATCHES, &err), EAR_OK);
  for (int l = 1; l < 4; ++l) { /* the trunk's last, the branch, the concat */
    assert_true(steps[1 + l].scale == steps[2].scale && steps[1 + l].zero_point == 0);
  }
  nn_forward(equal, patches, BATCH, false);
  ear_shape shape;
  uint32_t n_columns, n_cut = 0;
  const float *y = nn_activation(equal, 2, &shape, &n_columns);
  const uint32_t n = BATCH * n_columns;
  for (uint32_t c = 0; c < shape.channels;
       ++c) { /* the quietest is 1 / 32 of the widest */
    float least = INFINITY, most = -INFINITY;
    for (uint32_t t = 0; t < n; ++t) {
      const float q = y[t * shape.channels + c] / steps[2].scale;
      least = fminf(least, q);
      most = fmaxf(most, q);
      n_cut += q < -0.5f || q > 255.5f;
    }
    assert_true(most - least > 255.0f / 8);
  }
  print_message("%u of %u values are cut off\n", n_cut, n * shape.channels);
  assert_true(n_cut < n * shape.channels / 500);
  nn_free(equal);
  nn_free(net);
  free(patches);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_equalized_network_says_the_same),
      cmocka_unit_test(quiet_channels_get_more_steps_and_none_is_cut_off),
      cmocka_unit_test(a_concat_has_nothing_to_round),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
