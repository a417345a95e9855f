/* SPDX-License-Identifier: ISC */
/* What the module shows, imports and links, by nm and readelf. */
#include "lint.h"

#include <stdlib.h>
#include <string.h>

/* The name at the end of each line that `command` prints about the binary, without its
   version. */
static void
each_symbol(lint *l, const char *command, void (*see)(lint *l, const char *symbol))
{
  char *text = lint_tool(command, l->binary ? l->binary : "");
  char *rest = text, *line;
  if (!*text) {
    lint_say(l, "%s says nothing about the binary", command);
  }
  while ((line = strsep(&rest, "\n"))) {
    char *name = strrchr(line, ' ');
    if (name) {
      name[strcspn(name, "@")] = '\0';
      see(l, name + 1);
    }
  }
  free(text);
}

/* A name that starts with an underscore is the compiler's or a sanitizer's own. */
static void
see_exported(lint *l, const char *symbol)
{
  if (symbol[0] != '_' && strcmp(symbol, "lv2_descriptor") != 0) {
    lint_say(l, "%s is shown", symbol);
  }
}

static void
check_exported(lint *l)
{
  each_symbol(l, "nm -D --defined-only", see_exported);
}

static void
see_imported(lint *l, const char *symbol)
{
  const char *const starts_process[] = {
      "fork",   "vfork", "clone",  "clone3", "system",      "popen",        "execve",
      "execvp", "execv", "execlp", "execl",  "posix_spawn", "posix_spawnp", NULL};
  if (lint_one_of(symbol, starts_process)) {
    lint_say(l, "%s is imported", symbol);
  }
}

static void
check_fork(lint *l)
{
  each_symbol(l, "nm -D --undefined-only", see_imported);
}

static void
check_libraries(lint *l)
{
  const char *const allowed[] = {"libsoxr.so",
                                 "libfftw3f.so",
                                 "libfftw3f_threads.so",
                                 "libkissfft-float.so",
                                 "libjansson.so",
                                 "libmd.so",
                                 "libm.so",
                                 "libc.so",
                                 "libpthread.so",
                                 "ld-linux",
                                 "libgcc_s.so",
                                 NULL};
  char *text = lint_tool("readelf -d", l->binary ? l->binary : "");
  uint32_t n = 0;
  for (char *at = strstr(text, "(NEEDED)"); at; at = strstr(at + 1, "(NEEDED)")) {
    char *name = strchr(at, '[');
    const size_t length = name ? strcspn(++name, "]") : 0;
    bool fine = length > 7 && memmem(name, length, "san.so", 6); /* a sanitizer's */
    for (uint32_t i = 0; allowed[i]; i++) {
      fine |= length && strncmp(name, allowed[i], strlen(allowed[i])) == 0;
    }
    if (!fine) {
      lint_say(l, "%.*s is linked", (int)length, length ? name : "");
    }
    n++;
  }
  if (!n) {
    lint_say(l, "readelf tells of no library");
  }
  free(text);
}

const lint_check lint_binary_checks[] = {{"exported symbols", check_exported},
                                         {"no fork", check_fork},
                                         {"linked libraries", check_libraries},
                                         {NULL, NULL}};
