/* SPDX-License-Identifier: ISC */
/* `keep` holds every sample from the start of the next frame on; a frame is computed as
   soon as its last sample is there, so frames never depend on how samples were split. */
#include "frontend.h"

#include "contrast.h"
#include "fft.h"
#include "kinds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

struct ear_frontend {
  ear_front_end config;
  const ear_passes *passes;
  ear_fft *fft; /* of n_fft / 2 complex points */
  ear_kinds *kinds;
  float *window; /* [n_fft], halved as ear_passes wants it */
  float *turn;   /* [2][n_fft / 4]: of ear_passes */
  float *power;  /* [n_fft / 2 + 1 + EAR_BANK_PAD], the pad zero */
  float *keep;   /* [n_keep] */
  size_t n_keep; /* room: several windows, so that moving the rest down is rare */
  size_t begin;  /* first sample of the next frame in keep */
  size_t end;    /* end of the samples in keep */
  uint64_t t;    /* index of the next frame */
};

const char *
ear_kind_name(uint32_t i)
{
  static const char *const name[EAR_N_KINDS] = {"mel", "mfcc", "chroma", "contrast",
                                                "tonnetz"};
  return name[i];
}

uint32_t
ear_front_end_values(const ear_front_end *fe)
{
  return (fe->kinds & EAR_KIND_MEL ? fe->n_bands : 0) +
         (fe->kinds & EAR_KIND_MFCC ? fe->n_mfcc : 0) +
         (fe->kinds & EAR_KIND_CHROMA ? EAR_N_CHROMA : 0) +
         (fe->kinds & EAR_KIND_CONTRAST ? EAR_N_CONTRAST : 0) +
         (fe->kinds & EAR_KIND_TONNETZ ? EAR_N_TONNETZ : 0);
}

static const char *
kinds_problem(const ear_front_end *fe)
{
  if (fe->kinds == 0 || fe->kinds >> EAR_N_KINDS) {
    return "the kinds of features are not one or more of mel, mfcc, chroma, contrast and "
           "tonnetz";
  }
  if (fe->power && fe->kinds != EAR_KIND_MEL) {
    return "power instead of dB is possible for mel bands alone";
  }
  if (fe->kinds & EAR_KIND_MFCC && (fe->n_mfcc < 1 || fe->n_mfcc > fe->n_bands)) {
    return "the number of MFCCs is not from 1 to the number of bands";
  }
  if (ear_front_end_values(fe) > EAR_MAX_BANDS) {
    return "a frame of all the kinds would have more than 256 values";
  }
  return fe->kinds & EAR_KIND_CONTRAST ? ear_contrast_problem(fe) : NULL;
}

const char *
ear_front_end_problem(const ear_front_end *fe)
{
  if (!(fe->rate_hz >= 8000.0f && fe->rate_hz <= 384000.0f)) {
    return "the rate is outside 8000..384000 Hz";
  }
  if (fe->n_fft < 64 || fe->n_fft > 16384 || (fe->n_fft & (fe->n_fft - 1)) != 0) {
    return "the window is not a power of two from 64 to 16384";
  }
  if (fe->hop < 1 || fe->hop > fe->n_fft) {
    return "the hop is not from 1 to the window length";
  }
  if (fe->n_bands < 1 || fe->n_bands > EAR_MAX_BANDS) {
    return "the number of bands is not from 1 to 256";
  }
  if (!(fe->low_hz >= 0.0f && fe->low_hz < fe->high_hz &&
        fe->high_hz <= fe->rate_hz / 2.0f)) {
    return "the band range is not within 0 Hz and half the rate";
  }
  if (fe->scale != EAR_MEL_SLANEY && fe->scale != EAR_MEL_HTK) {
    return "the mel scale is neither Slaney nor HTK";
  }
  if (!(fe->floor_power >= 1e-30f && fe->floor_power <= 1e30f)) {
    return "the log floor is outside 1e-30..1e30";
  }
  return kinds_problem(fe);
}

