/* SPDX-License-Identifier: ISC */
/* Networks and baselines are judged on the same clips that they never met, and the
   baselines are as good as their names. */
#include "folder.h"

#include <glob.h>
#include <math.h>
#include <sndfile.h>
#include <unistd.h>

#include "../train/clip_stats.h"
#include "../train/cmd.h"
#include "../train/compare_judge.h"
#include "../train/csv.h"
#include "../train/file.h"
#include "../train/rng.h"

enum { N_POINTS = 400 };

/* Two classes as rings around each other, which no line parts. */
static void
rings(double *x, uint32_t *label, uint32_t *index)
{
  rng r = rng_stream(5, 5, 5);
  for (uint32_t i = 0; i < N_POINTS; ++i) {
    const double angle = rng_range(&r, 0, 6.283), radius = i % 2 ? 2 : 0.7;
    x[2 * i] = radius * cos(angle) + 0.1 * rng_normal(&r);
    x[2 * i + 1] = 100 + 30 * (radius * sin(angle) + 0.1 * rng_normal(&r));
    label[i] = i % 2;
    index[i] = i;
  }
}

/* Share of the later half that is right, after learning from the first. */
static double
right_on_rings(const learner *kind, uint32_t setting)
{
  double x[2 * N_POINTS];
  uint32_t label[N_POINTS], index[N_POINTS], right = 0;
  learned l;
  rings(x, label, index);
  const learner_set s = {N_POINTS / 2, 2, 2, index, x, label};
  assert_int_equal(learned_fit(&l, kind, &s, setting), EAR_OK);
  for (uint32_t i = N_POINTS / 2; i < N_POINTS; ++i) {
    float p[2];
    learned_say(&l, x + 2 * (size_t)i, p);
    assert_true(fabsf(p[0] + p[1] - 1) < 1e-6f);
    right += label_of(p, 2) == label[i];
  }
  learned_free(&l);
  return right / (N_POINTS / 2.0);
}

static void
the_machine_parts_what_no_line_parts(void **state)
{
  (void)state;
  assert_true(right_on_rings(&learner_logistic, 0) < 0.7);
  if (learner_has_svm) {
    assert_true(right_on_rings(&learner_svm, learner_svm.n_settings / 2 - 1) > 0.99);
  } else {
    assert_null(learner_svm.fit);
  }
}

static void
the_regression_says_each_class_as_often_as_it_comes(void **state)
{
  enum { N = 300 };
  double x[3 * N], mean[3] = {0};
  uint32_t label[N], index[N], count[3] = {0};
  learned l;
  rng r = rng_stream(1, 1, 1);
  (void)state;
  for (uint32_t i = 0; i < N; ++i) {
    label[i] = i % 6 == 0 ? 2 : i % 2;
    ++count[label[i]];
    index[i] = i;
    for (int v = 0; v < 3; ++v) {
      x[3 * i + v] = 1000 * v + rng_normal(&r) + (label[i] == (uint32_t)v);
    }
  }
  const learner_set s = {N, 3, 3, index, x, label};
  assert_int_equal(learned_fit(&l, &learner_logistic, &s, 0), EAR_OK);
  for (uint32_t i = 0; i < N; ++i) {
    float p[3];
    learned_say(&l, x + 3 * (size_t)i, p);
    for (int k = 0; k < 3; ++k) {
      mean[k] += (double)p[k] / N;
    }
  }
  for (int k = 0; k < 3; ++k) { /* the bias has no ridge: at the optimum they are equal */
    assert_true(fabs(mean[k] - (double)count[k] / N) < 1e-4);
  }
  learned_free(&l);
}

/* A learner that sees whether it is asked of a vector that it learned from, and that
   knows the truth in one of its settings. */
enum { SPY_SETTINGS = 7, SPY_KNOWS = 5 };
typedef struct {
  uint32_t n, setting;
  double *z; /* [n] the first value of each */
} spy;
static uint32_t n_met, n_asked;

static ear_status
spy_fit(void **fitted, const learner_set *s, uint32_t setting)
{
  spy *k = malloc(sizeof *k);
  *k = (spy){s->n, setting, malloc(s->n * sizeof *k->z)};
  for (uint32_t i = 0; i < s->n; ++i) {
    k->z[i] = s->x[(size_t)s->index[i] * s->n_values];
  }
  *fitted = k;
  return EAR_OK;
}

