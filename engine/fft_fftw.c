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

bool
ear_fft_pair_pays(void)
{
  return true;
}

bool
ear_fft_pair_new(ear_fft_pair *pair, uint32_t n_in, uint32_t n_out)
{
  call_once(&planner_once, fftwf_make_planner_thread_safe);
  *pair = (ear_fft_pair){.in = fftwf_alloc_real(n_in),
                         .bin = fftwf_alloc_real(n_in + 2),
                         .spectrum = fftwf_alloc_real(n_out + 2),
                         .out = fftwf_alloc_real(n_out)};
  if (pair->in && pair->bin && pair->spectrum && pair->out) {
    pair->forward =
        fftwf_plan_dft_r2c_1d((int)n_in, pair->in, (fftwf_complex *)pair->bin,
                              FFTW_ESTIMATE | FFTW_PRESERVE_INPUT | FFTW_CONSERVE_MEMORY);
    pair->inverse =
        fftwf_plan_dft_c2r_1d((int)n_out, (fftwf_complex *)pair->spectrum, pair->out,
                              FFTW_ESTIMATE | FFTW_DESTROY_INPUT | FFTW_CONSERVE_MEMORY);
  }
  if (!pair->forward || !pair->inverse) {
    ear_fft_pair_free(pair);
    return false;
  }
  return true;
}

void
ear_fft_pair_free(ear_fft_pair *pair)
{
  if (pair->forward) {
    fftwf_destroy_plan(pair->forward);
  }
  if (pair->inverse) {
    fftwf_destroy_plan(pair->inverse);
  }
  fftwf_free(pair->in);
  fftwf_free(pair->bin);
  fftwf_free(pair->spectrum);
  fftwf_free(pair->out);
  *pair = (ear_fft_pair){0};
}

void
ear_fft_pair_forward(ear_fft_pair *pair)
{
  fftwf_execute(pair->forward);
}

void
ear_fft_pair_inverse(ear_fft_pair *pair)
{
  fftwf_execute(pair->inverse);
}
