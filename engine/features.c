/* SPDX-License-Identifier: ISC */
/* No value that is not finite passes the pass `clean`; behind it every sample is an
   ordinary number of at most +-LIMIT. */
#include "frontend.h"
#include "model_check.h"
#include "passes.h"
#include "resample.h"

#include <stdlib.h>

enum { CLEAN_BLOCK = 512 };
#define LIMIT 32.0f /* full scale is 1: +30 dB is beyond any signal chain's headroom */

struct ear_features {
  ear_resampler *resampler;
  ear_frontend *frontend;
  ear_frame_fn on_frame; /* of the call under way */
  void *user;
};

ear_front_end
ear_front_end_default(void)
{
  return (ear_front_end){.rate_hz = 22050.0f,
                         .n_fft = 2048,
                         .hop = 512,
                         .n_bands = 128,
                         .low_hz = 0.0f,
                         .high_hz = 11025.0f,
                         .scale = EAR_MEL_SLANEY,
                         .floor_power = 1e-10f,
                         .power = false,
                         .kinds = EAR_KIND_MEL,
                         .n_mfcc = 20};
}

ear_status
ear_features_new(ear_features **out, double in_rate_hz, const ear_front_end *fe,
                 ear_error *err)
{
  *out = NULL;
  ear_features *fx = calloc(1, sizeof *fx);
  if (!fx) {
    return ear_fail(err, EAR_NO_MEMORY,
                    "Not enough memory for the features: close other programs.");
  }
  ear_status st = ear_frontend_new(&fx->frontend, fe, err);
  if (!st) {
    st = ear_resampler_new(&fx->resampler, in_rate_hz, (double)fe->rate_hz, err);
  }
  if (st) {
    ear_features_free(fx);
    return st;
  }
  *out = fx;
  return EAR_OK;
}

void
ear_features_free(ear_features *fx)
{
  if (fx) {
    ear_resampler_free(fx->resampler);
    ear_frontend_free(fx->frontend);
    free(fx);
  }
}

static void
to_frontend(void *user, const float *y, size_t n)
{
  ear_features *fx = user;
  ear_frontend_push(fx->frontend, y, n, fx->on_frame, fx->user);
}

void
ear_features_push(ear_features *fx, const float *x, size_t n, ear_frame_fn on_frame,
                  void *user)
{
  fx->on_frame = on_frame;
  fx->user = user;
  while (n > 0) {
    float block[CLEAN_BLOCK];
    const size_t n_now = n < CLEAN_BLOCK ? n : CLEAN_BLOCK;
    ear_passes_get()->clean(block, x, n_now, LIMIT);
    ear_resampler_push(fx->resampler, block, n_now, to_frontend, fx);
    x += n_now;
    n -= n_now;
  }
}

void
ear_features_finish(ear_features *fx, ear_frame_fn on_frame, void *user)
{
  fx->on_frame = on_frame;
  fx->user = user;
  ear_resampler_finish(fx->resampler, to_frontend, fx);
}

void
ear_features_reset(ear_features *fx)
{
  ear_resampler_reset(fx->resampler);
  ear_frontend_reset(fx->frontend);
}
