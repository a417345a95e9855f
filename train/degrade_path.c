/* SPDX-License-Identifier: ISC */
/* What is drawn depends on the seed alone, never on the signal: both classes get the same
   path.  Only the gain looks at a peak, so that nothing clips. */
#include "degrade.h"

#include "codec.h"
#include "dsp.h"

#include <stdio.h>

/* All is drawn first, in one order, whatever is used afterwards. */
typedef struct {
  double there_hz;    /* resampled to and back, 0: not */
  double low_pass_hz; /* 0: none */
  bool through_codec;
  codec_kind kind;
  double quality;
  double gain_db, ceiling; /* ceiling: the highest peak allowed, linear */
  bool dither;
  uint64_t dither_seed;
} path;

static path
draw_path(uint64_t seed)
{
  static const double rates[] = {32000, 44100, 48000, 96000};
  rng r = rng_stream(seed, 0x70617468, 0);
  path p = {.there_hz = rates[rng_below(&r, 4)]};
  p.there_hz = rng_uniform(&r) < 0.3 ? p.there_hz : 0.0;
  p.low_pass_hz = rng_range(&r, 11000, 20000);
  p.low_pass_hz = rng_uniform(&r) < 0.5 ? p.low_pass_hz : 0.0;
  p.kind = (codec_kind)rng_below(&r, 3);
  p.quality = rng_range(&r, 0.6, 0.95);
  p.through_codec = rng_uniform(&r) < 0.1;
  p.gain_db = rng_range(&r, -12.0, 12.0);
  p.ceiling = rng_range(&r, 0.5, 1.0);
  p.dither = rng_uniform(&r) < 0.5;
  p.dither_seed = rng_u64(&r);
  return p;
}

/* Through a rate of 2.2 times the edge: libsoxr's own linear-phase low-pass at 0.91 of
   the half rate. */
static ear_status
through_rate(audio *a, double there_hz)
{
  const double rate_hz = a->rate_hz;
  const size_t n = a->n_frames;
  ear_status st = dsp_resample(a, there_hz);
  if (!st) {
    st = dsp_resample(a, rate_hz);
  }
  return st ? st : dsp_fit(a, n);
}

static void
dither_16(audio *a, uint64_t seed)
{
  rng r = {seed};
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    const uint64_t bits = rng_u64(&r); /* two uniforms of 32 bits: triangular, 1 LSB */
    const float noise =
        ((float)(bits >> 40) - (float)(bits & 0xffffff)) * (1.0f / 16777216.0f);
    const float v = rintf(32768.0f * a->x[i] + noise);
    a->x[i] = fmaxf(-32768.0f, fminf(32767.0f, v)) / 32768.0f;
  }
}

ear_status
degrade_path(audio *a, uint64_t seed, double peak, ear_error *err)
{
  const path p = draw_path(seed);
  ear_status st = EAR_OK;
  if (p.there_hz > 0.0) {
    st = through_rate(a, p.there_hz);
  }
  if (!st && p.low_pass_hz > 0.0 && 2.2 * p.low_pass_hz < a->rate_hz) {
    st = through_rate(a, 2.2 * p.low_pass_hz);
  }
  if (!st && p.through_codec) {
    st = codec_round_trip(a, p.kind, p.quality);
  }
  if (st) {
    if (err) {
      snprintf(err->text, sizeof err->text, "the common path: %s", ear_strerror(st));
    }
    return st;
  }
  const double gain = db_to_gain(p.gain_db);
  peak = peak > 0.0 ? peak : dsp_peak(a);
  dsp_gain(a, peak * gain > p.ceiling ? p.ceiling / peak : gain);
  if (p.dither) {
    dither_16(a, p.dither_seed);
  }
  return EAR_OK;
}
