/* SPDX-License-Identifier: ISC */
/* The network by its definition: every layer over the whole input at once, zero points
   and padding spelled out, 64-bit sums.  Shares nothing with the engine's network but the
   rounding of quant.h and the layer list. */
#ifndef EAR_TESTS_NAIVE_NET_H
#define EAR_TESTS_NAIVE_NET_H

#include "model.h"

/* n columns of [rows][channels]. */
typedef struct {
  uint32_t n, rows, channels;
  uint8_t *q;
} naive_columns;

typedef struct {
  const ear_model_spec *spec;
  uint32_t n_trunk; /* layers before the head */
  naive_columns
      layer[EAR_MAX_LAYERS + 1]; /* [0] is the input, [l + 1] what layer l gives */
} naive_net;

/* frames [n][values in a frame] */
void naive_net_run(naive_net *net, const ear_model_spec *spec, const uint8_t *frames,
                   uint32_t n);
void naive_net_free(naive_net *net);

/* What the trunk gives in the end. */
const naive_columns *naive_net_features(const naive_net *net);

/* Accumulators and logits of the head over the columns listed in tick[0..n). */
void naive_net_head(const naive_net *net, const uint32_t *tick, uint32_t n, int64_t *acc,
                    float *logit);

#endif
