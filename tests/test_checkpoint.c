/* SPDX-License-Identifier: ISC */
/* A checkpoint is read back as it was written or refused; whatever the disk does, under
   its name stands a whole one. */
#include "folder.h"
#include "forge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../train/checkpoint.h"
#include "../train/file.h"

/* The call of that number fails, counted over all five. */
static int countdown = -1, failure;

/* failure: what errno says, or KILLED: the process dies there. */
enum { KILLED = -1 };

static bool
fails_now(void)
{
  const bool now = countdown >= 0 && countdown-- == 0;
  if (now && failure == KILLED) {
    raise(SIGKILL);
  }
  return now;
}

#define WRAP(name, type, arguments, call)                                                \
  type __real_##name arguments;                                                          \
  type __wrap_##name arguments;                                                          \
  type __wrap_##name arguments                                                           \
  {                                                                                      \
    if (fails_now()) {                                                                   \
      errno = failure;                                                                   \
      return -1;                                                                         \
    }                                                                                    \
    return call;                                                                         \
  }

WRAP(open64, int, (const char *path, int flags, mode_t mode),
     __real_open64(path, flags, mode))
WRAP(fsync, int, (int fd), __real_fsync(fd))
WRAP(rename, int, (const char *from, const char *to), __real_rename(from, to))

ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);

/* Three bytes go through before the disk is full. */
ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
  if (countdown == 0) {
    (void)!__real_write(fd, bytes, n < 3 ? n : 3);
  }
  if (fails_now()) {
    errno = failure;
    return -1;
  }
  return __real_write(fd, bytes, n);
}

static float weights[5] = {1, -2, 3.25f, -0.0f, 1e-42f};
static double doubles[2] = {0.1, -1.0 / 0.0};
static uint8_t bytes[3] = {1, 0, 255};
static const checkpoint_part parts[] = {{"weights.0", CHECKPOINT_F32, weights, 5},
                                        {"place", CHECKPOINT_F64, doubles, 2},
                                        {"optimizer", CHECKPOINT_U8, bytes, 3},
                                        {"none", CHECKPOINT_F32, NULL, 0}};

static ear_status
put(const char *name, const char *recipe, ear_error *err)
{
  json_t *settings = json_pack("{s:s, s:s}", "recipe", recipe, "seed", "7");
  const ear_status st = checkpoint_write(folder_path(name), parts, 4, settings, err);
  json_decref(settings);
  return st;
}

static void
assert_holds(const char *name, const char *recipe)
{
  checkpoint *c;
  ear_error err = {""};
  float w[5];
  double d[2];
  uint8_t b[3];
  if (checkpoint_open(&c, folder_path(name), &err)) {
    fail_msg("%s", err.text);
  }
  assert_string_equal(
      json_string_value(json_object_get(checkpoint_settings(c), "recipe")), recipe);
  assert_int_equal(checkpoint_size(c, "weights.0", CHECKPOINT_F32), 5);
  assert_int_equal(checkpoint_size(c, "weights.0", CHECKPOINT_F64), 0);
  assert_int_equal(checkpoint_size(c, "weights.1", CHECKPOINT_F32), 0);
  assert_true(checkpoint_take(c, &(checkpoint_part){"weights.0", CHECKPOINT_F32, w, 5}));
  assert_true(checkpoint_take(c, &(checkpoint_part){"place", CHECKPOINT_F64, d, 2}));
  assert_true(checkpoint_take(c, &(checkpoint_part){"optimizer", CHECKPOINT_U8, b, 3}));
  assert_true(checkpoint_take(c, &(checkpoint_part){"none", CHECKPOINT_F32, NULL, 0}));
  assert_false(checkpoint_take(c, &(checkpoint_part){"place", CHECKPOINT_F64, d, 1}));
  assert_false(checkpoint_take(c, &(checkpoint_part){"place", CHECKPOINT_F32, w, 2}));
  assert_memory_equal(w, weights, sizeof w);
  assert_memory_equal(d, doubles, sizeof d);
  assert_memory_equal(b, bytes, sizeof b);
  checkpoint_free(c);
}

static int
count_files(void)
{
  DIR *d = opendir(folder);
  const struct dirent *e;
  int n = 0;
  assert_non_null(d);
  while ((e = readdir(d))) {
    n += e->d_name[0] != '.';
  }
  closedir(d);
  return n;
}

static void
what_is_written_is_read_back_to_the_bit(void **state)
{
  ear_error err = {""};
  (void)state;
  assert_int_equal(put("a.ckpt", "tiny", &err), EAR_OK);
  assert_holds("a.ckpt", "tiny");
}

