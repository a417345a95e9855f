/* SPDX-License-Identifier: ISC */
/* Any rate from 8 to 384 kHz to any other, mono, linear phase, 20 bits: by two FFTs where
   the ratio is simple, else by libsoxr (HQ).
   Output sample k lies at time k / out_rate of the input.  Input is taken in blocks
   of one fixed size, so the output never depends on how the samples were split.
   n samples in, finished, give n out_rate / in_rate out, rounded.  Nothing is allocated
   between new and finish. */
#ifndef EAR_RESAMPLE_H
#define EAR_RESAMPLE_H

#include "earshot.h"

typedef struct ear_resampler ear_resampler;
typedef void (*ear_samples_fn)(void *user, const float *y, size_t n);

/* [setup] */
ear_status ear_resampler_new(ear_resampler **rs, double in_rate_hz, double out_rate_hz,
                             ear_error *err);
void ear_resampler_free(ear_resampler *rs);

/* The same in microseconds, without the silence: nothing comes out until a reset.
   [setup] */
ear_status ear_resampler_new_cold(ear_resampler **rs, double in_rate_hz,
                                  double out_rate_hz, ear_error *err);

/* As new; it allocates, unless nothing was pushed.  False when memory is short: nothing
   comes out until the next reset. */
bool ear_resampler_reset(ear_resampler *rs);

/* Whether it can begin in the middle: not by soxr.  Then, reset, as ear_overlap_seek.
   [analysis] */
bool ear_resampler_can_seek(const ear_resampler *rs);
uint64_t ear_resampler_seek(ear_resampler *rs, uint64_t wanted, uint64_t *first_out);

/* Push x[0..n), finite; on_samples gets what comes out.  Equal rates pass straight
   through.  After finish nothing is taken until the next reset.  [analysis] */
void ear_resampler_push(ear_resampler *rs, const float *x, size_t n,
                        ear_samples_fn on_samples, void *user);
void ear_resampler_finish(ear_resampler *rs, ear_samples_fn on_samples, void *user);

#endif
