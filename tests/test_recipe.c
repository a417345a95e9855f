/* SPDX-License-Identifier: ISC */
/* A recipe says exactly what it says: every line is understood or refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../train/fit_loss.h"
#include "../train/nn.h"
#include "../train/optim.h"
#include "../train/recipe_parse.h"
#include "../train/recipe_text.h"

#define INPUT "[input]\nbands 64\nframes 40\n"
#define NETWORK "[network]\nconv 8 3x3\nmean\ndense labels\n"
#define TRAIN "[train]\nepochs 3\n"

static ear_status
read_text(const char *text, recipe *r, ear_error *err)
{
  char copy[8192];
  snprintf(copy, sizeof copy, "%s", text);
  memset(err, 0, sizeof *err);
  return recipe_parse(r, "dir/x.recipe", copy, err);
}

/* What is refused, and what the sentence must contain. */
static const char *const mistakes[][2] = {
    {"", "ends without [train]"},
    {"bands 64\n", "x.recipe:1: `bands` before the first section"},
    {INPUT NETWORK, "ends without [train]"},
    {NETWORK TRAIN, "x.recipe:1: [network] out of place"},
    {INPUT INPUT NETWORK TRAIN, "x.recipe:4: [input] out of place"},
    {INPUT "[layers]\n", "x.recipe:4: unknown section [layers]"},
    {INPUT "hop twelve\n", "x.recipe:4: `twelve` is not possible for hop"},
    {INPUT "hop 512.5\n", "`512.5`"},
    {INPUT "hop -3\n", "`-3`"},
    {INPUT "hop 0\n", "`0`"},
    {INPUT "hop 99999999999999999999999\n", "`99999999999999999999999`"},
    {INPUT "low nan\n", "`nan`"},
    {INPUT "high inf\n", "`inf`"},
    {INPUT "high 22050Hz\n", "`22050Hz`"},
    {INPUT "bands 32\n", "x.recipe:4: `bands` stands twice"},
    {INPUT "hop\n", "`hop` takes 1 value, not 0"},
    {INPUT "hop 12 13\n", "`hop` takes 1 value, not 2"},
    {INPUT "\x1b[2J\xc2\x9b 1\n", "unknown key ` [2J  ` in [input]"}, /* no escapes */
    {INPUT "colour red\n", "unknown key `colour` in [input]"},
    {INPUT "scale bark\n", "`bark` is not known to scale: it is slaney or htk"},
    {INPUT "features\n", "x.recipe:4: `features` takes one or more kinds"},
    {INPUT "features mel spectrum\n", "`spectrum` is no feature: mel, mfcc, chroma"},
    {INPUT "features mel mfcc mel\n", "`mel` stands twice"},
    {INPUT "mfcc 0\n", "`0` is not possible for mfcc"},
    {INPUT "features mfcc\nmfcc 65\n" NETWORK TRAIN, "the number of MFCCs is not from 1"},
    {INPUT "features mel contrast\nfft 64\nhop 64\n" NETWORK TRAIN, "a longer window"},
    {INPUT "fft 1000\n" NETWORK TRAIN,
     "x.recipe:5: the [input] above cannot be computed"},
    {INPUT "[network]\nconvolution 8 3x3\n", "x.recipe:5: unknown layer `convolution`"},
    {INPUT "[network]\nconv 8\n", "conv is too short"},
    {INPUT "[network]\nconv 8 3\n", "`3` is not a kernel"},
    {INPUT "[network]\nconv 8 3x\n", "`3x` is not a kernel"},
    {INPUT "[network]\nconv 8 fullx3\n", "`fullx3` is not a kernel"},
    {INPUT "[network]\nconv labels 3x3\n", "`labels` is not a number of outputs"},
    {INPUT "[network]\nconv 8 3x3 relu relu\n", "`relu` stands twice"},
    {INPUT "[network]\nconv 8 3x3 gelu\n", "unknown word `gelu` after conv"},
    {INPUT "[network]\nconv 8 3x3 stride 2\n", "`2` is not possible for the stride"},
    {INPUT "[network]\nconv 8 3x3 stride\n", "`` is not possible for the stride"},
    {INPUT "[network]\nmaxpool 2x2 relu\n", "`relu` does not go with this layer"},
    {INPUT "[network]\nconv 8 3x3 pad 3\n", "x.recipe:5: conv:"},
    {INPUT "[network]\nconv 8 50x3\n", "longer ones"},
    {INPUT "[network]\nconv 8 3x3\nadd 2\n", "x.recipe:6: add: there are only 1 layers"},
    {INPUT "[network]\nconv 8 3x3\nadd 1\n", "BACK from 2 on"},
    {INPUT "[network]\nconv 8 3x3\nadd two\n", "not `add two`"},
    {INPUT "[network]\nconv 8 3x3\nconv 4 3x3\nadd 2\n", "x.recipe:7: add:"},
    {INPUT "[network]\nconv 8 3x3\ndense 4\n", "put `mean` or `flatten` before it"},
    {INPUT "[network]\nsummary\n", "`summary`: write `summary COLUMNS`"},
    {INPUT "[network]\nsummary 4x4\n", "`4x4`: write `summary COLUMNS`"},
    {INPUT "[network]\nsummary 5 stride 65\n", "`65`: write `summary COLUMNS`"},
    {INPUT "[network]\nsummary 5 step 2\n", "`2`: write `summary COLUMNS`"},
    {INPUT "[network]\nsummary 41\n", "a span of 41 columns"},
    {INPUT "[network]\nmean time\n",
     "`time`: only `frequency` and `deviation` may follow mean"},
    {INPUT "[network]\nmean deviation deviation\n", "`deviation`: only"},
    {INPUT "[network]\nbranch\n", "branch: no layer stands before it"},
    {INPUT "[network]\nconv 4 3x3\nbranch 2\n", "`2`: nothing may follow branch"},
    {INPUT "[network]\nconv 4 3x3\nconcat 2\n", "`2`: nothing may follow concat"},
    {INPUT "[network]\nconv 4 3x3\nconcat\n", "concat: no `branch` with layers"},
    {INPUT "[network]\nconv 4 3x3\nbranch\nconcat\n", "concat: no `branch` with layers"},
    {INPUT "[network]\nconv 4 3x3\nconv 4 3x3\nbranch\nadd 2\n", "no branch may begin"},
    {INPUT "[network]\nconv 4 3x3\nbranch\nconv 4 3x3\nbranch\n",
     "branch: one branch is possible"},
    {INPUT "[network]\nconv 4 3x3\nbranch\nconv 4 3x3\nmean\n",
     "must end in a concat before it"},
    {INPUT "[network]\nconv 4 3x3\nbranch\nconv 4 3x5\nconcat\n",
     "62 rows every 1 frames and, of the branch, 60"},
    {INPUT "[network]\nconv 4 3x3\nbranch\nconv 4 3x3 stride 2x1\nconcat\n",
     "62 rows every 1 frames and, of the branch, 62 rows every 2"},
    {INPUT "[network]\nconv 4 3x3\nmean\nbranch\nconv 4 3x3\n", "only dense may follow"},
    {INPUT "[network]\nconv 4 3xfull\nbranch\nconv 4 1xfull pad 1\nconcat\nmean\n"
           "dense labels\n[train]\nzerosum yes\n",
     "behind `branch` too"},
    {INPUT "[network]\ndropout 1.5\n", "`1.5`: dropout takes a probability"},
    {INPUT "[network]\nmean\nconv 4 3x3\n", "x.recipe:6: conv:"},
    {INPUT "[network]\nconv 8 3x3\nmean\ndense 10\n" TRAIN, "must be `dense labels`"},
    {INPUT "[network]\nconv 8 3x3\nmean\ndense labels relu\n" TRAIN,
     "must be `dense labels`"},
    {INPUT NETWORK TRAIN "rate fast\n", "x.recipe:10: `fast` is not possible for rate"},
    {INPUT NETWORK TRAIN "optimizer lion\n", "it is sgd or adam or adamw"},
    {INPUT NETWORK TRAIN "balance maybe\n", "it is no or yes"},
    {INPUT "[network]\nconv 8 3x3 pad 1\nmean\ndense labels\n" TRAIN "zerosum yes\n",
     "zerosum needs a first layer `conv` without `pad`"},
    {INPUT "[network]\nmaxpool 2x2\nmean\ndense labels\n" TRAIN "zerosum yes\n",
     "zerosum needs"},
    {INPUT "[network]\ndropout 0.1\nmean\ndense labels\n" TRAIN "zerosum yes\n",
     "zerosum needs"},
    {INPUT NETWORK TRAIN "timemask 2\n", "`timemask` takes 2 values, not 1"},
    {INPUT NETWORK TRAIN "a b c d e f g h i j k l m n o p q\n", "more than 16 words"},
};

