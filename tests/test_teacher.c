/* SPDX-License-Identifier: ISC */
/* A network can learn from what others say of its clips, whatever their labels are. */
#include "folder.h"

#include <math.h>

#include "../train/audio.h"
#include "../train/cmd.h"
#include "../train/evaluate.h"
#include "../train/fit.h"
#include "../train/recipe.h"
#include "../train/rng.h"
#include "../train/split.h"
#include "../train/teacher.h"

enum { PER_CLASS = 12, RATE = 16000, SECONDS = 2 };

/* Tones and noise; `mixed`: every other file lies in the folder of the other class. */
static void
write_sounds(const char *set, bool mixed)
{
  for (int i = 0; i < 2 * PER_CLASS; ++i) {
    const bool tone = i % 2;
    audio a = {.n_frames = RATE * SECONDS, .n_channels = 1, .rate_hz = RATE};
    char name[64];
    ear_error err;
    rng r = rng_stream(4, 1, (uint64_t)i);
    a.x = malloc(a.n_frames * sizeof *a.x);
    assert_non_null(a.x);
    for (size_t n = 0; n < a.n_frames; ++n) {
      a.x[n] = (float)(0.1 * (tone ? sin(6.2831853 * (200 + 90 * i) * (double)n / RATE)
                                   : rng_normal(&r)));
    }
    snprintf(name, sizeof name, "%s/%s/%c%d.wav", set,
             tone != (mixed && i / 2 % 2) ? "tone" : "noise", tone ? 't' : 'n', i);
    assert_int_equal(audio_write(&a, folder_path(name), &err), EAR_OK);
    audio_free(&a);
  }
}

static void
write_recipe(const char *name, const char *train)
{
  char text[1024];
  snprintf(
      text, sizeof text,
      "[input]\nrate 16000\nfft 512\nhop 256\nbands 32\nlow 60\nhigh 8000\nframes 32\n"
      "[network]\nconv 8 5x5 stride 2x2 pad 2 bn relu\nconv 16 3x3 pad 1 bn relu\n"
      "mean\ndense labels\n[train]\noptimizer adamw\nrate 1e-2\nepochs 8\nbatch 16\n"
      "crops 4\nbalance yes\n%s",
      train);
  folder_put(name, text);
}

static int
train(const char *set, const char *recipe_name, const char *out, char *teacher)
{
  char from[2 * PATH_MAX], to[2 * PATH_MAX], by[2 * PATH_MAX];
  snprintf(from, sizeof from, "%s", folder_path(set));
  snprintf(to, sizeof to, "%s", folder_path(out));
  snprintf(by, sizeof by, "%s", folder_path(recipe_name));
  char *argv[] = {(char[]){"train"},
                  from,
                  (char[]){"-o"},
                  to,
                  (char[]){"--cache"},
                  (char[]){"none"},
                  (char[]){"--recipe"},
                  by,
                  teacher ? (char[]){"--teacher"} : NULL,
                  teacher,
                  NULL};
  return cmd_train(teacher ? 10 : 8, argv);
}

/* Share of all tones and noises that the model tells. */
static double
right(const char *model_name)
{
  const dataset_source plain = {0};
  dataset ds;
  ear_model *model;
  evaluation e;
  metrics m;
  ear_error err = {""};
  assert_int_equal(ear_model_open(&model, folder_path(model_name), &err), EAR_OK);
  assert_int_equal(dataset_read(&ds, folder_path("set"), &plain, &err), EAR_OK);
  assert_int_equal(evaluate_model(&e, model, &ds, N_SIDES, &err), EAR_OK);
  const predictions pr = evaluation_predictions(&e);
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  evaluation_free(&e);
  dataset_free(&ds);
  ear_model_unref(model);
  return m.accuracy;
}

