/* SPDX-License-Identifier: ISC */
/* Every family writes some scale; all are brought to a level at the end.
   Formants: G. Peterson, H. Barney, JASA 24(2), 1952. */
#include "background.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>

static const double rate = BACKGROUND_RATE, turn = 6.283185307179586;

/* One resonance, of gain 1 at its centre, more or less. */
typedef struct {
  double a, b, gain, y1, y2;
} resonance;

static void
tune(resonance *k, double hz, double width_hz)
{
  const double r = exp(-0.5 * turn * width_hz / rate);
  k->a = 2 * r * cos(turn * hz / rate);
  k->b = r * r;
  k->gain = (1 - r) * sqrt(1 - 2 * r * cos(2 * turn * hz / rate) + r * r);
}

static double
ring(resonance *k, double x)
{
  const double y = k->gain * x + k->a * k->y1 - k->b * k->y2;
  k->y2 = k->y1;
  return k->y1 = y;
}

static void
white(double *x, uint32_t n, rng *r)
{
  for (uint32_t i = 0; i < n; ++i) {
    x[i] = rng_normal(r);
  }
}

/* Three leaky sums of white noise: -3 dB an octave within half a dB. */
static void
pink(double *x, uint32_t n, rng *r)
{
  double a = 0, b = 0, c = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const double w = rng_normal(r);
    a = 0.99765 * a + 0.0990460 * w;
    b = 0.96300 * b + 0.2965164 * w;
    c = 0.57000 * c + 1.0526913 * w;
    x[i] = a + b + c + 0.1848 * w;
  }
}

static void
brown(double *x, uint32_t n, rng *r)
{
  const double leak = rng_range(r, 0.97, 0.998);
  double sum = 0;
  for (uint32_t i = 0; i < n; ++i) {
    x[i] = sum = leak * sum + rng_normal(r);
  }
}

static void
band(double *x, uint32_t n, rng *r)
{
  resonance k = {0};
  const double hz = 200 * pow(30, rng_uniform(r));
  tune(&k, hz, hz * rng_range(r, 0.1, 1));
  for (uint32_t i = 0; i < n; ++i) {
    x[i] = ring(&k, rng_normal(r));
  }
}

static void
hum(double *x, uint32_t n, rng *r)
{
  const double hz = rng_below(r, 2) ? 50 : 60, fall = rng_range(r, 0.6, 1.5);
  const double hiss = rng_range(r, 0, 0.05);
  double phase[12];
  for (int k = 0; k < 12; ++k) {
    phase[k] = rng_range(r, 0, turn);
  }
  for (uint32_t i = 0; i < n; ++i) {
    x[i] = hiss * rng_normal(r);
    for (int k = 0; k < 12; ++k) {
      x[i] += pow(k + 1, -fall) * sin(turn * hz * (k + 1) * i / rate + phase[k]);
    }
  }
}

/* Syllables of coloured noise with pauses between. */
static void
murmur(double *x, uint32_t n, rng *r)
{
  resonance low = {0}, high = {0};
  double level = 0, goal = 0;
  uint32_t next = 0;
  tune(&low, rng_range(r, 300, 700), 300);
  tune(&high, rng_range(r, 1000, 2200), 600);
  for (uint32_t i = 0; i < n; ++i) {
    if (i == next) {
      goal = rng_below(r, 4) ? rng_range(r, 0.3, 1) : 0;
      next += (uint32_t)(rate * rng_range(r, 0.06, 0.28));
    }
    level += 0.002 * (goal - level);
    const double w = rng_normal(r);
    x[i] = level * (2 * ring(&low, w) + ring(&high, w));
  }
}

static const double vowel[][3] = {{270, 2290, 3010}, {390, 1990, 2550}, {530, 1840, 2480},
                                  {660, 1720, 2410}, {730, 1090, 2440}, {570, 840, 2410},
                                  {440, 1020, 2240}, {300, 870, 2240},  {640, 1190, 2390},
                                  {490, 1350, 1690}};
enum { N_VOWELS = sizeof vowel / sizeof *vowel };

/* A voice: pulses through the formants of one vowel after the other, hisses, pauses. */
static void
voice(double *x, uint32_t n, rng *r)
{
  resonance formant[3] = {{0}}, hiss = {0};
  const double low_hz = rng_range(r, 80, 220), size = rng_range(r, 0.9, 1.2);
  double phase = 0, hz = low_hz, level = 0, goal = 0;
  uint32_t next = 0, kind = 0;
  tune(&hiss, rng_range(r, 3500, 7000), 2000);
  for (uint32_t i = 0; i < n; ++i) {
    if (i == next) {
      const uint32_t v = rng_below(r, N_VOWELS);
      kind = rng_below(r, 6);
      goal = kind == 0 ? 0 : rng_range(r, 0.4, 1);
      next += (uint32_t)(rate * rng_range(r, 0.05, 0.22));
      for (int k = 0; k < 3; ++k) {
        tune(&formant[k], size * vowel[v][k], 60 + 40 * k);
      }
    }
    hz += 0.0002 * (low_hz * (1 + 0.3 * goal) - hz) + 0.02 * rng_normal(r);
    level += 0.003 * (goal - level);
    phase += hz / rate;
    const double pulse = phase >= 1 ? 1 : 0;
    phase -= phase >= 1 ? 1 : 0;
    const double source = pulse * 20 + 0.02 * rng_normal(r);
    x[i] = kind == 1 ? 0.5 * level * ring(&hiss, rng_normal(r)) : 0;
    for (int k = 0; k < 3; ++k) {
      x[i] += level * ring(&formant[k], kind == 1 ? 0 : source) / (k + 1);
    }
  }
}

