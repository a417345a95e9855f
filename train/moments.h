/* SPDX-License-Identifier: ISC */
/* How the inputs of a layer vary together: what rounding a weight up costs, and which
   other weights can take it back.

   A row is what one output sees, in the order of its weights: [kt][kf][i], of a depthwise
   layer [kt][kf] of its channel.  The second moments about the mean, damped, are kept as
   their Cholesky factor.  */
#ifndef EAR_TRAIN_MOMENTS_H
#define EAR_TRAIN_MOMENTS_H

#include "nn.h"

enum { MOMENTS_WIDEST = 1024 }; /* wider rows are not followed: n stays 0 */

typedef struct {
  uint32_t n;        /* of a row; 0: nothing is known */
  uint32_t n_groups; /* depthwise: its channels; else 1 */
  double *mean;      /* [n_groups][n] */
  double *factor;    /* [n_groups][n][n] upper R, R^T R = the moments */
} moments;

/* Of every layer l with weights, m[n_layers], while net evaluates the patches
   [n_patches][n_frames][n_values].  To be freed in any case.  [setup] */
ear_status moments_of(moments *m, nn *net, const float *patches, uint32_t n_patches);
void moments_free(moments *m, uint32_t n_layers);

/* Weights w[0..n) of one output to q = w / scale in whole steps, -127..127: each is
   rounded to where it best makes up for those rounded before it.  Returns what the bias
   must gain, so that the mean of the output stays.
   Source: L. Babai, Combinatorica 6(1), 1986 (nearest plane); E. Frantar et al., ICLR
   2023 (arXiv:2210.17323), which for a layer of weights is the same. */
double moments_round(const moments *m, uint32_t group, const float *w, size_t n,
                     float scale, int8_t *q);

/* How far q at that scale moves the output from its mean, squared: a variance. */
double moments_harm(const moments *m, uint32_t group, const float *w, size_t n,
                    float scale, const int8_t *q);

/* The scale, from least to half as much again, at which rounding harms least. */
float moments_scale(const moments *m, uint32_t group, const float *w, size_t n,
                    float least);

#endif
