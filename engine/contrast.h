/* SPDX-License-Identifier: ISC */
/* Spectral contrast: how far the strongest partials of an octave stand out.
     power [n_fft / 2 + 1] -> contrast [7] dB
   The bands are 0..200 Hz, five octaves from 200 Hz on, and all above 6400 Hz.  Of each,
   the mean amplitude of the 2 % of bins that are strongest over that of the 2 % that are
   weakest.  Bands, their edges and the dB (10 log10 of the amplitude) as librosa 0.11,
   but for its floor 80 dB under the largest value of the whole file, which a stream
   cannot know.  Source: D. Jiang et al., "Music type classification by spectral contrast
   feature", ICME 2002. */
#ifndef EAR_CONTRAST_H
#define EAR_CONTRAST_H

#include "earshot.h"

/* Bins [first, end), and how many of them are a peak, and a valley. */
typedef struct {
  uint32_t first, end, n_extreme;
} ear_contrast_band;

/* NULL, or a sentence why there are no such bands.  [any] */
const char *ear_contrast_problem(const ear_front_end *fe);

/* fe without problem.  [setup] */
void ear_contrast_bands(const ear_front_end *fe, ear_contrast_band band[EAR_N_CONTRAST]);

/* power[0..n_fft / 2 + 1) to contrast.  Cannot fail.  [analysis] */
void ear_contrast(const ear_contrast_band band[EAR_N_CONTRAST], const float *power,
                  float contrast[EAR_N_CONTRAST]);

#endif
