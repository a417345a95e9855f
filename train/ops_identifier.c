/* SPDX-License-Identifier: ISC */
/* The published Harshness Identifier's only operator, with pydub's integers: 2 to 4 kHz
   by first-order filters, +10 dB, laid over the original, +4 dB, every step saturating at
   16 bits.  No loudness match: that is the published data's flaw, kept. */
#include "ops.h"

#include "dsp.h"

#include <stdio.h>

static float
int16(double x)
{
  return (float)fmin(fmax(floor(x), -32768.0), 32767.0);
}

/* First-order high-pass, then low-pass, as pydub writes them, on int16 values. */
static ear_status
overlay_band(float *x, size_t n, double rate_hz, void *user)
{
  const double gain = *(const double *)user, turn = 6.283185307179586 / rate_hz;
  const double keep = 1.0 / (1.0 + turn * 2000.0);
  const double take = turn * 4000.0 / (1.0 + turn * 4000.0);
  double last_in = 0.0, high = 0.0, low = 0.0;
  for (size_t i = 0; i < n; ++i) {
    const double in = int16(32768.0 * x[i]);
    high = i ? keep * (high + in - last_in) : in;
    last_in = in;
    low = i ? low + take * (trunc(high) - low) : trunc(high);
    x[i] = int16(in + int16(gain * trunc(low)));
  }
  return EAR_OK;
}

ear_status
op_identifier(audio *a, double amount, rng *r, degrade_words *say)
{
  (void)r;
  (void)amount;
  double band = db_to_gain(10.0);
  snprintf(say->text, sizeof say->text, "2-4 kHz +10 dB overlaid, +4 dB, 16 bit");
  const ear_status st = dsp_each_channel(a, overlay_band, &band);
  const double up = db_to_gain(4.0);
  for (size_t i = 0; !st && i < a->n_frames * a->n_channels; ++i) {
    a->x[i] = int16(up * a->x[i]) / 32768.0f;
  }
  return st;
}
