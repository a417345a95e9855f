/* SPDX-License-Identifier: ISC */
/* Equal signals give exactly 0, and nothing here depends on the absolute level: both are
   played so that the source reaches 70 dB SPL.

   frame of 2048, hop 512 -> power [1025] -> ERB-spaced bands [40] -> spread to the
   neighbours -> specific loudness per band -> three differences, each a mean over frames
   weighted by loudness.  The distortion of a band is its change of level and what is new
   inside it: two spectra of powers p and q in one band have new power 2 q (1 - c), where
   c is the correlation of their magnitudes; it counts from 9 dB under the band's level.

   u = distortion / 6 dB + presence / 3 sone + sharpness / 1 acum, the last two only where
   they grew; severity = 100 (1 - exp(-(u / 1.3)^1.5)).  The exponent keeps small tonal
   changes near 0, as thresholds of hearing do. */
#include "severity.h"

#include "dsp.h"
#include "severity_bands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float loss_weight =
    0.35f;                            /* what is missing disturbs less than what is new */
static const float new_weight = 8.0f; /* new power is masked 9 dB under its band */
static const double playback_db = 70.0;

/* Per frame and band, [n_frames][N_BANDS]: powers of x and y, and the sum over bins of
   the product of their magnitudes. */
typedef struct {
  float *x, *y, *cross;
} powers;

/* Add |spectrum|^2 of the frame of one channel at t to bin [N_FFT / 2 + 1]. */
static void
add_power(const audio *a, uint32_t channel, size_t t, const float *window, dsp_fft *fft,
          float *bin)
{
  const size_t c = a->n_channels, first = t * HOP;
  const size_t left = a->n_frames > first ? a->n_frames - first : 0;
  float *time = dsp_fft_time(fft);
  for (size_t i = 0; i < N_FFT; ++i) {
    time[i] = i < left ? a->x[(first + i) * c + channel] * window[i] : 0.0f;
  }
  dsp_fft_forward(fft);
  const float *z = dsp_fft_spectrum(fft);
  for (size_t k = 0; k <= N_FFT / 2; ++k) {
    bin[k] += z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1];
  }
}

static void
add_bands(const scale *s, const float *px, const float *py, const powers *p, size_t t)
{
  for (int b = 0; b < N_BANDS; ++b) {
    float x = 0.0f, y = 0.0f, cross = 0.0f;
    for (uint32_t k = scale_low(s, b); k < scale_high(s, b); ++k) {
      x += px[k];
      y += py[k];
      cross += sqrtf(px[k] * py[k]);
    }
    p->x[t * N_BANDS + b] = x;
    p->y[t * N_BANDS + b] = y;
    p->cross[t * N_BANDS + b] = cross;
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

typedef struct {
  double weight, distortion;     /* of bands: sones, sones x dB^2 */
  double frame_weight, presence; /* of frames */
  double loud_x, loud_y, sharp_x, sharp_y;
} sums;

/* fresh[b]: the part of band b's power in y that is new, 0..2. */
static void
add_frame(const scale *s, const float *ex, const float *ey, const float *nx,
          const float *ny, const float *fresh, sums *to)
{
  double x = 0.0, y = 0.0, presence = 0.0;
  for (int b = 0; b < N_BANDS; ++b) {
    const float floor = s->threshold[b];
    const float db = 10.0f * log10f((ey[b] + floor) / (ex[b] + floor));
    const float d = db > 0.0f ? db : loss_weight * db;
    const float heard = fresh[b] * ey[b] / (ey[b] + floor);
    const float inside = 10.0f * log10f(1.0f + new_weight * heard);
    const float w = fmaxf(nx[b], ny[b]);
    to->weight += w;
    to->distortion += (double)w * (d * d + inside * inside);
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

/* Changes p->x and p->y. */
static void
compare(const scale *s, const powers *p, size_t n_frames, severity *out)
{
  double gain = playback_gain(p->x, n_frames);
  gain = gain > 0.0 ? gain : playback_gain(p->y, n_frames);
  sums z = {0};
  for (size_t t = 0; t < n_frames; ++t) {
    float nx[N_BANDS], ny[N_BANDS], fresh[N_BANDS];
    float *ex = p->x + t * N_BANDS, *ey = p->y + t * N_BANDS;
    for (int b = 0; b < N_BANDS; ++b) {
      const float both = sqrtf(ex[b]) * sqrtf(ey[b]);
      const float c = both > 1e-15f ? p->cross[t * N_BANDS + b] / both : 1.0f;
      fresh[b] = 2.0f * fmaxf(0.0f, 1.0f - c - 1e-5f);
    }
    scale_excite(s, (float)gain, ex, nx);
    scale_excite(s, (float)gain, ey, ny);
    add_frame(s, ex, ey, nx, ny, fresh, &z);
  }
  finish(&z, out);
}

static void
fill(const audio *x, const audio *y, const scale *s, dsp_fft *fft, size_t n_frames,
     const powers *p)
{
  float window[N_FFT], px[N_FFT / 2 + 1], py[N_FFT / 2 + 1];
  for (int i = 0; i < N_FFT; ++i) {
    window[i] = (float)(0.5 - 0.5 * cos(2.0 * 3.14159265358979323846 * i / N_FFT));
  }
  for (size_t t = 0; t < n_frames; ++t) { /* channels first: width is no distortion */
    memset(px, 0, sizeof px);
    memset(py, 0, sizeof py);
    for (uint32_t c = 0; c < x->n_channels; ++c) {
      add_power(x, c, t, window, fft, px);
      add_power(y, c, t, window, fft, py);
    }
    add_bands(s, px, py, p, t);
  }
}

ear_status
severity_measure(const audio *x, const audio *y, severity *s)
{
  scale sc;
  scale_init(&sc, x->rate_hz);
  const size_t n_frames =
      x->n_frames <= N_FFT ? 1 : 1 + (x->n_frames - N_FFT + HOP - 1) / HOP;
  const size_t n = n_frames * N_BANDS;
  float *all = calloc(3 * n, sizeof *all);
  dsp_fft *fft;
  ear_status st = dsp_fft_new(&fft, N_FFT);
  if (!st && all) {
    const powers p = {all, all + n, all + 2 * n};
    fill(x, y, &sc, fft, n_frames, &p);
    compare(&sc, &p, n_frames, s);
  } else {
    st = EAR_NO_MEMORY;
  }
  dsp_fft_free(fft);
  free(all);
  return st;
}
