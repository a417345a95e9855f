/* SPDX-License-Identifier: ISC */
/* Frames of a clip on disk, one file a clip: <SHA-256 of sound and settings>.feat holds
     "EARFEAT1", n_frames, values in a frame (uint32), SHA-256 of the frames (32 bytes),
   frames in this machine's byte order.  What does not check out counts as absent. */
#ifndef EAR_TRAIN_FEATURE_CACHE_H
#define EAR_TRAIN_FEATURE_CACHE_H

#include "featureset.h"

/* The folder and those above it.  [setup] */
ear_status feature_cache_make(const char *folder, ear_error *err);

/* folder NULL or an empty hash: always false.  [any] */
bool feature_cache_get(feature_clip *out, const char *folder, const char *sha256,
                       const ear_front_end *fe);

/* A cache that cannot be written costs time later, nothing else.  [any] */
void feature_cache_put(const feature_clip *c, const char *folder, const char *sha256,
                       const ear_front_end *fe);

#endif
