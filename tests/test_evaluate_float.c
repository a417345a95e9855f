/* SPDX-License-Identifier: ISC */
/* The float network that int8 is compared with hears what the engine hears. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../engine/net.h"
#include "../train/evaluate.h"
#include "nn_world.h"

enum { N_LABELS = 3, FRAMES = 32, BANDS = 16, LONGEST = 90, N_CLIPS = 3, STRIDE = 4 };
static const double temperature = 2; /* softens each tick, not their mean */

static const uint32_t n_frames[N_CLIPS] = {90, 33, 20};

/* Clips of n_frames that change all the time. */
typedef struct {
  dataset ds;
  featureset fs;
  clip clip[N_CLIPS];
  feature_clip frames[N_CLIPS];
  int16_t kept[N_CLIPS][LONGEST * BANDS];
  band_norm norm;
} world;

static void
world_fill(world *w, const recipe *r)
{
  rng draw = rng_stream(7, 7, 7);
  *w = (world){.ds = {.n_clips = N_CLIPS, .n_labels = N_LABELS, .clip = w->clip},
               .fs = {.front_end = r->front_end, .n_clips = N_CLIPS, .clip = w->frames}};
  feature_units_of(&w->norm.units, &r->front_end);
  for (int b = 0; b < BANDS; ++b) {
    w->norm.inverse_std[b] = 0.1f;
  }
  for (int c = 0; c < N_CLIPS; ++c) {
    w->clip[c] = (clip){.label = 0, .labels = 1, .side = SIDE_VALID};
    w->frames[c] = (feature_clip){.n_frames = n_frames[c], .kept = w->kept[c]};
    for (int i = 0; i < LONGEST * BANDS; ++i) {
      const double slow = 20 * sin(i / (5.0 * BANDS));
      w->kept[c][i] = (int16_t)(100 * (slow + 10 * rng_normal(&draw)));
    }
  }
}

/* The mean posterior over all ticks of a clip: the tick t sees frames from STRIDE t on.
 */
static void
by_ticks(const world *w, nn *net, int c, uint32_t receptive, float *p)
{
  const ear_model_spec spec = {.n_labels = N_LABELS, .temperature = (float)temperature};
  float x[FRAMES * BANDS], q[N_LABELS];
  uint32_t n = 0;
  memset(p, 0, N_LABELS * sizeof *p);
  for (uint32_t at = 0; at + receptive <= n_frames[c]; at += STRIDE, ++n) {
    feature_patch(&w->frames[c], &w->norm.units, at, FRAMES, x);
    band_norm_apply(&w->norm, x, FRAMES);
    memcpy(q, nn_forward(net, x, 1, false), sizeof q);
    ear_net_posteriors(&spec, q, q);
    for (int l = 0; l < N_LABELS; ++l) {
      p[l] += q[l];
    }
  }
  for (int l = 0; l < N_LABELS && n; ++l) {
    p[l] /= (float)n;
  }
}

static void
without_a_mean_float_hears_every_tick(void **state)
{
  (void)state;
  static world w;
  const recipe r =
      world_recipe(FRAMES, BANDS,
                   "conv 4 3x3 relu\nmaxpool 2x2\nconv 4 3x3 relu\nmaxpool 2x2\nflatten\n"
                   "dense labels");
  nn *net = world_net(&r, N_LABELS, 1, 3);
  ear_shape shape;
  uint32_t n_columns;
  ear_error err = {""};
  evaluation e;
  world_fill(&w, &r);
  nn_activation(net, 5, &shape, &n_columns);
  assert_int_equal(shape.stride, STRIDE);
  assert_int_equal(
      evaluate_net(&e, net, &w.fs, &w.norm, &w.ds, SIDE_VALID, temperature, &err),
      EAR_OK);
  for (int c = 0; c < N_CLIPS; ++c) {
    float p[N_LABELS];
    by_ticks(&w, net, c, shape.receptive, p);
    for (int l = 0; l < N_LABELS; ++l) {
      assert_true(fabsf(e.p[c * N_LABELS + l] - p[l]) < 1e-5f);
    }
  }
  assert_true(e.p[2 * N_LABELS] == 0); /* too short for a tick: no verdict */
  evaluation_free(&e);
  nn_free(net);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_mean_float_hears_every_tick),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
