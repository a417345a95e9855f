/* SPDX-License-Identifier: ISC */
/* The harshness task as a data set: an ordinary one, with artists and processors of the
   validating and judging sides that training never meets. */
#include "folder.h"

#include <math.h>
#include <unistd.h>

#include "../train/csv.h"
#include "../train/file.h"
#include "../train/harsh_write.h"
#include "../train/split.h"

enum { RATE = 22050, UNITS = 10 };

/* Three artists with a track each: one trains, one validates, one judges. */
static harsh_split
three_artists(harsh_track track[3])
{
  static char path[3][PATH_MAX];
  static const harsh_side at[3] = {HARSH_TRAIN, HARSH_VALID, HARSH_TEST};
  static const char *const artist[3] = {"one, and friends", "two", "three"};
  harsh_split split = {.strings = NULL};
  for (int i = 0; i < 3; ++i) {
    static float x[3 * RATE];
    rng r = rng_stream(3, 4, (uint64_t)i);
    ear_error err;
    char name[32];
    for (int k = 0; k < 3 * RATE; ++k) {
      x[k] = (float)(0.2 * sin(0.05 * (i + 1) * k) + 0.1 * sin(0.17 * k) +
                     0.03 * rng_normal(&r));
    }
    const audio a = {.x = x, .n_frames = 3 * RATE, .n_channels = 1, .rate_hz = RATE};
    snprintf(name, sizeof name, "track%d.wav", i);
    snprintf(path[i], PATH_MAX, "%s", folder_path(name));
    assert_int_equal(audio_write(&a, path[i], &err), EAR_OK);
    track[i] = (harsh_track){path[i], artist[i], 3, 1};
    split.track[at[i]] = &track[i];
    split.n[at[i]] = 1;
  }
  return split;
}

static void
write_to(const char *name, uint64_t seed)
{
  harsh_track track[3];
  const harsh_split split = three_artists(track);
  ear_error err = {""};
  const harsh_write_config c = {folder_path(name), UNITS, 1, seed, {.units = 1}};
  if (harsh_write(&split, &c, &err)) {
    fail_msg("%s", err.text);
  }
}

static void
what_is_written_is_a_data_set_with_a_split(void **state)
{
  (void)state;
  write_to("set", 1);
  dataset ds;
  ear_error err = {""};
  const dataset_source source = {.csv = "index.csv"};
  if (dataset_read(&ds, folder_path("set"), &source, &err)) {
    fail_msg("%s", err.text);
  }
  dataset_hash(&ds);
  assert_int_equal(ds.n_labels, 2);
  assert_int_equal(ds.n_groups, 3);
  assert_int_equal(dataset_side(&ds, SIDE_NONE, NULL), 0);
  assert_true(dataset_side(&ds, SIDE_TRAIN, NULL) > 3 * UNITS);
  assert_int_equal(split_check(&ds, &err), EAR_OK);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    assert_true(ds.clip[i].sha256[0]);
    assert_true(fabs(audio_seconds(ds.clip[i].path) - 1) < 0.01);
  }
  dataset_free(&ds);
}

/* Which split of processors a chain's words belong to. */
static unsigned
splits_of(const char *chain)
{
  size_t n;
  unsigned splits = 0;
  const degrade_operator *op = degrade_operators(&n);
  for (size_t i = 0; i < n; ++i) {
    const char *at = strstr(chain, op[i].name);
    const size_t length = strlen(op[i].name);
    if (at && (at[length] == ' ' || at[length] == ',' || !at[length])) {
      splits |= op[i].split;
    }
  }
  return splits;
}

static void
processors_of_the_judging_side_never_train(void **state)
{
  (void)state;
  csv t;
  ear_error err = {""};
  unsigned met[2] = {0};
  write_to("apart", 2);
  assert_int_equal(csv_read(&t, folder_path("apart/index.csv"), &err), EAR_OK);
  for (uint32_t row = 0; row < t.n_rows; ++row) {
    const char *name = csv_cell(&t, row, csv_column(&t, "split"));
    const char *chain = csv_cell(&t, row, csv_column(&t, "chain"));
    const double severity = atof(csv_cell(&t, row, csv_column(&t, "severity")));
    const bool harsh = !strcmp(csv_cell(&t, row, csv_column(&t, "label")), "harsh");
    assert_true(!harsh || severity >= HARSH_MIN_SEVERITY);
    if (strcmp(name, "valid") != 0) {
      met[!strcmp(name, "test")] |= splits_of(chain);
    }
  }
  assert_int_equal(met[0], DEGRADE_TRAIN);
  assert_int_equal(met[1], DEGRADE_TEST);
  csv_free(&t);
}

static void
the_same_seed_writes_the_same_bytes_and_nothing_is_mixed(void **state)
{
  (void)state;
  uint8_t *a, *b;
  size_t n_a, n_b;
  ear_error err = {""};
  harsh_track track[3];
  write_to("a", 5);
  write_to("b", 5);
  static const char *const file[] = {"index.csv", "clean/train-0-0.flac",
                                     "harsh/test-1-2.flac"};
  for (int i = 0; i < 3; ++i) {
    char name[64];
    snprintf(name, sizeof name, "a/%s", file[i]);
    assert_int_equal(file_read(folder_path(name), &a, &n_a, &err), EAR_OK);
    name[0] = 'b';
    assert_int_equal(file_read(folder_path(name), &b, &n_b, &err), EAR_OK);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(a, b, n_a);
    free(a);
    free(b);
  }
  const harsh_split split = three_artists(track);
  const harsh_write_config c = {folder_path("a"), UNITS, 1, 6, {.units = 1}};
  assert_int_equal(harsh_write(&split, &c, &err), EAR_IO);
  assert_non_null(strstr(err.text, "a/clean"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_a_data_set_with_a_split),
      cmocka_unit_test(processors_of_the_judging_side_never_train),
      cmocka_unit_test(the_same_seed_writes_the_same_bytes_and_nothing_is_mixed)};
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
