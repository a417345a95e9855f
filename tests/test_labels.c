/* SPDX-License-Identifier: ISC */
/* Several labels to a clip, from a table, from the same file in two folders, or from
   folders within class folders: read as written, trained on and judged label by label. */
#include "folder.h"

#include <math.h>
#include <unistd.h>

#include "../train/audio.h"
#include "../train/cmd.h"
#include "../train/dataset.h"
#include "../train/evaluate.h"
#include "../train/file.h"
#include "../train/rng.h"
#include "../train/split.h"

enum { RATE = 16000, SECONDS = 2 };

/* A tone of that frequency (0: none), noise in the highest octave or none. */
static void
put(const char *name, double hz, bool noise, uint64_t seed)
{
  static float x[RATE * SECONDS];
  rng r = rng_stream(seed, 1, 1);
  double before = 0;
  for (int n = 0; n < RATE * SECONDS; ++n) {
    const double v = rng_normal(&r);
    x[n] = (float)((hz > 0 ? 0.2 * sin(6.2831853 * hz * n / RATE) : 0) +
                   (noise ? 0.03 * (v - before) : 0) + 1e-4 * v);
    before = v;
  }
  const audio a = {.x = x, .n_frames = RATE * SECONDS, .n_channels = 1, .rate_hz = RATE};
  ear_error err;
  assert_int_equal(audio_write(&a, folder_path(name), &err), EAR_OK);
}

static uint32_t
label_named(const dataset *ds, const char *name)
{
  uint32_t l = 0;
  while (l < ds->n_labels && strcmp(ds->label[l], name) != 0) {
    ++l;
  }
  return l;
}

/* "a;b": exactly these, in order of their names. */
static void
assert_labels(const dataset *ds, const char *key, const char *expected)
{
  char found[256] = "";
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    for (uint32_t l = 0; l < ds->n_labels && !strcmp(ds->clip[i].key, key); ++l) {
      if (ds->clip[i].labels >> l & 1) {
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s",
                 found[0] ? ";" : "", ds->label[l]);
      }
    }
  }
  assert_string_equal(found, expected);
}

static dataset
read_set(const char *root, const dataset_source *source)
{
  dataset ds;
  ear_error err = {""};
  if (dataset_read(&ds, folder_path(root), source, &err)) {
    fail_msg("%s", err.text);
  }
  return ds;
}

static void
a_table_names_several_labels_with_semicolons(void **state)
{
  (void)state;
  FILE *f = fopen(folder_path("table/index.csv"), "w");
  assert_non_null(f);
  fputs("path,label\nx.wav,rock; live \ny.wav,live\nz.wav,\"pop;rock/punk;\"\n", f);
  fclose(f);
  dataset ds = read_set("table", &(dataset_source){.csv = "index.csv"});
  assert_int_equal(ds.n_labels, 4);
  assert_true(dataset_is_multi(&ds));
  assert_labels(&ds, "x.wav", "live;rock");
  assert_labels(&ds, "y.wav", "live");
  assert_labels(&ds, "z.wav", "pop;rock/punk");
  assert_int_equal(ds.clip[0].label, label_named(&ds, "rock")); /* the first named */
  dataset_free(&ds);
  ds = read_set("table", &(dataset_source){.csv = "index.csv", .levels = 2});
  assert_labels(&ds, "z.wav", "pop;rock;rock/punk");
  dataset_free(&ds);
}

static void
folders_within_classes_are_classes_when_levels_say_so(void **state)
{
  (void)state;
  put("tree/rock/punk/band/1.wav", 300, false, 1);
  put("tree/rock/punk/2.wav", 310, false, 2);
  put("tree/rock/3.wav", 320, false, 3);
  put("tree/jazz/4.wav", 330, false, 4);
  dataset ds = read_set("tree", &(dataset_source){.levels = 2});
  assert_int_equal(ds.n_labels, 3);
  assert_labels(&ds, "rock/punk/band/1.wav", "rock;rock/punk");
  assert_labels(&ds, "rock/punk/2.wav", "rock;rock/punk");
  assert_labels(&ds, "rock/3.wav", "rock");
  assert_labels(&ds, "jazz/4.wav", "jazz");
  for (uint32_t i = 0; i < ds.n_clips; ++i) { /* the group is under the deepest class */
    const clip *c = &ds.clip[i];
    const bool deep = !strcmp(c->key, "rock/punk/band/1.wav");
    assert_string_equal(c->in, deep ? "band" : c->key);
    assert_int_equal(c->label, label_named(&ds, strstr(c->key, "punk")   ? "rock/punk"
                                                : strstr(c->key, "rock") ? "rock"
                                                                         : "jazz"));
  }
  dataset_free(&ds);
  ds = read_set("tree", &(dataset_source){0});
  assert_int_equal(ds.n_labels, 2);
  assert_false(dataset_is_multi(&ds));
  dataset_free(&ds);
}

