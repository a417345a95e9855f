/* SPDX-License-Identifier: ISC */
/* A data set shared out among ranks: each reads its part of the clips, all know all.
   With one rank nothing happens. */
#ifndef EAR_TRAIN_PARALLEL_DATA_H
#define EAR_TRAIN_PARALLEL_DATA_H

#include "featureset.h"

/* Fails unless all ranks see the same names and labels.  [setup] */
ear_status parallel_data_same(const dataset *ds, ear_error *err);

/* Of all[n][each] clips, each rank has its parallel_part of n; what comes from the others
   is kept by store.  mine: how that went.  [setup] */
ear_status parallel_data_clips(feature_clip *all, uint32_t n, uint32_t each,
                               const ear_front_end *fe, feature_store *store,
                               ear_status mine, ear_error *err);

/* The sides that the first has given.  [setup] */
ear_status parallel_data_sides(dataset *ds, ear_error *err);

#endif
