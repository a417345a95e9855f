/* SPDX-License-Identifier: ISC */
/* A name that does not fit into a path is passed over, like a folder that is not there.
 */
#include "folders.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bool (*look_fn)(void *user, const char *folder);

/* In each folder of a colon-separated list, with `below` appended. */
static bool
look_in_list(const char *list, const char *below, look_fn look, void *user)
{
  while (list && *list) {
    const size_t n = strcspn(list, ":");
    char folder[PATH_MAX];
    const int used = snprintf(folder, sizeof folder, "%.*s%s", (int)n, list, below);
    if (n < sizeof folder && used > 0 && (size_t)used < sizeof folder &&
        folder[0] == '/' && look(user, folder)) {
      return true;
    }
    list += n + (list[n] == ':');
  }
  return false;
}

bool
folders_each(look_fn look, void *user)
{
  const char *own = getenv("XDG_DATA_HOME"), *shared = getenv("XDG_DATA_DIRS");
  const bool has_own = own && *own;
  return look_in_list(getenv("EARSHOT_MODEL_PATH"), "", look, user) ||
         look_in_list(has_own ? own : getenv("HOME"),
                      has_own ? "/earshot/models" : "/.local/share/earshot/models", look,
                      user) ||
         look_in_list(shared && *shared ? shared : "/usr/local/share:/usr/share",
                      "/earshot/models", look, user);
}