static void
the_same_file_in_two_classes_has_both_and_is_one_clip(void **state)
{
  (void)state;
  put("twice/rock/a/1.wav", 300, false, 1);
  put("twice/live/b/1.wav", 300, false, 1);
  put("twice/live/b/2.wav", 500, false, 2);
  put("twice/rock/a/3.wav", 600, false, 3);
  dataset ds = read_set("twice", &(dataset_source){.several = true});
  dataset_hash(&ds);
  assert_int_equal(dataset_merge(&ds), EAR_OK);
  assert_int_equal(ds.n_clips, 3);
  assert_labels(&ds, "live/b/1.wav", "live;rock");
  assert_labels(&ds, "live/b/2.wav", "live");
  assert_int_equal(ds.n_groups, 1); /* a and b share a file */
  dataset_free(&ds);
}

/* ---- end to end ---- */

static int
train(const char *set, const char *out, const char *option, const char *value)
{
  char root[PATH_MAX], path[PATH_MAX];
  snprintf(root, sizeof root, "%s", folder_path(set));
  snprintf(path, sizeof path, "%s", folder_path(out));
  const char *const words[] = {"train",    root,     "-o",   path,      "--recipe",
                               "tiny",     "--seed", "1",    "--cache", "none",
                               "--epochs", "20",     option, value};
  char copy[14][PATH_MAX], *argv[15] = {NULL}; /* getopt moves them about */
  for (int i = 0; i < 14; ++i) {
    snprintf(copy[i], PATH_MAX, "%s", words[i]);
    argv[i] = copy[i];
  }
  return cmd_train(14, argv);
}

/* All clips of the set through the int8 model, as a user runs it. */
static evaluation
judge(const char *set, const char *model_name, const dataset_source *source)
{
  evaluation e = {0};
  ear_model *model;
  ear_error err = {""};
  dataset ds = read_set(set, source);
  if (ear_model_open(&model, folder_path(model_name), &err) ||
      evaluate_model(&e, model, &ds, N_SIDES, &err)) {
    fail_msg("%s", err.text);
  }
  assert_int_equal(ear_model_info_get(model)->n_labels, ds.n_labels);
  ear_model_unref(model);
  dataset_free(&ds);
  return e;
}

static void
a_model_says_both_where_both_are(void **state)
{
  (void)state;
  FILE *f = fopen(folder_path("both/index.csv"), "w");
  assert_non_null(f);
  fputs("path,label\n", f);
  for (int i = 0; i < 36; ++i) {
    char name[32];
    static const char *const label[3] = {"tone", "hiss", "tone;hiss"};
    snprintf(name, sizeof name, "both/%d.wav", i);
    put(name, i % 3 != 1 ? 250 + 20 * i : 0, i % 3 != 0, (uint64_t)i);
    fprintf(f, "%d.wav,%s\n", i, label[i % 3]);
  }
  fclose(f);
  assert_int_equal(train("both", "both.safetensors", "--csv", "index.csv"), CMD_DONE);
  evaluation e = judge("both", "both.safetensors", &(dataset_source){.csv = "index.csv"});
  const predictions pr = evaluation_predictions(&e);
  metrics m;
  assert_non_null(pr.truths);
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  assert_true(m.accuracy > 0.9); /* exactly right, both or one */
  uint32_t both = 0;
  for (uint32_t i = 0; i < pr.n; ++i) {
    both += labels_said(pr.p + 2 * (size_t)i, 2) == 3;
  }
  assert_in_range(both, 9, 15);
  evaluation_free(&e);
}

