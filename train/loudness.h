/* SPDX-License-Identifier: ISC */
/* Integrated loudness (ITU-R BS.1770, libebur128) and how to make it equal. */
#ifndef EAR_TRAIN_LOUDNESS_H
#define EAR_TRAIN_LOUDNESS_H

#include "audio.h"

typedef struct {
  double *power; /* [n] of the 400 ms gating blocks, every 100 ms, linear */
  size_t n;
  double rms_db; /* where there is no block: too short, or silent */
} loudness;

ear_status loudness_measure(const audio *a, loudness *l);
void loudness_free(loudness *l);

/* LUFS after a gain; the RMS in dB when nothing passes the gate. */
double loudness_lufs(const loudness *l, double gain_db);

/* The gain that makes y as loud as x, gates and all, -60..60 dB. */
double loudness_match_db(const loudness *x, const loudness *y);

#endif
