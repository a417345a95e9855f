/* SPDX-License-Identifier: ISC */
/* What a model must obey beyond being well-formed: shapes that fit, numbers that cannot
   overflow, a size that a stream can afford. */
#ifndef EAR_MODEL_CHECK_H
#define EAR_MODEL_CHECK_H

#include "model.h"

enum {
  EAR_MAX_NAME = 63,       /* bytes of a name or a label */
  EAR_MAX_CARD = 16 << 10, /* bytes of the card */
  EAR_HEAD_ONE = 16,       /* a 12-bit value is 16 times the 8-bit one */
  EAR_HEAD_MAX = 255 * 16, /* largest 12-bit value */
  EAR_ADD_BITS = 20,       /* fraction bits of the two multipliers of an add */
};

/* Write a sentence and return st, for `return ear_fail(...)`.  err may be NULL.  [any] */
ear_status ear_fail(ear_error *err, ear_status st, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "conv", "dense", ... as in a model file.  [any] */
const char *ear_op_name(ear_op op);

/* Scale and zero point of what layer l gives.  [any] */
void ear_layer_output(const ear_model_spec *spec, uint32_t l, float *scale,
                      int32_t *zero_point);

/* Where layer l reads from: scale and zero point of its input.  [any] */
void ear_layer_input(const ear_model_spec *spec, uint32_t l, float *scale,
                     int32_t *zero_point);

/* Shape of the column that layer l reads.  [any] */
ear_shape ear_layer_input_shape(const ear_model_spec *spec, const ear_shape *shape,
                                uint32_t l);

/* True for conv, depthwise and dense.  [any] */
bool ear_op_has_weights(ear_op op);

/* Index of the mean layer, or n_layers.  [any] */
uint32_t ear_model_mean(const ear_model_spec *spec);

/* Index of the first layer of the head: the mean, or else the first dense.  [any] */
uint32_t ear_model_head(const ear_model_spec *spec);

/* Columns by which the add or concat at layer l delays the input that sees fewer frames,
   so that both look at the same moment.  [any] */
uint32_t ear_layer_lag(const ear_model_spec *spec, const ear_shape *shape, uint32_t l);

/* Index of the layer that begins the second branch, or n_layers; of the concat that ends
   it, or n_layers.  [any] */
uint32_t ear_model_branch(const ear_model_spec *spec);
uint32_t ear_model_concat(const ear_model_spec *spec);

/* Whether layer l stands where its path allows it, and the shape of a concat.  [any] */
ear_status ear_branch_check(const ear_model_spec *spec, uint32_t l, ear_error *err);
ear_status ear_concat_shape(const ear_model_spec *spec, uint32_t l, ear_shape *shape,
                            ear_error *err);

/* What the concat at layer l makes of each byte of its inputs: [0] of the earlier layer,
   [1] of the branch.  -1: scales too far apart.  [any] */
int ear_concat_tables(const ear_model_spec *spec, uint32_t l, uint8_t table[2][256]);

/* real multiplier of layer l, channel o: accumulator to output steps.  [any] */
double ear_layer_multiplier(const ear_model_spec *spec, uint32_t l, uint32_t o);

/* The two fixed-point multipliers of the add at layer l, EAR_ADD_BITS fraction bits, and
   the real multiplier that takes their sum to output steps.  [any] */
double ear_add_multipliers(const ear_model_spec *spec, uint32_t l, int32_t *trunk,
                           int32_t *shortcut);

/* Multiply-accumulates of one frame on average, the head included.  [any] */
double ear_model_macs(const ear_model_spec *spec, const ear_shape *shape);

/* Time and memory that a stream of it takes, and whether they can be afforded live. */
ear_status ear_model_check_cost(const ear_model_spec *spec, const ear_shape *shape,
                                ear_error *err);

/* All of it: texts, front end, layers, weights.  shape as from ear_model_shapes. */
ear_status ear_model_check(const ear_model_spec *spec, const ear_shape *shape,
                           ear_error *err);

#endif
