/* SPDX-License-Identifier: ISC */
/* Mono samples to frames, one per hop; one FFT serves all kinds of features.
     samples [hop] -> window [n_fft] -> power [n_fft / 2 + 1] -> value, see kinds.h
   The configuration is ear_front_end of earshot.h.
   Source: S. Davis, P. Mermelstein, IEEE Trans. ASSP 28(4), 1980; filters and dB as
   librosa 0.11. */
#ifndef EAR_FRONTEND_H
#define EAR_FRONTEND_H

#include "earshot.h"

typedef struct ear_frontend ear_frontend;

/* [setup] */
ear_status ear_frontend_new(ear_frontend **fe, const ear_front_end *config,
                            ear_error *err);
void ear_frontend_free(ear_frontend *fe);
void ear_frontend_reset(ear_frontend *fe);

/* As reset; the first sample pushed is the first of frame t.  [analysis] */
void ear_frontend_seek(ear_frontend *fe, uint64_t t);

/* Push x[0..n), finite, any n; on_frame gets each frame completed.  Cannot fail.
   [analysis] */
void ear_frontend_push(ear_frontend *fe, const float *x, size_t n, ear_frame_fn on_frame,
                       void *user);

/* Same settings, so that frames can be shared.  [any] */
bool ear_front_end_equal(const ear_front_end *a, const ear_front_end *b);

/* NULL if the settings can be computed, else a sentence why not.  [any] */
const char *ear_front_end_problem(const ear_front_end *fe);

/* Edges of band b in Hz: the triangle's feet and its peak.  [any] */
void ear_front_end_band_hz(const ear_front_end *fe, uint32_t b, float *low, float *centre,
                           float *high);

#endif
