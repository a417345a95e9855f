/* SPDX-License-Identifier: ISC */
/* Refused before the first input is opened: hours of work are never lost to a name. */
#include "result_paths.h"

#include "outfile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool
is_result_folder(const char *path)
{
  struct stat st;
  const size_t n = path ? strlen(path) : 0;
  return n > 0 && (path[n - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
}

char *
result_path(const char *folder, const input *in, const char *ending)
{
  char *path = NULL;
  const size_t n = strlen(folder);
  const char *slash = n > 0 && folder[n - 1] == '/' ? "" : "/";
  return asprintf(&path, "%s%s%s%s", folder, slash, in->relative, ending) < 0 ? NULL
                                                                              : path;
}

static bool
is_an_input(const input_list *list, const char *path)
{
  struct stat result, st;
  if (stat(path, &result) != 0 || !S_ISREG(result.st_mode)) {
    return false;
  }
  for (size_t i = 0; i < list->n; i++) {
    if (stat(list->item[i].path, &st) == 0 && st.st_dev == result.st_dev &&
        st.st_ino == result.st_ino) {
      return true;
    }
  }
  return false;
}

static bool
can_be_written(const input_list *list, const char *path, bool overwrite, ear_error *err)
{
  if (!overwrite && outfile_exists(path)) {
    return fail(err, "%s exists already; add -y to replace it", path);
  }
  return !overwrite || !is_an_input(list, path) ||
         fail(err, "%s is one of the inputs and would be lost; choose another -o", path);
}

static int
by_text(const void *a, const void *b)
{
  const char *const *left = a, *const *right = b;
  return strcmp(*left, *right);
}

static bool
check_paths(const input_list *list, char **path, bool overwrite, ear_error *err)
{
  qsort(path, list->n, sizeof *path, by_text);
  for (size_t i = 0; i < list->n; i++) {
    if (i > 0 && strcmp(path[i], path[i - 1]) == 0) {
      return fail(err,
                  "two inputs would both be written to %s; analyse them into two folders",
                  path[i]);
    }
    if (!can_be_written(list, path[i], overwrite, err)) {
      return false;
    }
  }
  return true;
}

bool
results_can_be_written(const input_list *list, const char *path, bool folder,
                       const char *ending, bool overwrite, ear_error *err)
{
  if (!path || !folder) {
    return !path || can_be_written(list, path, overwrite, err);
  }
  char **paths = calloc(list->n + 1, sizeof *paths);
  bool ok = paths != NULL;
  for (size_t i = 0; ok && i < list->n; i++) {
    paths[i] = result_path(path, &list->item[i], ending);
    ok = paths[i] != NULL;
  }
  ok = ok ? check_paths(list, paths, overwrite, err)
          : fail(err, "there is not enough memory for the list of results");
  for (size_t i = 0; paths && i < list->n; i++) {
    free(paths[i]);
  }
  free(paths);
  return ok;
}
