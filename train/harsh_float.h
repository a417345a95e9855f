/* SPDX-License-Identifier: ISC */
/* The network before it was rounded, on the excerpts that judge: what do 8 bits cost? */
#ifndef EAR_TRAIN_HARSH_FLOAT_H
#define EAR_TRAIN_HARSH_FLOAT_H

#include "band_norm.h"
#include "harsh_pool.h"
#include "nn.h"

/* With the bias and the temperature of the model file. */
typedef struct {
  nn *net; /* of the classes clean and harsh */
  const ear_front_end *front_end;
  const band_norm *norm;
  double temperature;
} harsh_float;

/* Fill example.flt from its frames, which are given back.  [setup] */
ear_status harsh_float_scores(harsh_pool *pool, const harsh_float *f, ear_error *err);

/* Verdicts of int8 (score) and float (flt) over the same examples. */
typedef struct {
  uint32_t n;
  double same_flag;       /* share that is on the same side of the threshold */
  double same_label;      /* and of 0.5 */
  double balanced[2];     /* balanced accuracy at the threshold: int8, float */
  double auroc[2];        /* int8, float */
  double calibration_gap; /* mean |score - flt| */
} harsh_rounding;

/* Over all examples of n pools that have flt.  n 0 in the result: none.  [any] */
ear_status harsh_rounding_of(harsh_rounding *r, const harsh_pool *pool, uint32_t n_pools,
                             double threshold);

#endif
