/* SPDX-License-Identifier: ISC */
/* A clip as one short vector: what the baselines know of it.

   MFCC-20 of the engine's own front end (22,050 Hz, window 2048, hop 512, 128 bands):
   frames [T][20] -> mean, deviation, deviation of the slope over 9 frames [60]. */
#ifndef EAR_TRAIN_CLIP_STATS_H
#define EAR_TRAIN_CLIP_STATS_H

#include "featureset.h"

enum { CLIP_STATS_MFCC = 20, CLIP_STATS_N = 3 * CLIP_STATS_MFCC };

ear_front_end clip_stats_front_end(void); /* [any] */

/* fs of that front end; x [fs->n_clips][CLIP_STATS_N] is the caller's to free, NULL when
   memory is short. */
double *clip_stats_of(const featureset *fs);

#endif
