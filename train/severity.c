/* SPDX-License-Identifier: ISC */
/* Equal signals give exactly 0, and nothing here depends on the absolute level: both are
   played so that the source reaches 70 dB SPL.

   frame of 2048, hop 512 -> power [1025] -> ERB-spaced bands [40] -> spread to the
   neighbours -> specific loudness per band (E. Zwicker, H. Fastl, "Psychoacoustics",
   eq. 8.7; threshold in quiet: E. Terhardt 1979) -> three differences, each a mean over
   frames weighted by loudness.

   u = distortion / 6 dB + presence / 3 sone + sharpness / 1 acum, the last two only where
   they grew; severity = 100 (1 - exp(-(u / 1.3)^1.5)).  The exponent keeps small tonal
   changes near 0, as thresholds of hearing do. */
#include "severity.h"

#include "dsp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_FFT = 2048, HOP = 512, N_BANDS = 40 };

static const float loss_weight =
    0.35f; /* what is missing disturbs less than what is new */
static const double playback_db = 70.0;

typedef struct {
  uint32_t edge[N_BANDS + 1]; /* bins */
  float threshold[N_BANDS];   /* power in quiet, 0 dB SPL = 1 */
  float sone[N_BANDS];        /* scale of the band's specific loudness x its width */
  float sharp[N_BANDS];       /* DIN 45692: 0.11 g(z) z */
  bool presence[N_BANDS];     /* centre in 2 to 5 kHz */
} scale;

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

static void
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

/* Add the band powers of one channel's frames to power [n_frames][N_BANDS]. */
static void
add_bands(const audio *a, uint32_t channel, const scale *s, const float *window,
          dsp_fft *fft, size_t n_frames, float *power)
{
  const size_t c = a->n_channels;
  float *time = dsp_fft_time(fft);
  const float *bin = dsp_fft_spectrum(fft);
  for (size_t t = 0; t < n_frames; ++t) {
    for (size_t i = 0; i < N_FFT; ++i) {
      const size_t at = t * HOP + i;
      time[i] = at < a->n_frames ? a->x[at * c + channel] * window[i] : 0.0f;
    }
    dsp_fft_forward(fft);
    float *band = power + t * N_BANDS;
    for (int b = 0; b < N_BANDS; ++b) {
      const uint32_t lo = s->edge[b];
      const uint32_t hi = s->edge[b + 1] > lo ? s->edge[b + 1] : lo + 1;
      float sum = 0.0f;
      for (uint32_t k = lo; k < hi; ++k) {
        sum += bin[2 * k] * bin[2 * k] + bin[2 * k + 1] * bin[2 * k + 1];
      }
      band[b] += sum;
    }
  }
}

/* Factor that plays x at playback_db, by its mean power over frames within 40 dB of the
   loudest; 0 for silence. */
static double
playback_gain(const float *power, size_t n_frames)
{
  double loudest = 0.0, sum = 0.0;
  size_t n = 0;
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t t = 0; t < n_frames; ++t) {
      double p = 0.0;
      for (int b = 0; b < N_BANDS; ++b) {
        p += power[t * N_BANDS + b];
      }
      if (!pass) {
        loudest = fmax(loudest, p);
      } else if (p >= 1e-4 * loudest) {
        sum += p;
        ++n;
      }
    }
  }
  return sum > 1e-12 ? pow(10.0, playback_db / 10.0) * (double)n / sum : 0.0;
}

/* Band powers to excitation (in place) and specific loudness. */
static void
excite(const scale *s, float gain, float *e, float *loud)
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

typedef struct {
  double weight, distortion;     /* of bands: sones, sones x dB^2 */
  double frame_weight, presence; /* of frames */
  double loud_x, loud_y, sharp_x, sharp_y;
} sums;

static void
add_frame(const scale *s, const float *ex, const float *ey, const float *nx,
          const float *ny, sums *to)
{
  double x = 0.0, y = 0.0, presence = 0.0;
  for (int b = 0; b < N_BANDS; ++b) {
    const float floor = s->threshold[b];
    const float db = 10.0f * log10f((ey[b] + floor) / (ex[b] + floor));
    const float d = db > 0.0f ? db : loss_weight * db;
    const float w = fmaxf(nx[b], ny[b]);
    to->weight += w;
    to->distortion += (double)w * d * d;
    x += nx[b];
    y += ny[b];
    to->sharp_x += nx[b] * s->sharp[b];
    to->sharp_y += ny[b] * s->sharp[b];
    if (s->presence[b]) {
      presence += ny[b] - nx[b];
    }
  }
  const double w = fmax(x, y);
  to->loud_x += x;
  to->loud_y += y;
  to->frame_weight += w;
  to->presence += w * presence;
}

static void
finish(const sums *z, severity *s)
{
  *s = (severity){0};
  if (z->weight > 0.0) {
    s->distortion_db = sqrt(z->distortion / z->weight);
    s->presence_sone = z->presence / z->frame_weight;
  }
  if (z->loud_x > 0.0 && z->loud_y > 0.0) {
    s->sharpness_acum = z->sharp_y / z->loud_y - z->sharp_x / z->loud_x;
  }
  const double u = s->distortion_db / 6.0 + fmax(s->presence_sone, 0.0) / 3.0 +
                   fmax(s->sharpness_acum, 0.0);
  s->severity = 100.0 * (1.0 - exp(-pow(u / 1.3, 1.5)));
}

/* px, py [n_frames][N_BANDS], changed. */
static void
compare(const scale *s, float *px, float *py, size_t n_frames, severity *out)
{
  const double gain = playback_gain(px, n_frames);
  const double either = gain > 0.0 ? gain : playback_gain(py, n_frames);
  sums z = {0};
  for (size_t t = 0; t < n_frames; ++t) {
    float nx[N_BANDS], ny[N_BANDS];
    float *ex = px + t * N_BANDS, *ey = py + t * N_BANDS;
    excite(s, (float)either, ex, nx);
    excite(s, (float)either, ey, ny);
    add_frame(s, ex, ey, nx, ny, &z);
  }
  finish(&z, out);
}

ear_status
severity_measure(const audio *x, const audio *y, severity *s)
{
  scale sc;
  scale_init(&sc, x->rate_hz);
  const size_t n_frames =
      x->n_frames <= N_FFT ? 1 : 1 + (x->n_frames - N_FFT + HOP - 1) / HOP;
  float *power = calloc(2 * n_frames * N_BANDS, sizeof *power);
  float *window = malloc(N_FFT * sizeof *window);
  dsp_fft *fft;
  ear_status st = dsp_fft_new(&fft, N_FFT);
  if (!st && power && window) {
    for (int i = 0; i < N_FFT; ++i) {
      window[i] = (float)(0.5 - 0.5 * cos(2.0 * 3.14159265358979323846 * i / N_FFT));
    }
    for (uint32_t c = 0; c < x->n_channels; ++c) {
      add_bands(x, c, &sc, window, fft, n_frames, power);
      add_bands(y, c, &sc, window, fft, n_frames, power + n_frames * N_BANDS);
    }
    compare(&sc, power, power + n_frames * N_BANDS, n_frames, s);
  } else {
    st = EAR_NO_MEMORY;
  }
  dsp_fft_free(fft);
  free(window);
  free(power);
  return st;
}
