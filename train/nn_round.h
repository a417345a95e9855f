/* SPDX-License-Identifier: ISC */
/* What a node of a network in integers does to its values: from sums to whole steps as
   engine/net.h says.  A value y is q - zero_point of the engine's q; behind a mean both
   are 16 times as fine. */
#ifndef EAR_TRAIN_NN_ROUND_H
#define EAR_TRAIN_NN_ROUND_H

#include "nn_layers.h"

/* Steps of an average in one of the values that it is of. */
enum { NODE_FINER = 16 };

struct node_rounding {
  bool last;           /* dense: logits, not steps */
  int32_t zero_point;  /* of the output, in its steps */
  int32_t most;        /* q is 0..most: 255, or 4080 */
  float inverse_scale; /* of the input node */
  double *slope;       /* [c] steps out, or logits, per unit of the sum */
  int32_t *multiplier; /* [c] the same as integers; avgpool, summary, add: [1];
                          concat: [2], of from and of source */
  int *shift;
  int32_t factor, factor_from; /* add: of its two inputs */
};

#endif
