/* SPDX-License-Identifier: ISC */
/* The filtered blocks are kept, so a gain is tried on them without filtering again: only
   the absolute gate at -70 LUFS makes loudness anything but linear in the gain. */
#include "loudness.h"

#include "dsp.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>

void
loudness_free(loudness *l)
{
  free(l->power);
  *l = (loudness){0};
}

ear_status
loudness_measure(const audio *a, loudness *l)
{
  *l = (loudness){.rms_db = gain_to_db(dsp_rms(a))};
  const size_t step = ((size_t)lrint(a->rate_hz) + 5) / 10; /* 100 ms, as libebur128 */
  ebur128_state *e =
      ebur128_init(a->n_channels, (unsigned long)lrint(a->rate_hz), EBUR128_MODE_M);
  l->power = malloc((a->n_frames / step + 1) * sizeof *l->power);
  if (!e || !l->power) {
    if (e) {
      ebur128_destroy(&e);
    }
    loudness_free(l);
    return EAR_NO_MEMORY;
  }
  for (size_t i = 0; i + step <= a->n_frames; i += step) {
    double lufs;
    ebur128_add_frames_float(e, a->x + i * a->n_channels, step);
    if (i >= 3 * step && !ebur128_loudness_momentary(e, &lufs)) {
      l->power[l->n++] = isfinite(lufs) ? pow(10.0, lufs / 10.0) : 0.0;
    }
  }
  ebur128_destroy(&e);
  return EAR_OK;
}

/* Mean power of the blocks over a floor, 0 if there are none. */
static double
mean_over(const loudness *l, double floor)
{
  double sum = 0.0;
  size_t n = 0;
  for (size_t i = 0; i < l->n; ++i) {
    if (l->power[i] >= floor) {
      sum += l->power[i];
      ++n;
    }
  }
  return n ? sum / (double)n : 0.0;
}

double
loudness_lufs(const loudness *l, double gain_db)
{
  const double absolute = pow(10.0, (-70.0 - gain_db) / 10.0);
  const double ungated = mean_over(l, absolute);
  if (!(ungated > 0.0)) {
    return l->rms_db + gain_db;
  }
  return 10.0 * log10(mean_over(l, fmax(absolute, 0.1 * ungated))) + gain_db;
}

static bool
gated_out(const loudness *l)
{
  return !(mean_over(l, 1e-7) > 0.0);
}

double
loudness_match_db(const loudness *x, const loudness *y)
{
  const bool by_rms = gated_out(x) || gated_out(y);
  if (by_rms) {
    const double db = x->rms_db - y->rms_db;
    return x->rms_db <= -190.0 || y->rms_db <= -190.0 ? 0.0 : fmin(fmax(db, -60.0), 60.0);
  }
  const double target = loudness_lufs(x, 0.0);
  double gain_db = target - loudness_lufs(y, 0.0);
  for (int i = 0; i < 3; ++i) {
    gain_db += target - loudness_lufs(y, gain_db);
  }
  return fmin(fmax(gain_db, -60.0), 60.0);
}
