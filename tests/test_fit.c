/* SPDX-License-Identifier: ISC */
/* From folders of sound to a model: it learns, the same seed gives the same bytes, and
   the cache never changes what is learned. */
#include "folder.h"

#include <math.h>
#include <unistd.h>

#include "../train/audio.h"
#include "../train/cmd.h"
#include "../train/evaluate.h"
#include "../train/file.h"
#include "../train/fit.h"
#include "../train/fit_loss.h"
#include "../train/rng.h"
#include "../train/split.h"

enum { PER_CLASS = 10, RATE = 16000, SECONDS = 3 };

/* Tones and noise of several levels; every other file at another rate. */
static void
write_sounds(void)
{
  for (int i = 0; i < 2 * PER_CLASS; ++i) {
    const bool tone = i % 2;
    const double rate = i % 3 ? RATE : 44100, level = 0.02 * (1 + i % 5);
    audio a = {.n_frames = (size_t)(rate * SECONDS), .n_channels = 1, .rate_hz = rate};
    char name[64];
    ear_error err;
    rng r = rng_stream(4, 1, (uint64_t)i);
    a.x = malloc(a.n_frames * sizeof *a.x);
    assert_non_null(a.x);
    for (size_t n = 0; n < a.n_frames; ++n) {
      a.x[n] = (float)(level * (tone ? sin(6.2831853 * (200 + 90 * i) * (double)n / rate)
                                     : rng_normal(&r)));
    }
    snprintf(name, sizeof name, "set/%s/%d.wav", tone ? "tone" : "noise", i);
    assert_int_equal(audio_write(&a, folder_path(name), &err), EAR_OK);
    audio_free(&a);
  }
}

static int
train_by(const char *name, const char *out, const char *cache)
{
  char by[2 * PATH_MAX];
  snprintf(by, sizeof by, "%s", name);
  char set[2 * PATH_MAX], to[2 * PATH_MAX], store[2 * PATH_MAX];
  snprintf(set, sizeof set, "%s", folder_path("set"));
  snprintf(to, sizeof to, "%s", folder_path(out));
  snprintf(store, sizeof store, "%s", cache ? folder_path(cache) : "none");
  char *argv[] = {(char[]){"train"},
                  set,
                  (char[]){"-o"},
                  to,
                  (char[]){"--name"},
                  (char[]){"toy"},
                  (char[]){"--seed"},
                  (char[]){"5"},
                  (char[]){"--cache"},
                  store,
                  (char[]){"--recipe"},
                  by,
                  NULL};
  return cmd_train(12, argv);
}

static int
train(const char *out, const char *cache)
{
  return train_by("tiny", out, cache);
}

static void
assert_same_file(const char *a, const char *b)
{
  uint8_t *x, *y;
  size_t nx, ny;
  assert_int_equal(file_read(folder_path(a), &x, &nx, NULL), EAR_OK);
  assert_int_equal(file_read(folder_path(b), &y, &ny, NULL), EAR_OK);
  assert_int_equal(nx, ny);
  assert_memory_equal(x, y, nx);
  free(x);
  free(y);
}

/* The model, run by the engine, tells nearly all files of the set. */
static void
assert_learnt(const char *name)
{
  const dataset_source plain = {0};
  dataset ds;
  ear_model *model;
  evaluation e;
  metrics m;
  char split[64];
  ear_error err = {""};
  snprintf(split, sizeof split, "%s.split.csv", name);
  assert_int_equal(ear_model_open(&model, folder_path(name), &err), EAR_OK);
  assert_int_equal(dataset_read(&ds, folder_path("set"), &plain, &err), EAR_OK);
  assert_int_equal(split_read(&ds, folder_path(split), &err), EAR_OK);
  assert_int_equal(evaluate_model(&e, model, &ds, N_SIDES, &err), EAR_OK);
  const predictions pr = evaluation_predictions(&e);
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  assert_int_equal(m.n, 2 * PER_CLASS);
  assert_true(m.accuracy > 0.95);
  assert_non_null(strstr(ear_model_info_get(model)->card, "split_sha256"));
  evaluation_free(&e);
  dataset_free(&ds);
  ear_model_unref(model);
}

