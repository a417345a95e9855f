/* SPDX-License-Identifier: ISC */
/* The excerpts of a cell that a model is most wrong about, rendered again to be listened
   to. */
#ifndef EAR_TRAIN_HARSH_WORST_H
#define EAR_TRAIN_HARSH_WORST_H

#include "harsh_protocol.h"

enum { HARSH_N_WORST = 6 };

typedef struct {
  const harsh_example *example;
  char name[24];  /* of the sound in the folder: "alarm-1.flac" */
  char what[400]; /* artist, track and time, what was done to it */
} harsh_worst;

/* Clean excerpts that score highest over the threshold (alarms), harsh ones that score
   lowest under it (misses), one of a track, worst first; returns how many.  [any] */
uint32_t harsh_worst_of(harsh_worst worst[HARSH_N_WORST], const harsh_pool *pool,
                        double threshold, bool alarms);

/* Render it again and write folder/name; fills what.  [setup] */
ear_status harsh_worst_write(harsh_worst *w, const harsh_plan *plan, uint64_t first,
                             const char *folder, ear_error *err);

#endif
