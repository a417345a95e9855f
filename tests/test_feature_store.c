/* SPDX-License-Identifier: ISC */
/* Frames that memory should not hold have the same bits, leave no file behind, and a disk
   without room is an error; a cache that was killed or damaged never gives other frames.
 */
#include "folder.h"
#include "song.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../train/feature_cache.h"
#include "../train/featureset.h"
#include "../train/file.h"

enum { CLIPS = 8 };

/* The disk of the store may be full. */
static bool disk_is_full;
int __real_posix_fallocate64(int fd, off_t from, off_t n);
int __wrap_posix_fallocate64(int fd, off_t from, off_t n);
int
__wrap_posix_fallocate64(int fd, off_t from, off_t n)
{
  return disk_is_full ? ENOSPC : __real_posix_fallocate64(fd, from, n);
}

static void
put_clips(void)
{
  for (int i = 0; i < CLIPS; ++i) {
    audio a;
    char name[64];
    ear_error err = {""};
    song_play(&a, 1 + (uint64_t)i, 2 + i, 22050);
    snprintf(name, sizeof name, "set/%s/%d.wav", i % 2 ? "a" : "b", i);
    assert_int_equal(audio_write(&a, folder_path(name), &err), EAR_OK);
    audio_free(&a);
  }
}

static void
open_set(dataset *ds)
{
  const dataset_source plain = {0};
  ear_error err = {""};
  assert_int_equal(dataset_read(ds, folder_path("set"), &plain, &err), EAR_OK);
  dataset_hash(ds);
}

static void
load(featureset *fs, const dataset *ds, const char *cache, uint64_t memory)
{
  const ear_front_end fe = ear_front_end_default();
  const featureset_options fo = {cache, NULL, NULL};
  ear_error err = {""};
  const ear_status st = featureset_load_within(fs, ds, &fe, &fo, memory, &err);
  if (st) {
    fail_msg("%s", err.text);
  }
}

static uint64_t
bytes_in(const featureset *fs, bool stored)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < fs->n_clips; ++i) {
    const uint64_t one = (uint64_t)fs->clip[i].n_frames * fs->front_end.n_bands * 2;
    n += fs->clip[i].stored == stored ? one : 0;
  }
  return n;
}

static void
assert_same(const featureset *a, const featureset *b)
{
  assert_int_equal(a->n_clips, b->n_clips);
  for (uint32_t i = 0; i < a->n_clips; ++i) {
    assert_int_equal(a->clip[i].n_frames, b->clip[i].n_frames);
    assert_memory_equal(a->clip[i].kept, b->clip[i].kept,
                        (size_t)a->clip[i].n_frames * a->front_end.n_bands * 2);
  }
}

/* Names in a folder. */
static uint32_t
count_files(const char *path)
{
  uint32_t n = 0;
  DIR *d = opendir(path);
  assert_non_null(d);
  for (const struct dirent *e; (e = readdir(d));) {
    n += e->d_name[0] != '.';
  }
  closedir(d);
  return n;
}

static void
frames_beyond_the_bound_lie_in_a_file_with_the_same_bits(void **state)
{
  dataset ds;
  featureset all, some, none;
  (void)state;
  put_clips();
  open_set(&ds);
  load(&all, &ds, folder_path("cache"), 0);
  assert_int_equal(bytes_in(&all, true), 0);
  const uint64_t whole = bytes_in(&all, false);
  load(&some, &ds, folder_path("cache"), whole / 3);
  assert_int_equal(some.n_cached, CLIPS);
  assert_true(bytes_in(&some, false) <= whole / 3);
  assert_int_equal(bytes_in(&some, false) + bytes_in(&some, true), whole);
  assert_int_equal(feature_store_moved(some.store), bytes_in(&some, true));
  load(&none, &ds, NULL, 1);
  assert_int_equal(bytes_in(&none, false), 0);
  assert_same(&all, &some);
  assert_same(&all, &none);
  assert_int_equal(count_files(folder_path("cache")), 2 * CLIPS); /* and no other */
  featureset_free(&all);
  featureset_free(&some);
  featureset_free(&none);
  dataset_free(&ds);
}

/* Frames of many clips in far less memory than they need. */
static void
a_process_may_be_smaller_than_its_features(void **state)
{
  enum { MEGABYTE = 1 << 20, ALL = 192, BOUND = 16 };
  (void)state;
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const struct rlimit limit = {96 * MEGABYTE, 96 * MEGABYTE}; /* of private memory */
    feature_store *s;
    ear_error err = {""};
    int bad = 0;
#ifndef __SANITIZE_ADDRESS__ /* it keeps what was freed */
    bad = setrlimit(RLIMIT_DATA, &limit) != 0;
#else
    (void)limit;
#endif
    bad |= feature_store_new(&s, folder, (uint64_t)BOUND * MEGABYTE) != EAR_OK;
    char *at[ALL];
    for (int i = 0; i < ALL && !bad; ++i) {
      bool moved;
      void *p = malloc(MEGABYTE);
      bad |= !p;
      if (p) {
        memset(p, i, MEGABYTE);
        bad |= feature_store_keep(s, &p, MEGABYTE, &moved, &err) != EAR_OK;
        bad |= moved != (i >= BOUND);
        at[i] = p;
      }
    }
    for (int i = 0; i < ALL && !bad; ++i) {
      bad |= at[i][0] != (char)i || at[i][MEGABYTE - 1] != (char)i;
    }
    _exit(bad);
  }
  int how;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static void
