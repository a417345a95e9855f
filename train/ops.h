/* SPDX-License-Identifier: ISC */
/* The operators, one function an implementation, as degrade_operator.apply.  Each draws
   the same numbers from r whatever the amount is, so that a seed with a rising amount is
   one processor turned up. */
#ifndef EAR_TRAIN_OPS_H
#define EAR_TRAIN_OPS_H

#include "degrade.h"

typedef ear_status degrade_fn(audio *a, double amount, rng *r, degrade_words *say);

degrade_fn op_presence_peak, op_presence_parallel, op_presence_following,
    op_presence_linear_phase;
degrade_fn op_resonance_peak, op_resonance_wobble, op_resonance_note, op_resonance_modal;
degrade_fn op_clipping_hard, op_clipping_oversampled, op_clipping_asymmetric,
    op_clipping_disguised;
degrade_fn op_saturation_tanh, op_saturation_cubic, op_saturation_diode,
    op_saturation_fold;
degrade_fn op_limiting_brickwall, op_limiting_pumping, op_limiting_two_band,
    op_limiting_leveller;
degrade_fn op_aliasing_bits, op_aliasing_hold, op_aliasing_decimate, op_aliasing_mulaw;
degrade_fn op_sibilance_gated, op_sibilance_bursts, op_sibilance_expander;
degrade_fn op_codec_mp3, op_codec_vorbis, op_codec_opus;
degrade_fn op_identifier;
degrade_fn op_neutral_gain, op_neutral_low_shelf, op_neutral_air_shelf,
    op_neutral_compress, op_neutral_limit, op_neutral_resample, op_neutral_dither,
    op_neutral_comb_reverb, op_neutral_sparse_reverb, op_neutral_polarity,
    op_neutral_width, op_neutral_vorbis, op_neutral_mp3, op_neutral_opus;

/* lo to hi evenly in octaves, at 0..1. */
static inline double
ops_between(double lo, double hi, double at)
{
  return lo * pow(hi / lo, at);
}

#endif
