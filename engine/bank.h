/* SPDX-License-Identifier: ISC */
/* A bank of filters as rows of weights, each kept from its first weight to its last.
     x [n_in] -> y [n_filters], y[f] = sum over i of weight[f][i] * x[i]
   Mel bands, chroma and the cosine transform of the MFCCs are banks. */
#ifndef EAR_BANK_H
#define EAR_BANK_H

#include "passes.h"

/* ear_bank_apply reads up to this many values after the last of x. */
enum { EAR_BANK_PAD = EAR_PASS_LANES };

typedef struct ear_bank ear_bank;

/* Add the weights of filter f to weight[0..n_in), which is zero. */
typedef void (*ear_bank_row)(const void *user, uint32_t f, double *weight);

/* row is called twice for each filter.  NULL when memory is short.  [setup] */
ear_bank *ear_bank_new(uint32_t n_filters, uint32_t n_in, ear_bank_row row,
                       const void *user);
void ear_bank_free(ear_bank *bank); /* NULL is fine */

/* x[0..n_in + EAR_BANK_PAD), the pad finite, to y[0..n_filters), which must not overlap.
   Cannot fail.  [analysis] */
void ear_bank_apply(const ear_bank *bank, const float *restrict x, float *restrict y);

#endif
