/* SPDX-License-Identifier: ISC */
/* Statistics beside a network: their logits are added to its own, they are those of the
   regression that was fitted on the averages of whole clips, and what cannot have them is
   refused before anything is trained. */
#include "folder.h"

#include <math.h>

#include "../train/export.h"
#include "../train/file.h"
#include "../train/nn_layers.h"
#include "../train/statistics.h"
#include "../train/transfer.h"
#include "nn_world.h"

#include <omp.h>

enum { N_LABELS = 3, FRAMES = 32, BANDS = 16, LONGEST = 90, N_CLIPS = 120 };
#define TRUNK "conv 4 3x3 stride 2x1 pad 1 relu\nmaxpool 2x2\nconv 6 3xfull relu\n"
static const char plain[] = TRUNK "mean\ndense labels";
static const char deviating[] = TRUNK "mean deviation\ndropout 0.5\ndense labels";

static const double share = 0.6; /* of the regression's logits, as statistics.c has it */

typedef struct {
  dataset ds;
  featureset fs;
  clip clip[N_CLIPS];
  feature_clip frames[N_CLIPS];
  int16_t kept[N_CLIPS][LONGEST * BANDS];
  band_norm norm;
} world;

/* Three kinds of sound: dull in every other frame, bright, and bright by chance.
   Two thirds train. */
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
    const uint32_t label = (uint32_t)c % N_LABELS;
    const side s = c % 9 < 6 ? SIDE_TRAIN : SIDE_VALID;
    w->clip[c] = (clip){.label = label, .labels = UINT64_C(1) << label, .side = s};
    w->frames[c] = (feature_clip){.n_frames = 40 + (uint32_t)c % 50, .kept = w->kept[c]};
    for (int t = 0; t < LONGEST; ++t) {
      const double tilt = label == 0   ? (t % 2 ? -2 : 0)
                          : label == 1 ? 1
                                       : 2 * rng_normal(&draw);
      for (int b = 0; b < BANDS; ++b) {
        w->kept[c][t * BANDS + b] =
            (int16_t)(100 * (tilt * (b - BANDS / 2) / 2 + 8 * rng_normal(&draw)));
      }
    }
  }
}

static recipe
recipe_of(const char *layers)
{
  recipe r = world_recipe(FRAMES, BANDS, layers);
  r.train.statistics = 6;
  r.train.balance = true;
  return r;
}

/* What a network says of a whole clip. */
static void
hear(nn *net, const world *w, uint32_t c, float logit[N_LABELS])
{
  static float x[LONGEST * BANDS];
  ear_error err = {""};
  const uint32_t n = w->frames[c].n_frames;
  nn *whole;
  assert_int_equal(nn_new(&whole, nn_recipe(net), N_LABELS, 1, n, 0, &err), EAR_OK);
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param to = nn_param_get(whole, i), from = nn_param_get(net, i);
    memcpy(to.value, from.value, from.n * sizeof *from.value);
  }
  feature_patch(&w->frames[c], &w->norm.units, 0, n, x);
  band_norm_apply(&w->norm, x, n);
  memcpy(logit, nn_forward(whole, x, 1, false), N_LABELS * sizeof *logit);
  nn_free(whole);
}

static uint32_t
largest(const double *v)
{
  return v[0] > v[1] && v[0] > v[2] ? 0 : v[1] > v[2] ? 1 : 2;
}

/* What is added to a trunk's logits: added [N_CLIPS][N_LABELS]. */
static void
added_by(const char *layers, uint64_t seed, const world *w, double (*added)[N_LABELS])
{
  const recipe r = recipe_of(layers);
  ear_error err = {""};
  statistics s;
  nn *trunk = world_net(&r, N_LABELS, 4, seed);
  if (statistics_add(&s, trunk, &w->ds, &w->fs, &w->norm, &err)) {
    fail_msg("%s", err.text);
  }
  for (uint32_t c = 0; c < N_CLIPS; ++c) {
    float with[N_LABELS], without[N_LABELS];
    hear(s.net, w, c, with);
    hear(trunk, w, c, without);
    for (int l = 0; l < N_LABELS; ++l) {
      added[c][l] = (double)with[l] - (double)without[l];
    }
  }
  statistics_free(&s);
  nn_free(trunk);
}

static void
logits_are_added_whatever_the_network_says(void **state)
{
  (void)state;
  static world w;
  static double one[N_CLIPS][N_LABELS], two[N_CLIPS][N_LABELS];
  const recipe r = recipe_of(plain);
  world_fill(&w, &r);
  added_by(plain, 3, &w, one);
  added_by(deviating, 4, &w, two);
  for (int c = 0; c < N_CLIPS; ++c) {
    for (int l = 0; l < N_LABELS; ++l) {
      assert_true(fabs(one[c][l] - two[c][l]) < 1e-3);
    }
  }
}