static void
every_mistake_is_refused_by_name(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; ++i) {
    recipe r;
    ear_error err;
    assert_int_equal(read_text(mistakes[i][0], &r, &err), EAR_BAD_ARGUMENT);
    if (!strstr(err.text, mistakes[i][1])) {
      fail_msg("\"%s\" does not contain \"%s\"", err.text, mistakes[i][1]);
    }
  }
}

static void
every_value_lands_where_it_belongs(void **state)
{
  (void)state;
  recipe r;
  ear_error err;
  const char *text =
      "# a comment\n[input]\r\nrate 32000 # Hz\nfft 1024\nhop 320\nbands 64\n"
      "low 50\nhigh 12000\nscale htk\nfloor 1e-8\nframes 99\nfeatures tonnetz mfcc\n"
      "mfcc 13\n\n[network]\n"
      "conv 8 5x3 stride 2x1 pad 1 dilation 3 bn relu\ndepthwise 3xfull\n"
      "dropout 0.25\navgpool 2x1 stride 1x1\nsummary 7 stride 3\nsummary 2\nflatten\n"
      "dense 7 relu\n"
      "dense labels\n[train]\noptimizer sgd\nschedule step\nrate 0.5\n"
      "momentum 0.8\ndecay 0.01\nwarmup 5\nepochs 6\nbatch 7\ncrops 8\n"
      "patience 9\nsmoothing 0.1\nmixup 0.3\ngain 12\neq 4\ntimemask 2 20\n"
      "freqmask 3 10\naveraging 0.99\nbalance yes\nactivation sigmoid\n"
      "focal 2\nweights sqrt\nfactor 0.5\nwait 4\nvariants 3\n"
      "stretch 10\npitch 2.5\nfilter 5\nshift 250\nnoise 15 35\nnormalize yes\n"
      "trim 55\ndenoise 9\npad 4";
  if (read_text(text, &r, &err)) {
    fail_msg("%s", err.text);
  }
  const recipe_layer *l = r.layer;
  const recipe_train *t = &r.train;
  assert_string_equal(r.name, "x");
  assert_true(r.front_end.rate_hz == 32000 && r.front_end.n_fft == 1024 &&
              r.front_end.hop == 320 && r.front_end.n_bands == 64 &&
              r.front_end.low_hz == 50 && r.front_end.high_hz == 12000 &&
              r.front_end.scale == EAR_MEL_HTK && r.front_end.floor_power == 1e-8f &&
              !r.front_end.power && r.frames == 99 && r.front_end.n_mfcc == 13 &&
              r.front_end.kinds == (EAR_KIND_MFCC | EAR_KIND_TONNETZ));
  assert_int_equal(r.n_layers, 9);
  assert_true(l[0].op == EAR_OP_CONV && l[0].n_out == 8 && l[0].kt == 5 && l[0].kf == 3 &&
              l[0].st == 2 && l[0].sf == 1 && l[0].pad == 1 && l[0].dt == 3 && l[0].bn &&
              l[0].relu);
  assert_true(l[1].op == EAR_OP_DEPTHWISE && l[1].kf == RECIPE_FULL && !l[1].bn &&
              !l[1].relu);
  assert_true(l[2].is_dropout && l[2].dropout == 0.25f);
  assert_true(l[3].op == EAR_OP_AVGPOOL && l[3].kt == 2 && l[3].st == 1 && l[3].sf == 1);
  assert_true(l[4].op == EAR_OP_SUMMARY && l[4].kt == 7 && l[4].st == 3);
  assert_true(l[5].op == EAR_OP_SUMMARY && l[5].kt == 2 && l[5].st == 1);
  assert_true(l[7].n_out == 7 && l[7].relu && l[8].n_out == 0);
  assert_true(t->optimizer == RECIPE_SGD && t->schedule == RECIPE_STEP &&
              t->learning_rate == 0.5f && t->momentum == 0.8f &&
              t->weight_decay == 0.01f && t->warmup == 5 && t->epochs == 6 &&
              t->batch == 7 && t->crops == 8 && t->patience == 9 &&
              t->label_smoothing == 0.1f && t->mixup == 0.3f && t->gain_db == 12 &&
              t->eq_db == 4 && t->time_masks == 2 && t->time_mask == 20 &&
              t->freq_masks == 3 && t->freq_mask == 10 && t->averaging == 0.99f &&
              t->balance && t->activation == RECIPE_SIGMOID && t->focal == 2 &&
              t->weights == RECIPE_WEIGHTS_SQRT && t->factor == 0.5f && t->wait == 4);
  const recipe_sound *s = &r.sound;
  assert_true(s->variants == 3 && s->stretch == 10 && s->pitch == 2.5f &&
              s->filter == 5 && s->shift == 250 && s->noise_low == 15 &&
              s->noise_high == 35 && s->normalize && s->trim == 55 && s->denoise == 9 &&
              s->pad == 4);
}

