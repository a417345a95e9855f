/* SPDX-License-Identifier: ISC */
/* Where the results of a run go: one stream for all inputs, or a folder. */
#ifndef RESULT_PATHS_H
#define RESULT_PATHS_H

#include "inputs.h"

/* Is this -o a folder: one that exists, or one by its slash at the end? */
bool is_result_folder(const char *path);

/* "folder/relative.ending", for the caller to free; NULL if memory ran out. */
char *result_path(const char *folder, const input *in, const char *ending);

/* Before anything is analysed: no two inputs share a result file, none exists unless
   overwrite, none is an input.  folder false: path is the one file of all results. */
bool results_can_be_written(const input_list *list, const char *path, bool folder,
                            const char *ending, bool overwrite, ear_error *err);

#endif