static void
any_changed_missing_or_added_byte_is_refused(void **state)
{
  uint8_t *whole;
  size_t n;
  ear_error err = {""};
  checkpoint *c;
  (void)state;
  assert_int_equal(put("a.ckpt", "tiny", &err), EAR_OK);
  assert_int_equal(file_read(folder_path("a.ckpt"), &whole, &n, &err), EAR_OK);
  for (size_t i = 0; i < n; ++i) {
    whole[i] ^= 0x10;
    assert_int_equal(file_write(folder_path("b.ckpt"), whole, n, NULL, &err), EAR_OK);
    assert_int_not_equal(checkpoint_open(&c, folder_path("b.ckpt"), &err), EAR_OK);
    assert_non_null(strstr(err.text, "b.ckpt is damaged"));
    whole[i] ^= 0x10;
    assert_int_equal(file_write(folder_path("b.ckpt"), whole, i, NULL, &err), EAR_OK);
    assert_int_not_equal(checkpoint_open(&c, folder_path("b.ckpt"), &err), EAR_OK);
  }
  uint8_t *longer = calloc(n + 1, 1);
  memcpy(longer, whole, n);
  assert_int_equal(file_write(folder_path("b.ckpt"), longer, n + 1, NULL, &err), EAR_OK);
  assert_int_not_equal(checkpoint_open(&c, folder_path("b.ckpt"), &err), EAR_OK);
  assert_int_not_equal(checkpoint_open(&c, folder_path("none.ckpt"), &err), EAR_OK);
  free(longer);
  free(whole);
}

/* 2^61 doubles are 2^64 bytes, which a size_t counts as none. */
static void
a_part_that_claims_more_than_its_file_is_none(void **state)
{
  ear_error err = {""};
  checkpoint *c;
  (void)state;
  assert_int_equal(put("a.ckpt", "tiny", &err), EAR_OK);
  forge_part(folder_path("a.ckpt"), "place", (INT64_C(1) << 61) + 2, 0);
  assert_int_equal(checkpoint_open(&c, folder_path("a.ckpt"), &err), EAR_OK);
  assert_int_equal(checkpoint_size(c, "place", CHECKPOINT_F64), 0);
  checkpoint_free(c);
}

static void
whatever_call_fails_the_old_one_stands_and_nothing_is_left_lying(void **state)
{
  static const int errors[] = {ENOSPC, EROFS, EIO, EDQUOT};
  ear_error err = {""};
  char named[2 * PATH_MAX];
  (void)state;
  assert_int_equal(put("a.ckpt", "old", &err), EAR_OK);
  int n_failed = 0;
  for (size_t e = 0; e < sizeof errors / sizeof *errors; ++e) {
    failure = errors[e];
    for (int call = 0; call < 4; ++call, ++n_failed) {
      countdown = call;
      assert_int_equal(put("a.ckpt", "new", &err), EAR_IO);
      assert_int_equal(countdown, -1);
      snprintf(named, sizeof named, "a.ckpt cannot be written: %s", strerror(failure));
      assert_non_null(strstr(err.text, named));
      assert_holds("a.ckpt", "old");
      assert_int_equal(count_files(), 1);
    }
  }
  assert_int_equal(n_failed, 16);
  assert_int_equal(put("a.ckpt", "new", &err), EAR_OK);
  assert_holds("a.ckpt", "new");
}

static void
killed_at_any_call_the_old_or_the_new_one_stands(void **state)
{
  ear_error err = {""};
  int code, n_killed = 0;
  (void)state;
  for (int call = 0;; ++call) {
    assert_int_equal(put("a.ckpt", "old", &err), EAR_OK);
    const pid_t child = fork();
    if (child == 0) {
      failure = KILLED;
      countdown = call;
      _exit(put("a.ckpt", "new", &err));
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    if (!WIFSIGNALED(code)) {
      break;
    }
    ++n_killed;
    assert_holds("a.ckpt", "old");
  }
  assert_int_equal(n_killed, 4); /* open, write, fsync, rename */
  assert_holds("a.ckpt", "new");
}

/* As the safetensors package checks a file: offsets without gaps to its end. */
static void
the_file_is_a_safetensors_file(void **state)
{
  uint8_t *whole;
  size_t n;
  uint64_t length;
  ear_error err = {""};
  const char *name;
  json_t *entry;
  (void)state;
  assert_int_equal(put("a.ckpt", "tiny", &err), EAR_OK);
  assert_int_equal(file_read(folder_path("a.ckpt"), &whole, &n, &err), EAR_OK);
  memcpy(&length, whole, 8);
  assert_int_equal(length % 8, 0);
  json_t *header = json_loadb((char *)whole + 8, length, 0, NULL);
  assert_non_null(header);
  size_t next = 0;
  json_object_foreach(header, name, entry)
  {
    json_int_t from, to;
    if (strcmp(name, "__metadata__") != 0) {
      assert_int_equal(json_unpack(entry, "{s:[I, I]}", "data_offsets", &from, &to), 0);
      assert_int_equal(from, next);
      next = (size_t)to;
    }
  }
  assert_int_equal(8 + length + next, n);
  json_decref(header);
  free(whole);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(what_is_written_is_read_back_to_the_bit),
      IN_FOLDER(any_changed_missing_or_added_byte_is_refused),
      IN_FOLDER(a_part_that_claims_more_than_its_file_is_none),
      IN_FOLDER(whatever_call_fails_the_old_one_stands_and_nothing_is_left_lying),
      IN_FOLDER(killed_at_any_call_the_old_or_the_new_one_stands),
      IN_FOLDER(the_file_is_a_safetensors_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
