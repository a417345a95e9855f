/* SPDX-License-Identifier: ISC */
/* Lightness says how loud, colour says how much evidence; neither changes the other. */
#include "spectrogram.h"
#include "axes.h"
#include "raster.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

/* Shares of the largest evidence: without tint below the one, all tint from the other. */
static const double FAINT = 0.3, FULL = 0.8;

/* Slaney: linear to 1 kHz, logarithmic above; HTK: 2595 log10(1 + f / 700). */
static double
mel(ear_mel_scale scale, double hz)
{
  if (scale == EAR_MEL_HTK) {
    return 2595 * log10(1 + hz / 700);
  }
  return hz < 1000 ? hz * 3 / 200 : 15 + 27 * log(hz / 1000) / log(6.4);
}

double
view_mel_place(ear_mel_scale scale, double low_hz, double high_hz, double hz)
{
  const double low = mel(scale, low_hz), high = mel(scale, high_hz);
  return high > low ? (mel(scale, hz) - low) / (high - low) : 0;
}

typedef struct {
  const view_spectrogram *d;
  const view_theme *th;
  float top_db, most; /* loudest, and the largest activation */
  double *row_place;  /* [n_rows] middle of each, 0..1 from low to high */
} painter;

static double
place(const view_spectrogram *d, double hz)
{
  return view_mel_place(d->scale, (double)d->low_hz, (double)d->high_hz, hz);
}

/* Activation at time s and height p, interpolated between rows. */
static double
evidence(const painter *k, double s, double p)
{
  const view_spectrogram *d = k->d;
  const double from = (s - d->tick_start_s) / d->tick_s / d->n_ticks;
  uint32_t high = 0;
  while (high < d->n_rows && k->row_place[high] < p) {
    ++high;
  }
  const uint32_t a = high ? high - 1 : 0, b = high < d->n_rows ? high : d->n_rows - 1;
  const double span = k->row_place[b] - k->row_place[a];
  const double t = span > 0 ? (p - k->row_place[a]) / span : 0;
  const double va =
      fmax(0, view_mean(d->activation + a, d->n_ticks, d->n_rows, from, from));
  const double vb =
      fmax(0, view_mean(d->activation + b, d->n_ticks, d->n_rows, from, from));
  const double v = va + t * (vb - va);
  const double share = k->most > 0 && isfinite(v) ? v / (double)k->most : 0;
  return fmin(fmax((share - FAINT) / (FULL - FAINT), 0), 1);
}

static view_rgb
shade(void *user, double u, double v, double du, double dv)
{
  const painter *k = user;
  const view_spectrogram *d = k->d;
  const double p = 1 - v, where = p * d->n_bands - 0.5;
  const uint32_t b = (uint32_t)fmin(fmax(where, 0), d->n_bands - 1.0);
  const uint32_t c = b + 1 < d->n_bands ? b + 1 : b;
  const double t = fmin(fmax(where - b, 0), 1);
  const double low =
      view_mean(d->db + b, d->n_frames, d->n_bands, u - du / 2, u + du / 2);
  const double high =
      view_mean(d->db + c, d->n_frames, d->n_bands, u - du / 2, u + du / 2);
  const double range = d->range_db > 0 ? (double)d->range_db : 80;
  double loud = 1 + (low + t * (high - low) - (double)k->top_db) / range;
  loud = isfinite(loud) ? loud : 0;
  const view_rgb cool = view_ramp(k->th->cool, loud);
  (void)dv;
  if (d->n_ticks == 0) {
    return cool;
  }
  const double e = evidence(k, d->start_s + u * d->n_frames * d->frame_s, p);
  return view_mix(cool, view_ramp(k->th->warm, loud), e);
}

static float
largest(const float *v, size_t n)
{
  float most = -INFINITY;
  for (size_t i = 0; i < n; ++i) {
    most = isfinite(v[i]) && v[i] > most ? v[i] : most;
  }
  return isfinite(most) ? most : 0;
}

void
view_spectrogram_hz(cairo_t *cr, const view_theme *th, view_box b,
                    const view_spectrogram *d)
{
  static const int at[] = {50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000};
  const view_style st = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->dim};
  double last = INFINITY;
  for (size_t i = 0; i < sizeof at / sizeof *at; ++i) {
    const double y = b.y + b.h * (1 - place(d, at[i]));
    if (at[i] < (int)d->low_hz || at[i] > (int)d->high_hz || y > b.y + b.h - 2 ||
        last - y < 16) {
      continue;
    }
    char s[16];
    snprintf(s, sizeof s, at[i] < 1000 ? "%d Hz" : "%d kHz",
             at[i] < 1000 ? at[i] : at[i] / 1000);
    view_hline(cr, b.x - 4, b.x, y, th->edge);
    view_text(cr, &st, b.x - 7, y + 4, 60, s);
    last = y;
  }
}

