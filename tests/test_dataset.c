/* SPDX-License-Identifier: ISC */
/* Folders and tables become the same list of clips, and no split ever cuts a group. */
#include "folder.h"

#include "../train/csv.h"
#include "../train/file.h"
#include "../train/rng.h"
#include "../train/split.h"

static const dataset_source plain = {0};

static const clip *
find(const dataset *ds, const char *key)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (strcmp(ds->clip[i].key, key) == 0) {
      return &ds->clip[i];
    }
  }
  fail_msg("no clip %s", key);
  return NULL;
}

static void
folders_are_classes_and_folders_in_them_are_groups(void **state)
{
  dataset ds;
  ear_error err;
  (void)state;
  folder_put("rock/Ann/a.wav", "1");
  folder_put("rock/Ann/old/b.flac", "2");
  folder_put("rock/c.MP3", "3");
  folder_put("jazz/Bob/d.opus", "4");
  folder_put("jazz/.hidden.wav", "5");
  folder_put("jazz/notes.txt", "6");
  assert_int_equal(dataset_read(&ds, folder, &plain, &err), EAR_OK);
  assert_int_equal(ds.n_clips, 4);
  assert_int_equal(ds.n_labels, 2);
  assert_string_equal(ds.label[0], "jazz");
  assert_string_equal(ds.label[1], "rock");
  assert_string_equal(ds.group[find(&ds, "rock/Ann/old/b.flac")->group], "Ann");
  assert_string_equal(ds.group[find(&ds, "rock/c.MP3")->group], "rock/c.MP3");
  assert_int_equal(find(&ds, "jazz/Bob/d.opus")->label, 0);
  assert_int_equal(ds.n_groups, 3);
  dataset_free(&ds);
}

static void
a_regex_names_the_groups(void **state)
{
  dataset ds;
  ear_error err;
  (void)state;
  folder_put("a/x-1.wav", "");
  folder_put("a/x-2.wav", "");
  folder_put("b/y-1.wav", "");
  const dataset_source s = {.group_re = "/([a-z]+)-"};
  assert_int_equal(dataset_read(&ds, folder, &s, &err), EAR_OK);
  assert_int_equal(ds.n_groups, 2);
  assert_string_equal(ds.group[find(&ds, "a/x-2.wav")->group], "x");
  dataset_free(&ds);
  const dataset_source none = {.group_re = "artist-[0-9]+"};
  assert_int_equal(dataset_read(&ds, folder, &none, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "matches none"));
  folder_put("t.csv", "\xef\xbb\xbfpath,label\r\na/x-1.wav,q\r\n");
  const dataset_source marked = {.csv = "t.csv"};
  assert_int_equal(dataset_read(&ds, folder, &marked, &err), EAR_OK);
  assert_int_equal(ds.n_clips, 1);
  dataset_free(&ds);
  const dataset_source bad = {.group_re = "("};
  assert_int_equal(dataset_read(&ds, folder, &bad, &err), EAR_BAD_ARGUMENT);
}

static void
tables_may_quote_and_rename_their_columns(void **state)
{
  dataset ds;
  ear_error err;
  (void)state;
  folder_put("t.csv", "genre,path,artist,split,x\r\n"
                      "rock,\"a, \"\"b\"\".wav\",\"Ann\nBee\",train,1\r\n"
                      "jazz,c.wav,,val,2");
  const dataset_source s = {.csv = "t.csv"};
  assert_int_equal(dataset_read(&ds, folder, &s, &err), EAR_OK);
  assert_int_equal(ds.n_clips, 2);
  const clip *a = find(&ds, "a, \"b\".wav");
  assert_string_equal(ds.group[a->group], "Ann\nBee");
  assert_int_equal(a->side, SIDE_TRAIN);
  assert_int_equal(find(&ds, "c.wav")->side, SIDE_VALID);
  assert_string_equal(ds.group[find(&ds, "c.wav")->group], "c.wav");
  dataset_free(&ds);
  const dataset_source renamed = {.csv = "t.csv", .columns = "label=x,group=genre"};
  assert_int_equal(dataset_read(&ds, folder, &renamed, &err), EAR_OK);
  assert_string_equal(ds.label[0], "1");
  assert_string_equal(ds.group[find(&ds, "c.wav")->group], "jazz");
  dataset_free(&ds);
}

static void
broken_tables_are_refused_with_their_line(void **state)
{
  csv t;
  ear_error err;
  (void)state;
  folder_put("short.csv", "a,b\n1,2\n3\n");
  assert_int_equal(csv_read(&t, folder_path("short.csv"), &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "line 3"));
  folder_put("open.csv", "a,b\n1,\"2\n");
  assert_int_equal(csv_read(&t, folder_path("open.csv"), &err), EAR_BAD_ARGUMENT);
  folder_put("empty.csv", "");
  assert_int_equal(csv_read(&t, folder_path("empty.csv"), &err), EAR_BAD_ARGUMENT);
  assert_int_equal(csv_read(&t, folder_path("none.csv"), &err), EAR_IO);
}