static void
a_student_learns_from_teachers_what_its_labels_do_not_say(void **state)
{
  char teachers[4 * PATH_MAX];
  (void)state;
  write_sounds("set", false);
  write_sounds("mixed", true);
  write_recipe("plain.recipe", "");
  write_recipe("taught.recipe", "teacher 1\ntemperature 3\n");
  assert_int_equal(train("set", "plain.recipe", "a.safetensors", NULL), CMD_DONE);
  snprintf(teachers, sizeof teachers, "%s,%s", folder_path("a.safetensors"),
           folder_path("a.safetensors"));
  assert_int_equal(train("mixed", "plain.recipe", "b.safetensors", NULL), CMD_DONE);
  assert_int_equal(train("mixed", "taught.recipe", "c.safetensors", teachers), CMD_DONE);
  const double a = right("a.safetensors"), b = right("b.safetensors"),
               c = right("c.safetensors");
  print_message("teacher %.3f, by labels half wrong %.3f, taught %.3f\n", a, b, c);
  assert_true(a > 0.95 && b < 0.9 && c > 0.95);
}

/* A data set of two training clips and what two teachers of other label orders say. */
static void
targets_are_softened_and_shared(void **state)
{
  const dataset_source plain = {0};
  dataset ds;
  recipe r;
  teaching one, two, sharp;
  ear_model *model;
  evaluation e;
  ear_error err = {""};
  char name[2 * PATH_MAX], twice[4 * PATH_MAX + 2];
  (void)state;
  write_sounds("set", false);
  write_recipe("plain.recipe", "temperature 3\n");
  assert_int_equal(train("set", "plain.recipe", "a.safetensors", NULL), CMD_DONE);
  snprintf(name, sizeof name, "%s", folder_path("a.safetensors"));
  snprintf(twice, sizeof twice, "%s,%s", name, name);
  assert_int_equal(recipe_read(&r, folder_path("plain.recipe"), &err), EAR_OK);
  assert_int_equal(dataset_read(&ds, folder_path("set"), &plain, &err), EAR_OK);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    ds.clip[i].side = i % 3 ? SIDE_TRAIN : SIDE_VALID;
  }
  assert_int_equal(ear_model_open(&model, name, &err), EAR_OK);
  assert_int_equal(evaluate_model(&e, model, &ds, SIDE_TRAIN, &err), EAR_OK);
  assert_int_equal(teach(&one, name, &ds, &r, &err), EAR_OK);
  assert_int_equal(teach(&two, twice, &ds, &r, &err), EAR_OK);
  r.train.temperature = 1;
  assert_int_equal(teach(&sharp, name, &ds, &r, &err), EAR_OK);
  for (uint32_t i = 0; i < e.n; ++i) {
    const double p = (double)e.p[2 * i], q = (double)e.p[2 * i + 1];
    const double soft = cbrt(p) / (cbrt(p) + cbrt(q));
    assert_true(fabs((double)one.p[2 * i] - soft) < 1e-6);
    assert_true(fabs((double)two.p[2 * i] - soft) < 1e-6);
    assert_true(fabs((double)sharp.p[2 * i] - p / (p + q)) < 1e-6);
  }
  teaching_free(&one);
  teaching_free(&two);
  teaching_free(&sharp);
  evaluation_free(&e);
  ear_model_unref(model);
  dataset_free(&ds);
}

static void
teachers_that_cannot_teach_are_refused(void **state)
{
  const dataset_source plain = {0};
  dataset ds;
  recipe r;
  teaching t;
  ear_error err = {""};
  (void)state;
  write_sounds("set", false);
  write_recipe("plain.recipe", "");
  assert_int_equal(recipe_read(&r, folder_path("plain.recipe"), &err), EAR_OK);
  assert_int_equal(dataset_read(&ds, folder_path("set"), &plain, &err), EAR_OK);
  ds.clip[0].side = SIDE_TRAIN;
  assert_int_not_equal(teach(&t, "genre", &ds, &r, &err), EAR_OK);
  print_message("%s\n", err.text);
  assert_non_null(strstr(err.text, "--teacher genre: "));
  assert_non_null(strstr(err.text, "does not know the label noise"));
  assert_int_not_equal(teach(&t, "nobody", &ds, &r, &err), EAR_OK);
  assert_non_null(strstr(err.text, "--teacher nobody: "));
  dataset_free(&ds);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(
          a_student_learns_from_teachers_what_its_labels_do_not_say, folder_make,
          folder_remove),
      cmocka_unit_test_setup_teardown(targets_are_softened_and_shared, folder_make,
                                      folder_remove),
      cmocka_unit_test_setup_teardown(teachers_that_cannot_teach_are_refused, folder_make,
                                      folder_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