/* A regression whose bias has no ridge says on average what the labels are, of the very
   averages that it learned from: were the network's others, it would not. */
static void
the_regression_hears_the_averages_it_learned_from(void **state)
{
  (void)state;
  static world w;
  static double added[N_CLIPS][N_LABELS];
  const recipe r = recipe_of(plain);
  double said[N_LABELS] = {0};
  uint32_t n = 0, n_valid = 0, right = 0;
  world_fill(&w, &r);
  added_by(plain, 3, &w, added);
  for (uint32_t c = 0; c < N_CLIPS; ++c) {
    double sum = 0;
    if (w.clip[c].side != SIDE_TRAIN) {
      right += largest(added[c]) == w.clip[c].label;
      ++n_valid;
      continue;
    }
    for (int l = 0; l < N_LABELS; ++l) {
      sum += exp(added[c][l] / share);
    }
    for (int l = 0; l < N_LABELS; ++l) {
      said[l] += exp(added[c][l] / share) / sum;
    }
    ++n;
  }
  for (int l = 0; l < N_LABELS; ++l) {
    assert_true(fabs(said[l] / n - 1.0 / N_LABELS) < 2e-3);
  }
  assert_true(right >= 0.95 * n_valid);
}

static void
threads_change_nothing(void **state)
{
  (void)state;
  static world w;
  const recipe r = recipe_of(plain);
  statistics s[2];
  ear_error err = {""};
  const int before = omp_get_max_threads();
  world_fill(&w, &r);
  nn *trunk = world_net(&r, N_LABELS, 4, 3);
  for (int i = 0; i < 2; ++i) {
    omp_set_num_threads(i ? 4 : 1);
    assert_int_equal(statistics_add(&s[i], trunk, &w.ds, &w.fs, &w.norm, &err), EAR_OK);
  }
  omp_set_num_threads(before);
  for (uint32_t i = 0; i < nn_n_params(s[0].net); ++i) {
    const nn_param a = nn_param_get(s[0].net, i), b = nn_param_get(s[1].net, i);
    assert_memory_equal(a.value, b.value, a.n * sizeof *a.value);
  }
  statistics_free(&s[0]);
  statistics_free(&s[1]);
  nn_free(trunk);
}

static const char *const label[] = {"a", "b", "c"};

/* For --init: the model that net becomes. */
static transfer *
exported(nn *net, const world *w, const float *patches)
{
  static const float threshold[] = {2, 2, 2};
  transfer *t;
  uint8_t *bytes;
  size_t n;
  ear_error err = {""};
  const export_info info = {.name = "t",
                            .task = "classifier",
                            .license = "",
                            .card = "",
                            .n_labels = N_LABELS,
                            .label = label,
                            .threshold = threshold,
                            .temperature = 1,
                            .mean = w->norm.mean,
                            .inverse_std = w->norm.inverse_std};
  if (export_model(net, &info, patches, 4, &bytes, &n, &err)) {
    fail_msg("%s", err.text);
  }
  assert_int_equal(file_write(folder_path("t.safetensors"), bytes, n, NULL, &err),
                   EAR_OK);
  assert_int_equal(transfer_open(&t, folder_path("t.safetensors"), &err), EAR_OK);
  free(bytes);
  return t;
}

/* --init MODEL: a network begins with the trunk, not with the statistics, which are of
   other sounds. */
static void
another_network_begins_with_the_trunk_alone(void **state)
{
  (void)state;
  static world w;
  const recipe r = recipe_of(plain);
  float *patches = world_normal((size_t)4 * FRAMES * BANDS, 1);
  statistics s;
  bool kept = true;
  ear_error err = {""};
  world_fill(&w, &r);
  nn *trunk = world_net(&r, N_LABELS, 4, 3), *other = world_net(&r, N_LABELS, 4, 9);
  assert_int_equal(statistics_add(&s, trunk, &w.ds, &w.fs, &w.norm, &err), EAR_OK);
  transfer *t = exported(s.net, &w, patches);
  if (transfer_check(t, &r, &err)) {
    fail_msg("%s", err.text);
  }
  assert_int_equal(transfer_apply(t, other, label, patches, 4, &kept), EAR_OK);
  assert_false(kept);
  /* each channel as it was, but for its level and the rounding to integers */
  const nn_node *from = trunk->layer[0], *to = other->layer[0];
  const size_t width = from->n_weights / from->out.c;
  for (uint32_t c = 0; c < from->out.c; ++c) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = c * width; i < (c + 1) * width; ++i) {
      const double x = (double)from->weight[i], y = (double)to->weight[i];
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    assert_true(ab > 0.999 * sqrt(aa * bb));
  }
  free(patches);
  transfer_free(t);
  statistics_free(&s);
  nn_free(trunk);
  nn_free(other);
}

