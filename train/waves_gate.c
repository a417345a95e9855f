/* SPDX-License-Identifier: ISC */
/* Three passes over the same frames: how loud each is, what the quiet ones hold, and the
   gate; memory does not grow with the length but for one number a frame. */
#include "dsp.h"
#include "waves.h"

#include <math.h>
#include <stdlib.h>

static const double silence = 1e-12;   /* mean power of a bin: digital silence */
static const double quietest = 0.1;    /* of all frames are taken for noise */
static const double over_noise = 6.31; /* 8 dB: power that is more than noise */
static const float fall = 0.7f;        /* of a closing gate's way left, each frame */
enum { MAX_BINS = 4096 / 2 + 1 };

typedef struct {
  size_t n_frames, n_noise;
  double *level;          /* [n_frames] mean power of a bin */
  double most;            /* frames up to this level are noise */
  double noise[MAX_BINS]; /* power */
  float closed;           /* gain of a closed gate */
  float gain[MAX_BINS];   /* of now */
} gate;

static double
power_of(const float *bin)
{
  return (double)bin[0] * (double)bin[0] + (double)bin[1] * (double)bin[1];
}

static void
measure(float *spectrum, uint32_t n_bins, size_t t, void *user)
{
  gate *g = user;
  if (t < g->n_frames) {
    for (uint32_t k = 0; k < n_bins; ++k) {
      g->level[t] += power_of(spectrum + 2 * (size_t)k) / n_bins;
    }
  }
}

static void
learn(float *spectrum, uint32_t n_bins, size_t t, void *user)
{
  gate *g = user;
  if (t >= g->n_frames || g->level[t] <= silence || g->level[t] > g->most) {
    return;
  }
  ++g->n_noise;
  for (uint32_t k = 0; k < n_bins; ++k) {
    const double p = power_of(spectrum + 2 * (size_t)k);
    g->noise[k] += (p - g->noise[k]) / (double)g->n_noise;
  }
}

/* Open at once, close slowly.  Three neighbours decide together: one bin of noise alone
   is often louder than its mean. */
static void
apply(float *spectrum, uint32_t n_bins, size_t t, void *user)
{
  gate *g = user;
  double power[MAX_BINS];
  (void)t;
  for (uint32_t k = 0; k < n_bins; ++k) {
    power[k] = power_of(spectrum + 2 * (size_t)k);
  }
  for (uint32_t k = 0; k < n_bins; ++k) {
    const uint32_t lo = k ? k - 1 : 0, hi = k + 1 < n_bins ? k + 1 : k;
    const double noise = g->noise[lo] + g->noise[k] + g->noise[hi];
    const bool loud = power[lo] + power[k] + power[hi] > over_noise * noise;
    const float to = loud ? 1 : g->closed;
    g->gain[k] = to > g->gain[k] ? to : to + fall * (g->gain[k] - to);
    spectrum[2 * (size_t)k] *= g->gain[k];
    spectrum[2 * (size_t)k + 1] *= g->gain[k];
  }
}

static int
by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* The level that the quietest tenth of the frames with sound do not exceed. */
static ear_status
find_quiet(gate *g)
{
  double *sorted = malloc((g->n_frames + 1) * sizeof *sorted);
  size_t n = 0;
  if (!sorted) {
    return EAR_NO_MEMORY;
  }
  for (size_t t = 0; t < g->n_frames; ++t) {
    if (g->level[t] > silence) {
      sorted[n++] = g->level[t];
    }
  }
  qsort(sorted, n, sizeof *sorted, by_value);
  g->most = n ? sorted[(size_t)(quietest * (double)(n - 1))] : 0;
  free(sorted);
  return EAR_OK;
}

ear_status
waves_gate(audio *a, double db)
{
  uint32_t n = 256;
  while (n < 0.04 * a->rate_hz && n < 4096) {
    n *= 2;
  }
  gate *g = calloc(1, sizeof *g);
  audio copy = {.x = NULL};
  ear_status st = g ? dsp_copy(&copy, a) : EAR_NO_MEMORY;
  if (!st) {
    g->n_frames = a->n_frames / (n / 4) + 4;
    g->level = calloc(g->n_frames, sizeof *g->level);
    g->closed = (float)db_to_gain(-db);
    st = g->level ? dsp_spectral(copy.x, copy.n_frames, n, measure, g) : EAR_NO_MEMORY;
  }
  st = st ? st : find_quiet(g);
  st = st ? st : dsp_spectral(copy.x, copy.n_frames, n, learn, g);
  st = st ? st : dsp_spectral(a->x, a->n_frames, n, apply, g);
  audio_free(&copy);
  if (g) {
    free(g->level);
  }
  free(g);
  return st;
}
