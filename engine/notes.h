/* SPDX-License-Identifier: ISC */
/* What is left of a stretch of sound when only its verdicts are missing: a column of the
   network and a level for each tick. */
#ifndef EAR_NOTES_H
#define EAR_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t model; /* place in the analyzer */
  double t_s;     /* end of the tick's last frame */
  double energy;  /* sum of squares of the samples since the last tick */
  uint64_t n_energy;
  const uint8_t *column;
} ear_note;

typedef struct {
  uint64_t first; /* samples pushed before: what happens earlier is not noted */
  uint64_t at;    /* samples pushed now */
  uint32_t n, n_room;
  ear_note *note;
  size_t n_bytes, n_bytes_room;
  uint8_t *bytes; /* the columns */
} ear_notes;

/* Room for n_room notes with columns of n_bytes in all.  False when memory is short.
   [setup] */
bool ear_notes_new(ear_notes *notes, uint32_t n_room, size_t n_bytes);
void ear_notes_free(ear_notes *notes); /* all zero is fine */
void ear_notes_clear(ear_notes *notes, uint64_t first);

/* Note a tick, its column [n] copied, unless it comes before `first` or the room is full.
   [analysis] */
void ear_notes_add(ear_notes *notes, const ear_note *note, size_t n);

#endif
