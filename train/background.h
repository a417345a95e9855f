/* SPDX-License-Identifier: ISC */
/* A class that is not in the sounds: what is no music, made from numbers.

   Noise of several colours, hum, speech-like sounds, crowds, clicks, near silence: each
   *family* is a way to make a sound, each sound of a family draws its own parameters.  A
   family is a group, so no split and no fold has one on two sides: what is judged was
   made in ways that training never met. */
#ifndef EAR_TRAIN_BACKGROUND_H
#define EAR_TRAIN_BACKGROUND_H

#include "dataset.h"

enum { BACKGROUND_RATE = 22050 };

uint32_t background_n_families(void);
const char *background_family(uint32_t family); /* "pink", ... */

/* Sound `number` of a family, x[0..n): peak from -30 to -6 dBFS, of the quiet families
   less.  Same seed, same sound.  EAR_NO_MEMORY is the only failure.  [any] */
ear_status background_make(float *x, uint32_t n, uint32_t family, uint32_t number,
                           uint64_t seed);

/* n more clips with the label "background", of 3 to 10 s, families in turn, as files in
   folder (made if need be; what is there is used).  Where ds has sides, some families
   are on the valid side, all others on the training side.  [setup] */
ear_status background_add(dataset *ds, const char *folder, uint32_t n, uint64_t seed,
                          ear_error *err);

#endif