/* The weights of a layer behind a concat are of both paths: without one of them they are
   no weights of anything. */
static void
no_branch_is_left_out_that_other_layers_hear(void **state)
{
  (void)state;
  static world w;
  const recipe r = recipe_of(TRUNK "branch\nconv 5 3xfull stride 4x1\nconcat\n"
                                   "conv 4 1x1 relu\nmean\ndense labels");
  const recipe alone = recipe_of(TRUNK "conv 4 1x1 relu\nmean\ndense labels");
  const recipe deviating_too = recipe_of(TRUNK "conv 4 1x1 relu\nmean deviation\n"
                                               "dense labels");
  float *patches = world_normal((size_t)4 * FRAMES * BANDS, 1);
  ear_error err = {""};
  world_fill(&w, &r);
  nn *net = world_net(&r, N_LABELS, 4, 3);
  transfer *t = exported(net, &w, patches);
  assert_int_equal(transfer_check(t, &alone, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "layer 4 is `branch, conv 5 3x16 stride 4x1`"));
  transfer_free(t);
  nn_free(net);
  net = world_net(&alone, N_LABELS, 4, 3);
  t = exported(net, &w, patches);
  assert_int_equal(transfer_check(t, &deviating_too, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "layer 5 is `mean` there and `mean deviation`"));
  transfer_free(t);
  nn_free(net);
  free(patches);
}

static void
without_clips_as_long_as_it_looks_the_network_stays(void **state)
{
  (void)state;
  static world w;
  const recipe r = recipe_of(plain);
  statistics s;
  ear_error err = {""};
  world_fill(&w, &r);
  for (int c = 0; c < N_CLIPS; ++c) {
    w.frames[c].n_frames = 5;
  }
  nn *trunk = world_net(&r, N_LABELS, 4, 3);
  assert_int_equal(statistics_add(&s, trunk, &w.ds, &w.fs, &w.norm, &err), EAR_OK);
  assert_null(s.net);
  statistics_free(&s);
  nn_free(trunk);
}

static void
what_cannot_have_them_is_refused(void **state)
{
  (void)state;
  ear_error err;
  recipe r = recipe_of(plain);
  assert_int_equal(statistics_possible(&r, &err), EAR_OK);
  r.train.activation = RECIPE_SIGMOID;
  assert_int_equal(statistics_possible(&r, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "one class of several"));
  r = recipe_of("conv 4 3x3 relu\nmean\ndense labels");
  assert_int_equal(statistics_possible(&r, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "one row"));
  r = recipe_of("conv 4 3xfull relu\nmean\ndense 8 relu\ndense labels");
  assert_int_equal(statistics_possible(&r, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "`mean` and `dense labels`"));
  r = recipe_of("conv 4 3xfull relu\nbranch\nconv 4 3xfull relu\nconcat\nmean\n"
                "dense labels");
  assert_int_equal(statistics_possible(&r, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "branch of its own"));
  r = recipe_of(plain);
  r.front_end.kinds = EAR_KIND_MEL | EAR_KIND_CHROMA;
  assert_int_equal(statistics_possible(&r, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "mel bands alone"));
  r = recipe_of(plain);
  r.train.zerosum = true; /* the regression hears the level */
  assert_int_equal(statistics_possible(&r, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "zerosum no"));
}

/* What the branch's pool could not hold is said before the training, not after it. */
static void
a_network_that_looks_too_long_is_refused(void **state)
{
  (void)state;
  ear_error err;
  recipe r = world_recipe(200, BANDS,
                          "conv 4 32xfull relu\nconv 4 32x1 relu\nmean\ndense labels");
  r.train.statistics = 6;
  assert_int_equal(statistics_possible(&r, &err), EAR_OK);
  r.layer[1].kt = 40;
  assert_int_equal(statistics_possible(&r, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "fewer frames"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(logits_are_added_whatever_the_network_says),
      cmocka_unit_test(the_regression_hears_the_averages_it_learned_from),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(another_network_begins_with_the_trunk_alone),
      cmocka_unit_test(no_branch_is_left_out_that_other_layers_hear),
      cmocka_unit_test(without_clips_as_long_as_it_looks_the_network_stays),
      cmocka_unit_test(what_cannot_have_them_is_refused),
      cmocka_unit_test(a_network_that_looks_too_long_is_refused),
  };
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
