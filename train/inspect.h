/* SPDX-License-Identifier: ISC */
/* One sound file looked at before anything is learned from it: length, level, what is
   wrong with it, and what it is recognised by. */
#ifndef EAR_TRAIN_INSPECT_H
#define EAR_TRAIN_INSPECT_H

#include "duplicates_print.h"

typedef enum {
  SOUND_GOOD = 0,
  SOUND_UNREADABLE,
  SOUND_SILENT,  /* peak under -70 dBFS, the engine's gate */
  SOUND_SHORT,   /* under half a second */
  SOUND_CLIPPED, /* flat tops */
  N_SOUND_STATES
} sound_state;

/* "unreadable", "silent", ...; "good" for SOUND_GOOD.  [any] */
const char *sound_state_name(sound_state s);

typedef struct {
  char *unreadable; /* a sentence that names the file, NULL if it could be read */
  double seconds, rate_hz;
  uint32_t n_channels;
  double peak_db, level_db; /* largest sample and RMS, dBFS, -200 at the least */
  double flat;    /* share of samples that stand still at the highest or lowest value */
  char sound[65]; /* SHA-256 of the decoded samples, their rate and channels: the same in
                     any lossless container; "" unreadable or silent */
  print mark[N_PRINT_SPEEDS];
} inspection;

/* Never fails: what cannot be read, or not for want of memory, says so.  cache: folder
   with what was found before, by the SHA-256 of the file; NULL or "": none.  [any] */
void inspect(inspection *k, const char *path, const char *sha256, const char *cache);
void inspection_free(inspection *k);

/* The same of a sound that somebody has decoded already, only to keep it in the cache.
   [any] */
void inspect_note(const audio *a, const char *sha256, const char *cache);

/* The first of its problems: each sound is named once.  [any] */
sound_state inspection_state(const inspection *k);

#endif