static void
an_empty_class_and_a_single_class_are_named(void **state)
{
  dataset ds;
  ear_error err;
  (void)state;
  folder_put("rock/a.wav", "");
  assert_int_equal(dataset_read(&ds, folder, &plain, &err), EAR_OK);
  assert_int_equal(dataset_check(&ds, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "only one class"));
  dataset_free(&ds);
  folder_put("jazz/readme.txt", "");
  assert_int_equal(dataset_read(&ds, folder, &plain, &err), EAR_OK);
  assert_int_equal(dataset_check(&ds, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "jazz"));
  dataset_free(&ds);
}

static void
a_label_that_no_model_can_hold_is_named_before_training(void **state)
{
  static const char *const bad[] = {
      "0123456789012345678901234567890123456789012345678901234567890123", "b\xff"};
  dataset ds;
  ear_error err;
  (void)state;
  folder_put("rock/a.wav", "");
  for (size_t i = 0; i < 2; ++i) {
    char name[100];
    snprintf(name, sizeof name, "%s/a.wav", bad[i]);
    folder_put(name, "");
    assert_int_equal(dataset_read(&ds, folder, &plain, &err), EAR_OK);
    assert_int_equal(dataset_check(&ds, &err), EAR_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "rename it"));
    dataset_free(&ds);
    assert_int_equal(remove(folder_path(name)), 0);
  }
}

static void
a_folder_or_a_device_is_no_place_for_a_model(void **state)
{
  ear_error err;
  (void)state;
  assert_int_equal(file_can_be_written(folder, &err), EAR_BAD_ARGUMENT);
  assert_int_equal(file_can_be_written("/dev/null", &err), EAR_BAD_ARGUMENT);
  assert_int_equal(file_can_be_written(folder_path("new"), &err), EAR_OK);
}

/* n_groups groups of 1 to 9 clips; each group has one or two of the classes. */
static void
random_dataset(dataset *ds, uint32_t n_labels, uint32_t n_groups, uint64_t seed)
{
  *ds = (dataset){.name = strdup("random")};
  for (uint32_t l = 0; l < n_labels; ++l) {
    char name[16];
    snprintf(name, sizeof name, "c%u", l);
    assert_int_equal(dataset_label(ds, name), l);
  }
  for (uint32_t g = 0; g < n_groups; ++g) {
    rng r = rng_stream(seed, 1, g);
    const uint32_t n = 1 + rng_below(&r, 9), first = g % n_labels;
    const uint32_t second = rng_below(&r, 4) ? first : rng_below(&r, n_labels);
    for (uint32_t i = 0; i < n; ++i) {
      char key[32], group[16];
      snprintf(key, sizeof key, "%u/%u", g, i);
      snprintf(group, sizeof group, "g%u", g);
      assert_non_null(dataset_add(ds, key, key, i % 2 ? second : first, group));
    }
  }
  assert_int_equal(dataset_sort(ds), EAR_OK);
}

static void
no_group_is_ever_on_two_sides_and_every_class_is_on_each(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    dataset ds, again;
    ear_error err;
    rng r = rng_stream(seed, 2, 0);
    const uint32_t labels = 2 + rng_below(&r, 8);
    const uint32_t groups = labels * (3 + rng_below(&r, 20));
    random_dataset(&ds, labels, groups, seed);
    random_dataset(&again, labels, groups, seed);
    assert_int_equal(split_make(&ds, seed, &err), EAR_OK);
    assert_int_equal(split_make(&again, seed, &err), EAR_OK);
    side at[512] = {SIDE_NONE};
    for (uint32_t i = 0; i < ds.n_clips; ++i) {
      const clip *c = &ds.clip[i];
      assert_int_equal(c->side, again.clip[i].side);
      assert_int_not_equal(c->side, SIDE_NONE);
      assert_true(at[c->group] == SIDE_NONE || at[c->group] == c->side);
      at[c->group] = c->side;
    }
    dataset_free(&ds);
    dataset_free(&again);
  }
}

static void
shares_are_near_70_15_15_in_every_class(void **state)
{
  dataset ds;
  ear_error err;
  double n[N_SIDES][4] = {{0}};
  (void)state;
  random_dataset(&ds, 4, 400, 5);
  assert_int_equal(split_make(&ds, 9, &err), EAR_OK);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    ++n[ds.clip[i].side][ds.clip[i].label];
  }
  for (int l = 0; l < 4; ++l) {
    const double all = n[SIDE_TRAIN][l] + n[SIDE_VALID][l] + n[SIDE_TEST][l];
    assert_true(n[SIDE_TRAIN][l] / all > 0.66 && n[SIDE_TRAIN][l] / all < 0.74);
    assert_true(n[SIDE_VALID][l] / all > 0.12 && n[SIDE_VALID][l] / all < 0.18);
  }
  dataset_free(&ds);
}

