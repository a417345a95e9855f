/* SPDX-License-Identifier: ISC */
/* Severity and kinds are learnt beside the labels, exported with them and judged by what
   the generator knows; a first layer that sums to zero does not hear a gain. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../engine/net.h"
#include "../train/degrade.h"
#include "../train/export.h"
#include "../train/fit_loss.h"
#include "../train/harsh_heads.h"
#include "nn_world.h"

enum { L = 2, EXTRA = 1 + RECIPE_N_KINDS, N_OUT = L + EXTRA };
enum { FRAMES = 24, BANDS = 20, N_PATCHES = 24 };

static void
further_losses_have_their_weights_and_slopes(void **state)
{
  float logit[2 * N_OUT], target[2 * N_OUT] = {0}, slope[2 * N_OUT];
  rng r = rng_stream(5, 1, 1);
  (void)state;
  for (int i = 0; i < 2 * N_OUT; ++i) {
    logit[i] = (float)rng_normal(&r);
  }
  target[0] = 1;         /* the first is clean, the second harsh: */
  target[N_OUT + 1] = 1; /* 0.4 severe, of the kinds 2 and 5 */
  target[N_OUT + L] = 0.4f;
  target[N_OUT + L + 1 + 2] = target[N_OUT + L + 1 + 5] = 1;
  const loss_rule plain = {.activation = RECIPE_SOFTMAX, .n_extra = EXTRA};
  const loss_rule rule = {
      .activation = RECIPE_SOFTMAX, .n_extra = EXTRA, .severity = 0.5f, .kinds = 3};
  double by_hand = fit_loss(logit, target, 2, L, &plain, NULL);
  for (int i = 0; i < 2; ++i) {
    const float *x = logit + i * N_OUT + L, *t = target + i * N_OUT + L;
    const double p = 1 / (1 + exp(-(double)x[0]));
    by_hand -= 0.5 * ((double)t[0] * log(p) + (1 - (double)t[0]) * log(1 - p)) / 2;
    for (int k = 0; k < RECIPE_N_KINDS && i == 1; ++k) {
      const double q = 1 / (1 + exp(-(double)x[1 + k]));
      by_hand -= 3 * log(t[1 + k] > 0 ? q : 1 - q) / RECIPE_N_KINDS / 2;
    }
  }
  assert_true(fabs(fit_loss(logit, target, 2, L, &rule, slope) - by_hand) < 1e-9);
  for (int i = 0; i < 2 * N_OUT; ++i) {
    const float was = logit[i], step = 1.0f / 256;
    logit[i] = was + step;
    const double up = fit_loss(logit, target, 2, L, &rule, NULL);
    logit[i] = was - step;
    const double down = fit_loss(logit, target, 2, L, &rule, NULL);
    logit[i] = was;
    assert_true(fabs((up - down) / (2 * (double)step) - (double)slope[i]) < 2e-5);
  }
  for (int k = 0; k < RECIPE_N_KINDS; ++k) {
    assert_true(slope[L + 1 + k] == 0); /* what is clean teaches nothing of kinds */
  }
}

/* A network of conv and mean, some of its biases moved. */
static nn *
network(const recipe *r)
{
  nn *net = world_net(r, L, N_PATCHES, 3);
  const nn_param last = nn_param_get(net, nn_n_params(net) - 1);
  for (size_t i = 0; i < last.n; ++i) {
    last.value[i] = 0.1f * (float)i;
  }
  return net;
}

static recipe
small_recipe(bool heads, bool zerosum)
{
  recipe r = world_recipe(FRAMES, BANDS,
                          "conv 16 3x5 relu\nconv 16 3x3 pad 1 bn relu\nmean\n"
                          "dense labels");
  r.train.severity = r.train.kinds = heads ? 1 : 0;
  r.train.zerosum = zerosum;
  return r;
}

static ear_model *
exported(nn *net, const float *patches)
{
  static const char *const label[L] = {"clean", "harsh"};
  static const float threshold[L] = {2, 0.5f};
  float mean[BANDS], inverse_std[BANDS];
  uint8_t *bytes;
  size_t n;
  ear_model *model = NULL;
  ear_error err = {""};
  for (int b = 0; b < BANDS; ++b) {
    mean[b] = -30;
    inverse_std[b] = 0.1f;
  }
  const export_info info = {.name = "heads",
                            .task = "harshness",
                            .license = "ISC",
                            .card = "",
                            .n_labels = L,
                            .label = label,
                            .threshold = threshold,
                            .temperature = 1,
                            .mean = mean,
                            .inverse_std = inverse_std};
  if (export_model(net, &info, patches, N_PATCHES, &bytes, &n, &err) ||
      ear_model_parse(&model, bytes, n, &err)) {
    fail_msg("%s", err.text);
  }
  free(bytes);
  return model;
}

