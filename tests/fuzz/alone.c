/* SPDX-License-Identifier: ISC */
/* A target without a fuzzing engine.  The same arguments make the same inputs.

     fuzz_X --runs N [--seed S]                       N inputs made from the seeds
     fuzz_X --write-seeds FOLDER                      the seeds as files
     fuzz_X FILE|FOLDER...                            these inputs, once each */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#pragma weak LLVMFuzzerCustomMutator

static uint64_t state; /* of what is tried when */

/* An exact copy, so that a sanitizer sees what is read beyond it. */
static void
try_input(const uint8_t *data, size_t n)
{
  uint8_t *copy = malloc(n ? n : 1);
  if (copy) {
    memcpy(copy, data, n);
    LLVMFuzzerTestOneInput(copy, n);
  }
  free(copy);
}

static void
run(uint32_t n_runs)
{
  static uint8_t data[FUZZ_MOST];
  uint32_t n_seeds = 0;
  while (fuzz_seed(n_seeds, data)) {
    ++n_seeds;
  }
  if (!n_seeds) {
    fuzz_broken("there is a seed");
  }
  for (uint32_t i = 0; i < n_runs; ++i) {
    size_t n = fuzz_seed(i % n_seeds, data);
    const uint32_t times = i < n_seeds ? 0 : 1 + fuzz_below(&state, 3);
    fuzz_change_begin(fuzz_next(&state));
    for (uint32_t k = 0; k < times; ++k) {
      n = LLVMFuzzerCustomMutator
              ? LLVMFuzzerCustomMutator(data, n, sizeof data, (unsigned)fuzz_next(&state))
              : LLVMFuzzerMutate(data, n, sizeof data);
    }
    try_input(data, n);
  }
  dprintf(STDOUT_FILENO, "%u inputs from %u seeds, %u taken\n", n_runs, n_seeds,
          fuzz_n_taken());
  if (!fuzz_n_taken()) {
    fuzz_broken("some input is taken");
  }
}

static void
write_seeds(const char *folder)
{
  static uint8_t data[FUZZ_MOST];
  size_t n;
  for (uint32_t i = 0; (n = fuzz_seed(i, data)) > 0; ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/seed-%03u", folder, i);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f)) {
      perror(path);
      exit(1);
    }
  }
}

static uint32_t
replay(const char *path)
{
  struct stat info;
  uint32_t n_done = 0;
  DIR *folder = !stat(path, &info) && S_ISDIR(info.st_mode) ? opendir(path) : NULL;
  if (folder) {
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
      char inner[4096];
      snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
      n_done += e->d_name[0] == '.' ? 0 : replay(inner);
    }
    closedir(folder);
    return n_done;
  }
  FILE *f = fopen(path, "rb");
  uint8_t *data = f ? malloc(1 << 25) : NULL;
  if (!data) {
    perror(path);
    exit(1);
  }
  try_input(data, fread(data, 1, 1 << 25, f));
  fclose(f);
  free(data);
  return 1;
}

int
main(int argc, char **argv)
{
  uint32_t n_runs = 0, n_files = 0;
  for (int i = 1; i < argc; ++i) {
    const char *next = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(argv[i], "--runs")) {
      n_runs = (uint32_t)strtoul(next, NULL, 10);
      ++i;
    } else if (!strcmp(argv[i], "--seed")) {
      state = strtoull(next, NULL, 10);
      ++i;
    } else if (!strcmp(argv[i], "--write-seeds")) {
      write_seeds(next);
      return 0;
    } else {
      n_files += replay(argv[i]);
    }
  }
  if (n_runs) {
    run(n_runs);
  } else if (n_files) {
    dprintf(STDOUT_FILENO, "%u files, %u taken\n", n_files, fuzz_n_taken());
  }
  return n_runs || n_files ? 0 : 1;
}
