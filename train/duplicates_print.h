/* SPDX-License-Identifier: ISC */
/* What a sound is recognised by: Chromaprint's numbers of 32 bits, one every 124 ms, of
   which most stay the same whatever codec, level or rate the sound goes through.
   Source: L. Lalinsky, "How does Chromaprint work", 2011; Y. Ke, D. Hoiem, R. Sukthankar,
   "Computer Vision for Music Identification", CVPR 2005. */
#ifndef EAR_TRAIN_DUPLICATES_PRINT_H
#define EAR_TRAIN_DUPLICATES_PRINT_H

#include "audio.h"

typedef enum {
  PRINT_LONG = 0, /* at its own speed: music */
  PRINT_SHORT,    /* as if four times slower: single sounds, which end too early */
  N_PRINT_SPEEDS
} print_speed;

typedef struct {
  uint32_t n;
  uint32_t *item; /* [n]; n 0: too short or too long for this speed, or silent */
} print;

/* Seconds from one item to the next. */
double print_step_s(print_speed speed);

/* Of a sound in any number of channels.  EAR_NO_MEMORY is the only failure.  [any] */
ear_status print_of(print p[N_PRINT_SPEEDS], const audio *a);
void print_free(print p[N_PRINT_SPEEDS]);

#endif
