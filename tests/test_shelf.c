/* SPDX-License-Identifier: ISC */
/* Files of the same bytes are one model in memory for as long as someone holds it, and
   not longer; a model that is not where it was is found in the model folders, by its
   bytes or by its name, whatever else lies there. */
#include "disk_models.h"
#include "shelf.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* The linker leads every open of the plugin's here (--wrap). */
int __real_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

static atomic_int n_opened; /* in all threads */

static mode_t
mode_of(int flags, va_list more)
{
  return flags & O_CREAT ? va_arg(more, mode_t) : 0;
}

int
__wrap_open(const char *path, int flags, ...)
{
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_of(flags, more);
  va_end(more);
  ++n_opened;
  return __real_open(path, flags, mode);
}

int
__wrap_open64(const char *path, int flags, ...)
{
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_of(flags, more);
  va_end(more);
  ++n_opened;
  return __real_open64(path, flags, mode);
}

static ear_model *
open_model(const char *path)
{
  ear_model *model;
  ear_error err = {""};
  if (shelf_open(&model, path, &err)) {
    fail_msg("%s", err.text);
  }
  return model;
}

static void
files_of_the_same_bytes_are_one_model(void **state)
{
  (void)state;
  const char *a = put_toy("a", 1, true), *b = folder_path("b"), *link = folder_path("l");
  copy_file(a, b);
  assert_int_equal(symlink(a, link), 0);
  ear_model *model[4] = {open_model(a), open_model(b), open_model(link),
                         open_model(put_toy("c", 2, true))};
  assert_ptr_equal(model[0], model[1]);
  assert_ptr_equal(model[0], model[2]);
  assert_ptr_not_equal(model[0], model[3]);
  assert_ptr_equal(shelf_hold(model[0]), model[0]);
  assert_int_equal(shelf_n_models(), 2);
  ear_model *none; /* a file is no built-in model, of no name either */
  assert_int_equal(shelf_builtin(&none, "", NULL), EAR_BAD_ARGUMENT);
  shelf_release(model[0]);
  for (int i = 0; i < 4; ++i) {
    assert_int_equal(shelf_n_models(), i < 3 ? 2 : 1);
    shelf_release(model[i]);
  }
  assert_int_equal(shelf_n_models(), 0);
}

static void
built_in_model_and_a_file_of_its_bytes_are_one_model(void **state)
{
  (void)state;
  for (int file_first = 0; file_first < 2; ++file_first) {
    ear_model *file = file_first ? open_model(SHIPPED) : NULL, *builtin[2], *other;
    assert_int_equal(shelf_builtin(&builtin[0], "harshness", NULL), EAR_OK);
    file = file ? file : open_model(SHIPPED);
    assert_int_equal(shelf_builtin(&builtin[1], "harshness", NULL), EAR_OK);
    assert_ptr_equal(builtin[0], builtin[1]);
    assert_ptr_equal(builtin[0], file);
    assert_int_equal(shelf_builtin(&other, "genre", NULL), EAR_OK);
    assert_ptr_not_equal(builtin[0], other);
    assert_int_equal(shelf_n_models(), 2);
    shelf_release(file);
    shelf_release(builtin[0]);
    shelf_release(builtin[1]);
    shelf_release(other);
    assert_int_equal(shelf_n_models(), 0);
  }
}

static void
file_that_changed_is_another_model(void **state)
{
  (void)state;
  const char *path = put_toy("changes", 3, true);
  ear_model *was = open_model(path);
  put_toy("changes", 4, true);
  ear_model *is = open_model(path);
  assert_ptr_not_equal(was, is);
  assert_string_not_equal(ear_model_info_get(was)->sha256,
                          ear_model_info_get(is)->sha256);
  shelf_release(was);
  shelf_release(is);
  shelf_release(NULL);
  assert_int_equal(shelf_n_models(), 0);
}

static void
refused_file_leaves_nothing(void **state)
{
  (void)state;
  ear_model *model;
  ear_error err = {""};
  const char *path = put_toy("bad", 5, true);
  flip_bit(path, size_of(path) - 1);
  assert_int_equal(shelf_open(&model, path, &err), EAR_BAD_MODEL);
  assert_null(model);
  assert_non_null(strstr(err.text, path));
  assert_int_equal(shelf_open(&model, folder_path("none"), &err), EAR_IO);
  assert_int_equal(shelf_builtin(&model, "", &err), EAR_BAD_ARGUMENT);
  assert_int_equal(shelf_builtin(&model, "none", NULL), EAR_BAD_ARGUMENT);
  assert_int_equal(shelf_n_models(), 0);
}

