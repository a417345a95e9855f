/* SPDX-License-Identifier: ISC */
/* Rounding never tells more than is so: what is not all is never 100 %. */
#include "words.h"

#include <math.h>
#include <stdio.h>

void
word_time(char word[WORD_SIZE], double seconds, int tenths)
{
  const double step = tenths ? 0.1 : 1.0;
  const unsigned long n = (unsigned long)floor(fmax(seconds, 0) / step + 0.5);
  const unsigned long s = tenths ? n / 10 : n;
  int used = 0;
  if (s >= 3600) {
    used = snprintf(word, WORD_SIZE, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
  } else {
    used = snprintf(word, WORD_SIZE, "%lu:%02lu", s / 60, s % 60);
  }
  if (tenths && used > 0 && used < WORD_SIZE) {
    (void)snprintf(word + used, WORD_SIZE - (size_t)used, ".%lu", n % 10);
  }
}

void
word_range(char word[WORD_SIZE], float low_hz, float high_hz)
{
  if (high_hz < 1000.0f) {
    (void)snprintf(word, WORD_SIZE, "%.0f-%.0f Hz", (double)low_hz, (double)high_hz);
  } else {
    (void)snprintf(word, WORD_SIZE, "%.1f-%.1f kHz", (double)low_hz / 1000,
                   (double)high_hz / 1000);
  }
}

void
word_share(char word[WORD_SIZE], double share)
{
  if (share > 0 && share < 0.01) {
    (void)snprintf(word, WORD_SIZE, "under 1 %%");
  } else {
    const double percent = share >= 1 ? 100 : fmin(floor(100 * share + 0.5), 99);
    (void)snprintf(word, WORD_SIZE, "%.0f %%", percent);
  }
}

size_t
columns(const char *text)
{
  size_t n = 0;
  for (; *text; text++) {
    n += ((unsigned char)*text & 0xc0) != 0x80;
  }
  return n;
}
