/* SPDX-License-Identifier: ISC */
/* Both ends are resolved first, so that a link in between cannot lead elsewhere. */
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The folder that page lies in, resolved. */
static char *
folder_of(const char *page)
{
  const char *slash = strrchr(page, '/');
  char *folder = slash ? strndup(page, (size_t)(slash - page) + 1) : strdup(".");
  char *real = folder ? realpath(folder, NULL) : NULL;
  free(folder);
  return real;
}

/* How much of both is the same, up to and with a slash. */
static size_t
shared(const char *folder, const char *file)
{
  size_t n = 0, same = 0;
  while (folder[n] && folder[n] == file[n]) {
    n++;
    same = file[n - 1] == '/' ? n : same;
  }
  return folder[n] == '\0' && file[n] == '/' ? n + 1 : same;
}

char *
link_from(const char *page, const char *file)
{
  char *folder = folder_of(page), *target = realpath(file, NULL), *way = NULL;
  size_t n = 0;
  FILE *out = folder && target ? open_memstream(&way, &n) : NULL;
  if (out) {
    const size_t same = shared(folder, target);
    const char *up = strlen(folder) > same ? folder + same : "";
    if (*up) {
      (void)fputs("../", out);
    }
    for (; *up; up++) {
      if (*up == '/') {
        (void)fputs("../", out);
      }
    }
    (void)fputs(target + same, out);
    if (fclose(out) != 0) {
      free(way);
      way = NULL;
    }
  }
  free(folder);
  free(target);
  return way;
}
