/* SPDX-License-Identifier: ISC */
/* Forward complex FFT of one fixed size, unscaled, from and into buffers of its own.
     in [n][2] -> bin [n + 1][2], real and imaginary part; bin n repeats bin 0
   A real FFT of 2 n points is this one of its points taken in pairs, and what passes.h
   does with it.
   Plans may be made and freed by several threads at once; one plan serves one thread.
   Restrictions: n a power of two, 32..8192.  fft_fftw.c or fft_kiss.c, by -Dfft. */
#ifndef EAR_FFT_H
#define EAR_FFT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ear_fft ear_fft;

/* NULL when memory is short.  [setup] */
ear_fft *ear_fft_new(uint32_t n);
void ear_fft_free(ear_fft *fft);

/* Where the caller writes in[0..n)[2] before each run, which may destroy it.
   [analysis] */
float *ear_fft_in(ear_fft *fft);

/* Transform; the bins [n + 1][2] stay valid until the next run.  Cannot fail.
   [analysis] */
const float *ear_fft_run(ear_fft *fft);

/* A real FFT and an inverse one of another size, unscaled, for overlap.h.
     in [n_in] -> bin [n_in / 2 + 1][2]     spectrum [n_out / 2 + 1][2] -> out [n_out]
   Restrictions: n_in and n_out even. */
typedef struct {
  void *forward, *inverse; /* the library's */
  float *in, *bin, *spectrum, *out;
} ear_fft_pair;

/* Whether this library is fast enough to resample with.  [any] */
bool ear_fft_pair_pays(void);

/* False when memory is short.  [setup] */
bool ear_fft_pair_new(ear_fft_pair *pair, uint32_t n_in, uint32_t n_out);
void ear_fft_pair_free(ear_fft_pair *pair); /* all zero is fine */

/* The inverse destroys the spectrum.  Cannot fail.  [analysis] */
void ear_fft_pair_forward(ear_fft_pair *pair);
void ear_fft_pair_inverse(ear_fft_pair *pair);

#endif
