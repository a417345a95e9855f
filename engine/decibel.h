/* SPDX-License-Identifier: ISC */
/* The logarithm of the front end, the same bits on every machine. */
#ifndef EAR_DECIBEL_H
#define EAR_DECIBEL_H

#include <stdint.h>
#include <string.h>

/* What ear_decibels is off by at most, in units in the last place of its result: the
   rounding to float and 2e-5 for the series.  Proved for every mantissa. */
#define EAR_DECIBELS_ULP 0.50002

/* 10 log10(power), power normal and > 0; 0 dB is exact.
   power = m 2^e with m in [sqrt(1/2), sqrt(2)), ln m = 2 atanh((m - 1) / (m + 1)) as a
   series, in double.  Not libm's: its bits change with the CPU and the version. */
static inline float
ear_decibels(float power)
{
  uint32_t bits;
  memcpy(&bits, &power, sizeof bits);
  const uint32_t shifted = bits - UINT32_C(0x3f3504f3); /* sqrt(1/2) */
  const int e = (int32_t)shifted >> 23;
  bits = (shifted & UINT32_C(0x007fffff)) + UINT32_C(0x3f3504f3);
  float mantissa;
  memcpy(&mantissa, &bits, sizeof mantissa);
  const double m = (double)mantissa;
  const double s = (m - 1.0) / (m + 1.0);
  const double q = s * s; /* < 0.0295: the first term left out is below 2e-12 */
  const double series =
      1.0 + q * (1.0 / 3 +
                 q * (1.0 / 5 + q * (1.0 / 7 + q * (1.0 / 9 + q * (1.0 / 11 + q / 13)))));
  const double db_per_neper = 4.3429448190325182765;  /* 10 / ln 10 */
  const double db_per_octave = 3.0102999566398119521; /* 10 log10 2 */
  return (float)(e * db_per_octave + 2.0 * db_per_neper * s * series);
}

#endif
