/* SPDX-License-Identifier: ISC */
/* Every run of weights is padded with zeros to whole groups of EAR_MEL_PAD, so the sum
   of a band has one fixed order, on any machine. */
#include "mel.h"
#include "frontend.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  uint32_t bin;      /* first bin with weight */
  uint32_t n_groups; /* of EAR_MEL_PAD weights */
} mel_run;

struct ear_mel {
  uint32_t n_bands;
  mel_run *run;  /* [n_bands] */
  float *weight; /* the runs one after another */
};

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

/* Bins [first, end) of band b that have weight. */
static void
find_bins(const ear_front_end *fe, const double corner[3], uint32_t *first, uint32_t *end)
{
  const uint32_t n_bins = fe->n_fft / 2 + 1;
  uint32_t k = 0;
  while (k < n_bins && !(triangle(corner, bin_hz(fe, k)) > 0.0)) {
    k++;
  }
  *first = k;
  while (k < n_bins && triangle(corner, bin_hz(fe, k)) > 0.0) {
    k++;
  }
  *end = k;
}

/* Fill the runs and, once `weight` is there, the weights.  Returns the groups of all. */
static size_t
lay_out(ear_mel *mel, const ear_front_end *fe)
{
  size_t n_groups = 0;
  for (uint32_t b = 0; b < fe->n_bands; b++) {
    const double corner[3] = {corner_hz(fe, b), corner_hz(fe, b + 1),
                              corner_hz(fe, b + 2)};
    uint32_t first, end;
    find_bins(fe, corner, &first, &end);
    mel->run[b].bin = first < end ? first : 0;
    mel->run[b].n_groups = (end - first + EAR_MEL_PAD - 1) / EAR_MEL_PAD;
    for (uint32_t k = first; mel->weight && k < end; k++) {
      mel->weight[n_groups * EAR_MEL_PAD + k - first] =
          (float)triangle(corner, bin_hz(fe, k));
    }
    n_groups += mel->run[b].n_groups;
  }
  return n_groups;
}

ear_mel *
ear_mel_new(const ear_front_end *fe)
{
  ear_mel *mel = calloc(1, sizeof *mel);
  if (!mel) {
    return NULL;
  }
  mel->n_bands = fe->n_bands;
  mel->run = calloc(fe->n_bands, sizeof *mel->run);
  if (mel->run) {
    const size_t n_groups = lay_out(mel, fe);
    mel->weight = calloc(n_groups + 1, EAR_MEL_PAD * sizeof *mel->weight);
  }
  if (!mel->weight) {
    ear_mel_free(mel);
    return NULL;
  }
  lay_out(mel, fe);
  return mel;
}

void
ear_mel_free(ear_mel *mel)
{
  if (mel) {
    free(mel->run);
    free(mel->weight);
    free(mel);
  }
}

void
ear_mel_apply(const ear_mel *mel, const float *restrict power, float *restrict band)
{
  const float *w = mel->weight;
  for (uint32_t b = 0; b < mel->n_bands; b++) {
    const float *p = power + mel->run[b].bin;
    float sum[EAR_MEL_PAD] = {0};
    for (uint32_t g = mel->run[b].n_groups; g > 0; g--) {
      for (int i = 0; i < EAR_MEL_PAD; i++) {
        sum[i] += w[i] * p[i];
      }
      w += EAR_MEL_PAD;
      p += EAR_MEL_PAD;
    }
    band[b] =
        ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
  }
}
