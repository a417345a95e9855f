/* SPDX-License-Identifier: ISC */
/* Spectral measures come from the mean power of narrow mel bands, so that they cost one
   pass of the engine's front end. */
#include "baseline.h"

#include "../engine/frontend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const baseline_name[BASELINE_N] = {"2-5 kHz ratio", "crest",    "centroid",
                                               "flat tops",     "roll-off", "flatness",
                                               "5-9 kHz ratio", "peakiness"};

enum { N_BANDS = 200 };
static const double tiny = 1e-12; /* power under which a band counts as empty */

typedef struct {
  double power[N_BANDS]; /* mean over frames */
  uint64_t n;
} spectrum;

static void
add_frame(void *user, uint64_t t, const float *band)
{
  spectrum *s = user;
  (void)t;
  for (int b = 0; b < N_BANDS; ++b) {
    s->power[b] += band[b];
  }
  ++s->n;
}

static double
db(double power)
{
  return 10 * log10(power + tiny);
}

static int
compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

static void
measure_spectrum(const ear_front_end *fe, const spectrum *s, float f[BASELINE_N])
{
  double all = 0, presence = 0, sibilance = 0, moment = 0;
  double flat_log = 0, flat_sum = 0, peak_band[N_BANDS], energy[N_BANDS];
  float centre[N_BANDS];
  int n_flat = 0, n_peak = 0;
  for (int b = 0; b < N_BANDS; ++b) {
    float low, high;
    ear_front_end_band_hz(fe, (uint32_t)b, &low, &centre[b], &high);
    const double density = s->power[b] / (double)(s->n ? s->n : 1);
    energy[b] = density * (high - low); /* the filters are normalised by their area */
    all += energy[b];
    moment += energy[b] * centre[b];
    presence += centre[b] >= 2000 && centre[b] < 5000 ? energy[b] : 0;
    sibilance += centre[b] >= 5000 && centre[b] < 9000 ? energy[b] : 0;
    if (centre[b] >= 2000 && centre[b] < 9000) {
      flat_log += db(density);
      flat_sum += density;
      ++n_flat;
    }
    if (centre[b] >= 1500 && centre[b] < 9000) {
      peak_band[n_peak++] = density;
    }
  }
  qsort(peak_band, (size_t)n_peak, sizeof *peak_band, compare_doubles);
  double below = 0;
  int rolloff = 0;
  while (rolloff < N_BANDS - 1 && (below += energy[rolloff]) < 0.85 * all) {
    ++rolloff;
  }
  f[BASELINE_PRESENCE] = (float)(db(presence) - db(all));
  f[BASELINE_SIBILANCE] = (float)(db(sibilance) - db(all));
  f[BASELINE_CENTROID] = (float)log2((moment + tiny) / (all + tiny));
  f[BASELINE_ROLLOFF] = (float)log2(centre[rolloff]);
  f[BASELINE_FLATNESS] = (float)(flat_log / n_flat - db(flat_sum / n_flat));
  f[BASELINE_PEAKINESS] = (float)(db(peak_band[n_peak - 1]) - db(peak_band[n_peak / 2]));
}

static void
measure_wave(const audio *mono, float f[BASELINE_N])
{
  double peak = 0, sum = 0;
  size_t flat = 0;
  for (size_t i = 0; i < mono->n_frames; ++i) {
    const double x = fabs((double)mono->x[i]);
    peak = x > peak ? x : peak;
    sum += x * x;
  }
  for (size_t i = 1; i < mono->n_frames; ++i) {
    flat += fabs((double)mono->x[i]) > 0.999 * peak &&
            fabs((double)mono->x[i - 1]) > 0.999 * peak;
  }
  const double n = mono->n_frames ? (double)mono->n_frames : 1;
  f[BASELINE_CREST] = (float)(db(peak * peak) - db(sum / n));
  f[BASELINE_FLAT_TOPS] = (float)log10((double)flat / n + 1e-6);
}

