/* SPDX-License-Identifier: ISC */
/* The list of what pictures hash to, one line a picture, as tests/golden keeps it. */
#ifndef EAR_TESTS_GOLDEN_LIST_H
#define EAR_TESTS_GOLDEN_LIST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A list that cannot be read has no line. */
static inline bool
golden_list_has(const char *path, const char *line)
{
  char have[128];
  bool found = false;
  FILE *f = fopen(path, "r");
  while (f && !found && fgets(have, sizeof have, f)) {
    have[strcspn(have, "\n")] = '\0';
    found = strcmp(have, line) == 0;
  }
  if (f) {
    fclose(f);
  }
  return found;
}

#endif
