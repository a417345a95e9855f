/* SPDX-License-Identifier: ISC */
/* What several kinds need, mel bands and chroma, is computed once; a kind that was not
   chosen costs nothing. */
#include "kinds.h"

#include "chroma.h"
#include "contrast.h"
#include "mel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ear_kinds {
  ear_front_end config;
  const ear_passes *passes;
  ear_bank *mel, *mfcc, *chroma; /* NULL where no kind needs it */
  ear_contrast_band contrast[EAR_N_CONTRAST];
  double direction[EAR_N_TONNETZ][EAR_N_CHROMA];
  float *band;  /* [n_bands + EAR_BANK_PAD], the pad zero */
  float *value; /* [ear_front_end_values] */
};

/* Coefficient i of the orthonormal DCT-II. */
static void
fill_cosines(const void *user, uint32_t i, double *weight)
{
  const uint32_t n = ((const ear_front_end *)user)->n_bands;
  for (uint32_t b = 0; b < n; b++) {
    weight[b] =
        sqrt((i ? 2.0 : 1.0) / n) * cos(3.14159265358979323846 * i * (b + 0.5) / n);
  }
}

static bool
needs_mel(const ear_front_end *fe)
{
  return (fe->kinds & (EAR_KIND_MEL | EAR_KIND_MFCC)) != 0;
}

static bool
needs_chroma(const ear_front_end *fe)
{
  return (fe->kinds & (EAR_KIND_CHROMA | EAR_KIND_TONNETZ)) != 0;
}

ear_kinds *
ear_kinds_new(const ear_front_end *fe)
{
  ear_kinds *k = calloc(1, sizeof *k);
  if (!k) {
    return NULL;
  }
  const bool mfcc = (fe->kinds & EAR_KIND_MFCC) != 0;
  k->config = *fe;
  k->passes = ear_passes_get();
  k->band = calloc(fe->n_bands + EAR_BANK_PAD, sizeof *k->band);
  k->value = calloc(ear_front_end_values(fe), sizeof *k->value);
  k->mel = needs_mel(fe) ? ear_mel_new(fe) : NULL;
  k->mfcc = mfcc ? ear_bank_new(fe->n_mfcc, fe->n_bands, fill_cosines, fe) : NULL;
  k->chroma = needs_chroma(fe) ? ear_chroma_new(fe) : NULL;
  if (!k->band || !k->value || !k->mel != !needs_mel(fe) || !k->mfcc != !mfcc ||
      !k->chroma != !needs_chroma(fe)) {
    ear_kinds_free(k);
    return NULL;
  }
  if (fe->kinds & EAR_KIND_CONTRAST) {
    ear_contrast_bands(fe, k->contrast);
  }
  ear_tonnetz_directions(k->direction);
  return k;
}

void
ear_kinds_free(ear_kinds *k)
{
  if (k) {
    ear_bank_free(k->mel);
    ear_bank_free(k->mfcc);
    ear_bank_free(k->chroma);
    free(k->band);
    free(k->value);
    free(k);
  }
}

/* Bands in dB, unless it is their power that was asked for. */
static void
compute_bands(ear_kinds *k, const float *power)
{
  const ear_front_end *c = &k->config;
  ear_bank_apply(k->mel, power, k->band);
  if (!c->power) {
    k->passes->decibels(k->band, c->n_bands, c->floor_power);
  }
}

const float *
ear_kinds_apply(ear_kinds *k, const float *power)
{
  const uint32_t kinds = k->config.kinds;
  float *to = k->value, chroma[EAR_N_CHROMA] = {0};
  if (k->mel) {
    compute_bands(k, power);
  }
  if (kinds & EAR_KIND_MEL) {
    memcpy(to, k->band, k->config.n_bands * sizeof *to);
    to += k->config.n_bands;
  }
  if (kinds & EAR_KIND_MFCC) {
    ear_bank_apply(k->mfcc, k->band, to);
    to += k->config.n_mfcc;
  }
  if (k->chroma) {
    ear_bank_apply(k->chroma, power, chroma);
    ear_chroma_normalise(chroma);
  }
  if (kinds & EAR_KIND_CHROMA) {
    memcpy(to, chroma, sizeof chroma);
    to += EAR_N_CHROMA;
  }
  if (kinds & EAR_KIND_CONTRAST) {
    ear_contrast(k->contrast, power, to);
    to += EAR_N_CONTRAST;
  }
  if (kinds & EAR_KIND_TONNETZ) {
    ear_tonnetz(k->direction, chroma, to);
  }
  return k->value;
}
