/* SPDX-License-Identifier: ISC */
/* The values of one frame from its power spectrum.
     power [n_fft / 2 + 1] -> value [ear_front_end_values]: the kinds chosen, in the order
     mel, MFCC, chroma, contrast, tonnetz */
#ifndef EAR_KINDS_H
#define EAR_KINDS_H

#include "bank.h"
#include "earshot.h"

typedef struct ear_kinds ear_kinds;

/* fe without problem.  NULL when memory is short.  [setup] */
ear_kinds *ear_kinds_new(const ear_front_end *fe);
void ear_kinds_free(ear_kinds *kinds); /* NULL is fine */

/* power[0..n_fft / 2 + 1 + EAR_BANK_PAD), the pad finite.  The values are there until the
   next call.  Cannot fail.  [analysis] */
const float *ear_kinds_apply(ear_kinds *kinds, const float *power);

#endif
