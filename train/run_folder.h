/* SPDX-License-Identifier: ISC */
/* The folder beside a model that holds all else that its training gave: my.run beside
   my.safetensors.  One process at a time works in it; nothing of an earlier run is
   overwritten. */
#ifndef EAR_TRAIN_RUN_FOLDER_H
#define EAR_TRAIN_RUN_FOLDER_H

#include "checkpoint.h"

#include <limits.h>

typedef struct {
  char path[PATH_MAX];
  int lock;         /* descriptor that locks it, -1: none */
  checkpoint *from; /* what --resume goes on from; NULL: from the start */
  char said[512];   /* what became of what was there, "" if there is nothing to say */
} run_folder;

/* out without its ending, with ".run".  [any] */
void run_folder_path(char path[PATH_MAX], const char *out);

/* Make and lock the folder for out.  What a finished run left there, and its model, are
   kept under a number (my-1.run, my-1.safetensors); an unfinished one is refused unless
   `resume` goes on with it.  [setup] */
ear_status run_folder_open(run_folder *f, const char *out, bool resume, ear_error *err);
void run_folder_close(run_folder *f);

/* path/name.  [any] */
const char *run_folder_file(const run_folder *f, const char *name, char path[PATH_MAX]);

#endif