static void
spy_say(const void *fitted, const double *x, float *p)
{
  const spy *k = fitted;
  uint32_t met = 0;
  for (uint32_t i = 0; i < k->n; ++i) {
    met += k->z[i] == x[0];
  }
#pragma omp critical
  {
    n_met += met > 0;
    ++n_asked;
  }
  p[0] = (x[1] < 0) == (k->setting == SPY_KNOWS) ? 0.9f : 0.1f;
  p[1] = 1 - p[0];
}

static void
spy_free(void *fitted)
{
  spy *k = fitted;
  free(k->z);
  free(k);
}

static void
settings_are_chosen_on_groups_that_did_not_teach(void **state)
{
  const learner kind = {"spy", "", SPY_SETTINGS, spy_fit, spy_say, spy_free, NULL};
  dataset ds = {0};
  char key[16], group[16];
  double x[2 * 60];
  uint32_t index[60], label[60], setting = 0;
  (void)state;
  for (uint32_t i = 0; i < 60; ++i) {
    snprintf(key, sizeof key, "c%02u", i);
    snprintf(group, sizeof group, "g%02u", i / 5);
    assert_non_null(
        dataset_add(&ds, key, key, dataset_label(&ds, i / 5 % 2 ? "a" : "b"), group));
  }
  assert_int_equal(dataset_sort(&ds), EAR_OK);
  for (uint32_t i = 0; i < 60; ++i) { /* a vector a group, so that a leak is seen */
    index[i] = i;
    label[i] = ds.clip[i].label;
    x[2 * i] = ds.clip[i].group;
    x[2 * i + 1] = label[i];
  }
  n_met = n_asked = 0;
  const learner_set s = {60, 2, 2, index, x, label};
  assert_int_equal(learner_choose(&setting, &kind, &s, &ds, 1), EAR_OK);
  assert_int_equal(setting, SPY_KNOWS);
  assert_int_equal(n_asked, 3 * 60 * SPY_SETTINGS); /* three partings */
  assert_int_equal(n_met, 0);
  dataset_free(&ds);
}

static void
a_clip_is_its_mean_its_spread_and_how_its_slope_spreads(void **state)
{
  enum { T = 40 };
  int16_t kept[T * CLIP_STATS_MFCC];
  feature_clip c = {.n_frames = T, .kept = kept};
  const featureset fs = {.front_end = clip_stats_front_end(), .n_clips = 1, .clip = &c};
  feature_units u;
  (void)state;
  feature_units_of(&u, &fs.front_end);
  assert_int_equal(u.n_values, CLIP_STATS_MFCC);
  for (int t = 0; t < T; ++t) {
    for (int v = 0; v < CLIP_STATS_MFCC; ++v) { /* still, and two up and two down */
      kept[t * CLIP_STATS_MFCC + v] = (int16_t)(v % 2 ? 50 + v : t % 4 < 2 ? 100 : -100);
    }
  }
  double *x = clip_stats_of(&fs);
  for (int v = 0; v < CLIP_STATS_MFCC; ++v) {
    const double unit = u.unit[v];
    assert_true(fabs(x[v] - unit * (v % 2 ? 50 + v : 0)) < 1e-9);
    assert_true(fabs(x[CLIP_STATS_MFCC + v] - unit * (v % 2 ? 0 : 100)) < 1e-9);
    assert_true(v % 2 ? fabs(x[2 * CLIP_STATS_MFCC + v]) < 1e-9
                      : x[2 * CLIP_STATS_MFCC + v] > unit * 5);
  }
  free(x);
}

/* 40 clips of 10 groups, two classes; a system that is right on the first n. */
static void
know(float *p, const uint32_t *truth, uint32_t n)
{
  for (uint32_t i = 0; i < 40; ++i) {
    const uint32_t said = i < n ? truth[i] : 1 - truth[i];
    p[2 * i + said] = 0.8f;
    p[2 * i + 1 - said] = 0.2f;
  }
}

