/* SPDX-License-Identifier: ISC */
/* Music by one synthesizer: another seed is another song with the same sound. */
#ifndef EAR_TESTS_SONG_H
#define EAR_TESTS_SONG_H

#include "../train/audio.h"
#include "../train/rng.h"

#include <math.h>
#include <stdlib.h>

/* A melody over chords over a hat; peak under 0.5.  a->x is malloc'ed. */
static inline void
song_play(audio *a, uint64_t seed, double seconds, double rate_hz)
{
  enum { VOICES = 3 };
  static const int scale[7] = {0, 2, 4, 5, 7, 9, 11};
  const size_t n = (size_t)(seconds * rate_hz);
  rng r = rng_stream(seed, 0x50a6, 0);
  const double beat_s = rng_range(&r, 0.2, 0.35);
  const int key = (int)rng_below(&r, 12);
  *a = (audio){calloc(n, sizeof *a->x), n, 1, rate_hz};
  for (size_t from = 0; a->x && from < n;) {
    const size_t length = (size_t)(beat_s * (1 + rng_below(&r, 2)) * rate_hz);
    double hz[VOICES];
    for (int v = 0; v < VOICES; ++v) {
      const int note = key + scale[rng_below(&r, 7)] + 12 * (int)rng_below(&r, 2);
      hz[v] = 110 * pow(2, v + note / 12.0);
    }
    for (size_t i = 0; i < length && from + i < n; ++i) {
      const double t = (double)i / rate_hz, fade = exp(-3 * t);
      double x = 0.05 * rng_normal(&r) * exp(-40 * t);
      for (int v = 0; v < VOICES; ++v) {
        for (int h = 1; h <= 4; ++h) {
          x += 0.06 * fade / h * sin(6.283185307179586 * h * hz[v] * t);
        }
      }
      a->x[from + i] = (float)x;
    }
    from += length;
  }
}

#endif
