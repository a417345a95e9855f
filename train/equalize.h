/* SPDX-License-Identifier: ISC */
/* The same network with scales that suit eight bits: BatchNorm folded in, and quiet
   channels between two layers with weights made wider.

   A ReLU, a pool and a mean pass a positive factor on, so what one layer's channel gains
   the next layer's weights give back: the same function.  All channels of a layer share
   one step; without this a quiet one would have a few of its 255 steps only.
   Source: M. Nagel et al., ICCV 2019 (arXiv:1906.04721), with ranges of the values in
   place of those of the weights. */
#ifndef EAR_TRAIN_EQUALIZE_H
#define EAR_TRAIN_EQUALIZE_H

#include "calibrate.h"

/* A network of its own that evaluates to what net does, and the ranges of its layers
   steps[1 + n_layers] as calibrate gives them, from patches
   [n_patches][n_frames][n_values].  [setup] */
ear_status equalized_new(nn **equal, calibrate_steps *steps, nn *net,
                         const float *patches, uint32_t n_patches, ear_error *err);

#endif
