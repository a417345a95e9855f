/* SPDX-License-Identifier: ISC */
/* Folds by group, and groups from the tags of files. */
#include "folder.h"

#include <sndfile.h>
#include <unistd.h>

#include "../train/cmd.h"
#include "../train/csv.h"
#include "../train/file.h"
#include "../train/rng.h"
#include "../train/split.h"

/* Clips of random groups and labels; a group may hold several labels. */
static void
random_set(dataset *ds, uint64_t seed, uint32_t n_clips, uint32_t n_groups,
           uint32_t n_labels)
{
  rng r = rng_stream(seed, 1, 1);
  char key[32], group[32], label[32];
  *ds = (dataset){0};
  for (uint32_t i = 0; i < n_clips; ++i) {
    const uint32_t g = rng_below(&r, n_groups);
    const uint32_t l = rng_below(&r, 4) ? g % n_labels : rng_below(&r, n_labels);
    snprintf(key, sizeof key, "clip%05u", i);
    snprintf(group, sizeof group, "group%u", g);
    snprintf(label, sizeof label, "label%u", l);
    assert_non_null(dataset_add(ds, key, key, dataset_label(ds, label), group));
  }
  assert_int_equal(dataset_sort(ds), EAR_OK);
}

static void
each_group_is_in_one_fold_and_each_class_in_all(void **state)
{
  ear_error err = {""};
  (void)state;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const uint32_t k = 3 + (uint32_t)seed % 8, labels = 2 + (uint32_t)seed % 5;
    dataset ds;
    random_set(&ds, seed, 600, 20 * labels, labels);
    uint32_t *fold = calloc(ds.n_clips, sizeof *fold),
             *again = calloc(600, sizeof *again);
    uint32_t *of_group = calloc(ds.n_groups, sizeof *of_group);
    if (split_folds(&ds, k, seed, fold, &err)) {
      fail_msg("%s", err.text);
    }
    assert_int_equal(split_folds(&ds, k, seed, again, &err), EAR_OK);
    assert_memory_equal(fold, again, ds.n_clips * sizeof *fold);
    for (uint32_t f = 0; f < k; ++f) {
      uint32_t n[8] = {0}, all = 0;
      split_use_fold(&ds, fold, k, f);
      assert_int_equal(split_check(&ds, &err), EAR_OK);
      for (uint32_t i = 0; i < ds.n_clips; ++i) {
        const clip *c = &ds.clip[i];
        assert_int_equal(c->side == SIDE_TEST, fold[i] == f);
        assert_int_equal(c->side == SIDE_VALID, fold[i] == (f + 1) % k);
        assert_true(of_group[c->group] == 0 || of_group[c->group] == fold[i] + 1);
        of_group[c->group] = fold[i] + 1;
        n[c->label] += c->side == SIDE_TEST;
        all += c->side == SIDE_TEST;
      }
      for (uint32_t l = 0; l < labels; ++l) {
        assert_true(n[l] > 0);
      }
      assert_true(all * k > ds.n_clips / 2 && all * k < 2 * ds.n_clips);
    }
    free(fold);
    free(again);
    free(of_group);
    dataset_free(&ds);
  }
}

static void
a_class_with_too_few_groups_is_named(void **state)
{
  dataset ds = {0};
  ear_error err = {""};
  char key[16], group[16];
  uint32_t fold[20];
  (void)state;
  for (uint32_t i = 0; i < 20; ++i) {
    snprintf(key, sizeof key, "c%02u", i);
    snprintf(group, sizeof group, "g%u", i < 10 ? i : 10 + i % 3);
    assert_non_null(
        dataset_add(&ds, key, key, dataset_label(&ds, i < 10 ? "many" : "few"), group));
  }
  assert_int_equal(dataset_sort(&ds), EAR_OK);
  assert_int_equal(split_folds(&ds, 3, 1, fold, &err), EAR_OK);
  assert_int_equal(split_folds(&ds, 4, 1, fold, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "--folds 4: class few has 3 groups"));
  dataset_free(&ds);
}

