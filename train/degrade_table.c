/* SPDX-License-Identifier: ISC */
/* Every operator once.  Within a kind, what is held out for validation or test is another
   algorithm than what is trained on, not the same one with other settings. */
#include "ops.h"

#include <string.h>

static const degrade_operator table[] = {
    {"presence-peak", DEGRADE_PRESENCE, DEGRADE_TRAIN, op_presence_peak},
    {"presence-parallel", DEGRADE_PRESENCE, DEGRADE_TRAIN, op_presence_parallel},
    {"presence-plateau", DEGRADE_PRESENCE, DEGRADE_TRAIN, op_presence_plateau},
    {"presence-exciter", DEGRADE_PRESENCE, DEGRADE_TRAIN, op_presence_exciter},
    {"presence-following", DEGRADE_PRESENCE, DEGRADE_VALID, op_presence_following},
    {"presence-linear-phase", DEGRADE_PRESENCE, DEGRADE_TEST, op_presence_linear_phase},
    {"resonance-peak", DEGRADE_RESONANCE, DEGRADE_TRAIN, op_resonance_peak},
    {"resonance-wobble", DEGRADE_RESONANCE, DEGRADE_TRAIN, op_resonance_wobble},
    {"resonance-cluster", DEGRADE_RESONANCE, DEGRADE_TRAIN, op_resonance_cluster},
    {"resonance-comb", DEGRADE_RESONANCE, DEGRADE_TRAIN, op_resonance_comb},
    {"resonance-note", DEGRADE_RESONANCE, DEGRADE_VALID, op_resonance_note},
    {"resonance-modal", DEGRADE_RESONANCE, DEGRADE_TEST, op_resonance_modal},
    {"clipping-hard", DEGRADE_CLIPPING, DEGRADE_TRAIN, op_clipping_hard},
    {"clipping-oversampled", DEGRADE_CLIPPING, DEGRADE_TRAIN, op_clipping_oversampled},
    {"clipping-knee", DEGRADE_CLIPPING, DEGRADE_TRAIN, op_clipping_knee},
    {"clipping-following", DEGRADE_CLIPPING, DEGRADE_TRAIN, op_clipping_following},
    {"clipping-asymmetric", DEGRADE_CLIPPING, DEGRADE_VALID, op_clipping_asymmetric},
    {"clipping-disguised", DEGRADE_CLIPPING, DEGRADE_TEST, op_clipping_disguised},
    {"saturation-tanh", DEGRADE_SATURATION, DEGRADE_TRAIN, op_saturation_tanh},
    {"saturation-cubic", DEGRADE_SATURATION, DEGRADE_TRAIN, op_saturation_cubic},
    {"saturation-harmonics", DEGRADE_SATURATION, DEGRADE_TRAIN, op_saturation_harmonics},
    {"saturation-crossover", DEGRADE_SATURATION, DEGRADE_TRAIN, op_saturation_crossover},
    {"saturation-upper", DEGRADE_SATURATION, DEGRADE_TRAIN, op_saturation_upper},
    {"saturation-diode", DEGRADE_SATURATION, DEGRADE_VALID, op_saturation_diode},
    {"saturation-fold", DEGRADE_SATURATION, DEGRADE_TEST, op_saturation_fold},
    {"limiting-brickwall", DEGRADE_LIMITING, DEGRADE_TRAIN, op_limiting_brickwall},
    {"limiting-pumping", DEGRADE_LIMITING, DEGRADE_TRAIN, op_limiting_pumping},
    {"limiting-forward", DEGRADE_LIMITING, DEGRADE_TRAIN, op_limiting_forward},
    {"limiting-bands", DEGRADE_LIMITING, DEGRADE_TRAIN, op_limiting_bands},
    {"limiting-two-band", DEGRADE_LIMITING, DEGRADE_VALID, op_limiting_two_band},
    {"limiting-leveller", DEGRADE_LIMITING, DEGRADE_TEST, op_limiting_leveller},
    {"aliasing-bits", DEGRADE_ALIASING, DEGRADE_TRAIN, op_aliasing_bits},
    {"aliasing-hold", DEGRADE_ALIASING, DEGRADE_TRAIN, op_aliasing_hold},
    {"aliasing-jitter", DEGRADE_ALIASING, DEGRADE_TRAIN, op_aliasing_jitter},
    {"aliasing-images", DEGRADE_ALIASING, DEGRADE_TRAIN, op_aliasing_images},
    {"aliasing-decimate", DEGRADE_ALIASING, DEGRADE_VALID, op_aliasing_decimate},
    {"aliasing-mulaw", DEGRADE_ALIASING, DEGRADE_TEST, op_aliasing_mulaw},
    {"sibilance-gated", DEGRADE_SIBILANCE, DEGRADE_TRAIN, op_sibilance_gated},
    {"sibilance-peak", DEGRADE_SIBILANCE, DEGRADE_TRAIN, op_sibilance_peak},
    {"sibilance-attack", DEGRADE_SIBILANCE, DEGRADE_TRAIN, op_sibilance_attack},
    {"sibilance-bursts", DEGRADE_SIBILANCE, DEGRADE_VALID, op_sibilance_bursts},
    {"sibilance-expander", DEGRADE_SIBILANCE, DEGRADE_TEST, op_sibilance_expander},
    {"codec-mp3", DEGRADE_CODEC, DEGRADE_TRAIN, op_codec_mp3},
    {"codec-adpcm", DEGRADE_CODEC, DEGRADE_TRAIN, op_codec_adpcm},
    {"codec-starved", DEGRADE_CODEC, DEGRADE_TRAIN, op_codec_starved},
    {"codec-vorbis", DEGRADE_CODEC, DEGRADE_VALID, op_codec_vorbis},
    {"codec-opus", DEGRADE_CODEC, DEGRADE_TEST, op_codec_opus},
    {"identifier", DEGRADE_IDENTIFIER, DEGRADE_TEST, op_identifier},
    {"neutral-gain", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_gain},
    {"neutral-low-shelf", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_low_shelf},
    {"neutral-air-shelf", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_air_shelf},
    {"neutral-dip", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_dip},
    {"neutral-body", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_body},
    {"neutral-compress", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_compress},
    {"neutral-limit", DEGRADE_NEUTRAL, DEGRADE_VALID, op_neutral_limit},
    {"neutral-resample", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_resample},
    {"neutral-dither", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_dither},
    {"neutral-comb-reverb", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_comb_reverb},
    {"neutral-sparse-reverb", DEGRADE_NEUTRAL, DEGRADE_TEST, op_neutral_sparse_reverb},
    {"neutral-polarity", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_polarity},
    {"neutral-width", DEGRADE_NEUTRAL, DEGRADE_VALID, op_neutral_width},
    {"neutral-vorbis", DEGRADE_NEUTRAL, DEGRADE_TRAIN, op_neutral_vorbis},
    {"neutral-mp3", DEGRADE_NEUTRAL, DEGRADE_VALID, op_neutral_mp3},
    {"neutral-opus", DEGRADE_NEUTRAL, DEGRADE_TEST, op_neutral_opus},
};

const degrade_operator *
degrade_operators(size_t *n)
{
  *n = sizeof table / sizeof *table;
  return table;
}

static const char *const kind_name[DEGRADE_N_KINDS] = {
    "presence", "resonance", "clipping", "saturation",           "limiting",
    "aliasing", "sibilance", "codec",    "harshness-identifier", "neutral"};

const char *
degrade_kind_name(degrade_kind kind)
{
  return kind < DEGRADE_N_KINDS ? kind_name[kind] : "none";
}

degrade_kind
degrade_kind_find(const char *name)
{
  int k = 0;
  while (k < DEGRADE_N_KINDS && strcmp(name, kind_name[k])) {
    ++k;
  }
  return (degrade_kind)k;
}
