/* SPDX-License-Identifier: ISC */
/* Random changes of a patch that leave its class alone.
   Patches are [n_frames][n_values]; first as they are, then normalised
   (band_norm_apply).
   Sources: D. Park et al., Interspeech 2019 (masks); H. Zhang et al., ICLR 2018 (mixup).
 */
#ifndef EAR_TRAIN_AUGMENT_H
#define EAR_TRAIN_AUGMENT_H

#include "recipe.h"
#include "rng.h"

/* One gain for all, and a smooth curve over the bands (tilt and two cosines): no band
   falls under the front end's floor, MFCCs follow as if there were none.  Chroma,
   contrast and tonnetz do not know of gain, and hardly of the curve: they stay. */
void augment_gain(float *value, uint32_t n_frames, const ear_front_end *fe,
                  const recipe_train *t, rng *r);

/* Normalised: masks over time and over values, filled with the mean, 0. */
void augment_mask(float *x, uint32_t n_frames, uint32_t n_values, const recipe_train *t,
                  rng *r);

/* How much of the first of two examples to keep: Beta(alpha, alpha), 1/2 .. 1. */
float augment_mix(float alpha, rng *r);

#endif
