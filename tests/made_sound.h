/* SPDX-License-Identifier: ISC */
/* Sound made of integers alone, so that it is the same on every machine: chords of
   triangles, bursts of noise, clipped, loud, quiet and silent by turns. */
#ifndef EAR_TESTS_MADE_SOUND_H
#define EAR_TESTS_MADE_SOUND_H

#include <stddef.h>
#include <stdint.h>

/* Sample i, 16 bits, of a stream at about 48 kHz; *noise is any number at first. */
static inline int16_t
made_sample(size_t i, uint32_t *noise)
{
  const uint32_t second = (uint32_t)(i / 48000), turn = second / 4 % 5;
  const int32_t gain[5] = {3, 12, 1, 0, 6}; /* quarters of full scale, before clipping */
  int32_t x = 0;
  *noise = *noise * 1664525u + 1013904223u;
  for (uint32_t v = 0; v < 3; ++v) {
    const uint32_t step = (3u + v * 2u + (uint32_t)(i / 12000) % 7u) * 9000001u;
    const int32_t phase = (int32_t)(step * (uint32_t)i) >> 16; /* -32768..32767 */
    x += (phase < 0 ? -phase : phase) - 16384;
  }
  x = x / 6 + ((int32_t)*noise >> 16) / (turn == 4 ? 2 : 16);
  x = x * gain[turn] / 4;
  return (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
}

#endif
