/* SPDX-License-Identifier: ISC */
/* A session keeps its models when it is moved, archived, or taken to a machine where they
   lie elsewhere: found by their bytes first, and then by their name.

   usage: test_lv2_session BUNDLE [--restore STATE STATUS PATH] */
#include "lv2_ask.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char **args;

static void
session_has_its_model(void **state)
{
  (void)state;
  host *h = host_here();
  LilvState *session = lilv_state_new_from_file(host_world(), host_map(), NULL, args[3]);
  assert_non_null(session);
  host_restore(h, session, true);
  settle(h);
  if (strcmp(host_told(h, EARSHOT_HARSHNESS_MODEL), args[5]) != 0) {
    fail_msg("%s", host_told(h, EARSHOT_HARSHNESS_TEXT));
  }
  assert_status(h, atoi(args[4]), SLOT_BUILT_IN);
  lilv_state_free(session);
  host_free(h);
}

/* In a process of its own: folder/session/state.ttl gives that status and path. */
static void
assert_session(const char *session, slot_status status, const char *path)
{
  char file[2 * PATH_MAX], number[8];
  strcpy(file, folder_path(session));
  strcat(file, "/state.ttl");
  snprintf(number, sizeof number, "%d", (int)status);
  char *shown = realpath(path, NULL);
  char *const call[] = {args[0], args[1], (char[]){"--restore"},
                        file,    number,  shown ? shown : strdupa(path),
                        NULL};
  pid_t pid;
  int how;
  assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, call, environ), 0);
  assert_int_equal(waitpid(pid, &how, 0), pid);
  assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
  free(shown);
}

/* Save a session with that model into folder/was. */
static void
save_session(const char *model)
{
  host *h = host_here();
  ask(h, EARSHOT_HARSHNESS_MODEL, model);
  const char *path = folder_path("was");
  mkdir(path, 0777);
  LilvState *session = host_save(h, path);
  assert_int_equal(lilv_state_save(host_world(), host_map(), host_unmap(), session, NULL,
                                   path, "state.ttl"),
                   0);
  ask(h, EARSHOT_HARSHNESS_MODEL, "");
  host_restore(h, session, true); /* as it is in memory */
  settle(h);
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  lilv_state_free(session);
  host_free(h);
}

static void
move(const char *from, const char *to)
{
  assert_int_equal(rename(folder_path(from), folder_path(to)), 0);
}

static void
session_that_moved_keeps_its_model(void **state)
{
  (void)state;
  char model[PATH_MAX];
  strcpy(model, put_toy("models/own.safetensors", 1, true));
  save_session(model);
  assert_session("was", SLOT_OWN, model);
  move("was", "is");
  assert_session("is", SLOT_OWN, model);
  /* as archived with the files themselves, and taken to another machine */
  const char *copy = folder_path("is/own.safetensors");
  struct stat info;
  assert_int_equal(lstat(copy, &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  remove(copy);
  move("models/own.safetensors", "is/own.safetensors");
  assert_session("is", SLOT_OWN, folder_path("is/own.safetensors"));
  move("is", "elsewhere");
  assert_session("elsewhere", SLOT_OWN, folder_path("elsewhere/own.safetensors"));
}

static void
session_finds_its_model_by_its_bytes_and_then_by_its_name(void **state)
{
  (void)state;
  char model[PATH_MAX];
  strcpy(model, put_toy("models/own.safetensors", 1, true));
  save_session(model);
  const char *folders = folder_path("library");
  setenv("EARSHOT_MODEL_PATH", folders, 1);
  mkdir(folders, 0777);
  move("models/own.safetensors", "library/renamed.safetensors");
  put_toy("library/own.safetensors", 2, true);
  assert_session("was", SLOT_OWN, folder_path("library/renamed.safetensors"));
  remove(folder_path("library/renamed.safetensors"));
  assert_session("was", SLOT_OWN, folder_path("library/own.safetensors"));
  remove(folder_path("library/own.safetensors"));
  assert_session("was", SLOT_MISSING, folder_path("was/own.safetensors"));
}

int
main(int argc, char **argv)
{
  const struct CMUnitTest child[] = {cmocka_unit_test(session_has_its_model)};
  const struct CMUnitTest tests[] = {
      ask_test(session_that_moved_keeps_its_model),
      ask_test(session_finds_its_model_by_its_bytes_and_then_by_its_name),
  };
  args = argv;
  if (argc < 2) {
    return 1;
  }
  host_open(argv[1]);
  const int n_failed = argc > 2 ? cmocka_run_group_tests(child, NULL, NULL)
                                : cmocka_run_group_tests(tests, NULL, NULL);
  host_close();
  return n_failed;
}
