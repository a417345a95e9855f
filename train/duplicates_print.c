/* SPDX-License-Identifier: ISC */
/* Both speeds come from the same samples, so a copy has the same two prints. */
#include "duplicates_print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <chromaprint.h>

enum { BLOCK = 16384, SLOWER = 4 };

/* Chromaprint: 1365 samples at 11025 Hz. */
static const double step_s = 1365.0 / 11025;

/* Which speed a sound of that length is compared at: both where they meet, so that a cut
   never moves a copy out of sight. */
static const struct {
  double from_s, to_s;
} used[N_PRINT_SPEEDS] = {{5, 1e9}, {1, 12}};

double
print_step_s(print_speed speed)
{
  return speed == PRINT_SHORT ? step_s / SLOWER : step_s;
}

/* One channel, peak to full scale: level must not matter, not even to rounding. */
static bool
feed(ChromaprintContext *c, const audio *a)
{
  int16_t block[BLOCK];
  float peak = 0;
  const size_t n = a->n_frames, channels = a->n_channels;
  for (size_t i = 0; i < n * channels; ++i) {
    peak = fmaxf(peak, fabsf(a->x[i]));
  }
  const float gain = peak > 0 ? 32000.0f / (peak * (float)channels) : 0;
  bool good = true;
  for (size_t from = 0; good && from < n; from += BLOCK) {
    const size_t some = n - from < BLOCK ? n - from : BLOCK;
    for (size_t i = 0; i < some; ++i) {
      float sum = 0;
      for (size_t k = 0; k < channels; ++k) {
        sum += a->x[(from + i) * channels + k];
      }
      block[i] = (int16_t)lrintf(gain * sum);
    }
    good = chromaprint_feed(c, block, (int)some);
  }
  return good;
}

static ear_status
print_at(print *p, const audio *a, print_speed speed)
{
  const int rate = (int)lround(a->rate_hz) / (speed == PRINT_SHORT ? SLOWER : 1);
  const double seconds = (double)a->n_frames / a->rate_hz;
  uint32_t *item = NULL;
  int n = 0;
  if (seconds < used[speed].from_s || seconds > used[speed].to_s) {
    return EAR_OK;
  }
  ChromaprintContext *c = chromaprint_new(CHROMAPRINT_ALGORITHM_DEFAULT);
  const bool good = c && chromaprint_start(c, rate, 1) && feed(c, a) &&
                    chromaprint_finish(c) &&
                    chromaprint_get_raw_fingerprint(c, &item, &n);
  if (good && n > 0) {
    p->item = malloc((size_t)n * sizeof *p->item);
    if (p->item) {
      memcpy(p->item, item, (size_t)n * sizeof *p->item);
      p->n = (uint32_t)n;
    }
  }
  if (item) {
    chromaprint_dealloc(item);
  }
  if (c) {
    chromaprint_free(c);
  }
  return c && (n == 0 || p->item) ? EAR_OK : EAR_NO_MEMORY;
}

ear_status
print_of(print p[N_PRINT_SPEEDS], const audio *a)
{
  memset(p, 0, N_PRINT_SPEEDS * sizeof *p);
  ear_status st = print_at(&p[PRINT_LONG], a, PRINT_LONG);
  st = st ? st : print_at(&p[PRINT_SHORT], a, PRINT_SHORT);
  if (st) {
    print_free(p);
  }
  return st;
}

void
print_free(print p[N_PRINT_SPEEDS])
{
  for (int s = 0; s < N_PRINT_SPEEDS; ++s) {
    free(p[s].item);
    p[s] = (print){0};
  }
}
