/* SPDX-License-Identifier: ISC */
/* The incremental network: a loop over the layers of a model.  A new frame goes in, and
   each layer computes only its new column from the columns that it kept.

   frame [n_values] float -> uint8 -> columns -> either
     per-tick logits (a flatten network, or one without a mean), or
     features [F][C], summed per horizon as integers, averaged to 12 bits
     (q16 = (16 * sum + n / 2) / n, 0..4080, of n ticks, or of n = ticks x rows values if
     the mean is over_frequency too; beside them with deviation
     q16 = floor(16 sqrt(sum of q^2 / n - (sum of q / n)^2) + 1/2) in doubles), and taken
     through the dense layers to logits for each horizon.  Until a horizon is full it
     averages over what there is.

   The integers of the head: with a mean a value is 16 times the 8-bit one, so zero points
   and biases are taken 16 times:
     acc = 16 * (bias - zero_point * sum of weights) + sum of weight * q16
   Hidden layers give clamp(requantize(acc) + 16 * zero_point, 0..4080) with the
   multiplier scale_in * weight_scale[o] / scale; the last gives the logit
   acc * scale_in / 16 * weight_scale[o].  Without a mean every 16 is a 1, and 4080 is
   255. An add gives requantize((a - zero_a) * fa + (b - zero_b) * fb) + zero_point, where
   fa = round(2^20 scale_a / s), fb = round(2^20 scale_b / s), s = max(scale_a, scale_b),
   with the multiplier s / (2^20 scale).  Of the d + 1 columns of layer `from` that a
   column of the other input sees, b is the one at floor(d / 2), the oldest being 0.
   A concat gives requantize(q - zero_in) + zero_point of each side, with the multiplier
   scale_in / scale; of d + 1 columns of the side that sees fewer frames it takes the same
   one as an add.  Zero points are of means: deviations have none.
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
/* The same for a checked spec, which must outlive the net.  [setup] */
ear_status ear_net_from_spec(ear_net **net, const ear_model_spec *spec,
                             uint32_t n_momentary, uint32_t n_short, ear_error *err);
void ear_net_free(ear_net *net);
void ear_net_reset(ear_net *net);

/* Push one frame of the model's front end; true when it completed a tick.  [analysis] */
bool ear_net_push(ear_net *net, const float *value);

/* Quantise a frame as ear_net_push does: value [n_values] -> q [n_values].  [any] */
void ear_net_quantize(const ear_model *model, const float *value, uint8_t *q);
bool ear_net_push_quantized(ear_net *net, const uint8_t *q);

/* After a push that returned true: take the tick into the running sums; a gated tick is
   not counted by the integrated horizon.  Then read, for each horizon h,
   logit[h][0..ear_model_n_outputs) (integrated: zeros until one tick was counted).  For a
   network without a mean, momentary is the tick's own, and the other two must be averaged
   as posteriors by the caller.  The dense layers run when they are first asked for what
   they give at this tick, for all horizons at once.  [analysis] */
void ear_net_tick(ear_net *net, bool gated);
const float *ear_net_logits(ear_net *net, ear_horizon h);

/* The integers behind them, as many.  [analysis] */
const int32_t *ear_net_accumulators(ear_net *net, ear_horizon h);
bool ear_net_averages(const ear_net *net);

/* Class activation of one label over one horizon: row[0..n_rows) in logits, the sum over
   channels of (effective class weight x average feature), and the same of deviations;
   those over_frequency are shared out evenly.  With several dense layers the
   ReLUs are taken as they stand.  Returns n_rows, 0 if the network has no mean or the
   mean is over_frequency without rows to tell apart (then rows are those before the
   frequency average).  [analysis] */
uint32_t ear_net_activation(ear_net *net, ear_horizon h, uint32_t label, float *row);

/* The newest feature column before the head, uint8, and its length: for tests and the
   trainer.  [analysis] */
const uint8_t *ear_net_column(const ear_net *net, size_t *n);

/* Instead of a push that returned true: the column that another net of the model made, to
   be there until the tick is taken.  [analysis] */
void ear_net_put_column(ear_net *net, const uint8_t *column);

/* Posteriors from logits: softmax or sigmoid after the temperature.  [any] */
void ear_net_posteriors(const ear_model_spec *spec, const float *logit, float *p);

/* Of all outputs, p [ear_model_n_outputs]: the posteriors, then the sigmoid of each
   further logit.  [any] */
void ear_net_outputs(const ear_model_spec *spec, const float *logit, float *p);

#endif
