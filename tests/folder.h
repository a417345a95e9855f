/* SPDX-License-Identifier: ISC */
/* A folder that lives as long as a test, with files in it. */
#ifndef EAR_TESTS_FOLDER_H
#define EAR_TESTS_FOLDER_H

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[PATH_MAX];

static inline int
remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
  (void)info;
  (void)type;
  (void)at;
  return remove(path);
}

static inline int
folder_make(void **state)
{
  const char *base = getenv("TMPDIR");
  (void)state;
  snprintf(folder, sizeof folder, "%s/earshot-test-XXXXXX", base ? base : "/tmp");
  return mkdtemp(folder) ? 0 : -1;
}

static inline int
folder_remove(void **state)
{
  (void)state;
  return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* folder/name, with the folders on the way made; valid until the fourth call after. */
static inline const char *
folder_path(const char *name)
{
  static char path[4][2 * PATH_MAX];
  static int k;
  char *p = path[k++ % 4];
  snprintf(p, sizeof path[0], "%s/%s", folder, name);
  for (char *slash = p + strlen(folder) + 1; (slash = strchr(slash, '/')); ++slash) {
    *slash = '\0';
    mkdir(p, 0777);
    *slash = '/';
  }
  return p;
}

static inline void
folder_put(const char *name, const char *text)
{
  FILE *f = fopen(folder_path(name), "w");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

#endif
