/* SPDX-License-Identifier: ISC */
/* Kept hashes are those of the files as they are: what did not change is not read again,
   whatever changed is, and a damaged cache is as none. */
#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "../train/file.h"
#include "../train/hash_cache.h"

enum { CLIPS = 12 };

/* Seconds that the clock is ahead: files are as old as they must be to be believed. */
static time_t ahead_s;
int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int
__wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
  const int code = __real_clock_gettime(clock, t);
  t->tv_sec += clock == CLOCK_REALTIME ? ahead_s : 0;
  return code;
}

static const char *
clip_path(int i)
{
  char name[32];
  snprintf(name, sizeof name, "set/%s/%d.wav", i % 2 ? "a" : "b", i);
  return folder_path(name);
}

static void
write_clip(int i, const char *text)
{
  FILE *f = fopen(clip_path(i), "w");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static int
begin(void **state)
{
  const int code = folder_make(state);
  ahead_s = 60;
  for (int i = 0; i < CLIPS; ++i) {
    char text[16];
    snprintf(text, sizeof text, "clip %d", i % 7);
    write_clip(i, text);
  }
  return code;
}

/* Files read, all hashes checked against the files themselves. */
static uint32_t
n_read(void)
{
  const dataset_source plain = {0};
  dataset ds, whole;
  uint32_t n;
  ear_error err = {""};
  assert_int_equal(dataset_read(&ds, folder_path("set"), &plain, &err), EAR_OK);
  assert_int_equal(dataset_read(&whole, folder_path("set"), &plain, &err), EAR_OK);
  assert_int_equal(
      hash_cache_take(&ds, folder_path("cache"), folder_path("set"), &n, &err), EAR_OK);
  dataset_hash(&whole);
  for (uint32_t i = 0; i < ds.n_clips; ++i) {
    assert_string_equal(ds.clip[i].sha256, whole.clip[i].sha256);
  }
  dataset_free(&ds);
  dataset_free(&whole);
  return n;
}

static void
what_did_not_change_is_not_read_again(void **state)
{
  (void)state;
  assert_int_equal(n_read(), CLIPS);
  assert_int_equal(n_read(), 0);
  assert_int_equal(n_read(), 0);
  write_clip(CLIPS, "one more"); /* the others stay known */
  assert_int_equal(n_read(), 1);
  assert_int_equal(unlink(clip_path(3)), 0);
  assert_int_equal(n_read(), 0);
  assert_int_equal(n_read(), 0);
}

static void
a_file_changed_behind_its_time_is_read(void **state)
{
  struct stat before;
  (void)state;
  n_read();
  assert_int_equal(stat(clip_path(5), &before), 0);
  write_clip(5, "clip X"); /* of the same size, and with the same time */
  const struct timespec times[2] = {before.st_atim, before.st_mtim};
  assert_int_equal(utimensat(AT_FDCWD, clip_path(5), times, 0), 0);
  assert_int_equal(n_read(), 1);
  assert_int_equal(n_read(), 0);
  assert_int_equal(rename(clip_path(1), clip_path(7)), 0); /* another in its place */
  assert_int_equal(n_read(), 1);
  assert_int_equal(n_read(), 0);
}

static void
a_file_that_was_just_written_is_read_again(void **state)
{
  (void)state;
  ahead_s = 0;
  assert_int_equal(n_read(), CLIPS);
  assert_int_equal(n_read(), CLIPS);
  ahead_s = 60;
  assert_int_equal(n_read(), CLIPS);
  assert_int_equal(n_read(), 0);
}

/* The one file in the cache. */
static const char *
cache_file(void)
{
  static char name[512];
  const struct dirent *e;
  DIR *d = opendir(folder_path("cache"));
  while (d && (e = readdir(d))) {
    if (strstr(e->d_name, ".hashes")) {
      snprintf(name, sizeof name, "cache/%s", e->d_name);
    }
  }
  closedir(d);
  return folder_path(name);
}

static void
a_damaged_cache_is_as_none(void **state)
{
  uint8_t *bytes;
  size_t n;
  (void)state;
  n_read();
  assert_int_equal(file_read(cache_file(), &bytes, &n, NULL), EAR_OK);
  for (size_t i = 0; i < n; i += 7) {
    bytes[i] ^= 1;
    assert_int_equal(file_write(cache_file(), bytes, n, NULL, NULL), EAR_OK);
    bytes[i] ^= 1;
    assert_int_equal(n_read(), CLIPS);
  }
  for (size_t cut = 0; cut < n; cut += 61) {
    assert_int_equal(file_write(cache_file(), bytes, cut, NULL, NULL), EAR_OK);
    assert_int_equal(n_read(), CLIPS);
  }
  free(bytes);
}

static void
an_unreadable_file_has_no_hash(void **state)
{
  (void)state;
  assert_int_equal(unlink(clip_path(2)), 0);
  assert_int_equal(symlink("/nowhere", clip_path(2)), 0);
  const uint32_t n = n_read();
  assert_in_range(n, CLIPS - 1, CLIPS);
  assert_in_range(n_read(), 0, 1);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_did_not_change_is_not_read_again, begin,
                                      folder_remove),
      cmocka_unit_test_setup_teardown(a_file_changed_behind_its_time_is_read, begin,
                                      folder_remove),
      cmocka_unit_test_setup_teardown(a_file_that_was_just_written_is_read_again, begin,
                                      folder_remove),
      cmocka_unit_test_setup_teardown(a_damaged_cache_is_as_none, begin, folder_remove),
      cmocka_unit_test_setup_teardown(an_unreadable_file_has_no_hash, begin,
                                      folder_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
