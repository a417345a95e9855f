/* SPDX-License-Identifier: ISC */
/* Triangular mel filters, sparse: each band is a first bin and a run of weights.
     power [n_fft / 2 + 1] -> band [n_bands]
   Filters and area norm as librosa 0.11, which took them from M. Slaney, "Auditory
   Toolbox", 1998; the HTK scale from S. Young et al., "The HTK Book". */
#ifndef EAR_MEL_H
#define EAR_MEL_H

#include "earshot.h"

/* ear_mel_apply reads up to this many values after the last bin. */
enum { EAR_MEL_PAD = 8 };

typedef struct ear_mel ear_mel;

/* fe without problem.  NULL when memory is short.  [setup] */
ear_mel *ear_mel_new(const ear_front_end *fe);
void ear_mel_free(ear_mel *mel);

/* power[0..n_fft / 2 + 1 + EAR_MEL_PAD), the pad finite, to band[0..n_bands), which must
   not overlap.  Cannot fail.  [analysis] */
void ear_mel_apply(const ear_mel *mel, const float *restrict power, float *restrict band);

/* Weight of bin k in band b, in double precision.  [any] */
double ear_mel_weight(const ear_front_end *fe, uint32_t b, uint32_t k);

#endif
