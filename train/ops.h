/* SPDX-License-Identifier: ISC */
/* The operators, one function an implementation, as degrade_operator.apply.  Each draws
   the same numbers from r whatever the amount is, so that a seed with a rising amount is
   one processor turned up. */
#ifndef EAR_TRAIN_OPS_H
#define EAR_TRAIN_OPS_H

#include "degrade.h"

typedef ear_status degrade_fn(audio *a, double amount, rng *r, degrade_words *say);

degrade_fn op_presence_peak, op_presence_parallel, op_presence_following,
    op_presence_linear_phase, op_presence_plateau, op_presence_exciter;
degrade_fn op_resonance_peak, op_resonance_wobble, op_resonance_note, op_resonance_modal,
    op_resonance_cluster, op_resonance_comb;
degrade_fn op_clipping_hard, op_clipping_oversampled, op_clipping_asymmetric,
    op_clipping_disguised, op_clipping_knee, op_clipping_following;
degrade_fn op_saturation_tanh, op_saturation_cubic, op_saturation_diode,
    op_saturation_fold, op_saturation_harmonics, op_saturation_crossover,
    op_saturation_upper;
degrade_fn op_limiting_brickwall, op_limiting_pumping, op_limiting_two_band,
    op_limiting_leveller, op_limiting_forward, op_limiting_bands;
degrade_fn op_aliasing_bits, op_aliasing_hold, op_aliasing_decimate, op_aliasing_mulaw,
    op_aliasing_jitter, op_aliasing_images;
degrade_fn op_sibilance_gated, op_sibilance_bursts, op_sibilance_expander,
    op_sibilance_peak, op_sibilance_attack;
degrade_fn op_codec_mp3, op_codec_vorbis, op_codec_opus, op_codec_adpcm, op_codec_starved;
degrade_fn op_identifier;
degrade_fn op_neutral_gain, op_neutral_low_shelf, op_neutral_air_shelf,
    op_neutral_compress, op_neutral_limit, op_neutral_resample, op_neutral_dither,
    op_neutral_comb_reverb, op_neutral_sparse_reverb, op_neutral_polarity,
    op_neutral_width, op_neutral_vorbis, op_neutral_mp3, op_neutral_opus, op_neutral_dip,
    op_neutral_body;

/* lo to hi evenly in octaves, at 0..1. */
static inline double
ops_between(double lo, double hi, double at)
{
  return lo * pow(hi / lo, at);
}

#endif
