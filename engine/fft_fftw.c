/* SPDX-License-Identifier: ISC */
/* The plan is always the one that FFTW estimates for its own aligned buffers: measuring
   would choose by the clock, and the same samples would not give the same bits.  Nor may
   a plan be taken that a host measured in this process: FFTW prefers those whatever is
   asked, unless they lack a restriction that is asked.  FFTW_CONSERVE_MEMORY is one that
   hardly anybody asks for and that leaves our plan and its speed as they are. */
#include "fft.h"

#include <fftw3.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

struct ear_fft {
  fftwf_plan plan;
  uint32_t n;
  fftwf_complex *in;  /* [n], aligned by FFTW for its SIMD */
  fftwf_complex *bin; /* [n + 1] */
};

static once_flag planner_once = ONCE_FLAG_INIT;

ear_fft *
ear_fft_new(uint32_t n)
{
  /* Hosts load other users of FFTW into the same process: its planner is global. */
  call_once(&planner_once, fftwf_make_planner_thread_safe);

  ear_fft *fft = calloc(1, sizeof *fft);
  if (!fft) {
    return NULL;
  }
  fft->n = n;
  fft->in = fftwf_alloc_complex(n);
  fft->bin = fftwf_alloc_complex(n + 1);
  if (fft->in && fft->bin) {
    memset(fft->in, 0, n * sizeof *fft->in);
    fft->plan =
        fftwf_plan_dft_1d((int)n, fft->in, fft->bin, FFTW_FORWARD,
                          FFTW_ESTIMATE | FFTW_DESTROY_INPUT | FFTW_CONSERVE_MEMORY);
  }
  if (!fft->plan) {
    ear_fft_free(fft);
    return NULL;
  }
  return fft;
}

void
ear_fft_free(ear_fft *fft)
{
  if (fft) {
    if (fft->plan) {
      fftwf_destroy_plan(fft->plan);
    }
    fftwf_free(fft->bin);
    fftwf_free(fft->in);
    free(fft);
  }
}

float *
ear_fft_in(ear_fft *fft)
{
  return (float *)fft->in;
}

const float *
ear_fft_run(ear_fft *fft)
{
  fftwf_execute(fft->plan);
  memcpy(fft->bin + fft->n, fft->bin, sizeof *fft->bin);
  return (const float *)fft->bin;
}