static void *
open_and_release(void *user)
{
  char(*path)[PATH_MAX] = user;
  for (int i = 0; i < 60; ++i) {
    ear_model *one = NULL, *two = NULL;
    if (shelf_open(&one, path[i % 3], NULL) || shelf_open(&two, path[i % 3], NULL) ||
        one != two || ear_model_info_get(one)->n_labels != 2) {
      return user;
    }
    shelf_release(i % 2 ? one : two);
    shelf_release(i % 2 ? two : one);
  }
  return NULL;
}

static void
threads_may_open_and_release_at_once(void **state)
{
  (void)state;
  static char path[3][PATH_MAX];
  pthread_t thread[4];
  for (uint32_t i = 0; i < 3; ++i) {
    strcpy(path[i], put_toy(i == 2 ? "t2" : i ? "t1" : "t0", 10 + i, true));
  }
  for (int i = 0; i < 4; ++i) {
    assert_int_equal(pthread_create(&thread[i], NULL, open_and_release, path), 0);
  }
  for (int i = 0; i < 4; ++i) {
    void *failed;
    assert_int_equal(pthread_join(thread[i], &failed), 0);
    assert_null(failed);
  }
  assert_int_equal(shelf_n_models(), 0);
}

/* ---- model folders ---- */

static void
use_folders(const char *own, const char *home, const char *data_home, const char *dirs)
{
  const char *const value[] = {own, home, data_home, dirs};
  const char *const name[] = {"EARSHOT_MODEL_PATH", "HOME", "XDG_DATA_HOME",
                              "XDG_DATA_DIRS"};
  for (int i = 0; i < 4; ++i) {
    if (value[i]) {
      setenv(name[i], value[i], 1);
    } else {
      unsetenv(name[i]);
    }
  }
}

static void
assert_found(const char *expected, const char *hash, const char *name)
{
  char found[PATH_MAX] = "";
  assert_int_equal(shelf_find(found, sizeof found, hash, name), !!expected);
  if (expected) {
    assert_string_equal(found, expected);
  }
}

static void
bytes_come_before_the_name_in_all_folders(void **state)
{
  (void)state;
  char hash[65], other[65], list[2 * PATH_MAX];
  const char *named = put_toy("one/m.safetensors", 20, true);
  toy_hash(named, other);
  const char *renamed = put_toy("two/renamed.safetensors", 21, true);
  toy_hash(renamed, hash);
  snprintf(list, sizeof list, "relative::%s/nowhere:%s/one:%s/two", folder, folder,
           folder);
  use_folders(list, NULL, NULL, "/nowhere");
  assert_found(renamed, hash, "m.safetensors");
  assert_found(renamed, hash, "");
  assert_found(named, other, "renamed.safetensors");
  assert_found(named, "", "m.safetensors");
  hash[0] = hash[0] == '0' ? '1' : '0';
  assert_found(named, hash, "m.safetensors");
  assert_found(NULL, hash, "none.safetensors");
  assert_found(NULL, hash, "");
  assert_found(NULL, "", "");
  assert_found(NULL, "short", "");
}

static void
folder_that_is_not_absolute_is_passed_over(void **state)
{
  (void)state;
  char was[PATH_MAX];
  put_toy("here/m.safetensors", 28, true);
  use_folders("here", NULL, NULL, "/nowhere");
  assert_non_null(getcwd(was, sizeof was));
  assert_int_equal(chdir(folder), 0);
  assert_found(NULL, "", "m.safetensors");
  assert_int_equal(chdir(was), 0);
}

static void
name_never_leads_out_of_the_folders(void **state)
{
  (void)state;
  put_toy("secret.safetensors", 22, true);
  put_toy("in/deep/m.safetensors", 23, true);
  use_folders(folder_path("in"), NULL, NULL, "/nowhere");
  assert_found(NULL, "", "../secret.safetensors");
  assert_found(NULL, "", "deep/m.safetensors");
  assert_found(NULL, "", "..");
  assert_found(NULL, "", ".");
  assert_found(NULL, "", "deep");
}