static void
the_engine_sees_sizes_resolved_and_dropout_gone(void **state)
{
  (void)state;
  recipe r;
  ear_error err;
  ear_model_spec spec;
  assert_int_equal(
      read_text(INPUT "[network]\nconv 8 3x3 pad 1\ndropout 0.5\nconv 8 3x3 pad 1\n"
                      "dropout 0.5\nadd 2\nconv 5 2xfull\nflatten\ndense labels\n"
                      "[train]\n",
                &r, &err),
      EAR_OK);
  assert_int_equal(recipe_spec(&r, 12, &spec, &err), EAR_OK);
  assert_int_equal(spec.n_layers, 6);
  assert_int_equal(spec.layer[2].op, EAR_OP_ADD);
  assert_int_equal(spec.layer[2].from, 0);
  assert_int_equal(spec.layer[3].kf, 64);
  assert_int_equal(spec.layer[4].kt, 35); /* 40 frames less 2, 2 and 1 */
  assert_int_equal(spec.layer[5].n_out, 12);
}

static void
shipped_recipes_are_read_by_name(void **state)
{
  (void)state;
  int n = 0;
  for (const recipe_text *t = recipe_texts; t->name; ++t, ++n) {
    recipe r;
    ear_error err = {""};
    if (recipe_read(&r, t->name, &err)) {
      fail_msg("%s", err.text);
    }
    assert_string_equal(r.name, t->name);
  }
  assert_int_equal(n, 15);
}