a_disk_without_room_is_an_error_with_advice(void **state)
{
  feature_store *s;
  ear_error err = {""};
  bool moved;
  void *p = malloc(100), *same = p;
  (void)state;
  assert_int_equal(feature_store_new(&s, folder_path("nowhere/at/all"), 1), EAR_OK);
  assert_int_equal(feature_store_keep(s, &p, 100, &moved, &err), EAR_IO);
  assert_non_null(strstr(err.text, "nowhere/at/all"));
  feature_store_free(s);
  disk_is_full = true;
  assert_int_equal(feature_store_new(&s, folder, 1), EAR_OK);
  assert_int_equal(feature_store_keep(s, &p, 100, &moved, &err), EAR_IO);
  disk_is_full = false;
  assert_non_null(strstr(err.text, "has no room"));
  assert_non_null(strstr(err.text, "--cache"));
  assert_ptr_equal(p, same);
  assert_false(moved);
  assert_int_equal(feature_store_keep(s, &p, 100, &moved, &err), EAR_OK);
  assert_true(moved);
  feature_store_free(s);
}

/* Kill the process that fills a cache again and again: what is there is whole. */
static void
a_cache_that_was_killed_while_it_filled_gives_the_same_frames(void **state)
{
  dataset ds;
  featureset whole, after;
  (void)state;
  put_clips();
  open_set(&ds);
  load(&whole, &ds, NULL, 0);
  for (int ms = 1; ms <= 40; ms += 3) {
    const pid_t child = fork();
    if (child == 0) {
      const ear_front_end fe = ear_front_end_default();
      for (uint32_t i = 0;; i = (i + 1) % CLIPS) {
        feature_cache_put(&whole.clip[i], folder_path("cache"), ds.clip[i].sha256, &fe);
      }
    }
    usleep((useconds_t)ms * 1000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    load(&after, &ds, folder_path("cache"), 0);
    assert_same(&whole, &after);
    featureset_free(&after);
  }
  featureset_free(&whole);
  dataset_free(&ds);
}

/* Change single bytes of an entry: it counts as absent or gives the same frames. */
static void
a_damaged_entry_of_the_cache_is_not_believed(void **state)
{
  const ear_front_end fe = ear_front_end_default();
  const char *hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  feature_clip whole, read;
  audio a;
  ear_error err = {""};
  char path[3 * PATH_MAX] = "";
  uint8_t *bytes;
  size_t n;
  (void)state;
  song_play(&a, 1, 1, 22050);
  assert_int_equal(features_of(&whole, a.x, a.n_frames, 22050, &fe, &err), EAR_OK);
  audio_free(&a);
  folder_path("cache/x");
  feature_cache_put(&whole, folder_path("cache"), hash, &fe);
  DIR *d = opendir(folder_path("cache"));
  for (const struct dirent *e; (e = readdir(d));) {
    if (e->d_name[0] != '.') {
      snprintf(path, sizeof path, "%s/%s", folder_path("cache"), e->d_name);
    }
  }
  closedir(d);
  assert_int_equal(file_read(path, &bytes, &n, &err), EAR_OK);
  for (size_t i = 0; i < n; i += i < 64 ? 1 : 97) {
    bytes[i] ^= 0x10;
    assert_int_equal(file_write(path, bytes, n, NULL, &err), EAR_OK);
    assert_false(feature_cache_get(&read, folder_path("cache"), hash, &fe));
    bytes[i] ^= 0x10;
  }
  for (size_t cut = 1; cut <= n; cut += cut < 64 ? 1 : 501) {
    assert_int_equal(file_write(path, bytes, n - cut, NULL, &err), EAR_OK);
    assert_false(feature_cache_get(&read, folder_path("cache"), hash, &fe));
  }
  assert_int_equal(file_write(path, bytes, n, NULL, &err), EAR_OK);
  assert_true(feature_cache_get(&read, folder_path("cache"), hash, &fe));
  free(read.kept);
  free(whole.kept);
  free(bytes);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)
      T(a_process_may_be_smaller_than_its_features),
      T(a_cache_that_was_killed_while_it_filled_gives_the_same_frames),
      T(frames_beyond_the_bound_lie_in_a_file_with_the_same_bits),
      T(a_disk_without_room_is_an_error_with_advice),
      T(a_damaged_entry_of_the_cache_is_not_believed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
