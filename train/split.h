/* SPDX-License-Identifier: ISC */
/* Which clips train, which choose, which judge: by group, never by segment, so that no
   artist and no file stands on two sides. */
#ifndef EAR_TRAIN_SPLIT_H
#define EAR_TRAIN_SPLIT_H

#include "dataset.h"

/* Clips of the same bytes become one group with their whole groups (hashes needed). */
ear_status split_join_duplicates(dataset *ds);

/* 70 / 15 / 15 % of the clips by group, near that in every class, deterministic in the
   seed.  Fails when a class has one group only.  Overwrites every side.  [setup] */
ear_status split_make(dataset *ds, uint64_t seed, ear_error *err);

/* fold[i] = 0 .. k - 1 for each clip: whole groups, each class in every fold and near
   equal there, deterministic in the seed.  Fails when a class has fewer groups than k.
   [setup] */
ear_status split_folds(const dataset *ds, uint32_t k, uint64_t seed, uint32_t *fold,
                       ear_error *err);

/* Fold `which` becomes test, the next one valid, all others train.  k >= 3. */
void split_use_fold(dataset *ds, const uint32_t *fold, uint32_t k, uint32_t which);

/* Sides from a table with the columns path and split; every clip must be in it. */
ear_status split_read(dataset *ds, const char *path, ear_error *err);

/* True if any clip has a side. */
bool split_given(const dataset *ds);

/* No group and no file on two sides; each class in train and in valid (and a side for
   each clip), else a sentence naming what. */
ear_status split_check(const dataset *ds, ear_error *err);

/* path,label,group,split,sha256: temporary name, rename.  hash (may be NULL) gets the
   SHA-256 of the table. */
ear_status split_write(const dataset *ds, const char *path, char hash[65],
                       ear_error *err);

#endif
