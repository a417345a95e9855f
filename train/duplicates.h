/* SPDX-License-Identifier: ISC */
/* Which clips are copies of one another: the same samples, or the same recording through
   another codec, level, rate, or cut.

   Two prints are compared where they share a number at one offset.  Excerpts of 30 s of
   100 tracks: copies (MP3, Vorbis, -6 dB, 22.05 kHz, cut by any time) differ in at most
   9 % of the bits, different tracks in 26 % and more, limit 20 %.  Of 3 s: copies in at
   most 8 % (but one in 13 %), different tracks in 15 % and more, limit 12 %.  Of sounds
   under 1.5 s only the same samples are found. */
#ifndef EAR_TRAIN_DUPLICATES_H
#define EAR_TRAIN_DUPLICATES_H

#include "dataset.h"
#include "inspect.h"

typedef struct {
  uint32_t clip;            /* the copy */
  uint32_t of;              /* an earlier clip, which itself is nobody's copy */
  bool exact;               /* the same samples */
  double differ;            /* share of the bits compared; 0 if exact */
  double later_s, common_s; /* where in `of` it begins; how long both run together */
} duplicate;

typedef struct {
  uint32_t n;
  duplicate *copy; /* [n] in the order of clips; each clip once */
} duplicates;

/* k lies beside the clips.  Result independent of the number of threads.  [setup] */
ear_status duplicates_find(duplicates *d, const inspection *k, uint32_t n_clips);
void duplicates_free(duplicates *d);

/* Fails naming two clips of the same samples that spoil training: in two classes, or on
   two sides if there are sides.  [any] */
ear_status duplicates_check(const duplicates *d, const dataset *ds, ear_error *err);

/* Copies become one group with their whole groups, so that no split parts them.  Near
   ones only while every class that they touch keeps three groups; *n_apart is how many
   near copies stayed in groups of their own.  [setup] */
ear_status duplicates_join(const duplicates *d, dataset *ds, uint32_t *n_apart);

#endif
