/* SPDX-License-Identifier: ISC */
/* What is done to a sound that should not change what is said of it. */
#ifndef EAR_TRAIN_HARSH_CHANGE_H
#define EAR_TRAIN_HARSH_CHANGE_H

#include "audio.h"

enum { HARSH_N_CHANGES = 8 };

/* In words: "12 dB quieter".  [any] */
const char *harsh_change_name(uint32_t which);

/* to: a changed copy, to->x malloc'ed.  [any] */
ear_status harsh_change(audio *to, const audio *from, uint32_t which);

#endif