/* Many at once. */
static bool
crowd_of(double *x, uint32_t n, rng *r, uint32_t least, uint32_t most,
         void (*one)(double *x, uint32_t n, rng *r))
{
  double *part = malloc(n * sizeof *part);
  const uint32_t n_voices = least + rng_below(r, most - least + 1);
  for (uint32_t k = 0; part && k < n_voices; ++k) {
    const double gain = rng_range(r, 0.3, 1);
    one(part, n, r);
    for (uint32_t i = 0; i < n; ++i) {
      x[i] = (k ? x[i] : 0) + gain * part[i];
    }
  }
  free(part);
  return part != NULL;
}

/* Short decaying bursts, about so many a second, through one resonance. */
static void
bursts(double *x, uint32_t n, rng *r, double per_s, double decay_s, double hz)
{
  resonance k = {0};
  double level = 0;
  tune(&k, hz, hz);
  for (uint32_t i = 0; i < n; ++i) {
    level *= 1 - 1 / (decay_s * rate);
    level += rng_uniform(r) < per_s / rate ? rng_range(r, 0.2, 1) : 0;
    x[i] = ring(&k, level * rng_normal(r));
  }
}

static void
clicks(double *x, uint32_t n, rng *r)
{
  bursts(x, n, r, rng_range(r, 0.5, 8), rng_range(r, 2e-4, 2e-3),
         rng_range(r, 500, 8000));
}

static void
crackle(double *x, uint32_t n, rng *r)
{
  bursts(x, n, r, rng_range(r, 20, 200), rng_range(r, 1e-4, 1e-3),
         rng_range(r, 1500, 7000));
  for (uint32_t i = 0; i < n; ++i) {
    x[i] += 0.01 * rng_normal(r);
  }
}

static void
applause(double *x, uint32_t n, rng *r)
{
  bursts(x, n, r, rng_range(r, 40, 400), rng_range(r, 3e-3, 1e-2),
         rng_range(r, 1000, 3000));
}

static void
wind(double *x, uint32_t n, rng *r)
{
  const double hz = rng_range(r, 0.1, 0.6), phase = rng_range(r, 0, turn);
  brown(x, n, r);
  for (uint32_t i = 0; i < n; ++i) {
    x[i] *= 0.3 + pow(0.5 + 0.5 * sin(turn * hz * i / rate + phase), 2);
  }
}

static void
engine(double *x, uint32_t n, rng *r)
{
  resonance body = {0};
  double hz = rng_range(r, 18, 60), phase = 0;
  tune(&body, rng_range(r, 80, 400), 120);
  for (uint32_t i = 0; i < n; ++i) {
    hz += 1e-3 * rng_normal(r);
    phase += hz / rate;
    x[i] = ring(&body, (phase >= 1 ? 10 : 0) + 0.3 * rng_normal(r));
    phase -= phase >= 1 ? 1 : 0;
  }
}

/* Rectangular noise twice, as dither has it. */
static void
dither(double *x, uint32_t n, rng *r)
{
  for (uint32_t i = 0; i < n; ++i) {
    x[i] = rng_uniform(r) - rng_uniform(r);
  }
}

/* A quiet room: rumble, a little hum. */
static void
room(double *x, uint32_t n, rng *r)
{
  const double hz = rng_range(r, 45, 130);
  brown(x, n, r);
  for (uint32_t i = 0; i < n; ++i) {
    x[i] += 4 * sin(turn * hz * i / rate);
  }
}

typedef struct {
  const char *name;
  void (*make)(double *x, uint32_t n, rng *r); /* NULL: a crowd */
  bool quiet;                                  /* peak from -60 to -35 dBFS */
} family;
static const family families[] = {
    {"white", white, false},   {"brown", brown, false},     {"band", band, false},
    {"hum", hum, false},       {"murmur", murmur, false},   {"voice", voice, false},
    {"crowd", NULL, false},    {"clicks", clicks, false},   {"applause", applause, false},
    {"engine", engine, false}, {"silence", dither, true},   {"pink", pink, false},
    {"babble", NULL, false},   {"crackle", crackle, false}, {"wind", wind, false},
    {"room", room, true},
};
enum { N_FAMILIES = sizeof families / sizeof *families };

uint32_t
background_n_families(void)
{
  return N_FAMILIES;
}

const char *
background_family(uint32_t k)
{
  return families[k].name;
}

ear_status
background_make(float *x, uint32_t n, uint32_t k, uint32_t number, uint64_t seed)
{
  rng r = rng_stream(seed, 0xbac0 + k, number);
  const family *f = &families[k];
  const double peak_db = f->quiet ? rng_range(&r, -60, -35) : rng_range(&r, -30, -6);
  double *wide = calloc(n + 1u, sizeof *wide), most = 1e-9;
  bool good = wide != NULL;
  if (good && f->make) {
    f->make(wide, n, &r);
  } else if (good) { /* many murmurs, or some voices */
    good = f->name[0] == 'c' ? crowd_of(wide, n, &r, 8, 20, murmur)
                             : crowd_of(wide, n, &r, 3, 8, voice);
  }
  for (uint32_t i = 0; i < n && good; ++i) {
    most = fmax(most, fabs(wide[i]));
  }
  for (uint32_t i = 0; i < n && good; ++i) {
    x[i] = (float)(pow(10, peak_db / 20) * wide[i] / most);
  }
  free(wide);
  return good ? EAR_OK : EAR_NO_MEMORY;
}
