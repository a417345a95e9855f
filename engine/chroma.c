/* SPDX-License-Identifier: ISC */
/* Silence has no pitch class: all twelve are 0 then, and so is the centroid. */
#include "chroma.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define A0_HZ 27.5
#define CENTRE_OCTAVE 5.0 /* over A0 */
#define OCTAVE_WIDTH 2.0
#define PI 3.14159265358979323846

/* Under this, which 24 bits of full scale cannot reach, a spectrum is silence: numbers
   that small lose digits. */
static const float silence_power = 1e-30f;

/* Pitch of bin k in semitones over A0.  Bin 0 has none and is put 1.5 octaves under
 * bin 1.
 */
static double
semitone(const ear_front_end *fe, uint32_t k)
{
  const double hz = (k ? k : 1) * (double)fe->rate_hz / fe->n_fft;
  return EAR_N_CHROMA * log2(hz / A0_HZ) - (k ? 0 : 1.5 * EAR_N_CHROMA);
}

void
ear_chroma_weights(const ear_front_end *fe, uint32_t k, double weight[EAR_N_CHROMA])
{
  const double pitch = semitone(fe, k);
  const double width =
      fmax(semitone(fe, k + 1) - pitch, 1.0); /* never under a semitone */
  const double octave = (pitch / EAR_N_CHROMA - CENTRE_OCTAVE) / OCTAVE_WIDTH;
  double square = 0;
  for (int c = 0; c < EAR_N_CHROMA; c++) {
    const int from_a = (c + 3) % EAR_N_CHROMA; /* classes begin at C, pitches at A */
    const double apart = pitch - from_a;
    const double around =
        apart - EAR_N_CHROMA * floor((apart + EAR_N_CHROMA / 2.0) / EAR_N_CHROMA);
    weight[c] = exp(-2.0 * around / width * around / width);
    square += weight[c] * weight[c];
  }
  for (int c = 0; c < EAR_N_CHROMA; c++) {
    weight[c] *= exp(-0.5 * octave * octave) / sqrt(square);
  }
}

typedef struct {
  uint32_t n_bins;
  double (*weight)[EAR_N_CHROMA]; /* [n_bins] */
} table;

static void
fill_row(const void *user, uint32_t c, double *weight)
{
  const table *t = user;
  for (uint32_t k = 0; k < t->n_bins; k++) {
    weight[k] = t->weight[k][c];
  }
}

ear_bank *
ear_chroma_new(const ear_front_end *fe)
{
  const uint32_t n_bins = fe->n_fft / 2 + 1;
  const table t = {n_bins, calloc(n_bins, sizeof *t.weight)};
  ear_bank *bank = NULL;
  if (t.weight) {
    for (uint32_t k = 0; k < n_bins; k++) {
      ear_chroma_weights(fe, k, t.weight[k]);
    }
    bank = ear_bank_new(EAR_N_CHROMA, n_bins, fill_row, &t);
  }
  free(t.weight);
  return bank;
}

void
ear_chroma_normalise(float chroma[EAR_N_CHROMA])
{
  float most = 0;
  for (int c = 0; c < EAR_N_CHROMA; c++) {
    most = chroma[c] > most ? chroma[c] : most;
  }
  for (int c = 0; c < EAR_N_CHROMA; c++) {
    chroma[c] = most > silence_power ? chroma[c] / most : 0.0f;
  }
}

void
ear_tonnetz_directions(double direction[EAR_N_TONNETZ][EAR_N_CHROMA])
{
  static const double turns[3] = {7.0 / 6, 3.0 / 2, 2.0 / 3}; /* of pi, each semitone */
  static const double radius[3] = {1, 1, 0.5};
  for (int i = 0; i < EAR_N_TONNETZ; i++) {
    for (int c = 0; c < EAR_N_CHROMA; c++) {
      const double angle = turns[i / 2] * c - (i % 2 ? 0 : 0.5); /* sine, cosine */
      direction[i][c] = radius[i / 2] * cos(PI * angle);
    }
  }
}

void
ear_tonnetz(double direction[EAR_N_TONNETZ][EAR_N_CHROMA], const float *chroma,
            float tonnetz[EAR_N_TONNETZ])
{
  double total = 0;
  for (int c = 0; c < EAR_N_CHROMA; c++) {
    total += (double)chroma[c];
  }
  for (int i = 0; i < EAR_N_TONNETZ; i++) {
    double sum = 0;
    for (int c = 0; c < EAR_N_CHROMA; c++) {
      sum += direction[i][c] * (double)chroma[c];
    }
    tonnetz[i] = total > 0 ? (float)(sum / total) : 0.0f;
  }
}
