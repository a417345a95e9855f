/* SPDX-License-Identifier: ISC */
/* KissFFT in single precision: kiss_fft_cpx is two floats, real and imaginary.  Its pairs
   would resample at half of soxr's speed, so there are none. */
#include "fft.h"

#include <kiss_fft.h>
#include <stdlib.h>

struct ear_fft {
  uint32_t n;
  kiss_fft_cfg plan;
  kiss_fft_cpx *in;  /* [n] */
  kiss_fft_cpx *bin; /* [n + 1] */
};

ear_fft *
ear_fft_new(uint32_t n)
{
  ear_fft *fft = calloc(1, sizeof *fft);
  if (!fft) {
    return NULL;
  }
  fft->n = n;
  fft->in = calloc(n, sizeof *fft->in);
  fft->bin = calloc(n + 1, sizeof *fft->bin);
  fft->plan = kiss_fft_alloc((int)n, 0, NULL, NULL);
  if (!fft->in || !fft->bin || !fft->plan) {
    ear_fft_free(fft);
    return NULL;
  }
  return fft;
}

void
ear_fft_free(ear_fft *fft)
{
  if (fft) {
    kiss_fft_free(fft->plan);
    free(fft->bin);
    free(fft->in);
    free(fft);
  }
}

float *
ear_fft_in(ear_fft *fft)
{
  return &fft->in[0].r;
}

const float *
ear_fft_run(ear_fft *fft)
{
  kiss_fft(fft->plan, fft->in, fft->bin);
  fft->bin[fft->n] = fft->bin[0];
  return &fft->bin[0].r;
}

bool
ear_fft_pair_pays(void)
{
  return false;
}

bool
ear_fft_pair_new(ear_fft_pair *pair, uint32_t n_in, uint32_t n_out)
{
  (void)n_in;
  (void)n_out;
  *pair = (ear_fft_pair){0};
  return false;
}

void
ear_fft_pair_free(ear_fft_pair *pair)
{
  *pair = (ear_fft_pair){0};
}

void
ear_fft_pair_forward(ear_fft_pair *pair)
{
  (void)pair;
}

void
ear_fft_pair_inverse(ear_fft_pair *pair)
{
  (void)pair;
}
