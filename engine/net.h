/* SPDX-License-Identifier: ISC */
/* The incremental network: a loop over the layers of a model.  A new frame goes in, and
   each layer computes only its new column from the columns that it kept.

   frame [n_bands] float dB -> uint8 -> columns -> either
     per-tick logits (a flatten network, or one without a mean), or
     features [F][C], summed per horizon as integers, averaged to 12 bits
     (q16 = (16 * (sum - n * zero_point) + n / 2) / n, 0..4080), and taken through the
     dense layers to logits for each horizon.
   Equals recomputing the whole receptive field from scratch, bit for bit. */
#ifndef EAR_NET_H
#define EAR_NET_H

#include "earshot.h"
#include "model.h"

/* What one stream needs; all memory is taken at creation. */
typedef struct ear_net ear_net;

/* n_momentary and n_short: horizons in ticks, >= 1.  [setup] */
ear_status ear_net_new(ear_net **net, ear_model *model, uint32_t n_momentary,
                       uint32_t n_short, ear_error *err);
void ear_net_free(ear_net *net);
void ear_net_reset(ear_net *net);

/* Push one frame of dB; true when it completed a tick.  [analysis] */
bool ear_net_push(ear_net *net, const float *band);

/* Quantise a frame as ear_net_push does: band [n_bands] -> q [n_bands].  [any] */
void ear_net_quantize(const ear_model *model, const float *band, uint8_t *q);
bool ear_net_push_quantized(ear_net *net, const uint8_t *q);

/* After a push that returned true: take the tick into the running sums; a gated tick is
   not counted by the integrated horizon.  Then read, for each horizon h,
   logit[h][0..n_labels) (integrated: zeros until one tick was counted).  For a network
   without a mean, momentary is the tick's own, and the other two must be averaged as
   posteriors by the caller.  [analysis] */
void ear_net_tick(ear_net *net, bool gated);
const float *ear_net_logits(const ear_net *net, ear_horizon h);
bool ear_net_averages(const ear_net *net);

/* Class activation of one label over one horizon: row[0..n_rows) in logits, the sum over
   channels of (effective class weight x average feature).  With several dense layers the
   ReLUs are taken as they stand.  Returns n_rows, 0 if the network has no mean or the
   mean is over_frequency without rows to tell apart (then rows are those before the
   frequency average).  [analysis] */
uint32_t ear_net_activation(ear_net *net, ear_horizon h, uint32_t label, float *row);

/* The newest feature column before the head, uint8, and its length: for tests and the
   trainer.  [analysis] */
const uint8_t *ear_net_column(const ear_net *net, size_t *n);

/* Posteriors from logits: softmax or sigmoid after the temperature.  [any] */
void ear_net_posteriors(const ear_model_spec *spec, const float *logit, float *p);

#endif
