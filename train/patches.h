/* SPDX-License-Identifier: ISC */
/* Training patches as they are, to find ranges with: what export and training in integers
   calibrate on. */
#ifndef EAR_TRAIN_PATCHES_H
#define EAR_TRAIN_PATCHES_H

#include "source.h"

/* At most 256 of the training clips, spread over all of them: *patches
   [*n][n_frames][n_values], normalised, malloc'ed.  [setup] */
ear_status patches_of(float **patches, uint32_t *n, const dataset *ds,
                      const featureset *fs, const band_norm *norm, const recipe *r);

#endif
