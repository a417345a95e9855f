/* SPDX-License-Identifier: ISC */
/* How much harsher y is than x, measured with the source at hand, not read from a knob.
 */
#ifndef EAR_TRAIN_SEVERITY_H
#define EAR_TRAIN_SEVERITY_H

#include "audio.h"

typedef struct {
  double distortion_db;  /* loudness-matched spectral distance on an ERB scale */
  double sharpness_acum; /* difference of sharpness, DIN 45692 weighting */
  double presence_sone;  /* difference of specific loudness, 2 to 5 kHz */
  double severity;       /* 0..100; under 5: imperceptible */
} severity;

/* x and y: same rate, channels, length, loudness and alignment. */
ear_status severity_measure(const audio *x, const audio *y, severity *s);

#endif