ear_status
baseline_measure(const audio *mono, float f[BASELINE_N])
{
  const ear_front_end fe = {.rate_hz = 32000,
                            .n_fft = 2048,
                            .hop = 1024,
                            .kinds = EAR_KIND_MEL,
                            .n_bands = N_BANDS,
                            .low_hz = 50,
                            .high_hz = 16000,
                            .scale = EAR_MEL_HTK,
                            .floor_power = 1e-10f,
                            .power = true};
  ear_features *fx;
  spectrum s = {.n = 0};
  const ear_status st = ear_features_new(&fx, mono->rate_hz, &fe, NULL);
  if (st) {
    return st;
  }
  ear_features_push(fx, mono->x, mono->n_frames, add_frame, &s);
  ear_features_finish(fx, add_frame, &s);
  ear_features_free(fx);
  measure_spectrum(&fe, &s, f);
  measure_wave(mono, f);
  return EAR_OK;
}

/* ---- logistic regression ---- */

enum { N_COEFFICIENTS = BASELINE_N + 1, NEWTON_STEPS = 25 };
static const double ridge = 1e-3; /* per example */

static void
standardise(baseline_regression *b, const float *f, size_t n)
{
  for (int k = 0; k < BASELINE_N; ++k) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; ++i) {
      mean += f[i * BASELINE_N + k];
      square += (double)f[i * BASELINE_N + k] * f[i * BASELINE_N + k];
    }
    mean /= (double)n;
    const double variance = square / (double)n - mean * mean;
    b->mean[k] = mean;
    b->inverse_std[k] = variance > 1e-12 ? 1 / sqrt(variance) : 0;
  }
}

static void
standardised(const baseline_regression *b, const float *f, double z[N_COEFFICIENTS])
{
  for (int k = 0; k < BASELINE_N; ++k) {
    z[k] = (f[k] - b->mean[k]) * b->inverse_std[k];
  }
  z[BASELINE_N] = 1;
}

/* Solve a x = y in place for the symmetric positive a (Gauss-Jordan). */
static void
solve(double a[N_COEFFICIENTS][N_COEFFICIENTS], double y[N_COEFFICIENTS])
{
  for (int p = 0; p < N_COEFFICIENTS; ++p) {
    const double pivot = 1 / a[p][p];
    for (int j = 0; j < N_COEFFICIENTS; ++j) {
      a[p][j] *= pivot;
    }
    y[p] *= pivot;
    for (int i = 0; i < N_COEFFICIENTS; ++i) {
      const double factor = i == p ? 0 : a[i][p];
      for (int j = 0; factor != 0 && j < N_COEFFICIENTS; ++j) {
        a[i][j] -= factor * a[p][j];
      }
      y[i] -= factor * y[p];
    }
  }
}

static void
newton_step(const baseline_regression *b, const float *f, const uint8_t *harsh, size_t n,
            double w[N_COEFFICIENTS])
{
  double hessian[N_COEFFICIENTS][N_COEFFICIENTS] = {{0}};
  double gradient[N_COEFFICIENTS] = {0};
  for (size_t i = 0; i < n; ++i) {
    double z[N_COEFFICIENTS];
    standardised(b, f + i * BASELINE_N, z);
    double s = 0;
    for (int k = 0; k < N_COEFFICIENTS; ++k) {
      s += w[k] * z[k];
    }
    const double p = 1 / (1 + exp(-s));
    for (int k = 0; k < N_COEFFICIENTS; ++k) {
      gradient[k] += (harsh[i] - p) * z[k];
      for (int j = 0; j < N_COEFFICIENTS; ++j) {
        hessian[k][j] += p * (1 - p) * z[k] * z[j];
      }
    }
  }
  for (int k = 0; k < N_COEFFICIENTS; ++k) {
    gradient[k] -= ridge * (double)n * w[k];
    hessian[k][k] += ridge * (double)n;
  }
  solve(hessian, gradient);
  for (int k = 0; k < N_COEFFICIENTS; ++k) {
    w[k] += gradient[k];
  }
}

void
baseline_fit(baseline_regression *b, const float *f, const uint8_t *harsh, size_t n)
{
  double w[N_COEFFICIENTS] = {0};
  standardise(b, f, n);
  for (int step = 0; step < NEWTON_STEPS; ++step) {
    newton_step(b, f, harsh, n, w);
  }
  memcpy(b->weight, w, sizeof b->weight);
  b->bias = w[BASELINE_N];
}

double
baseline_score(const baseline_regression *b, const float f[BASELINE_N])
{
  double z[N_COEFFICIENTS], s = b->bias;
  standardised(b, f, z);
  for (int k = 0; k < BASELINE_N; ++k) {
    s += b->weight[k] * z[k];
  }
  return s;
}
