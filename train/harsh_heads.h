/* SPDX-License-Identifier: ISC */
/* How good the further heads of a harshness model are: how severe, of which kind, and
   where in the spectrum, over excerpts whose truth the generator kept. */
#ifndef EAR_TRAIN_HARSH_HEADS_H
#define EAR_TRAIN_HARSH_HEADS_H

#include "harsh_pool.h"

/* Of versions with one kind only.  Shares 0..1, NAN: none. */
typedef struct {
  double severity_rank;  /* Spearman with the measured severity within a unit, mean; NAN:
                            the model has no such head */
  double severity_error; /* mean |said - measured| of harsh versions, 0..100 */
  uint32_t n_kind[RECIPE_N_KINDS];
  double right[RECIPE_N_KINDS]; /* the likeliest kind is the true one */
  double right_all;             /* of all of them; NAN: the model has no such head */
  uint32_t n_placed;            /* presence or resonance, of known centres */
  double covered;               /* the range that the model says has one of them in it */
  double octaves;               /* mean width of the ranges that were said */
} harsh_heads;

/* EAR_NO_MEMORY, or EAR_OK.  [any] */
ear_status harsh_heads_of(harsh_heads *h, const harsh_pool *pool);

#endif
