/* SPDX-License-Identifier: ISC */
/* The ear's scale: ERB-spaced bands, threshold in quiet, specific loudness, sharpness.
   Sources: B. Glasberg, B. Moore 1990 (ERB); E. Terhardt 1979 (threshold in quiet);
   E. Zwicker, H. Fastl, "Psychoacoustics", eq. 8.7 (loudness); DIN 45692 (sharpness). */
#ifndef EAR_TRAIN_SEVERITY_BANDS_H
#define EAR_TRAIN_SEVERITY_BANDS_H

#include <stdbool.h>
#include <stdint.h>

enum { N_FFT = 2048, HOP = 512, N_BANDS = 40 };

typedef struct {
  uint32_t edge[N_BANDS + 1]; /* bins */
  float threshold[N_BANDS];   /* power in quiet, 0 dB SPL = 1 */
  float sone[N_BANDS];        /* scale of the band's specific loudness x its width */
  float sharp[N_BANDS];       /* DIN 45692: 0.11 g(z) z */
  bool presence[N_BANDS];     /* centre in 2 to 5 kHz */
} scale;

void scale_init(scale *s, double rate_hz);

/* First bin of band b, and the bin after its last: at least one bin. */
static inline uint32_t
scale_low(const scale *s, int b)
{
  return s->edge[b];
}

static inline uint32_t
scale_high(const scale *s, int b)
{
  return s->edge[b + 1] > s->edge[b] ? s->edge[b + 1] : s->edge[b] + 1;
}

/* Band powers e[N_BANDS] times gain to excitation (in place), and to specific loudness
   x width, in sones. */
void scale_excite(const scale *s, float gain, float *e, float *loud);

#endif
