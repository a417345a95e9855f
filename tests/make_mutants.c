/* SPDX-License-Identifier: ISC */
/* make_mutants FOLDER N SEED: N damaged sound files in FOLDER/noise and FOLDER/tone, and
   a few whole ones; the names of the damaged ones on standard output. */
#include "sound_mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { N_GOOD = 24 };

int
main(int argc, char **argv)
{
  char path[4096];
  if (argc != 4) {
    fprintf(stderr, "usage: make_mutants FOLDER N SEED\n");
    return 1;
  }
  const uint32_t n = (uint32_t)strtoul(argv[2], NULL, 10);
  for (int c = 0; c < SOUND_N_CLASSES; ++c) {
    snprintf(path, sizeof path, "%.4000s/%s", argv[1], c ? "tone" : "noise");
    mkdir(path, 0777);
  }
  for (int i = 0; i < N_GOOD; ++i) {
    snprintf(path, sizeof path, "%.4000s/%s/good%d.wav", argv[1],
             i % 2 ? "tone" : "noise", i);
    if (!sound_write(path, i)) {
      return 1;
    }
  }
  sound_mutants *m = sound_mutants_new(argv[1], N_GOOD);
  for (uint32_t i = 0; m && i < n; ++i) {
    char name[64];
    if (!sound_mutant_write(m, argv[1], strtoull(argv[3], NULL, 10), i, name)) {
      return 1;
    }
    puts(name);
  }
  sound_mutants_free(m);
  return m == NULL;
}
