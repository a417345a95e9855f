/* SPDX-License-Identifier: ISC */
/* The engine's integers of a float network: weights int8 symmetric per output channel,
   biases int32, BatchNorm folded in, scales as calibrated. */
#ifndef EAR_TRAIN_INTEGERS_H
#define EAR_TRAIN_INTEGERS_H

#include "calibrate.h"
#include "moments.h"

/* Of one layer; NULL where it has no weights. */
typedef struct {
  int8_t *weight; /* [n_out][n_weights / n_out] */
  int32_t *bias;  /* [n_out] */
  float *scale;   /* [n_out] */
} integer_layer;

/* spec points into layer; its texts and normalisation are the caller's to set. */
typedef struct {
  ear_model_spec spec;
  integer_layer layer[EAR_MAX_LAYERS];
} integers;

/* Room for net's recipe, nothing computed.  To be freed in any case.  [setup] */
ear_status integers_new(integers *q, nn *net, ear_error *err);
void integers_free(integers *q);

/* The weights that net has now, with steps [1 + n_layers] as calibrate gives them.  m
   [n_layers] or NULL: each weight is rounded to the nearest. */
ear_status integers_take(integers *q, const nn *net, const calibrate_steps *steps,
                         const moments *m);

/* What the accumulators of layer l count: scale and zero point of its input, and 16 in a
   head behind a mean, else 1. */
typedef struct {
  double scale, zero_point, unit;
} integer_input;
integer_input integers_input(const integers *q, uint32_t l);

/* The same of what layer l gives. */
integer_input integers_output(const integers *q, uint32_t l);

#endif