static void
a_class_with_one_group_stops_the_split_and_is_named(void **state)
{
  dataset ds = {.name = strdup("one")};
  ear_error err;
  (void)state;
  for (int i = 0; i < 12; ++i) {
    char key[16], group[16];
    snprintf(key, sizeof key, "%d", i);
    snprintf(group, sizeof group, "%d", i < 6 ? 0 : i);
    assert_non_null(
        dataset_add(&ds, key, key, dataset_label(&ds, i < 6 ? "lone" : "many"), group));
  }
  assert_int_equal(dataset_sort(&ds), EAR_OK);
  assert_int_equal(split_make(&ds, 1, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "lone"));
  dataset_free(&ds);
}

/* Twelve files in two classes, the third of each the same bytes. */
static void
read_with_twins(dataset *ds)
{
  ear_error err;
  for (int i = 0; i < 12; ++i) {
    char name[32], text[16];
    snprintf(name, sizeof name, "%s/%d.wav", i % 2 ? "a" : "b", i);
    snprintf(text, sizeof text, "%d", i == 4 || i == 5 ? 99 : i);
    folder_put(name, text);
  }
  assert_int_equal(dataset_read(ds, folder, &plain, &err), EAR_OK);
  dataset_hash(ds);
}

static void
the_same_bytes_are_never_on_two_sides(void **state)
{
  (void)state;
  dataset ds;
  ear_error err;
  read_with_twins(&ds);
  assert_int_equal(split_join_duplicates(&ds), EAR_OK);
  assert_int_equal(ds.n_groups, 11);
  for (uint64_t seed = 0; seed < 100; ++seed) {
    assert_int_equal(split_make(&ds, seed, &err), EAR_OK);
    assert_int_equal(find(&ds, "a/5.wav")->side, find(&ds, "b/4.wav")->side);
  }
  dataset_free(&ds);
}

static void
a_given_split_that_leaks_is_refused(void **state)
{
  (void)state;
  dataset ds;
  ear_error err;
  read_with_twins(&ds);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    ds.clip[i].side = i % 6 < 3 ? SIDE_TRAIN : SIDE_VALID;
  }
  clip *twin = &ds.clip[find(&ds, "a/5.wav") - ds.clip];
  const side other = find(&ds, "b/4.wav")->side;
  twin->side = other == SIDE_TRAIN ? SIDE_VALID : SIDE_TRAIN;
  assert_int_equal(split_check(&ds, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "same file"));
  twin->side = other;
  assert_int_equal(split_check(&ds, &err), EAR_OK);
  ds.clip[1].group = ds.clip[0].group;
  ds.clip[1].side = ds.clip[0].side == SIDE_TRAIN ? SIDE_VALID : SIDE_TRAIN;
  assert_int_equal(split_check(&ds, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "two sides"));
  dataset_free(&ds);
}

static void
a_written_split_reads_back_the_same(void **state)
{
  (void)state;
  dataset ds;
  ear_error err;
  char hash[65], hash2[65];
  side was[16];
  read_with_twins(&ds);
  assert_int_equal(split_join_duplicates(&ds), EAR_OK);
  assert_int_equal(split_make(&ds, 3, &err), EAR_OK);
  assert_int_equal(split_write(&ds, folder_path("s.csv"), hash, &err), EAR_OK);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    was[i] = ds.clip[i].side;
    ds.clip[i].side = SIDE_NONE;
  }
  assert_int_equal(split_read(&ds, folder_path("s.csv"), &err), EAR_OK);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    assert_int_equal(ds.clip[i].side, was[i]);
  }
  assert_int_equal(split_write(&ds, folder_path("s2.csv"), hash2, &err), EAR_OK);
  assert_string_equal(hash, hash2);
  dataset_free(&ds);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(folders_are_classes_and_folders_in_them_are_groups),
      IN_FOLDER(a_regex_names_the_groups),
      IN_FOLDER(tables_may_quote_and_rename_their_columns),
      IN_FOLDER(broken_tables_are_refused_with_their_line),
      IN_FOLDER(an_empty_class_and_a_single_class_are_named),
      IN_FOLDER(a_label_that_no_model_can_hold_is_named_before_training),
      IN_FOLDER(a_folder_or_a_device_is_no_place_for_a_model),
      cmocka_unit_test(no_group_is_ever_on_two_sides_and_every_class_is_on_each),
      cmocka_unit_test(shares_are_near_70_15_15_in_every_class),
      cmocka_unit_test(a_class_with_one_group_stops_the_split_and_is_named),
      IN_FOLDER(the_same_bytes_are_never_on_two_sides),
      IN_FOLDER(a_given_split_that_leaks_is_refused),
      IN_FOLDER(a_written_split_reads_back_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