static void
a_model_learns_tones_from_noise_and_the_same_seed_gives_the_same_bytes(void **state)
{
  (void)state;
  write_sounds();
  assert_int_equal(train("a.safetensors", NULL), CMD_DONE);
  assert_int_equal(train("b.safetensors", NULL), CMD_DONE);
  assert_same_file("a.safetensors", "b.safetensors");
  assert_learnt("a.safetensors");
}

/* All kinds, summarised, from the sound file to the engine's verdict, by way of the cache
   and without. */
static void
summaries_of_every_kind_of_feature_are_learnt_from(void **state)
{
  (void)state;
  write_sounds();
  folder_put("kinds.recipe",
             "[input]\nrate 16000\nfft 512\nhop 256\nbands 32\nhigh 8000\nframes 64\n"
             "features mel mfcc chroma contrast tonnetz\nmfcc 13\n[network]\n"
             "summary 32 stride 8\nconv 16 1x5 pad 2 bn relu\nmaxpool 1x2\n"
             "conv 16 1x3 bn relu\nmean\ndense labels\n[train]\nrate 1e-2\nepochs 12\n"
             "batch 16\ncrops 2\ngain 6\nbalance yes\n");
  for (int i = 0; i < 3; ++i) {
    const char *name = i == 2 ? "c.safetensors" : i ? "b.safetensors" : "a.safetensors";
    assert_int_equal(train_by(folder_path("kinds.recipe"), name, i ? "ca/che" : NULL),
                     CMD_DONE);
    assert_learnt(name);
  }
  assert_same_file("a.safetensors", "b.safetensors");
  assert_same_file("a.safetensors", "c.safetensors");
}

/* Change one byte in the middle of every cache file. */
static int
spoil(const char *path, const struct stat *info, int type, struct FTW *at)
{
  (void)at;
  if (type == FTW_F) {
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, (long)info->st_size / 2, SEEK_SET);
    const int c = getc(f);
    fseek(f, -1, SEEK_CUR);
    putc(c ^ 0x55, f);
    fclose(f);
  }
  return 0;
}

static void
a_cache_that_is_empty_full_or_spoilt_gives_the_same_model(void **state)
{
  (void)state;
  write_sounds();
  assert_int_equal(train("none.safetensors", NULL), CMD_DONE);
  assert_int_equal(train("empty.safetensors", "c/ache"), CMD_DONE);
  assert_int_equal(train("full.safetensors", "c/ache"), CMD_DONE);
  assert_int_equal(nftw(folder_path("c/ache"), spoil, 16, FTW_PHYS), 0);
  assert_int_equal(train("spoilt.safetensors", "c/ache"), CMD_DONE);
  assert_same_file("none.safetensors", "empty.safetensors");
  assert_same_file("none.safetensors", "full.safetensors");
  assert_same_file("none.safetensors", "spoilt.safetensors");
}

static void
a_file_that_is_no_sound_is_left_out_and_the_rest_is_trained(void **state)
{
  (void)state;
  write_sounds();
  folder_put("set/tone/broken.wav", "RIFF but no sound");
  assert_int_equal(train("a.safetensors", NULL), CMD_SOME_FAILED);
  folder_put("set/third/broken.wav", "nor this"); /* now a class is empty */
  assert_int_equal(train("b.safetensors", NULL), CMD_FAILED);
  assert_int_not_equal(access(folder_path("b.safetensors"), F_OK), 0);
}

static void
heads_that_nobody_teaches_are_refused(void **state)
{
  static const char *const plain =
      "[input]\nframes 16\n[network]\nconv 16 3x3 bn relu\nmean\ndense labels\n"
      "[train]\nepochs 1\n";
  char text[256], path[2 * PATH_MAX];
  (void)state;
  write_sounds();
  folder_put("plain.recipe", plain);
  snprintf(text, sizeof text, "%skinds 1\n", plain);
  folder_put("heads.recipe", text);
  snprintf(path, sizeof path, "%s", folder_path("heads.recipe"));
  assert_int_equal(train_by(path, "h.safetensors", NULL), CMD_FAILED);
  snprintf(path, sizeof path, "%s", folder_path("plain.recipe"));
  assert_int_equal(train_by(path, "p.safetensors", NULL), CMD_DONE);
}

