/* SPDX-License-Identifier: ISC */
/* Read from /proc, which is there wherever the tests run. */
#include "holdings.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long
count_entries(const char *folder)
{
  DIR *dir = opendir(folder);
  long n = -2; /* . and .. */
  while (dir && readdir(dir)) {
    ++n;
  }
  if (dir) {
    closedir(dir);
  }
  return n;
}

holdings
holdings_now(void)
{
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*s %ld", &pages) != 1) {
    fprintf(stderr, "/proc is missing\n");
    abort();
  }
  fclose(file);
  return (holdings){pages * (sysconf(_SC_PAGESIZE) / 1024),
                    count_entries("/proc/self/task"), count_entries("/proc/self/fd")};
}