static void
a_missing_file_is_named_with_what_is_built_in(void **state)
{
  (void)state;
  recipe r;
  ear_error err = {""};
  assert_int_equal(recipe_read(&r, "no/such.recipe", &err), EAR_IO);
  assert_non_null(strstr(err.text, "no/such.recipe"));
  assert_non_null(strstr(err.text, "features-cnn fine-tune genre harshness"));
}

static void
published_recipes_have_as_many_parameters_as_published(void **state)
{
  static const struct {
    const char *name;
    uint32_t n_outputs, n;
  } published[] = {{"simple-cnn-adam", 1, 107745},
                   {"basic-cnn-sgd", 1, 1698433}, /* "about 1.69 M" */
                   {"basic-cnn-adam", 1, 1698433},
                   {"deep-cnn-adam", 1, 1686065}, /* "about 1.68 M" */
                   {"published-gtzan", 10, 128266}};
  (void)state;
  for (size_t i = 0; i < sizeof published / sizeof *published; ++i) {
    recipe r;
    nn *net;
    ear_error err = {""};
    assert_int_equal(recipe_read(&r, published[i].name, &err), EAR_OK);
    assert_int_equal(nn_new(&net, &r, published[i].n_outputs, 1, r.frames, 1, &err),
                     EAR_OK);
    assert_int_equal(nn_size(net), published[i].n);
    nn_free(net);
  }
}