static void
folders_are_those_of_the_desktop_standard(void **state)
{
  (void)state;
  char home[PATH_MAX], data[PATH_MAX], dirs[2 * PATH_MAX];
  const char *a = put_toy("h/.local/share/earshot/models/a.safetensors", 24, true);
  const char *b = put_toy("d/earshot/models/a.safetensors", 25, true);
  const char *c = put_toy("s2/earshot/models/c.safetensors", 26, true);
  snprintf(home, sizeof home, "%s/h", folder);
  snprintf(data, sizeof data, "%s/d", folder);
  snprintf(dirs, sizeof dirs, "%s/s1:%s/s2", folder, folder);
  use_folders(NULL, home, NULL, dirs);
  assert_found(a, "", "a.safetensors");
  assert_found(c, "", "c.safetensors");
  use_folders("", home, data, dirs);
  assert_found(b, "", "a.safetensors");
  use_folders(folder_path("s2/earshot/models"), home, "", "");
  assert_found(a, "", "a.safetensors");
  assert_found(c, "", "c.safetensors");
  use_folders(NULL, NULL, NULL, NULL);
  assert_found(NULL, "", "a.safetensors");
}

static void
pipes_devices_and_folders_neither_stop_the_search_nor_count(void **state)
{
  (void)state;
  char hash[65];
  const char *device = folder_path("odd/d.safetensors");
  assert_int_equal(mkfifo(folder_path("odd/f.safetensors"), 0666), 0);
  assert_int_equal(mkdir(folder_path("odd/g.safetensors"), 0777), 0);
  assert_int_equal(symlink("/dev/zero", device), 0);
  assert_int_equal(symlink("nowhere", folder_path("odd/n.safetensors")), 0);
  assert_int_equal(symlink("s.safetensors", folder_path("odd/s.safetensors")), 0);
  make_large(folder_path("odd/l.safetensors"), 20 << 20);
  use_folders(folder_path("odd"), NULL, NULL, "/nowhere");
  static const char *const name[] = {"d.safetensors", "f.safetensors", "g.safetensors",
                                     "l.safetensors", "n.safetensors", "s.safetensors"};
  memset(hash, 'a', 64);
  hash[64] = '\0';
  n_opened = 0;
  for (size_t i = 0; i < sizeof name / sizeof *name; ++i) {
    assert_found(NULL, hash, name[i]);
  }
  assert_int_equal(n_opened, 0);
  const char *good = put_toy("odd/z.safetensors", 27, true);
  toy_hash(good, hash);
  assert_found(good, hash, "f.safetensors");
  n_opened = 0;
  assert_false(shelf_hash(device, hash));
  assert_false(shelf_hash(folder, hash));
  assert_int_equal(n_opened, 0);
}

static void
search_reads_a_bounded_number_of_bytes(void **state)
{
  (void)state;
  char hash[65], name[64];
  for (int i = 0; i < 20; ++i) { /* sparse: 20 x 16 MiB, and 16 of them fit */
    snprintf(name, sizeof name, "large/%d.safetensors", i);
    make_large(folder_path(name), 16 << 20);
  }
  memset(hash, 'b', 64);
  hash[64] = '\0';
  use_folders(folder_path("large"), NULL, NULL, "/nowhere");
  n_opened = 0;
  assert_found(NULL, hash, "none.safetensors");
  assert_int_equal(n_opened, 16);
}

static void
search_reads_a_bounded_number_of_files(void **state)
{
  (void)state;
  char hash[65], name[64];
  for (int i = 0; i < 700; ++i) {
    snprintf(name, sizeof name, "many/%d.safetensors", i);
    folder_put(name, "no model");
  }
  memset(hash, 'b', 64);
  hash[64] = '\0';
  use_folders(folder_path("many"), NULL, NULL, "/nowhere");
  n_opened = 0;
  assert_found(NULL, hash, "none.safetensors");
  assert_int_equal(n_opened, 512);
  assert_found(folder_path("many/699.safetensors"), hash, "699.safetensors");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_of_the_same_bytes_are_one_model),
      cmocka_unit_test(built_in_model_and_a_file_of_its_bytes_are_one_model),
      cmocka_unit_test(file_that_changed_is_another_model),
      cmocka_unit_test(refused_file_leaves_nothing),
      cmocka_unit_test(threads_may_open_and_release_at_once),
      cmocka_unit_test(bytes_come_before_the_name_in_all_folders),
      cmocka_unit_test(folder_that_is_not_absolute_is_passed_over),
      cmocka_unit_test(name_never_leads_out_of_the_folders),
      cmocka_unit_test(folders_are_those_of_the_desktop_standard),
      cmocka_unit_test(pipes_devices_and_folders_neither_stop_the_search_nor_count),
      cmocka_unit_test(search_reads_a_bounded_number_of_files),
      cmocka_unit_test(search_reads_a_bounded_number_of_bytes),
  };
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
