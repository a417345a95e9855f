/* SPDX-License-Identifier: ISC */
/* What a network must clearly beat: eight hand-made measures of an excerpt, each alone
   and all together in a logistic regression. */
#ifndef EAR_TRAIN_BASELINE_H
#define EAR_TRAIN_BASELINE_H

#include "audio.h"

enum {
  BASELINE_PRESENCE,  /* 2 to 5 kHz over the whole, dB */
  BASELINE_CREST,     /* peak over RMS, dB */
  BASELINE_CENTROID,  /* spectral centroid, log2 Hz */
  BASELINE_FLAT_TOPS, /* share of samples that repeat the peak value, log10 */
  BASELINE_ROLLOFF,   /* 85 % of the energy lies below, log2 Hz */
  BASELINE_FLATNESS,  /* geometric over arithmetic mean of 2 to 9 kHz, dB */
  BASELINE_SIBILANCE, /* 5 to 9 kHz over the whole, dB */
  BASELINE_PEAKINESS, /* largest over median band between 1.5 and 9 kHz, dB */
  BASELINE_N
};

extern const char *const baseline_name[BASELINE_N];

/* The measures of a mono excerpt.  All are finite.  [any] */
ear_status baseline_measure(const audio *mono, float f[BASELINE_N]);

/* Standardisation, weights and bias of a logistic regression. */
typedef struct {
  double mean[BASELINE_N], inverse_std[BASELINE_N];
  double weight[BASELINE_N], bias;
} baseline_regression;

/* Fit by Newton's method with a small ridge: f [n][BASELINE_N], harsh [n]. */
void baseline_fit(baseline_regression *b, const float *f, const uint8_t *harsh, size_t n);

/* Log odds of harsh. */
double baseline_score(const baseline_regression *b, const float f[BASELINE_N]);

#endif
