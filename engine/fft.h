/* SPDX-License-Identifier: ISC */
/* Forward real FFT of one fixed size, unscaled, into buffers of its own.
     in [n] -> bin [n / 2 + 1][2], real and imaginary part
   Plans may be made and freed by several threads at once; one plan serves one thread.
   Restrictions: n a power of two, 64..16384.  fft_fftw.c or fft_kiss.c, by -Dfft. */
#ifndef EAR_FFT_H
#define EAR_FFT_H

#include <stdint.h>

typedef struct ear_fft ear_fft;

/* NULL when memory is short.  [setup] */
ear_fft *ear_fft_new(uint32_t n);
void ear_fft_free(ear_fft *fft);

/* Where the caller writes in[0..n) before each run, which may destroy it.  [analysis] */
float *ear_fft_in(ear_fft *fft);

/* Transform; the bins [n / 2 + 1][2] stay valid until the next run.  Cannot fail.
   [analysis] */
const float *ear_fft_run(ear_fft *fft);

#endif