static void
draw_mark(cairo_t *cr, const view_theme *th, const view_box b, const view_spectrogram *d)
{
  if (d->mark_high_hz <= d->mark_low_hz) {
    return;
  }
  const double top = b.y + b.h * (1 - fmin(1, place(d, (double)d->mark_high_hz)));
  const double low = b.y + b.h * (1 - fmax(0, place(d, (double)d->mark_low_hz)));
  const double x = b.x + b.w + 4;
  view_fill(cr, (view_box){x, top, 3, low - top}, th->bad);
  view_hline(cr, x - 3, x + 3, top, th->bad);
  view_hline(cr, x - 3, x + 3, low, th->bad);
}

void
view_spectrogram_key(cairo_t *cr, const view_theme *th, view_box line,
                     const view_spectrogram *d)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
  const double y = line.y + VIEW_SMALL_PX;
  double x = line.x;
  for (int ramp = 0; ramp < (d->n_ticks ? 2 : 1) && x + 90 < line.x + line.w; ++ramp) {
    for (int i = 0; i < 60; ++i) {
      view_fill(cr, (view_box){x + i, line.y + 2, 1, 9},
                view_ramp(ramp ? th->warm : th->cool, i / 59.0));
    }
    char s[160];
    snprintf(s, sizeof s, ramp ? "evidence for %.120s" : "quiet to loud",
             d->activation_name ? d->activation_name : "the verdict");
    x += 66 + view_text(cr, &st, x + 66, y, line.x + line.w - x - 66, s) + 18;
  }
}

static bool
prepare(painter *k, double room[EAR_MAX_ROWS])
{
  const view_spectrogram *d = k->d;
  k->top_db = largest(d->db, (size_t)d->n_frames * d->n_bands);
  if (d->least_top_db < 0 || d->least_top_db > 0) {
    k->top_db = fmaxf(k->top_db, d->least_top_db);
  }
  k->row_place = room;
  if (d->n_ticks) {
    k->most = largest(d->activation, (size_t)d->n_ticks * d->n_rows);
  }
  for (uint32_t r = 0; d->n_ticks && r < d->n_rows; ++r) {
    k->row_place[r] =
        (place(d, (double)d->row_low_hz[r]) + place(d, (double)d->row_high_hz[r])) / 2;
  }
  return d->n_frames > 0 && d->n_bands > 0 && d->frame_s > 0 && d->n_rows <= EAR_MAX_ROWS;
}

bool
view_spectrogram_paint(cairo_t *cr, const view_theme *th, view_box box,
                       const view_spectrogram *d)
{
  double rows[EAR_MAX_ROWS];
  painter k = {.d = d, .th = th};
  if (!prepare(&k, rows)) {
    return false;
  }
  view_raster(cr, box, shade, &k);
  return true;
}

void
view_draw_spectrogram(cairo_t *cr, const view_theme *th, view_box box,
                      const view_spectrogram *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, VIEW_LEAST_H, &in)) {
    return;
  }
  const view_box picture = view_inset(in, 52, 20, 12, 2 * VIEW_SMALL_PX + 14);
  if (!view_spectrogram_paint(cr, th, picture, d)) {
    view_nothing(cr, th, in, "there is no sound to show");
    view_end(cr);
    return;
  }
  view_plot p = {
      .x = {d->start_s, d->start_s + d->n_frames * d->frame_s, .title = "seconds"},
      .y = {0, 1, .hidden = true}};
  p.box = picture;
  const view_style st = {VIEW_SMALL_PX, false, VIEW_CENTER, th->dim};
  double tick[VIEW_MAX_TICKS], step;
  const uint32_t n = view_ticks(&p.x, (uint32_t)fmax(1, p.box.w / 60), tick, &step);
  for (uint32_t i = 0; i < n; ++i) {
    char s[32];
    view_number(s, sizeof s, tick[i], step);
    view_vline(cr, view_plot_x(&p, tick[i]), p.box.y + p.box.h, p.box.y + p.box.h + 4,
               th->edge);
    view_text(cr, &st, view_plot_x(&p, tick[i]), p.box.y + p.box.h + VIEW_SMALL_PX + 6,
              60, s);
  }
  view_text(cr, &st, p.box.x + p.box.w / 2, p.box.y + p.box.h + 2 * VIEW_SMALL_PX + 11,
            p.box.w, "seconds");
  view_spectrogram_hz(cr, th, p.box, d);
  draw_mark(cr, th, p.box, d);
  view_spectrogram_key(cr, th, (view_box){p.box.x, in.y, p.box.w, 14}, d);
  view_end(cr);
}