static void
files_in_two_class_folders_train_both_classes_if_that_is_meant(void **state)
{
  (void)state;
  for (int i = 0; i < 18; ++i) {
    char name[64];
    for (int c = 0; c < 2; ++c) {
      snprintf(name, sizeof name, "meant/%s/%d.wav", c ? "tone" : "hiss", i);
      if (i % 3 == c || i % 3 == 2) {
        put(name, i % 3 ? 250 + 20 * i : 0, i % 3 != 1, (uint64_t)i);
      }
    }
  }
  assert_int_not_equal(train("meant", "not.safetensors", "--seed", "1"), CMD_DONE);
  assert_int_equal(train("meant", "meant.safetensors", "--several", "--several"),
                   CMD_DONE);
  ear_model *model;
  ear_error err = {""};
  assert_int_equal(ear_model_open(&model, folder_path("meant.safetensors"), &err),
                   EAR_OK);
  assert_int_equal(ear_model_info_get(model)->n_labels, 2);
  ear_model_unref(model);
}

static void
a_hierarchy_is_learnt_on_both_levels(void **state)
{
  (void)state;
  for (int i = 0; i < 36; ++i) {
    char name[64];
    static const char *const place[3] = {"tone/low", "tone/high", "hiss"};
    snprintf(name, sizeof name, "deep/%s/%d.wav", place[i % 3], i);
    put(name,
        i % 3 == 0   ? 200 + 5 * i
        : i % 3 == 1 ? 2500 + 40 * i
                     : 0,
        i % 3 == 2, (uint64_t)i);
  }
  assert_int_equal(train("deep", "deep.safetensors", "--levels", "2"), CMD_DONE);
  evaluation e = judge("deep", "deep.safetensors", &(dataset_source){.levels = 2});
  const predictions pr = evaluation_predictions(&e);
  metrics m;
  assert_int_equal(pr.n_labels, 4); /* hiss, tone, tone/high, tone/low */
  assert_int_equal(metrics_compute(&m, &pr), EAR_OK);
  assert_true(m.accuracy > 0.9);
  assert_int_equal(m.support[1], 24);
  assert_true(m.f1[1] > 0.9 && m.f1[2] > 0.9 && m.f1[3] > 0.9);
  evaluation_free(&e);
#ifdef HAVE_VIEW
  uint8_t *page;
  size_t n;
  assert_int_equal(file_read(folder_path("deep.run/page.html"), &page, &n, NULL), EAR_OK);
  assert_non_null(memmem(page, n, "<td>tone/high</td>", 18)); /* judged for itself */
  assert_null(memmem(page, n, "onfusion", 8));
  free(page);
#endif
}

static void
a_split_of_several_labels_reads_back_the_same(void **state)
{
  (void)state;
  dataset ds = read_set("both", &(dataset_source){.csv = "index.csv"}), again;
  ear_error err = {""};
  assert_int_equal(split_make(&ds, 1, &err), EAR_OK);
  assert_int_equal(split_write(&ds, folder_path("both/split.csv"), NULL, &err), EAR_OK);
  again = read_set("both", &(dataset_source){.csv = "split.csv"});
  assert_int_equal(again.n_clips, ds.n_clips);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    assert_true(again.clip[i].labels == ds.clip[i].labels);
    assert_int_equal(again.clip[i].label, ds.clip[i].label);
    assert_int_equal(again.clip[i].side, ds.clip[i].side);
  }
  dataset_free(&ds);
  dataset_free(&again);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_names_several_labels_with_semicolons),
      cmocka_unit_test(folders_within_classes_are_classes_when_levels_say_so),
      cmocka_unit_test(the_same_file_in_two_classes_has_both_and_is_one_clip),
      cmocka_unit_test(a_model_says_both_where_both_are),
      cmocka_unit_test(files_in_two_class_folders_train_both_classes_if_that_is_meant),
      cmocka_unit_test(a_hierarchy_is_learnt_on_both_levels),
      cmocka_unit_test(a_split_of_several_labels_reads_back_the_same)};
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
