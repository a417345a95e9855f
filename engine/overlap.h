/* SPDX-License-Identifier: ISC */
/* Resampling by a simple ratio with one FFT in and another size out (overlap-save), two
   to three times as fast as libsoxr: for the usual pairs of rates. block [n_in] -> bins
   -> times the filter, cut or padded -> block [n_out] The filter is linear phase, flat to
   0.91 of the lower Nyquist frequency and 126 dB down at it, as soxr's HQ.  Blocks stand
   at fixed samples of the input, n_step apart, and each depends on its own n_in samples
   alone: no output knows of what was before its block. */
#ifndef EAR_OVERLAP_H
#define EAR_OVERLAP_H

#include "resample.h"

typedef struct ear_overlap ear_overlap;

/* Whether these rates can be had this way, in blocks short enough for live.  [any] */
bool ear_overlap_possible(double in_rate_hz, double out_rate_hz);

/* Rates that are possible.  NULL when memory is short.  [setup] */
ear_overlap *ear_overlap_new(double in_rate_hz, double out_rate_hz);
void ear_overlap_free(ear_overlap *ov); /* NULL is fine */
void ear_overlap_reset(ear_overlap *ov);

/* As new, at the newest place from which on all output from sample `wanted` on is as if
   everything had been pushed.  Returns the input sample to push first; *first_out is what
   comes out first.  [analysis] */
uint64_t ear_overlap_seek(ear_overlap *ov, uint64_t wanted, uint64_t *first_out);

/* As ear_resampler_push and finish.  [analysis] */
void ear_overlap_push(ear_overlap *ov, const float *x, size_t n,
                      ear_samples_fn on_samples, void *user);
void ear_overlap_finish(ear_overlap *ov, ear_samples_fn on_samples, void *user);

#endif