/* A second of noise that says who played it; NULL: does not say. */
static void
write_tagged(const char *name, int format, const char *artist, const char *album, int i)
{
  SF_INFO info = {.samplerate = 16000, .channels = 1, .format = format};
  SNDFILE *f = sf_open(folder_path(name), SFM_WRITE, &info);
  float x[8000];
  rng r = rng_stream(3, 3, (uint64_t)i);
  assert_non_null(f);
  if (artist) {
    assert_int_equal(sf_set_string(f, SF_STR_ARTIST, artist), 0);
    assert_int_equal(sf_set_string(f, SF_STR_ALBUM, album), 0);
  }
  for (int n = 0; n < 8000; ++n) {
    x[n] = (float)(0.1 * rng_normal(&r));
  }
  assert_int_equal(sf_writef_float(f, x, 8000), 8000);
  sf_close(f);
}

static const char *
group_of(const dataset *ds, const char *key)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (strcmp(ds->clip[i].key, key) == 0) {
      return ds->group[ds->clip[i].group];
    }
  }
  fail_msg("%s is not there", key);
  return "";
}

static void
groups_come_from_the_tags_of_the_files(void **state)
{
  const int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
            flac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  const int ogg = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  dataset ds;
  ear_error err = {""};
  (void)state;
  write_tagged("set/rock/1.wav", wav, "Ann", "First", 1);
  write_tagged("set/rock/2.flac", flac, " Ann ", "Second", 2);
  write_tagged("set/pop/3.ogg", ogg, "Ann", "Second", 3);
  write_tagged("set/pop/4.flac", flac, "Bob", "Second", 4);
  write_tagged("set/pop/folder/5.wav", wav, NULL, NULL, 5);
  folder_put("set/pop/6.wav", "no sound");
  const dataset_source artist = {.group_tag = "artist"}, album = {.group_tag = "album"};
  assert_int_equal(dataset_read(&ds, folder_path("set"), &artist, &err), EAR_OK);
  assert_string_equal(group_of(&ds, "rock/1.wav"), "Ann");
  assert_string_equal(group_of(&ds, "rock/2.flac"), "Ann");
  assert_string_equal(group_of(&ds, "pop/3.ogg"), "Ann");
  assert_string_equal(group_of(&ds, "pop/4.flac"), "Bob");
  assert_string_equal(group_of(&ds, "pop/folder/5.wav"), "folder");
  assert_string_equal(group_of(&ds, "pop/6.wav"), "pop/6.wav");
  assert_int_equal(ds.n_untagged, 2);
  assert_int_equal(ds.n_groups, 4);
  dataset_free(&ds);
  assert_int_equal(dataset_read(&ds, folder_path("set"), &album, &err), EAR_OK);
  assert_string_equal(group_of(&ds, "rock/1.wav"), "First");
  assert_string_equal(group_of(&ds, "pop/4.flac"), "Second");
  dataset_free(&ds);
}

