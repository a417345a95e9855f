/* SPDX-License-Identifier: ISC */
/* What is started knows nothing of mpirun: neither its signals nor its variables reach
   it. */
#include "parallel_later.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_ADDED = 4 };

/* The command of cmd_train's argv, with what is added. */
static char **
words_of(char *const *argv)
{
  static char program[] = "earshot-train", train[] = "train", resume[] = "--resume",
              minutes[] = "--max-minutes", at_once[] = "1e-6";
  size_t n = 0;
  while (argv[n]) {
    ++n;
  }
  char **word = calloc(n + N_ADDED + 2, sizeof *word);
  if (word) {
    word[0] = program;
    word[1] = train;
    memcpy(word + 2, argv + 1, (n - 1) * sizeof *word);
    word[n + 1] = resume;
    word[n + 2] = minutes;
    word[n + 3] = at_once;
  }
  return word;
}

/* The environment without a launcher's variables; NULL: no memory. */
static char **
environment(void)
{
  static const char *const prefix[] = {"OMPI_", "PMIX_", "ORTE_", "PMI_"};
  size_t n = 0;
  while (environ[n]) {
    ++n;
  }
  char **kept = calloc(n + 1, sizeof *kept);
  for (size_t i = 0, k = 0; i < n && kept; ++i) {
    bool foreign = false;
    for (size_t p = 0; p < sizeof prefix / sizeof *prefix; ++p) {
      foreign |= strncmp(environ[i], prefix[p], strlen(prefix[p])) == 0;
    }
    if (!foreign) {
      kept[k++] = environ[i];
    }
  }
  return kept;
}

static int
spawn(char **word, char **variables, const char *log)
{
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  pid_t pid;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&how);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log,
                                   O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  const int problem = posix_spawn(&pid, "/proc/self/exe", &files, &how, word, variables);
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  return problem;
}

ear_status
parallel_later(char *const *argv, const char *log, ear_error *err)
{
  char **word = words_of(argv), **variables = environment();
  const int problem = word && variables ? spawn(word, variables, log) : ENOMEM;
  free(word);
  free(variables);
  return problem ? fail(err, EAR_IO, "the best model so far cannot be written: %s",
                        strerror(problem))
                 : EAR_OK;
}