/* Two classes from one output: the first logit stays 0 whatever the steps do. */
static void
a_binary_network_has_one_real_output(void **state)
{
  (void)state;
  recipe r;
  nn *net;
  optim *o;
  ear_error err = {""};
  assert_int_equal(recipe_read(&r, "simple-cnn-adam", &err), EAR_OK);
  r.train.weight_decay = 0.1f;
  assert_int_equal(nn_new(&net, &r, 2, 2, r.frames, 1, &err), EAR_OK);
  assert_int_equal(optim_new(&o, net, &r.train, 5), EAR_OK);
  float *x = calloc((size_t)2 * r.frames * r.front_end.n_bands, sizeof *x), d[4];
  const float target[4] = {1, 0, 0, 1};
  const loss_rule rule = {.activation = RECIPE_BINARY};
  x[7] = 1;
  for (int s = 0; s < 5; ++s) {
    const float *logit = nn_forward(net, x, 2, true);
    assert_true(logit[0] == 0 && logit[2] == 0);
    assert_true(logit[1] != 0 || s == 0);
    fit_loss(logit, target, 2, 2, &rule, d);
    nn_backward(net, d);
    optim_step(o);
  }
  free(x);
  optim_free(o);
  nn_free(net);
}

typedef struct {
  char recipe[8192], told[8192]; /* as text to be read; every word that was told */
  char section[16];
} telling;

static void
take(void *user, const char *key, const char *value)
{
  telling *t = user;
  char section[16];
  const char *dot = strchr(key, '.');
  size_t n = strlen(t->recipe);
  assert_non_null(dot);
  snprintf(section, sizeof section, "%.*s", (int)(dot - key), key);
  if (strcmp(section, t->section) != 0) {
    strcpy(t->section, section);
    n += (size_t)snprintf(t->recipe + n, sizeof t->recipe - n, "[%s]\n", section);
  }
  snprintf(t->recipe + n, sizeof t->recipe - n, "%s %s\n",
           strcmp(section, "network") ? dot + 1 : "", value);
  n = strlen(t->told);
  snprintf(t->told + n, sizeof t->told - n, "%s=%s\n", key, value);
}

static void
what_a_recipe_tells_is_a_recipe_that_tells_the_same(void **state)
{
  (void)state;
  for (const recipe_text *text = recipe_texts; text->name; ++text) {
    recipe r;
    ear_error err = {""};
    telling first = {"", "", ""}, again = {"", "", ""};
    assert_int_equal(recipe_read(&r, text->name, &err), EAR_OK);
    recipe_tell(&r, take, &first);
    if (read_text(first.recipe, &r, &err)) {
      fail_msg("%s in:\n%s", err.text, first.recipe);
    }
    recipe_tell(&r, take, &again);
    assert_string_equal(first.told, again.told);
  }
  recipe r;
  ear_error err;
  telling t = {"", "", ""};
  assert_int_equal(read_text(INPUT NETWORK "[train]\ntimemask 2 24\nrate 0.1\nbalance "
                                           "yes\nschedule cosine\n",
                             &r, &err),
                   EAR_OK);
  recipe_tell(&r, take, &t);
  static const char *const told[] = {"input.bands=64\n",        "input.scale=slaney\n",
                                     "network.1=conv 8 3x3\n",  "train.timemask=2 24\n",
                                     "train.rate=0.1\n",        "train.balance=yes\n",
                                     "train.schedule=cosine\n", "train.batch=32\n"};
  for (size_t i = 0; i < sizeof told / sizeof *told; ++i) {
    assert_non_null(strstr(t.told, told[i]));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_mistake_is_refused_by_name),
      cmocka_unit_test(every_value_lands_where_it_belongs),
      cmocka_unit_test(the_engine_sees_sizes_resolved_and_dropout_gone),
      cmocka_unit_test(shipped_recipes_are_read_by_name),
      cmocka_unit_test(what_a_recipe_tells_is_a_recipe_that_tells_the_same),
      cmocka_unit_test(a_missing_file_is_named_with_what_is_built_in),
      cmocka_unit_test(published_recipes_have_as_many_parameters_as_published),
      cmocka_unit_test(a_binary_network_has_one_real_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
