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
