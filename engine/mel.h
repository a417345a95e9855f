/* SPDX-License-Identifier: ISC */
/* Triangular mel filters.
     power [n_fft / 2 + 1] -> band [n_bands]
   Filters and area norm as librosa 0.11, which took them from M. Slaney, "Auditory
   Toolbox", 1998; the HTK scale from S. Young et al., "The HTK Book". */
#ifndef EAR_MEL_H
#define EAR_MEL_H

#include "bank.h"
#include "earshot.h"

/* fe without problem.  NULL when memory is short.  [setup] */
ear_bank *ear_mel_new(const ear_front_end *fe);

/* Weight of bin k in band b, in double precision.  [any] */
double ear_mel_weight(const ear_front_end *fe, uint32_t b, uint32_t k);

#endif
