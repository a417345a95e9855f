/* SPDX-License-Identifier: ISC */
/* Training that begins with another network's weights begins with its verdicts; frozen
   layers keep their bits; what does not fit is refused by name. */
#include "folder.h"

#include <math.h>

#include "../engine/net.h"
#include "../train/export.h"
#include "../train/file.h"
#include "../train/fit.h"
#include "../train/transfer.h"
#include "nn_world.h"

enum { N_LABELS = 3, FRAMES = 24, BANDS = 12, BATCH = 15, N_PATCHES = 60 };
enum { PATCH = FRAMES * BANDS };

static const char network[] = "conv 8 3x3 pad 1 bn relu\nmaxpool 1x2\n"
                              "conv 8 3x3 pad 1 bn relu\nconv 8 3x3 bn relu\nmean\n"
                              "dropout 0.1\ndense labels";
static const char forked[] = "conv 8 3x3 pad 1 bn relu\nmaxpool 1x2\n"
                             "conv 8 3xfull bn relu\nbranch\nconv 6 2xfull bn\nconcat\n"
                             "mean deviation\ndropout 0.1\ndense labels";
static const char *const abc[] = {"a", "b", "c"}, *const cab[] = {"c", "a", "b"},
                         *const abx[] = {"a", "b", "x"};
static float mean[BANDS], inverse_std[BANDS];

/* Class i % 3 raises four bands out of noise. */
static void
draw(void *self, uint64_t epoch, uint32_t i, float *patch, float *target)
{
  (void)self;
  rng r = rng_stream(8, epoch, i);
  for (int k = 0; k < PATCH; ++k) {
    const int raised = k % BANDS / 4 == (int)(i % N_LABELS);
    patch[k] = (float)(rng_normal(&r) + 0.5 * raised);
  }
  for (uint32_t l = 0; l < N_LABELS; ++l) {
    target[l] = l == i % N_LABELS;
  }
}

static float *
patches_new(void)
{
  float *x = world_normal((size_t)N_PATCHES * PATCH, 1), target[N_LABELS];
  for (uint32_t i = 0; i < N_PATCHES; ++i) {
    draw(NULL, 55, i, x + (size_t)i * PATCH, target);
  }
  return x;
}

static void
put_setting(void *to, const char *key, const char *value)
{
  json_object_set_new(to, key, json_string(value));
}

/* What a run of the recipe with labels a, b, c says of itself. */
static json_t *
settings_of(const recipe *r)
{
  json_t *s = json_pack("{s:s, s:s, s:s, s:s}", "recipe", r->name, "label.0", "a",
                        "label.1", "b", "label.2", "c");
  recipe_tell(r, put_setting, s);
  return s;
}

typedef struct {
  const transfer *t;
  const float *patches;
  const char *const *label;
} start;

static ear_status
begin(void *user, nn *net, ear_error *err)
{
  const start *s = user;
  bool kept;
  (void)err;
  return transfer_apply(s->t, net, s->label, s->patches, N_PATCHES, &kept);
}

/* Train; checkpoints at last.ckpt and best.ckpt of the folder. */
static nn *
train(const recipe *r, start *s)
{
  char last[2 * PATH_MAX], best[2 * PATH_MAX];
  fit_result result;
  nn *net = NULL;
  ear_error err = {""};
  snprintf(last, sizeof last, "%s", folder_path("last.ckpt"));
  snprintf(best, sizeof best, "%s", folder_path("best.ckpt"));
  json_t *settings = settings_of(r);
  const fit_config config = {.recipe = r,
                             .train = {NULL, 5 * BATCH, N_LABELS, NULL, false, draw},
                             .valid = {NULL, 2 * BATCH, N_LABELS, NULL, false, draw},
                             .init = s ? begin : NULL,
                             .init_user = s,
                             .seed = 3,
                             .saving = {.last = last,
                                        .best = best,
                                        .mean = mean,
                                        .inverse_std = inverse_std,
                                        .n_values = BANDS,
                                        .settings = settings}};
  if (fit(&net, &config, &result, &err)) {
    fail_msg("%s", err.text);
  }
  json_decref(settings);
  fit_result_free(&result);
  return net;
}

