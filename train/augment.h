/* SPDX-License-Identifier: ISC */
/* Random changes of a patch that leave its class alone.
   Patches are [n_frames][n_bands]; first dB, then normalised (band_norm_apply).
   Sources: D. Park et al., Interspeech 2019 (masks); H. Zhang et al., ICLR 2018 (mixup).
 */
#ifndef EAR_TRAIN_AUGMENT_H
#define EAR_TRAIN_AUGMENT_H

#include "recipe.h"
#include "rng.h"

/* dB: one gain for all, and a smooth curve over the bands (tilt and two cosines); nothing
   falls under floor_db, the front end's floor. */
void augment_gain(float *db, uint32_t n_frames, uint32_t n_bands, const recipe_train *t,
                  float floor_db, rng *r);

/* Normalised: masks over time and over bands, filled with the band's mean, 0. */
void augment_mask(float *x, uint32_t n_frames, uint32_t n_bands, const recipe_train *t,
                  rng *r);

/* How much of the first of two examples to keep: Beta(alpha, alpha), 1/2 .. 1. */
float augment_mix(float alpha, rng *r);

#endif