static void
the_gradient_of_the_loss_is_its_slope(void **state)
{
  enum { N = 3, L = 4 };
  float logit[N * L], target[N * L], slope[N * L];
  rng r = rng_stream(1, 2, 3);
  (void)state;
  for (int i = 0; i < N * L; ++i) {
    logit[i] = (float)(2 * rng_normal(&r));
    target[i] = (float)rng_uniform(&r) / L;
  }
  static const float weight[L] = {0.5f, 2, 1, 3};
  for (int k = 0; k < 12; ++k) {
    static const float focal[] = {0, 0.5f, 2};
    const loss_rule rule = {k % 2 ? RECIPE_SIGMOID : RECIPE_SOFTMAX,
                            0.1f,
                            focal[k / 4],
                            k / 2 % 2 ? weight : NULL,
                            0,
                            0,
                            0,
                            0};
    fit_loss(logit, target, N, L, &rule, slope);
    for (int i = 0; i < N * L; ++i) {
      const float was = logit[i], step = 1.0f / 256;
      logit[i] = was + step;
      const double up = fit_loss(logit, target, N, L, &rule, NULL);
      logit[i] = was - step;
      const double down = fit_loss(logit, target, N, L, &rule, NULL);
      logit[i] = was;
      assert_true(fabs((up - down) / (2 * (double)step) - (double)slope[i]) < 2e-5);
    }
  }
}

static void
losses_are_those_written_down_in_fit_loss_h(void **state)
{
  /* by hand, in double precision: p = softmax(1, -1, 0.5), sigmoid(1), ... */
  static const float logit[3] = {1, -1, 0.5f}, target[3] = {0, 0, 1};
  static const float weight[3] = {1, 1, 2};
  const double z = exp(1) + exp(-1) + exp(0.5), p = exp(0.5) / z;
  float d[3];
  (void)state;
  const loss_rule focal = {RECIPE_SOFTMAX, 0, 2, weight, 0, 0, 0, 0};
  assert_true(fabs(fit_loss(logit, target, 1, 3, &focal, d) +
                   2 * (1 - p) * (1 - p) * log(p)) < 1e-12);
  const loss_rule each = {RECIPE_SIGMOID, 0, 0, weight, 0, 0, 0, 0};
  const double s = log1p(exp(1)) + log1p(exp(-1)) + 2 * log1p(exp(-0.5));
  assert_true(fabs(fit_loss(logit, target, 1, 3, &each, d) - s / 3) < 1e-12);
  /* one output z: two logits 0 and z */
  static const float two[2] = {0, 0.7f}, harsh[2] = {0, 1};
  const loss_rule binary = {.activation = RECIPE_BINARY};
  assert_true(fabs(fit_loss(two, harsh, 1, 2, &binary, d) - log1p(exp(-(double)two[1]))) <
              1e-12);
  assert_true(d[0] == 0);
  assert_true(fabs((double)d[1] - (1 / (1 + exp(-(double)two[1])) - 1)) < 1e-7);
}

static void
rare_classes_weigh_more_and_all_examples_together_as_much_as_before(void **state)
{
  static const uint32_t count[4] = {60, 30, 0, 10};
  float w[4];
  (void)state;
  loss_weights(w, count, 4, 100, RECIPE_WEIGHTS_INVERSE, RECIPE_SOFTMAX);
  assert_true(fabs((double)w[3] / (double)w[0] - 6) < 1e-5);
  assert_true(fabs((60 * (double)w[0] + 30 * (double)w[1] + 10 * (double)w[3]) - 100) <
              1e-4);
  assert_true(w[2] == 1);
  loss_weights(w, count, 4, 100, RECIPE_WEIGHTS_SQRT, RECIPE_SOFTMAX);
  assert_true(fabs((double)w[3] / (double)w[0] - sqrt(6)) < 1e-5);
  loss_weights(w, count, 4, 100, RECIPE_WEIGHTS_INVERSE, RECIPE_SIGMOID);
  assert_true(fabs((double)w[3] - 9) < 1e-5 && fabs((double)w[1] - 7.0 / 3) < 1e-5);
}