static void
figures_are_means_over_seeds_and_differences_are_paired(void **state)
{
  uint32_t truth[40], group[40];
  float p[4][80];
  compared_figures f[3];
  (void)state;
  for (uint32_t i = 0; i < 40; ++i) {
    truth[i] = i % 2;
    group[i] = i / 4;
  }
  const uint32_t knows[4] = {20, 40, 40, 0};
  for (int k = 0; k < 4; ++k) {
    know(p[k], truth, knows[k]);
  }
  const comparison c = {.n_systems = 3,
                        .n_seeds = 2,
                        .n_folds = 5,
                        .system = {{.name = "a", .p = {p[0], p[1]}},
                                   {.name = "b", .p = {p[1], p[0]}},
                                   {.name = "c",
                                    .p = {p[2], p[2]},
                                    .flt = {p[2], p[3]},
                                    .unsure = {80, 20, 45}}},
                        .n_clips = 40,
                        .n_labels = 2,
                        .n_groups = 10,
                        .truth = truth,
                        .group = group};
  assert_int_equal(compare_judge(f, &c, 200), EAR_OK);
  assert_true(fabs(f[0].value[0] - 0.75) < 1e-12 && fabs(f[2].value[0] - 1) < 1e-12);
  assert_true(fabs(f[2].flt[0] - 0.5) < 1e-12 && fabs(f[2].agreement - 0.5) < 1e-12);
  assert_true(f[0].spread[0].low < 0.7 && f[0].spread[0].high > 0.8);
  assert_true(fabs(f[2].more[0] - 0.25) < 1e-12);
  assert_true(f[2].more_spread[0].low > 0 && f[2].more_spread[0].high < 0.5);
  for (int q = 0; q < COMPARE_FIGURES; ++q) { /* the same in another order of seeds */
    assert_true(fabs(f[1].more[q]) < 1e-12 && fabs(f[1].more_spread[q].low) < 1e-12 &&
                fabs(f[1].more_spread[q].high) < 1e-12);
  }
  char *text = NULL;
  size_t n;
  FILE *to = open_memstream(&text, &n);
  compare_text(to, &c, f);
  assert_int_equal(fclose(to), 0);
  const char *unsure = strstr(text, "  unsure of");
  assert_non_null(unsure); /* once, of the one that is */
  assert_true(unsure > strstr(text, "\nc ") && !strstr(unsure + 1, "  unsure of"));
  assert_non_null(strstr(unsure, " 25.0 % of the clips; of the rest 75.0 % are right"));
  free(text);
}