static recipe
make_recipe(const char *lines, uint32_t epochs)
{
  recipe r = world_recipe(FRAMES, BANDS, lines);
  r.train.epochs = epochs;
  r.train.batch = BATCH;
  r.train.learning_rate = 3e-3f;
  r.train.patience = epochs; /* the best epoch is kept */
  for (int b = 0; b < BANDS; ++b) {
    mean[b] = (float)b - 60;
    inverse_std[b] = 0.0625f;
  }
  return r;
}

static transfer *
open_transfer(const char *name)
{
  transfer *t = NULL;
  ear_error err = {""};
  if (transfer_open(&t, name, &err)) {
    fail_msg("%s", err.text);
  }
  return t;
}

static nn *
apply(transfer *t, const recipe *r, const char *const *label, const float *patches,
      bool head)
{
  bool kept;
  ear_error err = {""};
  if (transfer_check(t, r, &err)) {
    fail_msg("%s", err.text);
  }
  nn *net = world_net(r, N_LABELS, BATCH, 77);
  assert_int_equal(transfer_apply(t, net, label, patches, N_PATCHES, &kept), EAR_OK);
  assert_int_equal(kept, head);
  return net;
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

/* Patches of which the nets say another label, b's labels by name. */
static int
verdicts_that_differ(nn *a, nn *b, const char *const *label, const float *patches)
{
  int n = 0;
  for (int i = 0; i < N_PATCHES; ++i) {
    const float *x = patches + (size_t)i * PATCH;
    const int said = likeliest(nn_forward(a, x, 1, false));
    n += strcmp(abc[said], label[likeliest(nn_forward(b, x, 1, false))]) != 0;
  }
  return n;
}

static void
assert_a_checkpoint_goes_on(const char *lines)
{
  float *patches = patches_new(), logit[N_LABELS];
  const recipe r = make_recipe(lines, 6);
  nn *net = train(&r, NULL);
  for (int k = 0; k < 2; ++k) {
    transfer *t = open_transfer(folder_path(k ? "last.ckpt" : "best.ckpt"));
    nn *other = apply(t, &r, abc, patches, true);
    band_norm norm;
    transfer_norm(t, &norm);
    assert_memory_equal(norm.mean, mean, sizeof mean);
    assert_memory_equal(norm.inverse_std, inverse_std, sizeof mean);
    for (int i = 0; i < N_PATCHES; ++i) {
      const float *x = patches + (size_t)i * PATCH;
      memcpy(logit, nn_forward(net, x, 1, false), sizeof logit);
      assert_memory_equal(logit, nn_forward(other, x, 1, false), sizeof logit);
    }
    nn_free(other);
    transfer_free(t);
  }
  nn_free(net);
  free(patches);
}

static void
a_checkpoint_goes_on_with_its_bits(void **state)
{
  (void)state;
  assert_a_checkpoint_goes_on(network);
  assert_a_checkpoint_goes_on(forked);
}

static void
export_to(const char *name, nn *net, const float *patches)
{
  static const float threshold[N_LABELS] = {0.5f, 0.5f, 0.5f};
  uint8_t *bytes;
  size_t n;
  ear_error err = {""};
  const export_info info = {.name = "world",
                            .task = "classifier",
                            .license = "",
                            .card = "",
                            .n_labels = N_LABELS,
                            .label = abc,
                            .threshold = threshold,
                            .temperature = 1,
                            .mean = mean,
                            .inverse_std = inverse_std};
  if (export_model(net, &info, patches, N_PATCHES, &bytes, &n, &err) ||
      file_write(folder_path(name), bytes, n, NULL, &err)) {
    fail_msg("%s", err.text);
  }
  free(bytes);
}

/* Labels that the engine gives the patches. */
static void
engine_says(const char *name, const float *patches, int *label)
{
  ear_model *model;
  ear_net *engine;
  ear_error err = {""};
  float frame[BANDS];
  assert_int_equal(ear_model_open(&model, folder_path(name), &err), EAR_OK);
  assert_int_equal(ear_net_new(&engine, model, 4, 100, &err), EAR_OK);
  for (int i = 0; i < N_PATCHES; ++i) {
    ear_net_reset(engine);
    for (int t = 0; t < FRAMES; ++t) {
      for (int b = 0; b < BANDS; ++b) {
        frame[b] = patches[(size_t)i * PATCH + t * BANDS + b] / inverse_std[b] + mean[b];
      }
      if (ear_net_push(engine, frame)) {
        ear_net_tick(engine, false);
      }
    }
    label[i] = likeliest(ear_net_logits(engine, EAR_INTEGRATED));
  }
  ear_net_free(engine);
  ear_model_unref(model);
}

/* Its integers as floats, and exported again: the same labels. */
static void
assert_an_int8_model_goes_on(const char *lines)
{
  float *patches = patches_new();
  const recipe r = make_recipe(lines, 6);
  int before[N_PATCHES], after[N_PATCHES], n_right = 0;
  nn *net = train(&r, NULL);
  export_to("a.safetensors", net, patches);
  engine_says("a.safetensors", patches, before);
  transfer *t = open_transfer(folder_path("a.safetensors"));
  nn *other = apply(t, &r, abc, patches, true);
  for (int i = 0; i < N_PATCHES; ++i) {
    const float *x = patches + (size_t)i * PATCH;
    assert_int_equal(likeliest(nn_forward(other, x, 1, false)), before[i]);
    n_right += before[i] == i % N_LABELS;
  }
  assert_true(n_right > N_PATCHES * 9 / 10);
  export_to("b.safetensors", other, patches);
  engine_says("b.safetensors", patches, after);
  assert_memory_equal(before, after, sizeof before);
  nn_free(other);
  transfer_free(t);
  nn_free(net);
  free(patches);
}

static void
an_int8_model_goes_on_with_its_verdicts(void **state)
{
  (void)state;
  assert_an_int8_model_goes_on(network);
  assert_an_int8_model_goes_on(forked);
}

/* Statistics are those of the patches, so a step on a quarter of them sees about what
   evaluation sees. */
static void
folded_norms_come_back_with_their_statistics(void **state)
{
  (void)state;
  float *patches = patches_new(), whole[BATCH * N_LABELS];
  const recipe r = make_recipe(network, 6);
  nn *net = train(&r, NULL);
  export_to("a.safetensors", net, patches);
  transfer *t = open_transfer(folder_path("a.safetensors"));
  recipe plain = r;
  plain.layer[5].dropout = 0;
  nn *other = apply(t, &plain, abc, patches, true);
  double error = 0, power = 0;
  memcpy(whole, nn_forward(other, patches, BATCH, false), sizeof whole);
  const float *logit = nn_forward(other, patches, BATCH, true);
  for (int k = 0; k < BATCH * N_LABELS; ++k) {
    error += pow((double)(logit[k] - whole[k]), 2);
    power += pow((double)whole[k], 2);
  }
  print_message("training off evaluation by %.3f of it\n", sqrt(error / power));
  assert_true(error < 0.2 * 0.2 * power);
  nn_free(other);
  transfer_free(t);
  nn_free(net);
  free(patches);
}

static void
labels_go_by_name_and_new_ones_get_a_new_head(void **state)
{
  (void)state;
  float *patches = patches_new();
  const recipe r = make_recipe(network, 6);
  nn *net = train(&r, NULL);
  export_to("a.safetensors", net, patches);
  for (int k = 0; k < 2; ++k) {
    transfer *t = open_transfer(folder_path(k ? "a.safetensors" : "best.ckpt"));
    nn *turned = apply(t, &r, cab, patches, true);
    assert_true(verdicts_that_differ(net, turned, cab, patches) <= k);
    nn_free(turned);
    nn *fresh = apply(t, &r, abx, patches, false), *drawn = world_net(&r, 3, BATCH, 77);
    const uint32_t head = nn_n_params(fresh) - 2;
    const nn_param w = nn_param_get(fresh, head), d = nn_param_get(drawn, head);
    assert_memory_equal(w.value, d.value, w.n * sizeof *w.value);
    assert_memory_not_equal(nn_param_get(fresh, 0).value, nn_param_get(drawn, 0).value,
                            nn_param_get(fresh, 0).n * sizeof *w.value);
    nn_free(drawn);
    nn_free(fresh);
    transfer_free(t);
  }
  nn_free(net);
  free(patches);
}

/* Lines 1 to 3, two convolutions with their norms: averaged, decayed, in integers. */
static void
frozen_layers_keep_every_bit(void **state)
{
  (void)state;
  float *patches = patches_new();
  recipe r = make_recipe(network, 6);
  nn_free(train(&r, NULL));
  transfer *t = open_transfer(folder_path("best.ckpt"));
  r.train.freeze = 3;
  r.train.weight_decay = 0.3f;
  r.train.averaging = 0.9f;
  start s = {t, patches, abc};
  nn *before = apply(t, &r, abc, patches, true), *after = train(&r, &s);
  uint32_t n_kept = 0, n_moved = 0;
  assert_int_equal(nn_n_params(after), 5);   /* conv, gamma, beta, weights and bias */
  assert_int_equal(nn_n_buffers(after), 12); /* 3 x 2 statistics, 2 x 3 frozen */
  for (uint32_t i = 0; i < nn_n_buffers(after); ++i) {
    const nn_param a = nn_buffer_get(before, i), b = nn_buffer_get(after, i);
    const bool same = memcmp(a.value, b.value, a.n * sizeof *a.value) == 0;
    n_kept += same;
    n_moved += !same;
  }
  assert_int_equal(n_kept, 10);
  assert_int_equal(n_moved, 2); /* statistics of the third norm */
  for (uint32_t i = 0; i < nn_n_params(after); ++i) {
    const nn_param a = nn_param_get(before, i), b = nn_param_get(after, i);
    assert_memory_not_equal(a.value, b.value, a.n * sizeof *a.value);
  }
  nn_free(before);
  nn_free(after);
  transfer_free(t);
  free(patches);
}

static void
assert_refused(transfer *t, const recipe *r, const char *sentence)
{
  ear_error err = {""};
  assert_int_equal(transfer_check(t, r, &err), EAR_BAD_ARGUMENT);
  print_message("%s\n", err.text);
  assert_non_null(strstr(err.text, sentence));
}

static void
what_does_not_fit_is_refused_by_name(void **state)
{
  (void)state;
  recipe r = make_recipe(network, 1);
  nn_free(train(&r, NULL));
  transfer *t = open_transfer(folder_path("best.ckpt"));
  const char wider[] = "conv 8 3x3 pad 1 bn relu\nmaxpool 1x2\n"
                       "conv 12 3x3 pad 1 bn relu\nconv 8 3x3 bn relu\nmean\n"
                       "dense labels";
  recipe other = make_recipe(wider, 1);
  assert_refused(t, &other,
                 "layer 3 is `conv 8 3x3 pad 1 relu` there and `conv 12 3x3 pad 1 relu`");
  other = make_recipe("conv 8 3x3 pad 1 bn relu\nmaxpool 1x2\nmean\ndense labels", 1);
  assert_refused(t, &other, "layer 3 is `conv 8 3x3 pad 1 relu` there and `mean`");
  other = make_recipe("conv 8 3x3 pad 1 bn relu\nmaxpool 1x2\nbranch\n"
                      "conv 8 3x3 stride 1x2 pad 1 bn relu\nconcat\nmean\ndense labels",
                      1);
  assert_refused(t, &other, "and `branch, conv 8 3x3 stride 1x2 pad 1 relu` in recipe");
  other = r;
  other.front_end.hop = 128;
  assert_refused(t, &other, "hop 256");
  ear_error err = {""};
  nn *net;
  other = r;
  other.train.freeze = 7;
  assert_int_equal(nn_new(&net, &other, N_LABELS, BATCH, FRAMES, 1, &err),
                   EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "freeze 7 leaves nothing to train"));
  transfer_free(t);
  folder_put("text.safetensors", "not a model");
  assert_int_not_equal(transfer_open(&t, folder_path("text.safetensors"), &err), EAR_OK);
  assert_null(t);
  assert_true(err.text[0]);
  assert_int_not_equal(transfer_open(&t, "nothing-here", &err), EAR_OK);
  assert_non_null(strstr(err.text, "nothing-here"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_checkpoint_goes_on_with_its_bits, folder_make,
                                      folder_remove),
      cmocka_unit_test_setup_teardown(an_int8_model_goes_on_with_its_verdicts,
                                      folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(folded_norms_come_back_with_their_statistics,
                                      folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(labels_go_by_name_and_new_ones_get_a_new_head,
                                      folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(frozen_layers_keep_every_bit, folder_make,
                                      folder_remove),
      cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused_by_name, folder_make,
                                      folder_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