static void
a_tag_that_no_file_has_and_two_sources_of_groups_are_refused(void **state)
{
  const dataset_source artist = {.group_tag = "artist"};
  const dataset_source both = {.group_tag = "artist", .group_re = "x"};
  dataset ds;
  ear_error err = {""};
  (void)state;
  write_tagged("set/rock/1.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, NULL, NULL, 1);
  write_tagged("set/pop/2.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, NULL, NULL, 2);
  assert_int_equal(dataset_read(&ds, folder_path("set"), &artist, &err),
                   EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "--group-tag artist: none of the 2 files"));
  assert_int_equal(dataset_read(&ds, folder_path("set"), &both, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "exclude each other"));
}

static void
assert_same_file(const char *a, const char *b)
{
  uint8_t *x, *y;
  size_t nx, ny;
  ear_error err = {""};
  assert_int_equal(file_read(folder_path(a), &x, &nx, &err), EAR_OK);
  assert_int_equal(file_read(folder_path(b), &y, &ny, &err), EAR_OK);
  assert_int_equal(nx, ny);
  assert_memory_equal(x, y, nx);
  free(x);
  free(y);
}

/* folds NULL: none. */
static int
train(const char *name, const char *folds, bool resume)
{
  char set[2 * PATH_MAX], out[2 * PATH_MAX], k[8];
  snprintf(set, sizeof set, "%s", folder_path("set"));
  snprintf(out, sizeof out, "%s", folder_path(name));
  snprintf(k, sizeof k, "%s", folds ? folds : "");
  char *argv[16] = {(char[]){"train"},       set,
                    (char[]){"-o"},          out,
                    (char[]){"--cache"},     (char[]){"none"},
                    (char[]){"--epochs"},    (char[]){"2"},
                    (char[]){"--recipe"},    (char[]){"tiny"},
                    (char[]){"--group-tag"}, (char[]){"artist"}};
  int n = 12;
  char folds_option[] = "--folds", resume_option[] = "--resume";
  if (folds) {
    argv[n++] = folds_option;
    argv[n++] = k;
  }
  if (resume) {
    argv[n++] = resume_option;
  }
  return cmd_train(n, argv);
}

static void
a_run_with_folds_judges_every_clip_once_and_leaves_the_model_of_the_usual_split(
    void **state)
{
  csv t;
  ear_error err = {""};
  char name[64], artist[16];
  uint32_t clips = 0;
  (void)state;
  for (int i = 0; i < 24; ++i) {
    snprintf(name, sizeof name, "set/%s/%d.wav", i % 2 ? "a" : "b", i);
    snprintf(artist, sizeof artist, "%c%d", i % 2 ? 'x' : 'y', i / 4);
    write_tagged(name, SF_FORMAT_WAV | SF_FORMAT_PCM_16, artist, "album", i);
  }
  assert_int_equal(train("plain.safetensors", NULL, false), CMD_DONE);
  assert_int_equal(train("my.safetensors", "4", false), CMD_DONE);
  assert_same_file("my.run/split.csv", "plain.run/split.csv");
  assert_same_file("my.run/best.ckpt", "plain.run/best.ckpt");
  assert_int_equal(csv_read(&t, folder_path("my.run/folds.csv"), &err), EAR_OK);
  assert_int_equal(t.n_rows, 4);
  for (uint32_t row = 0; row < 4; ++row) {
    clips += (uint32_t)atoi(csv_cell(&t, row, 1));
  }
  assert_int_equal(clips, 24);
  csv_free(&t);
  uint8_t *before, *after;
  size_t n_before, n_after;
  for (int k = 1; k <= 4; ++k) {
    snprintf(name, sizeof name, "my.run/fold-%d.run/split.csv", k);
    assert_int_equal(access(folder_path(name), F_OK), 0);
  }
  assert_int_equal(file_read(folder_path("my.safetensors"), &before, &n_before, &err),
                   EAR_OK);
  assert_int_equal(train("my.safetensors", "4", true),
                   CMD_DONE); /* finished: only judged again */
  assert_int_equal(file_read(folder_path("my.safetensors"), &after, &n_after, &err),
                   EAR_OK);
  assert_int_equal(n_before, n_after);
  assert_memory_equal(before, after, n_after);
  free(before);
  free(after);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_group_is_in_one_fold_and_each_class_in_all),
      cmocka_unit_test(a_class_with_too_few_groups_is_named),
      IN_FOLDER(groups_come_from_the_tags_of_the_files),
      IN_FOLDER(a_tag_that_no_file_has_and_two_sources_of_groups_are_refused),
      IN_FOLDER(
          a_run_with_folds_judges_every_clip_once_and_leaves_the_model_of_the_usual_split),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