/* Accumulators of all outputs after FRAMES frames of q, each moved by `more`. */
static void
hear(ear_model *model, const uint8_t *q, int more, int32_t *acc, uint32_t n_out)
{
  ear_net *net;
  uint8_t frame[BANDS];
  assert_int_equal(ear_net_new(&net, model, 1000, 1000, NULL), EAR_OK);
  for (int t = 0; t < FRAMES; ++t) {
    for (int b = 0; b < BANDS; ++b) {
      frame[b] = (uint8_t)(q[t * BANDS + b] + more);
    }
    if (ear_net_push_quantized(net, frame)) {
      ear_net_tick(net, false);
    }
  }
  memcpy(acc, ear_net_accumulators(net, EAR_SHORT), n_out * sizeof *acc);
  ear_net_free(net);
}

static void
the_file_says_of_all_heads_what_the_network_says(void **state)
{
  (void)state;
  const recipe r = small_recipe(true, false);
  nn *net = network(&r);
  float *x = world_normal((size_t)N_PATCHES * FRAMES * BANDS, 7);
  ear_model *model = exported(net, x);
  const ear_model_info *info = ear_model_info_get(model);
  const ear_model_spec *spec = ear_model_spec_get(model);
  assert_true(info->n_labels == L && info->has_severity);
  assert_int_equal(info->n_harsh_kinds, RECIPE_N_KINDS);
  for (int k = 0; k < RECIPE_N_KINDS; ++k) {
    assert_string_equal(info->harsh_kind[k], degrade_kind_name((degrade_kind)k));
  }
  ear_net *q;
  assert_int_equal(ear_net_new(&q, model, 1000, 1000, NULL), EAR_OK);
  for (int t = 0; t < FRAMES; ++t) {
    float value[BANDS];
    for (int b = 0; b < BANDS; ++b) {
      value[b] = x[t * BANDS + b] / spec->inverse_std[b] + spec->mean[b];
    }
    if (ear_net_push(q, value)) {
      ear_net_tick(q, false);
    }
  }
  const float *is = ear_net_logits(q, EAR_SHORT), *was = nn_forward(net, x, 1, false);
  for (int o = 0; o < N_OUT; ++o) {
    assert_true(fabs((double)is[o] - (double)was[o]) < 0.05);
  }
  ear_net_free(q);
  ear_model_unref(model);
  nn_free(net);
  free(x);
}

/* Largest change of any output by a gain, in float; and of any accumulator, in steps. */
static void
listen_to_gain(bool zerosum, double *moved, int32_t *steps)
{
  int32_t acc[2][L];
  uint8_t q[FRAMES * BANDS];
  const recipe r = small_recipe(false, zerosum);
  nn *net = network(&r);
  const size_t n = (size_t)N_PATCHES * FRAMES * BANDS;
  float *x = world_normal(n, 7), before[L];
  ear_model *model = exported(net, x);
  memcpy(before, nn_forward(net, x, 1, false), sizeof before);
  for (int i = 0; i < FRAMES * BANDS; ++i) {
    x[i] += 1.25f;
    q[i] = (uint8_t)(60 + i * 37 % 100);
  }
  const float *after = nn_forward(net, x, 1, false);
  hear(model, q, 0, acc[0], L);
  hear(model, q, 40, acc[1], L);
  *moved = 0;
  *steps = 0;
  for (int l = 0; l < L; ++l) {
    *moved = fmax(*moved, fabs((double)after[l] - (double)before[l]));
    const int32_t step = abs(acc[1][l] - acc[0][l]);
    *steps = step > *steps ? step : *steps;
  }
  ear_model_unref(model);
  nn_free(net);
  free(x);
}

static void
a_gain_is_lost_in_a_first_layer_that_sums_to_zero(void **state)
{
  double moved;
  int32_t steps;
  (void)state;
  listen_to_gain(false, &moved, &steps);
  assert_true(moved > 0.01 && steps > 0);
  listen_to_gain(true, &moved, &steps);
  assert_true(moved < 1e-5);
  assert_int_equal(steps, 0);
}

static void
zerosum_with_padding_is_refused(void **state)
{
  (void)state;
  recipe r = world_recipe(FRAMES, BANDS, "conv 16 3x5 pad 2 relu\nmean\ndense labels");
  nn *net;
  ear_error err = {""};
  r.train.zerosum = true;
  assert_int_equal(nn_new(&net, &r, L, 4, FRAMES, 1, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "zerosum needs a first layer `conv` without `pad`"));
}

