/* SPDX-License-Identifier: ISC */
/* A network as data: the parsed model, and the writer that the trainer uses.

   Activations are columns: [F rows][C channels] of uint8, one column per time step, with
   real = scale * (q - zero_point).  Time is never padded; frequency may be.  In every
   pair the time comes first: kernel {kt, kf}, stride {st, sf}.

   Layer list, in order, from the input column [n_values][1] on:
     conv      [o][kt][kf][i] int8 per-output-channel symmetric weights, optional ReLU
     depthwise [c][kt][kf]    the same with one filter per channel
     maxpool, avgpool         kernel and stride in both directions, no padding
     summary                  of each row and channel over the last kt columns the
                              minimum, the maximum and the mean (rounded as avgpool's);
                              columns [F][3 C]: all minima, then maxima, then means
     concat                   ends the second branch: the columns of layer `from`, the
                              last before the branch began, and behind their channels
                              those of the branch, row by row; same rows and stride; the
                              path that sees fewer frames is cropped in time to its
                              centre; one at most
     add                      plus the output of the earlier layer `from` (same rows,
                              channels and stride), cropped in time to its centre; of
                              its own path: not across the begin or end of a branch
     flatten                  the last kt columns as one column of 1 row, kt*F*C channels
                              in the order [t][f][c]; only a dense may follow
     mean                     the averaging head begins: features are averaged over each
                              horizon, and over frequency too if over_frequency is set;
                              with deviation columns [2 F][C]: all means, then as many
                              standard deviations over what was averaged, which have no
                              zero point; at most one, only dense layers after it
     dense     [o][i]         on the flattened channels [f][c] of its input
   A layer reads the one before it, but for one with `frames`: there a second branch
   begins, which reads the input column again.  Such is a conv, depthwise, pool or
   summary; at most one; a concat must come before mean, flatten and dense.
   The last layer is dense, its int32 accumulators are the logits: of the labels, then of
   the severity, then of the kinds of harshness, as far as there are such heads.

   With a mean, dense inputs are 12-bit (q16 = 16 * average of q): see net.h.  */
#ifndef EAR_MODEL_H
#define EAR_MODEL_H

#include "earshot.h"

typedef enum {
  EAR_OP_CONV,
  EAR_OP_DEPTHWISE,
  EAR_OP_MAXPOOL,
  EAR_OP_AVGPOOL,
  EAR_OP_SUMMARY,
  EAR_OP_ADD,
  EAR_OP_CONCAT,
  EAR_OP_FLATTEN,
  EAR_OP_MEAN,
  EAR_OP_DENSE,
} ear_op;

typedef enum { EAR_SOFTMAX, EAR_SIGMOID } ear_activation;

enum {
  EAR_MAX_LAYERS = 48,
  EAR_SUMMARY_PARTS = 3,
  EAR_MAX_OUTPUTS = EAR_MAX_LABELS + 1 + EAR_MAX_HARSH_KINDS,
};

typedef struct {
  ear_op op;
  uint32_t kt, kf;         /* kernel; summary, flatten: kt columns, 1; else 1, 1 */
  uint32_t st, sf;         /* stride, default 1, 1 */
  uint32_t dt;             /* dilation in time, conv and depthwise, default 1 */
  uint32_t pad_lo, pad_hi; /* rows added below and above, conv and depthwise */
  uint32_t from;           /* add, concat: index of the earlier layer */
  bool frames;             /* reads the input frames: a second branch begins */
  bool relu;               /* conv, depthwise, add, dense (not the last) */
  bool over_frequency;     /* mean */
  bool deviation;          /* mean */
  uint32_t n_out;          /* conv, dense: output channels */
  float scale;             /* of the output, > 0; without weights, but for add and concat:
                              the input's */
  int32_t zero_point;      /* of the output, 0..255; 0 with relu */
  const int8_t *weight;    /* see above; NULL where the op has none */
  const int32_t *bias;     /* [n_out], in units of scale_in * weight_scale[o] */
  const float *weight_scale; /* [n_out], finite, > 0 */
} ear_layer;

/* Everything a model file says.  Pointers belong to the parsed model or to the caller
   of ear_model_write. */
typedef struct {
  const char *name, *task, *license, *card;
  uint32_t n_labels;
  const char *label[EAR_MAX_LABELS];
  float threshold[EAR_MAX_LABELS]; /* > 1: never flags */
  bool severity;          /* an output behind those of the labels: 100 sigmoid(logit) */
  uint32_t n_harsh_kinds; /* and behind that one for each kind: sigmoid(logit) */
  const char *harsh_kind[EAR_MAX_HARSH_KINDS];
  ear_activation activation;
  float temperature;        /* logits are divided by it before the activation, > 0 */
  float unsure;             /* margin under which a classifier is unsure; 0: never */
  ear_front_end front_end;  /* never power */
  const float *mean;        /* [n_values] in the units of the values */
  const float *inverse_std; /* [n_values]: x = (value - mean) * inverse_std */
  float input_scale;        /* q = round(x / input_scale) + input_zero_point */
  int32_t input_zero_point;
  uint32_t n_layers;
  ear_layer layer[EAR_MAX_LAYERS];
} ear_model_spec;

/* Shapes that follow from the layer list. */
typedef struct {
  uint32_t rows, channels; /* of the output column */
  uint32_t stride;         /* hops from one output column to the next */
  uint32_t receptive;      /* frames behind one output column */
} ear_shape;

/* Outputs of the last layer: labels, severity, kinds.  [any] */
uint32_t ear_model_n_outputs(const ear_model_spec *spec);

/* Fill shape[0..n_layers) with the output shape of each layer.  EAR_BAD_MODEL and a
   sentence if they do not fit together.  Reads neither weights nor scales.  [any] */
ear_status ear_model_shapes(const ear_model_spec *spec, ear_shape *shape, ear_error *err);

/* Which layer's output layer l reads, counted from 1; 0: the input frames.  [any] */
uint32_t ear_layer_source(const ear_model_spec *spec, uint32_t l);

/* Number of weights of layer l, 0 if its kind has none; it has as many biases and weight
   scales as output channels.  [any] */
size_t ear_layer_n_weights(const ear_model_spec *spec, const ear_shape *shape,
                           uint32_t l);

/* Serialise: computes test vector and hashes, checks by loading it again.  *bytes is
   malloc'ed for the caller.  [setup] */
ear_status ear_model_write(const ear_model_spec *spec, uint8_t **bytes, size_t *n,
                           ear_error *err);

/* The same to a file: temporary name, flush, rename.  [setup] */
ear_status ear_model_save(const ear_model_spec *spec, const char *path, ear_error *err);

/* The parsed model.  [any] */
const ear_model_spec *ear_model_spec_get(const ear_model *model);

#endif
