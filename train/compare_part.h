/* SPDX-License-Identifier: ISC */
/* What one system said of one held-out fold, as a file: path, a column a label, and for a
   network "float LABEL" too. */
#ifndef EAR_TRAIN_COMPARE_PART_H
#define EAR_TRAIN_COMPARE_PART_H

#include "dataset.h"

#include <limits.h>

/* folder/NAME-sSEED-fFOLD: the model, and with a digest of what it depends on, the part.
   [any] */
typedef struct {
  char model[PATH_MAX], part[PATH_MAX], run[PATH_MAX];
} part_names;
void part_name(part_names *to, const char *folder, const char *name, uint32_t seed,
               uint32_t fold, const char *depends_on);

/* Rows of the clips on the test side into p and flt (may be NULL), [clips][labels].
   False: it is not there, or not of these clips.  [setup] */
bool part_read(const char *path, const dataset *ds, float *p, float *flt);

ear_status part_write(const char *path, const dataset *ds, const float *p,
                      const float *flt, ear_error *err);

/* The folder of a run that is not needed any more.  [setup] */
void part_remove_run(const char *path);

#endif
