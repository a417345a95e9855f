/* SPDX-License-Identifier: ISC */
/* Lossy codecs at rates too low for the music, some of them again and again. */
#include "ops.h"

#include "codec.h"
#include "dsp.h"

#include <stdio.h>

/* At a lower rate of samples, as low-rate encoders run; lossless beyond the codec itself.
 */
static ear_status
trip_at(audio *a, double hz, codec_kind kind, double quality)
{
  const double rate_hz = a->rate_hz;
  const size_t n = a->n_frames;
  ear_status st = dsp_resample(a, fmin(hz, rate_hz));
  if (!st) {
    st = codec_round_trip(a, kind, quality);
  }
  if (!st) {
    st = dsp_resample(a, rate_hz);
  }
  return st ? st : dsp_fit(a, n);
}

/* 64 to 32 kbit/s at 44.1 kHz, then 32 to 8 at 22.05 kHz. */
ear_status
op_codec_mp3(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const bool low = amount > 0.3;
  const double hz = low ? 22050 : 44100;
  const double quality = low ? 0.16 * (1.0 - amount) / 0.7 : 0.11 * (1.0 - amount / 0.3);
  snprintf(say->text, sizeof say->text, "%.2f kHz, quality %.2f", hz / 1000.0, quality);
  return trip_at(a, hz, CODEC_MP3, quality);
}

static void
reverse(float *x, size_t n)
{
  for (size_t i = 0; i < n / 2; ++i) {
    const float swap = x[i];
    x[i] = x[n - 1 - i];
    x[n - 1 - i] = swap;
  }
}

/* Move all samples k instants later, the last to the front: the next generation's blocks
   then lie elsewhere. */
static void
rotate(audio *a, size_t k)
{
  const size_t n = a->n_frames * a->n_channels, first = k % a->n_frames * a->n_channels;
  reverse(a->x, n);
  reverse(a->x, first);
  reverse(a->x + first, n - first);
}

/* Generation after generation at the lowest quality. */
ear_status
op_codec_vorbis(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const int times = 1 + (int)(4.999 * amount);
  const size_t step = 331, n = a->n_frames;
  const double hz = amount > 0.3 ? 22050 : 44100;
  snprintf(say->text, sizeof say->text, "%.2f kHz, quality 0, %d times", hz / 1000.0,
           times);
  ear_status st = EAR_OK;
  for (int i = 0; !st && i < times; ++i) {
    rotate(a, step);
    st = trip_at(a, hz, CODEC_VORBIS, 0.0);
  }
  rotate(a, n - (size_t)times * step % n);
  return st;
}

ear_status
op_codec_opus(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double quality = 0.12 * (1.0 - amount) * (1.0 - amount);
  snprintf(say->text, sizeof say->text, "quality %.2f", quality);
  return codec_round_trip(a, CODEC_OPUS, quality);
}

/* Rates at which nobody hears the codec. */
static ear_status
transparent(audio *a, codec_kind kind, double quality, degrade_words *say)
{
  snprintf(say->text, sizeof say->text, "quality %.2f", quality);
  return codec_round_trip(a, kind, quality);
}

ear_status
op_neutral_vorbis(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  return transparent(a, CODEC_VORBIS, 0.9 - 0.3 * amount, say);
}

ear_status
op_neutral_mp3(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  return transparent(a, CODEC_MP3, 1.0 - 0.4 * amount, say);
}

ear_status
op_neutral_opus(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  return transparent(a, CODEC_OPUS, 0.9 - 0.3 * amount, say);
}

/* Four bits a sample, and ever fewer samples. */
ear_status
op_codec_adpcm(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  const double hz = rint(fmin(ops_between(44100, 9000, amount), a->rate_hz));
  snprintf(say->text, sizeof say->text, "%.2f kHz", hz / 1000.0);
  return trip_at(a, hz, CODEC_ADPCM, 0.0);
}

enum { SWISH_N = 2048, SWISH_BANDS = 24 };

typedef struct {
  uint32_t edge[SWISH_BANDS + 1];
  float least; /* of a band's strongest bin; what is weaker is dropped */
  float step;  /* of magnitudes kept, in natural logarithms */
} swish;

/* As an encoder that has run out of bits: holes between the strongest bins of a band,
   others in every frame, and coarse magnitudes. */
static void
starve(float *spectrum, uint32_t n_bins, size_t t, void *user)
{
  const swish *s = user;
  (void)n_bins;
  (void)t;
  for (int b = 0; b < SWISH_BANDS; ++b) {
    float most = 1e-18f;
    for (uint32_t k = s->edge[b]; k < s->edge[b + 1]; ++k) {
      most = fmaxf(most, hypotf(spectrum[2 * k], spectrum[2 * k + 1]));
    }
    for (uint32_t k = s->edge[b]; k < s->edge[b + 1]; ++k) {
      const float m = hypotf(spectrum[2 * k], spectrum[2 * k + 1]) / most;
      const float kept = m < s->least ? 0.0f : expf(s->step * rintf(logf(m) / s->step));
      const float gain = m > 0.0f ? kept / m : 0.0f;
      spectrum[2 * k] *= gain;
      spectrum[2 * k + 1] *= gain;
    }
  }
}

static ear_status
run_starve(float *x, size_t n, double rate_hz, void *user)
{
  (void)rate_hz;
  return dsp_spectral(x, n, SWISH_N, starve, user);
}

ear_status
op_codec_starved(audio *a, double amount, rng *r, degrade_words *say)
{
  const double low = ops_between(150, 700, rng_uniform(r));
  const double top = ops_between(8000, 16000, amount), db = -30.0 + 29.0 * amount;
  swish s = {.least = (float)db_to_gain(db), .step = (float)(0.1 + 1.2 * amount)};
  for (int b = 0; b <= SWISH_BANDS; ++b) {
    const double hz = ops_between(low, top, (double)b / SWISH_BANDS);
    s.edge[b] = (uint32_t)fmin(hz * SWISH_N / a->rate_hz, SWISH_N / 2);
  }
  snprintf(say->text, sizeof say->text, "holes under %.0f dB over %.0f Hz", db, low);
  return dsp_each_channel(a, run_starve, &s);
}