/* Eight clips of three classes, 5, 2 and 1 of them, each frame full of the clip's number.
 */
static void
three_classes(dataset *ds, featureset *fs)
{
  static const uint32_t label[8] = {0, 0, 0, 0, 0, 1, 1, 2};
  *ds = (dataset){0};
  fs->clip = calloc(8, sizeof *fs->clip);
  fs->n_clips = 8;
  for (uint32_t i = 0; i < 8; ++i) {
    char key[8];
    snprintf(key, sizeof key, "%u", i);
    clip *c = dataset_add(ds, key, key, label[i], "");
    assert_non_null(c);
    c->side = SIDE_TRAIN;
    fs->clip[i].n_frames = 3 + 20 * i; /* the first is shorter than a patch */
    fs->clip[i].kept = malloc(fs->clip[i].n_frames * 32 * sizeof(int16_t));
    for (uint32_t k = 0; k < fs->clip[i].n_frames * 32; ++k) {
      fs->clip[i].kept[k] = (int16_t)(100 * i);
    }
  }
}

static void
classes_come_equally_often_and_every_clip_comes(void **state)
{
  dataset ds;
  featureset fs = {0};
  recipe r;
  clip_source cs;
  band_norm norm = {.units = {.n_values = 32}};
  ear_error err;
  uint32_t classes[3] = {0}, clips[8] = {0};
  (void)state;
  assert_int_equal(recipe_read(&r, "tiny", &err), EAR_OK);
  r.train.mixup = r.train.gain_db = r.train.eq_db = 0;
  r.train.time_masks = r.train.freq_masks = 0;
  r.train.balance = true;
  for (int b = 0; b < 32; ++b) {
    norm.inverse_std[b] = 1;
    norm.units.unit[b] = 0.01;
  }
  three_classes(&ds, &fs);
  ds.n_labels = 3;
  assert_int_equal(clip_source_new(&cs, &ds, &fs, SIDE_TRAIN, &norm, &r, 1), EAR_OK);
  cs.random = true;
  cs.per_clip = 6;
  const example_source s = clip_source_examples(&cs);
  float *x = malloc((size_t)r.frames * 32 * sizeof *x), target[3];
  for (uint32_t i = 0; i < s.n_examples; ++i) {
    s.draw(s.self, 7, i, x, target);
    ++clips[lrintf(x[0])];
    for (int l = 0; l < 3; ++l) {
      classes[l] += target[l] > 0.5f;
    }
  }
  for (int l = 0; l < 3; ++l) {
    assert_int_equal(classes[l], 16);
  }
  for (int i = 0; i < 8; ++i) {
    assert_true(clips[i] >= 3);
  }
  free(x);
  clip_source_free(&cs);
  featureset_free(&fs);
  ds.n_labels = 0;
  dataset_free(&ds);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(heads_that_nobody_teaches_are_refused),
      cmocka_unit_test(the_gradient_of_the_loss_is_its_slope),
      cmocka_unit_test(losses_are_those_written_down_in_fit_loss_h),
      cmocka_unit_test(
          rare_classes_weigh_more_and_all_examples_together_as_much_as_before),
      cmocka_unit_test(classes_come_equally_often_and_every_clip_comes),
      IN_FOLDER(a_model_learns_tones_from_noise_and_the_same_seed_gives_the_same_bytes),
      IN_FOLDER(summaries_of_every_kind_of_feature_are_learnt_from),
      IN_FOLDER(a_cache_that_is_empty_full_or_spoilt_gives_the_same_model),
      IN_FOLDER(a_file_that_is_no_sound_is_left_out_and_the_rest_is_trained),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
