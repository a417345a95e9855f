/* SPDX-License-Identifier: ISC */
/* Tables are functions of the sampling rate alone; no band is empty. */
#include "severity_bands.h"

#include <math.h>

static double
erb_number(double hz)
{
  return 21.4 * log10(1.0 + 0.00437 * hz);
}

static double
erb_hz(double number)
{
  return (pow(10.0, number / 21.4) - 1.0) / 0.00437;
}

static double
bark(double hz)
{
  return 13.0 * atan(0.00076 * hz) + 3.5 * atan(hz * hz / (7500.0 * 7500.0));
}

void
scale_init(scale *s, double rate_hz)
{
  const double low = erb_number(50.0), high = erb_number(fmin(16000.0, rate_hz / 2.0));
  for (int b = 0; b <= N_BANDS; ++b) {
    const double hz = erb_hz(low + (high - low) * b / N_BANDS);
    s->edge[b] = (uint32_t)lrint(hz * N_FFT / rate_hz);
  }
  for (int b = 0; b < N_BANDS; ++b) {
    const double lo = erb_hz(low + (high - low) * b / N_BANDS);
    const double hi = erb_hz(low + (high - low) * (b + 1) / N_BANDS);
    const double khz = 0.0005 * (lo + hi), z = bark(500.0 * 2.0 * khz);
    const double quiet_db = 3.64 * pow(khz, -0.8) -
                            6.5 * exp(-0.6 * pow(khz - 3.3, 2.0)) + 1e-3 * pow(khz, 4.0);
    const double quiet = pow(10.0, fmin(quiet_db, 80.0) / 10.0);
    s->threshold[b] = (float)quiet;
    s->sone[b] = (float)(0.08 * pow(quiet, 0.23) * (bark(hi) - bark(lo)));
    s->sharp[b] =
        (float)(0.11 * z * (z <= 15.8 ? 1.0 : 0.15 * exp(0.42 * (z - 15.8)) + 0.85));
    s->presence[b] = khz >= 2.0 && khz < 5.0;
  }
}

void
scale_excite(const scale *s, float gain, float *e, float *loud)
{
  enum { UP, DOWN };
  const float slope[] = {0.15f, 0.004f}; /* per band: about 10 and 28 dB an ERB */
  for (int b = 0; b < N_BANDS; ++b) {
    e[b] *= gain;
  }
  for (int b = 1; b < N_BANDS; ++b) {
    e[b] = fmaxf(e[b], e[b - 1] * slope[UP]);
  }
  for (int b = N_BANDS - 2; b >= 0; --b) {
    e[b] = fmaxf(e[b], e[b + 1] * slope[DOWN]);
  }
  for (int b = 0; b < N_BANDS; ++b) {
    const float over = powf(0.5f + 0.5f * e[b] / s->threshold[b], 0.23f) - 1.0f;
    loud[b] = over > 0.0f ? s->sone[b] * over : 0.0f;
  }
}