static void
figures_of_heads_are_what_a_hand_counts(void **state)
{
  (void)state;
  enum { P = 1 << DEGRADE_PRESENCE, R = 1 << DEGRADE_RESONANCE, C = 1 << DEGRADE_CODEC };
  harsh_example e[5] = {
      {.unit = 0, .said = {.severity = 3}},
      {.unit = 0, .harsh = true, .kinds = P, .severity = 20},
      {.unit = 0, .harsh = true, .kinds = R, .severity = 60},
      {.unit = 0, .harsh = true, .kinds = C, .severity = 40},
      {.unit = 0, .harsh = true, .kinds = P | C, .severity = 50},
  };
  e[1].said = (harsh_words){.severity = 10, .low_hz = 2000, .high_hz = 4000};
  e[1].said.kind[DEGRADE_PRESENCE] = 0.6f;
  e[1].centres = (degrade_centres){1, {3000}};
  e[2].said = (harsh_words){.severity = 70, .low_hz = 1000, .high_hz = 4000};
  e[2].said.kind[DEGRADE_PRESENCE] = 0.6f; /* wrong */
  e[2].centres = (degrade_centres){2, {5000, 8000}};
  e[3].said = (harsh_words){.severity = 40};
  e[3].said.kind[DEGRADE_CODEC] = 0.2f;
  e[4].said.severity = 50;
  const harsh_pool pool = {5, e};
  harsh_heads h;
  assert_int_equal(harsh_heads_of(&h, &pool), EAR_OK);
  assert_true(fabs(h.right_all - 2.0 / 3) < 1e-12);
  assert_true(h.right[DEGRADE_PRESENCE] == 1 && h.right[DEGRADE_RESONANCE] == 0 &&
              h.right[DEGRADE_CODEC] == 1 && isnan(h.right[DEGRADE_CLIPPING]));
  assert_int_equal(h.n_placed, 2);
  assert_true(h.covered == 0.5);
  assert_true(fabs(h.octaves - 1.5) < 1e-12);
  assert_true(fabs(h.severity_rank - 1) < 1e-12);
  assert_true(fabs(h.severity_error - (10 + 10 + 0 + 0) / 4.0) < 1e-12);
  for (int i = 0; i < 5; ++i) { /* a model without such heads */
    e[i].said.severity = -1;
    for (int k = 0; k < RECIPE_N_KINDS; ++k) {
      e[i].said.kind[k] = -1;
    }
  }
  assert_int_equal(harsh_heads_of(&h, &pool), EAR_OK);
  assert_true(isnan(h.right_all) && isnan(h.severity_rank) && h.covered == 0.5);
}

/* What the words of the chain say, the centres say. */
static void
the_generator_keeps_where_it_lifted(void **state)
{
  static const char *const name[] = {"presence-peak", "presence-parallel",
                                     "resonance-peak", "resonance-modal"};
  (void)state;
  size_t n;
  const degrade_operator *all = degrade_operators(&n);
  float *x = world_normal(44100, 3);
  uint32_t n_met = 0;
  for (size_t i = 0; i < n; ++i) {
    audio a = {.x = malloc(44100 * sizeof(float)),
               .n_frames = 44100,
               .n_channels = 1,
               .rate_hz = 44100};
    const degrade_operator *op = &all[i];
    degrade_result z;
    assert_non_null(a.x);
    for (int k = 0; k < 44100; ++k) {
      a.x[k] = 0.05f * x[k];
    }
    bool met = false;
    for (size_t k = 0; k < sizeof name / sizeof *name; ++k) {
      met |= !strcmp(op->name, name[k]);
    }
    if (met) {
      double hz = 0;
      assert_int_equal(degrade_apply_chain(&a, &op, 1, 0.5, 11, &z, NULL), EAR_OK);
      const char *at = strstr(z.chain, "at ");
      at = at ? at + 3 : strchr(z.chain, '(') + 1;
      assert_int_equal(sscanf(at, "%lf", &hz), 1);
      assert_true(z.centres.n >= 1 && fabs((double)z.centres.hz[0] - hz) <= 0.5);
      ++n_met;
    }
    audio_free(&a);
  }
  assert_int_equal(n_met, 4);
  free(x);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(further_losses_have_their_weights_and_slopes),
      cmocka_unit_test(the_file_says_of_all_heads_what_the_network_says),
      cmocka_unit_test(a_gain_is_lost_in_a_first_layer_that_sums_to_zero),
      cmocka_unit_test(zerosum_with_padding_is_refused),
      cmocka_unit_test(figures_of_heads_are_what_a_hand_counts),
      cmocka_unit_test(the_generator_keeps_where_it_lifted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
