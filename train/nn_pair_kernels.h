/* SPDX-License-Identifier: ISC */
/* The inner loops of nn_pair.c, in AVX-512.  Patches are [I / 32][T][F][32], or [T][F],
   with their zeros in frequency around them; pooled values [P positions][O]; I is 1 or a
   multiple of 32, O a multiple of 16. */
#ifndef EAR_TRAIN_NN_PAIR_KERNELS_H
#define EAR_TRAIN_NN_PAIR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { PAIR_TAPS = 9, PAIR_LANES = 16, PAIR_BLOCK = 32, PAIR_GROUP = 64, PAIR_NONE = 4 };

/* Where the values of a patch lie. */
typedef struct {
  uint32_t t, f, i, o;   /* columns, rows with padding, channels in and out */
  uint32_t t_out, f_out; /* pooled */
} pair_shape;

/* Two rows of a convolution of one channel: x [2 + 2][f] to y [2][f - 2][o]; w [9][o]. */
void pair_conv_one(const pair_shape *s, const float *x, const float *w, const float *bias,
                   float *y);

/* x [2][f_conv][o] to its maxima y [f_out][o], not under 0, and where they were,
   0..3; PAIR_NONE: not above 0, no gradient passes. */
void pair_pool(const pair_shape *s, const float *x, uint32_t f_conv, float *y,
               uint8_t *which);

/* n positions from the one at column t, row 0: g = dy where it passes, else 0; at: where
   the window of the convolution starts in the patch; bias [o] += g. */
void pair_gradients(const pair_shape *s, uint32_t t, uint32_t n, const float *dy,
                    const uint8_t *which, float *g, int32_t *at, float *bias);

/* dw [o][9][i] += g x over n positions. */
void pair_weights(const pair_shape *s, uint32_t n, const float *x, const float *g,
                  const int32_t *at, float *dw);

/* The same for one channel, dw [9][o]; n positions of column t. */
void pair_weights_one(const pair_shape *s, uint32_t t, const float *x, const float *dy,
                      const uint8_t *which, float *dw, float *bias);

/* The o with a gradient, of each position, 64 channels and place in the 2x2 window. */
typedef struct {
  uint8_t n[4];
  float g[PAIR_GROUP + PAIR_LANES];
  int32_t w[PAIR_GROUP + PAIR_LANES]; /* o in the 64, times 9 x 16 */
} pair_list;

/* list [n][o / 64, rounded up]. */
void pair_lists(const pair_shape *s, uint32_t n, const float *g, const uint8_t *which,
                pair_list *list);

/* dx += g w; w [i / 16][o][9][16]; t as above. */
void pair_data(const pair_shape *s, uint32_t t, uint32_t n, const pair_list *list,
               const float *w, float *dx);

#endif