/* A second of noise, dark or bright. */
static void
write_noise(const char *name, bool bright, uint64_t number)
{
  SF_INFO info = {
      .samplerate = 16000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
  SNDFILE *f = sf_open(folder_path(name), SFM_WRITE, &info);
  float x[16000], last = 0;
  rng r = rng_stream(3, 3, number);
  assert_non_null(f);
  for (int n = 0; n < 16000; ++n) {
    last = (float)(0.1 * rng_normal(&r)) + (bright ? 0 : 0.9f) * last;
    x[n] = last;
  }
  assert_int_equal(sf_writef_float(f, x, 16000), 16000);
  sf_close(f);
}

/* 24 clips of 12 artists, and 4 that a table keeps aside. */
static void
write_set(void)
{
  char table[4096] = "path,label,group,split\n", line[128], name[64];
  for (int i = 0; i < 28; ++i) {
    snprintf(name, sizeof name, "set/%d.wav", i);
    write_noise(name, i % 2, (uint64_t)i);
    snprintf(line, sizeof line, "%d.wav,%s,artist%d,%s\n", i, i % 2 ? "bright" : "dark",
             i / 4 * 2 + i % 2, i < 24 ? "train" : "test");
    strcat(table, line);
  }
  folder_put("set/index.csv", table);
}

static int
compare(const char *recipes, const char *more)
{
  char set[2 * PATH_MAX], csv_path[2 * PATH_MAX], out[2 * PATH_MAX], list[128], extra[32];
  snprintf(set, sizeof set, "%s", folder_path("set"));
  snprintf(csv_path, sizeof csv_path, "%s", folder_path("set/index.csv"));
  snprintf(out, sizeof out, "%s", folder_path("out"));
  snprintf(list, sizeof list, "%s", recipes);
  snprintf(extra, sizeof extra, "%s", more ? more : "");
  char *argv[] = {(char[]){"compare"},
                  set,
                  (char[]){"--csv"},
                  csv_path,
                  (char[]){"-o"},
                  out,
                  (char[]){"--cache"},
                  (char[]){"none"},
                  (char[]){"--epochs"},
                  (char[]){"1"},
                  (char[]){"--folds"},
                  (char[]){"3"},
                  (char[]){"--seeds"},
                  (char[]){"2"},
                  (char[]){"--recipe"},
                  list,
                  extra,
                  set};
  return cmd_compare(more ? 18 : 16, argv);
}

static void
assert_heard_once(const char *pattern, uint32_t n_files, uint32_t n_rows)
{
  glob_t g;
  ear_error err = {""};
  uint32_t rows = 0;
  assert_int_equal(glob(folder_path(pattern), 0, NULL, &g), 0);
  assert_int_equal(g.gl_pathc, n_files);
  for (size_t k = 0; k < g.gl_pathc; ++k) {
    csv t;
    assert_int_equal(csv_read(&t, g.gl_pathv[k], &err), EAR_OK);
    for (uint32_t row = 0; row < t.n_rows; ++row) {
      assert_true(atoi(csv_cell(&t, row, 0)) < 24); /* 24.wav and on are kept aside */
    }
    rows += t.n_rows;
    csv_free(&t);
  }
  globfree(&g);
  assert_int_equal(rows, n_rows);
}

static char *
text_of(const char *name)
{
  uint8_t *bytes;
  size_t n;
  ear_error err = {""};
  assert_int_equal(file_read(folder_path(name), &bytes, &n, &err), EAR_OK);
  bytes = realloc(bytes, n + 1);
  bytes[n] = '\0';
  return (char *)bytes;
}

/* Of the files that match, the first; the caller frees. */
static char *
first_of(const char *pattern)
{
  glob_t g;
  assert_int_equal(glob(folder_path(pattern), 0, NULL, &g), 0);
  char *path = strdup(g.gl_pathv[0]);
  globfree(&g);
  return path;
}

static void
every_clip_is_heard_once_a_seed_and_finished_folds_are_kept(void **state)
{
  struct stat before, after, lost_before, lost_after;
  (void)state;
  write_set();
  assert_int_equal(compare("logistic,tiny", NULL), CMD_DONE);
  assert_heard_once("out/logistic-s1-f?-*.csv", 3, 24);
  assert_heard_once("out/logistic-s2-f?-*.csv", 3, 24);
  assert_heard_once("out/tiny-s2-f?-*.csv", 3, 24);
  char *text = text_of("out/compare.txt"), *kept = first_of("out/tiny-s1-f2-*.csv");
  char *lost = first_of("out/tiny-s2-f3-*.csv");
  assert_non_null(
      strstr(text, "24 clips of 12 groups in 3 folds by group, seeds 1 to 2"));
  assert_non_null(strstr(text, "minus logistic"));
  assert_int_equal(stat(kept, &before), 0);
  assert_int_equal(stat(lost, &lost_before), 0);
  assert_int_equal(unlink(lost), 0);
  assert_int_equal(compare("logistic,tiny", NULL), CMD_DONE);
  assert_int_equal(stat(kept, &after), 0);
  assert_int_equal(stat(lost, &lost_after), 0);
  assert_int_equal(before.st_ino, after.st_ino); /* a file made again is another one */
  char *again = text_of("out/compare.txt");
  assert_string_equal(text, again);
  free(text);
  free(again);
  free(kept);
  free(lost);
}

static void
the_machine_knows_dark_from_bright_noise(void **state)
{
  (void)state;
  write_set();
  if (!learner_has_svm) {
    assert_int_equal(compare("svm", NULL), CMD_FAILED);
    return;
  }
  assert_int_equal(compare("svm,logistic", NULL), CMD_DONE);
  char *text = text_of("out/compare.csv");
  assert_non_null(strstr(text, "svm,0,accuracy,1.000000,1.000000,1.000000,,,0.0"));
  assert_non_null(strstr(text, "logistic,0,macro_f1,1.000000,"));
  free(text);
}

static void
what_would_not_be_the_same_question_is_refused(void **state)
{
  (void)state;
  write_set();
  assert_int_equal(compare("logistic,logistic", NULL), CMD_FAILED);
  assert_int_equal(compare(",", NULL), CMD_FAILED);
  assert_int_equal(compare("logistic,no-such-recipe", NULL), CMD_FAILED);
  assert_int_equal(compare("logistic,harshness-heads", NULL), CMD_FAILED);
  assert_int_not_equal(access(folder_path("out"), F_OK), 0); /* nothing was begun */
  assert_int_equal(compare("logistic", "--teacher"), CMD_USAGE);
  assert_int_equal(compare("logistic", "--init"), CMD_USAGE);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_machine_parts_what_no_line_parts),
      cmocka_unit_test(the_regression_says_each_class_as_often_as_it_comes),
      cmocka_unit_test(settings_are_chosen_on_groups_that_did_not_teach),
      cmocka_unit_test(a_clip_is_its_mean_its_spread_and_how_its_slope_spreads),
      cmocka_unit_test(figures_are_means_over_seeds_and_differences_are_paired),
      IN_FOLDER(every_clip_is_heard_once_a_seed_and_finished_folds_are_kept),
      IN_FOLDER(the_machine_knows_dark_from_bright_noise),
      IN_FOLDER(what_would_not_be_the_same_question_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
