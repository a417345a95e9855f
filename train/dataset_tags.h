/* SPDX-License-Identifier: ISC */
/* Groups from what the sound files say of themselves. */
#ifndef EAR_TRAIN_DATASET_TAGS_H
#define EAR_TRAIN_DATASET_TAGS_H

#include "dataset.h"

/* The group of each clip becomes its "artist" or "album"; a file without keeps the group
   it had and counts in ds->n_untagged.  Fails when no file has the tag.  [setup] */
ear_status dataset_group_by_tag(dataset *ds, const char *name, ear_error *err);

#endif
