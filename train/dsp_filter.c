/* SPDX-License-Identifier: ISC */
/* Every filter is stable for every argument: frequencies stay under 0.49 of the rate and
   Q over 0.05, and states are doubles. */
#include "dsp.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

double
db_to_gain(double db)
{
  return pow(10.0, db / 20.0);
}

double
gain_to_db(double gain)
{
  return gain > 1e-10 ? 20.0 * log10(gain) : -200.0;
}

typedef struct {
  double cos_w, alpha;
} angle;

static angle
angle_of(double rate_hz, double hz, double q)
{
  const double w = 2.0 * pi * fmin(fmax(hz, 1.0), 0.49 * rate_hz) / rate_hz;
  return (angle){cos(w), sin(w) / (2.0 * fmax(q, 0.05))};
}

static biquad
normalised(double b0, double b1, double b2, double a0, double a1, double a2)
{
  return (biquad){b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0};
}

biquad
biquad_peak(double rate_hz, double hz, double q, double db)
{
  const angle g = angle_of(rate_hz, hz, q);
  const double a = pow(10.0, db / 40.0), c = -2.0 * g.cos_w;
  return normalised(1.0 + g.alpha * a, c, 1.0 - g.alpha * a, 1.0 + g.alpha / a, c,
                    1.0 - g.alpha / a);
}

biquad
biquad_band_pass(double rate_hz, double hz, double q)
{
  const angle g = angle_of(rate_hz, hz, q);
  return normalised(g.alpha, 0.0, -g.alpha, 1.0 + g.alpha, -2.0 * g.cos_w, 1.0 - g.alpha);
}

/* sign -1: low shelf, +1: high shelf; slope 1. */
static biquad
shelf(double rate_hz, double hz, double db, double sign)
{
  const angle g = angle_of(rate_hz, hz, 0.70710678118654752);
  const double a = pow(10.0, db / 40.0), r = 2.0 * sqrt(a) * g.alpha, c = g.cos_w;
  const double up = a + 1.0, down = a - 1.0;
  return normalised(a * (up + sign * down * c + r),
                    -2.0 * sign * a * (down + sign * up * c),
                    a * (up + sign * down * c - r), up - sign * down * c + r,
                    2.0 * sign * (down - sign * up * c), up - sign * down * c - r);
}

biquad
biquad_low_shelf(double rate_hz, double hz, double db)
{
  return shelf(rate_hz, hz, db, -1.0);
}

biquad
biquad_high_shelf(double rate_hz, double hz, double db)
{
  return shelf(rate_hz, hz, db, 1.0);
}

biquad
biquad_low_pass(double rate_hz, double hz, double q)
{
  const angle g = angle_of(rate_hz, hz, q);
  const double h = 1.0 - g.cos_w;
  return normalised(h / 2.0, h, h / 2.0, 1.0 + g.alpha, -2.0 * g.cos_w, 1.0 - g.alpha);
}

biquad
biquad_high_pass(double rate_hz, double hz, double q)
{
  const angle g = angle_of(rate_hz, hz, q);
  const double h = 1.0 + g.cos_w;
  return normalised(h / 2.0, -h, h / 2.0, 1.0 + g.alpha, -2.0 * g.cos_w, 1.0 - g.alpha);
}

biquad
biquad_all_pass(double rate_hz, double hz, double q)
{
  const angle g = angle_of(rate_hz, hz, q);
  return normalised(1.0 - g.alpha, -2.0 * g.cos_w, 1.0 + g.alpha, 1.0 + g.alpha,
                    -2.0 * g.cos_w, 1.0 - g.alpha);
}

void
biquad_run(const biquad *f, float *x, size_t n)
{
  double z1 = 0.0, z2 = 0.0;
  for (size_t i = 0; i < n; ++i) {
    const double in = x[i], out = f->b0 * in + z1;
    z1 = f->b1 * in - f->a1 * out + z2 + 1e-25; /* keeps the tail off denormals */
    z2 = f->b2 * in - f->a2 * out;
    x[i] = (float)out;
  }
}

double
biquad_gain(const biquad *f, double rate_hz, double hz)
{
  const double w = 2.0 * pi * hz / rate_hz, c = cos(w), s = sin(w);
  const double c2 = cos(2.0 * w), s2 = sin(2.0 * w);
  const double nr = f->b0 + f->b1 * c + f->b2 * c2, ni = f->b1 * s + f->b2 * s2;
  const double dr = 1.0 + f->a1 * c + f->a2 * c2, di = f->a1 * s + f->a2 * s2;
  return sqrt((nr * nr + ni * ni) / (dr * dr + di * di));
}

void
svf_tune(svf *s, double rate_hz, double hz, double q)
{
  s->g = tan(pi * fmin(fmax(hz, 1.0), 0.49 * rate_hz) / rate_hz);
  s->r = 1.0 / fmax(q, 0.05);
  s->d = 1.0 / (1.0 + s->g * (s->g + s->r));
}

float
svf_band_pass(svf *s, float x)
{
  const double band = (s->g * (x - s->s2) + s->s1) * s->d;
  const double low = s->s2 + s->g * band;
  s->s1 = 2.0 * band - s->s1 + 1e-25;
  s->s2 = low + s->g * band;
  return (float)(band * s->r);
}

float
dsp_smoothing(double rate_hz, double ms)
{
  return (float)exp(-1000.0 / (rate_hz * fmax(ms, 0.01)));
}

void
dsp_envelope(const float *x, size_t n, double rate_hz, double attack_ms,
             double release_ms, float *env)
{
  const float up = dsp_smoothing(rate_hz, attack_ms);
  const float down = dsp_smoothing(rate_hz, release_ms);
  float e = 0.0f;
  for (size_t i = 0; i < n; ++i) {
    const float v = fabsf(x[i]), c = v > e ? up : down;
    e = v + c * (e - v) + 1e-20f;
    env[i] = e;
  }
}
