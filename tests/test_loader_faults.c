/* SPDX-License-Identifier: ISC */
/* A system that fails while a model file is read or written is told of in a sentence and
   leaves nothing behind; so does memory that a ring does not get; and a file says what no
   writer of ours would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_file.h"
#include "ring.h"
#include "small_model.h"
#include "tape.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The linker leads the engine's calls here; the next one of this name fails so. */
static const char *fails = "", *then = ""; /* then: once that has failed */
static int why;     /* errno; 0: at once at the end of the file, or no regular file */
static int n_spare; /* calls before the one that fails */

static bool
fault(const char *name)
{
  if (strcmp(fails, name) != 0 || n_spare-- > 0) {
    return false;
  }
  fails = then;
  then = "";
  errno = why;
  return true;
}

#define WRAP(type, name, failed, arguments, ...)                                         \
  type __real_##name arguments;                                                          \
  type __wrap_##name arguments;                                                          \
  type __wrap_##name arguments                                                           \
  {                                                                                      \
    return fault(#name) ? (failed) : __real_##name(__VA_ARGS__);                         \
  }
WRAP(ssize_t, read, why ? -1 : 0, (int fd, void *to, size_t n), fd, to, n)
WRAP(ssize_t, write, -1, (int fd, const void *from, size_t n), fd, from, n)
WRAP(int, fchmod, -1, (int fd, mode_t mode), fd, mode)
WRAP(int, close, (__real_close(fd), -1), (int fd), fd)
WRAP(int, rename, -1, (const char *from, const char *to), from, to)
WRAP(void *, malloc, NULL, (size_t n), n)
WRAP(void *, aligned_alloc, NULL, (size_t alignment, size_t n), alignment, n)
WRAP(int, vasprintf, -1, (char **text, const char *format, va_list ap), text, format, ap)

int __real_fstat64(int fd, struct stat *info);
int __wrap_fstat64(int fd, struct stat *info);
int
__wrap_fstat64(int fd, struct stat *info)
{
  const int result = __real_fstat64(fd, info);
  if (fault("fstat64")) {
    info->st_mode = S_IFIFO; /* exchanged since stat */
    return why ? -1 : 0;
  }
  return result;
}

int __wrap_asprintf(char **text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int
__wrap_asprintf(char **text, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  const int n = __wrap_vasprintf(text, format, ap);
  va_end(ap);
  return n;
}

/* What _FORTIFY_SOURCE makes of two of them. */
ssize_t __wrap___read_chk(int fd, void *to, size_t n, size_t room);
ssize_t
__wrap___read_chk(int fd, void *to, size_t n, size_t room)
{
  assert_true(n <= room);
  return __wrap_read(fd, to, n);
}

int __wrap___asprintf_chk(char **text, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int
__wrap___asprintf_chk(char **text, int flag, const char *format, ...)
{
  va_list ap;
  (void)flag;
  va_start(ap, format);
  const int n = __wrap_vasprintf(text, format, ap);
  va_end(ap);
  return n;
}

static char folder[] = P_tmpdir "/earshot-test-XXXXXX", path[64];

static void
fail_next(const char *name, int with, int spare)
{
  fails = name;
  why = with;
  n_spare = spare;
}

static void
opened(ear_status st, const char *word)
{
  ear_model *model;
  ear_error err = {""};
  assert_int_equal(ear_model_open(&model, path, &err), st);
  assert_string_equal(fails, "");
  assert_true(!model == (st != EAR_OK));
  assert_non_null(strstr(err.text, word));
  ear_model_unref(model);
}

static void
saved(ear_status st, const char *word)
{
  small_model m;
  ear_error err = {""};
  small_model_make(&m);
  assert_int_equal(ear_model_save(&m.spec, path, &err), st);
  assert_string_equal(fails, "");
  assert_non_null(strstr(err.text, word));
  opened(EAR_OK, ""); /* the new one, or the last good one */
  uint32_t n = 0;
  DIR *d = opendir(folder);
  assert_non_null(d);
  while (readdir(d)) {
    ++n;
  }
  closedir(d);
  assert_int_equal(n, 3); /* ., .. and the model */
}

static void
a_file_that_cannot_be_read_is_named(void **state)
{
  (void)state;
  saved(EAR_OK, "");
  fail_next("read", EIO, 0), opened(EAR_IO, strerror(EIO));
  fail_next("read", EINTR, 0), opened(EAR_OK, "");
  fail_next("read", 0, 0), opened(EAR_IO, "shorter");
  fail_next("fstat64", EIO, 0), opened(EAR_IO, "not a regular file");
  fail_next("fstat64", 0, 0), opened(EAR_IO, "not a regular file");
  fail_next("malloc", ENOMEM, 0), opened(EAR_NO_MEMORY, "not enough memory");
}

static void
a_file_that_cannot_be_written_leaves_the_old_one(void **state)
{
  (void)state;
  saved(EAR_OK, "");
  fail_next("write", ENOSPC, 0), saved(EAR_IO, strerror(ENOSPC));
  then = "close";
  fail_next("write", ENOSPC, 0), saved(EAR_IO, strerror(ENOSPC));
  fail_next("write", EINTR, 0), saved(EAR_OK, "");
  fail_next("fchmod", EPERM, 0), saved(EAR_IO, strerror(EPERM));
  fail_next("close", EIO, 0), saved(EAR_IO, strerror(EIO));
  fail_next("rename", EROFS, 0), saved(EAR_IO, strerror(EROFS));
  fail_next("vasprintf", ENOMEM, 0), saved(EAR_NO_MEMORY, "not enough memory");
}

static void
a_scale_of_the_other_kind_is_kept(void **state)
{
  small_model m;
  ear_model *model;
  (void)state;
  small_model_make(&m);
  m.spec.front_end.scale = EAR_MEL_HTK;
  assert_int_equal(ear_model_save(&m.spec, path, NULL), EAR_OK);
  assert_int_equal(ear_model_open(&model, path, NULL), EAR_OK);
  assert_int_equal(ear_model_info_get(model)->front_end.scale, EAR_MEL_HTK);
  ear_model_unref(model);
}

static void
an_impossible_network_is_not_saved(void **state)
{
  small_model m;
  ear_error err = {""};
  (void)state;
  small_model_make(&m);
  m.spec.n_labels = 0;
  assert_int_equal(ear_model_save(&m.spec, path, &err), EAR_BAD_MODEL);
  assert_int_equal(access(path, F_OK), -1);
}

static void
a_ring_without_memory_is_none(void **state)
{
  (void)state;
  fail_next("aligned_alloc", ENOMEM, 0);
  assert_null(ear_ring_new(8, 4));
  fail_next("malloc", ENOMEM, 0);
  assert_null(ear_ring_new(8, 4));
  fail_next("aligned_alloc", ENOMEM, 0);
  assert_null(ear_tape_new(1000));
  fail_next("malloc", ENOMEM, 0);
  assert_null(ear_tape_new(1000));
  ear_ring *ring = ear_ring_new(8, 4);
  assert_non_null(ring);
  ear_ring_free(ring);
}

/* In metadata `key` the first `from` (NULL: all of it) becomes `to`; then the file is
   read. */
static void
edited(const char *key, const char *from, const char *to, ear_status st, const char *word)
{
  size_t n, n_payload;
  const uint8_t *payload;
  uint8_t *bytes = small_model_bytes(&n);
  json_t *header = small_split(bytes, n, &payload, &n_payload);
  json_t *metadata = json_object_get(header, "__metadata__");
  char *text = malloc(1 << 14);
  const char *old = json_string_value(json_object_get(metadata, key));
  const char *at = strstr(old, from ? from : old);
  ear_model *model;
  ear_error err = {""};
  assert_non_null(text);
  assert_non_null(at);
  snprintf(text, 1 << 14, "%.*s%s%s", (int)(at - old), old, to,
           at + strlen(from ? from : old));
  assert_int_equal(json_object_set_new(metadata, key, json_string(text)), 0);
  uint8_t *made = small_join(header, payload, n_payload, true, &n);
  assert_int_equal(ear_model_parse(&model, made, n, &err), st);
  if (!strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  ear_model_unref(model);
  json_decref(header);
  free(text);
  free(made);
  free(bytes);
}

static void
what_no_writer_of_ours_says_is_judged_too(void **state)
{
  char many[1 << 13] = "[";
  (void)state;
  edited("heads", "\"temperature\":1.5", "\"temperature\":\"hot\"", EAR_BAD_MODEL,
         "temperature");
  edited("heads", "\"temperature\":1.5", "\"temperature\":2", EAR_OK, "");
  edited("heads", "\"temperature\":1.5", "\"warmth\":1.5", EAR_BAD_MODEL, "temperature");
  edited("front_end", "\"hop\":512", "\"hop\":512.0", EAR_BAD_MODEL, "hop");
  edited("front_end", "\"hop\":512", "\"hop\":2147483648", EAR_BAD_MODEL, "hop");
  edited("layers", "\"op\":\"mean\"", "\"op\":\"mean\",\"deviation\":false", EAR_OK, "");
  edited("test_vector", "\"seed\":", "\"seed\":-", EAR_BAD_MODEL, "test_vector");
  edited("test_vector", "\"seed\":", "\"seed\":4294967296", EAR_BAD_MODEL, "test_vector");
  edited("test_vector", "\"logits\"", "\"digits\"", EAR_BAD_MODEL, "test_vector");
  edited("labels", "\"clean\",\"harsh\"", "", EAR_BAD_MODEL, "0 labels");
  edited("layers", NULL, "[]", EAR_BAD_MODEL, "0 layers");
  edited("heads", NULL, "[]", EAR_BAD_MODEL, "0 heads");
  for (int i = 0; i < 64; ++i) {
    strcat(many, "0,");
  }
  edited("labels", "[", many, EAR_BAD_MODEL, "66 labels");
  for (int i = 0; i < 64; ++i) {
    strcat(many, "{},");
  }
  edited("layers", "[", many, EAR_BAD_MODEL, "layers");
}

static int
setup(void **state)
{
  (void)state;
  strcpy(folder + strlen(folder) - 6, "XXXXXX");
  if (!mkdtemp(folder)) {
    return -1;
  }
  snprintf(path, sizeof path, "%s/m.safetensors", folder);
  return 0;
}

static int
teardown(void **state)
{
  (void)state;
  unlink(path);
  return rmdir(folder);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_named, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(a_file_that_cannot_be_written_leaves_the_old_one,
                                      setup, teardown),
      cmocka_unit_test_setup_teardown(a_scale_of_the_other_kind_is_kept, setup, teardown),
      cmocka_unit_test_setup_teardown(an_impossible_network_is_not_saved, setup,
                                      teardown),
      cmocka_unit_test(a_ring_without_memory_is_none),
      cmocka_unit_test(what_no_writer_of_ours_says_is_judged_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
