/* SPDX-License-Identifier: ISC */
/* What a model may cost.  All in doubles: no product of hostile sizes can wrap. */
#include "model_check.h"

#include <math.h>

static const double max_tick_s = 5;
static const double max_receptive_s = 60;
static const double max_stream_bytes = 128 << 20;
static const double short_s = 3; /* the longest horizon whose ticks are kept */
static const double max_short_ticks = 1 << 16;
static const double max_work_per_s = 2e10; /* a core of a fast machine */
static const double max_first_work = 4e9;  /* of the load check: to the third verdict */

static bool
is_filter(ear_op op)
{
  return op == EAR_OP_CONV || op == EAR_OP_DEPTHWISE;
}

/* Bytes that a stream takes for layer l: columns, and weights as the kernels pack them.
 */
static double
layer_bytes(const ear_model_spec *spec, const ear_shape *shape, uint32_t l)
{
  const ear_layer *y = &spec->layer[l];
  const ear_shape in = ear_layer_input_shape(spec, shape, l);
  const double pads = is_filter(y->op) ? (double)y->pad_lo + y->pad_hi : 0;
  const double column = (in.rows + pads) * in.channels;
  double bytes = (double)shape[l].rows * shape[l].channels;
  if (y->op == EAR_OP_ADD || y->op == EAR_OP_CONCAT) { /* a column is of the wider */
    bytes += fmax(column, bytes) * (ear_layer_lag(spec, shape, l) + 1.0);
  } else if (y->op < EAR_OP_MEAN) {
    bytes += column * ((double)(y->kt - 1) * (is_filter(y->op) ? y->dt : 1) + 1);
  }
  if (is_filter(y->op)) { /* 16 channels at once, pairs of 16-bit values */
    const double n_out = shape[l].channels,
                 n = (double)ear_layer_n_weights(spec, shape, l);
    bytes += 2 * y->kt * column;
    bytes += (n / n_out + y->kt) * ceil(n_out / 16) * 16 * sizeof(int16_t);
  }
  return bytes;
}

/* Channels that the kernels compute at once are computed even if there are fewer. */
static double
idle_lanes(const ear_layer *y, double channels)
{
  const double lanes = y->op == EAR_OP_CONV ? 8 : 16;
  return ceil(channels / lanes) * lanes / channels;
}

/* Steps of the front end for one frame, as measured (bench/kinds.c): FFT and mel bands
   2 n log2 n; chroma its filters; contrast, for the worst order of bins, 256 n. */
static double
work_of_front_end(const ear_front_end *fe)
{
  const double n_fft = fe->n_fft;
  double work = 2 * n_fft * log2(n_fft);
  work += fe->kinds & EAR_KIND_MFCC ? 2.0 * fe->n_mfcc * fe->n_bands : 0;
  work += fe->kinds & (EAR_KIND_CHROMA | EAR_KIND_TONNETZ) ? 8 * n_fft : 0;
  work += fe->kinds & EAR_KIND_CONTRAST ? 256 * n_fft : 0;
  return work;
}

/* Steps for one frame on average: its front end, multiply-accumulates, and what is
   compared, summed or copied without one. */
static double
work_of_a_frame(const ear_model_spec *spec, const ear_shape *shape)
{
  double work = ear_model_macs(spec, shape) + work_of_front_end(&spec->front_end);
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    const ear_layer *y = &spec->layer[l];
    const ear_shape in = ear_layer_input_shape(spec, shape, l);
    const bool summary = y->op == EAR_OP_SUMMARY;
    const bool pool = y->op == EAR_OP_MAXPOOL || y->op == EAR_OP_AVGPOOL || summary;
    const double column = (double)shape[l].rows * shape[l].channels;
    const double lanes = summary ? 1 : idle_lanes(y, shape[l].channels);
    work += column * (pool ? (double)y->kt * y->kf * lanes : 1) / shape[l].stride;
    work += (double)in.rows * in.channels / in.stride;
    if (is_filter(y->op)) { /* the window is widened */
      work += (lanes - 1) * (double)ear_layer_n_weights(spec, shape, l) * shape[l].rows /
              shape[l].stride;
      work += (double)y->kt * in.rows * in.channels / shape[l].stride;
    }
  }
  return work;
}

ear_status
ear_model_check_cost(const ear_model_spec *spec, const ear_shape *shape, ear_error *err)
{
  const ear_shape *s = &shape[spec->n_layers - 1];
  const ear_shape features = ear_layer_input_shape(spec, shape, ear_model_head(spec));
  const double hop_s = (double)spec->front_end.hop / (double)spec->front_end.rate_hz;
  const double work = work_of_a_frame(spec, shape);
  const double first_work = work * (s->receptive + 2.0 * s->stride);
  const double ticks = short_s / (s->stride * hop_s) + 1;
  double bytes = (double)features.rows * features.channels * (ticks + 100);
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    bytes += layer_bytes(spec, shape, l);
  }
  if (s->stride * hop_s > max_tick_s || s->receptive * hop_s > max_receptive_s) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "a verdict every %.3g s over %.3g s: at most %.0f s and %.0f s are "
                    "possible",
                    s->stride * hop_s, s->receptive * hop_s, max_tick_s, max_receptive_s);
  }
  if (work / hop_s > max_work_per_s || first_work > max_first_work ||
      bytes > max_stream_bytes) {
    return ear_fail(
        err, EAR_BAD_MODEL,
        "the network is too large to run live: %.3g steps a second, %.3g steps "
        "to check it, %.3g bytes a stream",
        work / hop_s, first_work, bytes);
  }
  if (ticks > max_short_ticks) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "%.3g verdicts in %.0f s: the network is too fast to run live", ticks,
                    short_s);
  }
  return EAR_OK;
}
