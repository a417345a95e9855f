/* SPDX-License-Identifier: ISC */
/* The folder beside a model that holds all else that its training gave: my.run beside
   my.safetensors. */
#ifndef EAR_TRAIN_RUN_FOLDER_H
#define EAR_TRAIN_RUN_FOLDER_H

#include "../engine/earshot.h"

#include <limits.h>

/* out without its ending, with ".run".  [any] */
void run_folder_path(char path[PATH_MAX], const char *out);

/* mkdir, unless it is there.  [setup] */
ear_status run_folder_make(const char *path, ear_error *err);

#endif
