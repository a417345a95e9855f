/* SPDX-License-Identifier: ISC */
/* What an earlier run left is never overwritten, an unfinished one never begun anew, and
   two processes never work in one folder. */
#include "folder.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../train/file.h"
#include "../train/run_folder.h"

/* A last.ckpt as a run leaves it. */
static void
put_checkpoint(const char *name, double epoch, bool ended)
{
  double place[8] = {epoch, 0, 0, 1, 0.5, ended, 1, 1};
  const checkpoint_part part = {"place", CHECKPOINT_F64, place, 8};
  json_t *settings = json_object();
  ear_error err = {""};
  assert_int_equal(checkpoint_write(folder_path(name), &part, 1, settings, &err), EAR_OK);
  json_decref(settings);
}

static void
assert_text(const char *name, const char *text)
{
  uint8_t *bytes;
  size_t n;
  if (file_read(folder_path(name), &bytes, &n, NULL)) {
    fail_msg("%s is not there", name);
  }
  assert_int_equal(n, strlen(text));
  assert_memory_equal(bytes, text, n);
  free(bytes);
}

static bool
there(const char *name)
{
  return access(folder_path(name), F_OK) == 0;
}

static void
the_name_is_the_models_without_its_ending(void **state)
{
  static const char *const names[][2] = {{"my.safetensors", "my.run"},
                                         {"a/b/my.safetensors", "a/b/my.run"},
                                         {"my", "my.run"},
                                         {".safetensors", ".safetensors.run"},
                                         {"my.v2", "my.v2.run"}};
  char path[PATH_MAX];
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    run_folder_path(path, names[i][0]);
    assert_string_equal(path, names[i][1]);
  }
}

static void
what_a_finished_run_left_is_kept_under_the_first_free_number(void **state)
{
  run_folder f;
  ear_error err = {""};
  (void)state;
  folder_put("my.safetensors", "first model");
  folder_put("my.run/log.csv", "first log");
  put_checkpoint("my.run/last.ckpt", 9, true);
  folder_put("my-1.safetensors", "somebody else's");
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_OK);
  assert_non_null(strstr(f.said, "my-2.safetensors"));
  assert_non_null(strstr(f.said, "my-2.run"));
  assert_null(f.from);
  assert_text("my-1.safetensors", "somebody else's");
  assert_text("my-2.safetensors", "first model");
  assert_text("my.safetensors", "first model"); /* until there is a new one */
  assert_text("my-2.run/log.csv", "first log");
  assert_true(there("my-2.run/last.ckpt"));
  assert_false(there("my.run/log.csv"));
  run_folder_close(&f);
  /* begun again before it got anywhere: the same model is not kept twice */
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_OK);
  assert_false(there("my-3.safetensors"));
  run_folder_close(&f);
  assert_int_equal(file_write(folder_path("my.safetensors"), "second", 6, NULL, &err),
                   EAR_OK);
  assert_text("my-2.safetensors", "first model");
}

static void
an_unfinished_run_is_refused_and_gone_on_with(void **state)
{
  run_folder f;
  ear_error err = {""};
  (void)state;
  folder_put("my.run/log.csv", "log");
  put_checkpoint("my.run/last.ckpt", 12, false);
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "unfinished run (in epoch 12)"));
  assert_non_null(strstr(err.text, "--resume"));
  assert_text("my.run/log.csv", "log");
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), true, &err),
                   EAR_OK);
  assert_non_null(f.from);
  assert_string_equal(f.said, "");
  assert_text("my.run/log.csv", "log");
  run_folder_close(&f);
}

static void
nothing_to_go_on_with_is_said_and_begun(void **state)
{
  run_folder f;
  ear_error err = {""};
  (void)state;
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), true, &err),
                   EAR_OK);
  assert_null(f.from);
  assert_non_null(strstr(f.said, "nothing to go on with"));
  run_folder_close(&f);
}

static void
a_damaged_checkpoint_is_named_or_kept(void **state)
{
  run_folder f;
  ear_error err = {""};
  (void)state;
  folder_put("my.run/last.ckpt", "noise");
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), true, &err),
                   EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "my.run/last.ckpt is damaged"));
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_OK);
  assert_text("my-1.run/last.ckpt", "noise");
  run_folder_close(&f);
}

static void
one_process_at_a_time(void **state)
{
  run_folder f;
  ear_error err = {""};
  int code;
  (void)state;
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_OK);
  const pid_t other = fork();
  if (other == 0) {
    run_folder g;
    const ear_status st = run_folder_open(&g, folder_path("my.safetensors"), true, &err);
    _exit(st == EAR_IO && strstr(err.text, "another earshot-train works in") ? 0 : 1);
  }
  assert_int_equal(waitpid(other, &code, 0), other);
  assert_int_equal(code, 0);
  run_folder_close(&f);
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_OK);
  run_folder_close(&f);
}

static void
what_killed_processes_left_is_swept_and_nothing_else(void **state)
{
  static const char *const left[] = {
      /* of processes that there cannot be */
      "my.run/last.ckpt.99999999-4.tmp", "my.run/log.csv.88888888-0.tmp",
      "my.safetensors.99999999-1.tmp", "my.safetensors.report.txt.99999999-12.tmp"};
  static const char *const kept[] = {"my.run/notes.tmp", "my.run/a.99999999-x.tmp",
                                     "other.safetensors.99999999-1.tmp",
                                     "my.safetensors.tmp", "my.run/b.99999999-2.tmp.txt"};
  char writing[64]; /* a process that lives may still need it */
  snprintf(writing, sizeof writing, "my.safetensors.%ld-3.tmp", (long)getppid());
  run_folder f;
  ear_error err = {""};
  (void)state;
  for (int i = 0; i < 4; ++i) {
    folder_put(left[i], "half");
  }
  for (int i = 0; i < 5; ++i) {
    folder_put(kept[i], "mine");
  }
  folder_put(writing, "half");
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_OK);
  run_folder_close(&f);
  for (int i = 0; i < 4; ++i) {
    assert_false(there(left[i]));
  }
  for (int i = 0; i < 5; ++i) {
    assert_true(there(kept[i]));
  }
  assert_true(there(writing));
}

static void
a_folder_that_cannot_be_made_is_named(void **state)
{
  run_folder f;
  ear_error err = {""};
  (void)state;
  folder_put("file", "no folder");
  char out[2 * PATH_MAX];
  snprintf(out, sizeof out, "%s/my.safetensors", folder_path("file"));
  assert_int_equal(run_folder_open(&f, out, false, &err), EAR_IO);
  assert_non_null(strstr(err.text, "file/my.run cannot be made: Not a directory"));
  folder_put("my.run", "a file");
  assert_int_equal(run_folder_open(&f, folder_path("my.safetensors"), false, &err),
                   EAR_IO);
  assert_non_null(strstr(err.text, "my.run cannot be opened: Not a directory"));
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_name_is_the_models_without_its_ending),
      IN_FOLDER(what_a_finished_run_left_is_kept_under_the_first_free_number),
      IN_FOLDER(an_unfinished_run_is_refused_and_gone_on_with),
      IN_FOLDER(nothing_to_go_on_with_is_said_and_begun),
      IN_FOLDER(a_damaged_checkpoint_is_named_or_kept),
      IN_FOLDER(one_process_at_a_time),
      IN_FOLDER(what_killed_processes_left_is_swept_and_nothing_else),
      IN_FOLDER(a_folder_that_cannot_be_made_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
