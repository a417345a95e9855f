/* SPDX-License-Identifier: ISC */
/* Corners are computed in double precision for every band anew: rounding never adds up
   along the scale. */
#include "mel.h"
#include "frontend.h"

#include <math.h>

/* Slaney: linear up to 1 kHz (mel 15), then 27 mel for each factor of 6.4. */
#define SLANEY_HZ_PER_MEL (200.0 / 3.0)
#define SLANEY_KNEE_HZ 1000.0
#define SLANEY_KNEE_MEL 15.0
#define SLANEY_MEL_PER_LN (27.0 / log(6.4))

static double
mel_of_hz(ear_mel_scale scale, double hz)
{
  if (scale == EAR_MEL_HTK) {
    return 2595.0 * log10(1.0 + hz / 700.0);
  }
  return hz < SLANEY_KNEE_HZ
             ? hz / SLANEY_HZ_PER_MEL
             : SLANEY_KNEE_MEL + log(hz / SLANEY_KNEE_HZ) * SLANEY_MEL_PER_LN;
}

static double
hz_of_mel(ear_mel_scale scale, double mel)
{
  if (scale == EAR_MEL_HTK) {
    return 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
  }
  return mel < SLANEY_KNEE_MEL
             ? mel * SLANEY_HZ_PER_MEL
             : SLANEY_KNEE_HZ * exp((mel - SLANEY_KNEE_MEL) / SLANEY_MEL_PER_LN);
}

/* Corner i of n_bands + 2, equally spaced in mel: band b spans corners b, b + 1, b + 2.
 */
static double
corner_hz(const ear_front_end *fe, uint32_t i)
{
  const double low = mel_of_hz(fe->scale, (double)fe->low_hz);
  const double high = mel_of_hz(fe->scale, (double)fe->high_hz);
  return hz_of_mel(fe->scale, low + (high - low) * i / (fe->n_bands + 1));
}

void
ear_front_end_band_hz(const ear_front_end *fe, uint32_t b, float *low, float *centre,
                      float *high)
{
  *low = (float)corner_hz(fe, b);
  *centre = (float)corner_hz(fe, b + 1);
  *high = (float)corner_hz(fe, b + 2);
}

static double
triangle(const double corner[3], double hz)
{
  const double rise = (hz - corner[0]) / (corner[1] - corner[0]);
  const double fall = (corner[2] - hz) / (corner[2] - corner[1]);
  return fmax(0.0, fmin(rise, fall)) * 2.0 / (corner[2] - corner[0]);
}

static double
bin_hz(const ear_front_end *fe, uint32_t k)
{
  return k * (double)fe->rate_hz / fe->n_fft;
}

double
ear_mel_weight(const ear_front_end *fe, uint32_t b, uint32_t k)
{
  const double corner[3] = {corner_hz(fe, b), corner_hz(fe, b + 1), corner_hz(fe, b + 2)};
  return triangle(corner, bin_hz(fe, k));
}

/* The bins of band b that have weight lie between its outer corners. */
static void
fill_row(const void *user, uint32_t b, double *weight)
{
  const ear_front_end *fe = user;
  const double corner[3] = {corner_hz(fe, b), corner_hz(fe, b + 1), corner_hz(fe, b + 2)};
  const uint32_t n_bins = fe->n_fft / 2 + 1;
  for (uint32_t k = (uint32_t)(corner[0] * fe->n_fft / (double)fe->rate_hz);
       k < n_bins && bin_hz(fe, k) < corner[2]; k++) {
    weight[k] = triangle(corner, bin_hz(fe, k));
  }
}

ear_bank *
ear_mel_new(const ear_front_end *fe)
{
  return ear_bank_new(fe->n_bands, fe->n_fft / 2 + 1, fill_row, fe);
}
