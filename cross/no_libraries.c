/* SPDX-License-Identifier: ISC */
/* What would come from libraries that there are none of here.  Networks of bare specs
   have no model and get no samples, so nothing of this is called. */
#include "fft.h"
#include "model_file.h"
#include "net_weights.h"

#include <stdlib.h>

/* That of features.c, which needs a resampler. */
ear_front_end
ear_front_end_default(void)
{
  return (ear_front_end){.rate_hz = 22050.0f,
                         .n_fft = 2048,
                         .hop = 512,
                         .n_bands = 128,
                         .high_hz = 11025.0f,
                         .scale = EAR_MEL_SLANEY,
                         .floor_power = 1e-10f,
                         .kinds = EAR_KIND_MEL,
                         .n_mfcc = 20};
}

ear_fft *
ear_fft_new(uint32_t n)
{
  (void)n;
  abort();
}

void
ear_fft_free(ear_fft *fft)
{
  (void)fft;
  abort();
}

float *
ear_fft_in(ear_fft *fft)
{
  (void)fft;
  abort();
}

const float *
ear_fft_run(ear_fft *fft)
{
  (void)fft;
  abort();
}

ear_model *
ear_model_ref(ear_model *model)
{
  (void)model;
  abort();
}

void
ear_model_unref(ear_model *model)
{
  if (model) {
    abort();
  }
}

const ear_model_spec *
ear_model_spec_get(const ear_model *model)
{
  (void)model;
  abort();
}