bool
ear_front_end_equal(const ear_front_end *a, const ear_front_end *b)
{
  return a->rate_hz == b->rate_hz && a->n_fft == b->n_fft && a->hop == b->hop &&
         a->n_bands == b->n_bands && a->low_hz == b->low_hz && a->high_hz == b->high_hz &&
         a->scale == b->scale && a->floor_power == b->floor_power &&
         a->power == b->power && a->kinds == b->kinds &&
         (!(a->kinds & EAR_KIND_MFCC) || a->n_mfcc == b->n_mfcc);
}

static void
fill_tables(ear_frontend *fe)
{
  const uint32_t n = fe->config.n_fft;
  for (uint32_t i = 0; i < n; i++) {
    const double turn = 2.0 * PI * i / n;
    fe->window[i] = 0.5f * (float)(0.5 - 0.5 * cos(turn));
    if (i < n / 4) {
      fe->turn[i] = (float)-sin(turn);
      fe->turn[n / 4 + i] = (float)-cos(turn);
    }
  }
}

ear_status
ear_frontend_new(ear_frontend **out, const ear_front_end *config, ear_error *err)
{
  *out = NULL;
  const char *problem = ear_front_end_problem(config);
  if (problem) {
    if (err) {
      snprintf(err->text, sizeof err->text, "The front end cannot be computed: %s.",
               problem);
    }
    return EAR_BAD_ARGUMENT;
  }
  ear_frontend *fe = calloc(1, sizeof *fe);
  if (fe) {
    const uint32_t n = config->n_fft;
    fe->config = *config;
    fe->n_keep = 4 * (size_t)n;
    fe->passes = ear_passes_get();
    fe->fft = ear_fft_new(n / 2);
    fe->kinds = ear_kinds_new(config);
    fe->window = calloc(n, sizeof *fe->window);
    fe->turn = calloc(n / 2, sizeof *fe->turn);
    fe->power = calloc(n / 2 + 1 + EAR_BANK_PAD, sizeof *fe->power);
    fe->keep = calloc(fe->n_keep, sizeof *fe->keep);
  }
  if (!fe || !fe->fft || !fe->kinds || !fe->window || !fe->turn || !fe->power ||
      !fe->keep) {
    ear_frontend_free(fe);
    if (err) {
      snprintf(err->text, sizeof err->text,
               "Not enough memory for the front end: close other programs.");
    }
    return EAR_NO_MEMORY;
  }
  fill_tables(fe);
  *out = fe;
  return EAR_OK;
}

void
ear_frontend_free(ear_frontend *fe)
{
  if (fe) {
    ear_fft_free(fe->fft);
    ear_kinds_free(fe->kinds);
    free(fe->window);
    free(fe->turn);
    free(fe->power);
    free(fe->keep);
    free(fe);
  }
}

void
ear_frontend_reset(ear_frontend *fe)
{
  fe->begin = 0;
  fe->end = 0;
  fe->t = 0;
}

static const float *
compute_frame(ear_frontend *fe, const float *x)
{
  const uint32_t n = fe->config.n_fft;
  fe->passes->multiply(ear_fft_in(fe->fft), x, fe->window, n);
  fe->passes->power(fe->power, ear_fft_run(fe->fft), fe->turn, fe->turn + n / 4, n / 2);
  return ear_kinds_apply(fe->kinds, fe->power);
}

void
ear_frontend_seek(ear_frontend *fe, uint64_t t)
{
  ear_frontend_reset(fe);
  fe->t = t;
}

void
ear_frontend_push(ear_frontend *fe, const float *x, size_t n, ear_frame_fn on_frame,
                  void *user)
{
  while (n > 0) {
    if (fe->end == fe->n_keep) {
      fe->end -= fe->begin;
      memmove(fe->keep, fe->keep + fe->begin, fe->end * sizeof *fe->keep);
      fe->begin = 0;
    }
    const size_t room = fe->n_keep - fe->end;
    const size_t n_now = n < room ? n : room;
    memcpy(fe->keep + fe->end, x, n_now * sizeof *x);
    fe->end += n_now;
    x += n_now;
    n -= n_now;
    while (fe->end - fe->begin >= fe->config.n_fft) {
      const float *value = compute_frame(fe, fe->keep + fe->begin);
      fe->begin += fe->config.hop;
      on_frame(user, fe->t++, value);
    }
  }
}
