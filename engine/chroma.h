/* SPDX-License-Identifier: ISC */
/* Pitch classes and what follows from them.
     power [n_fft / 2 + 1] -> chroma [12], from C on, the largest 1
                           -> tonnetz [6]: fifths, minor thirds, major thirds, as (x, y)
   Filters as librosa 0.11 (tuning 0), which took them from D. Ellis, "Chroma feature
   analysis and synthesis", 2007: a Gaussian around each pitch class, columns of unit
   length, weighted by octave around 440 Hz * 2.  Tonnetz: C. Harte, M. Sandler, M.
   Gasser, "Detecting harmonic change in musical audio", 2006. */
#ifndef EAR_CHROMA_H
#define EAR_CHROMA_H

#include "bank.h"
#include "earshot.h"

/* fe without problem.  NULL when memory is short.  [setup] */
ear_bank *ear_chroma_new(const ear_front_end *fe);

/* Weights of bin k in the pitch classes, in double precision.  [any] */
void ear_chroma_weights(const ear_front_end *fe, uint32_t k, double weight[EAR_N_CHROMA]);

/* Scale what the bank gave, in place, so that the largest is 1.  [analysis] */
void ear_chroma_normalise(float chroma[EAR_N_CHROMA]);

/* Directions of the pitch classes in the tonal space.  [setup] */
void ear_tonnetz_directions(double direction[EAR_N_TONNETZ][EAR_N_CHROMA]);

/* The centroid of normalised chroma in that space.  [analysis] */
void ear_tonnetz(double direction[EAR_N_TONNETZ][EAR_N_CHROMA], const float *chroma,
                 float tonnetz[EAR_N_TONNETZ]);

#endif
