/* SPDX-License-Identifier: ISC */
/* What is flagged is orange and has edges; what is only likely is a line. */
#include "file_panels.h"
#include "axes.h"
#include "raster.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

enum {
  ROW = 18,
  BAR = 5,
  LEAST_FRAME = 5, /* narrower ones would hide the sound */
};

double
view_classes_height(uint32_t n_classes)
{
  return n_classes ? CAPTION + (n_classes * ROW) + VIEW_GAP : 0;
}

static view_box
inside(view_box room)
{
  return view_inset(room, PANEL_LEFT, CAPTION, PANEL_RIGHT, VIEW_GAP);
}

static double
x_of(view_box b, const view_file *d, double s)
{
  return b.x + b.w * fmin(fmax(s / d->length_s, 0), 1);
}

static double
caption(cairo_t *cr, const view_theme *th, view_box room, const char *text)
{
  const view_style st = {VIEW_SMALL_PX, true, VIEW_LEFT, th->ink};
  const view_box b = inside(room);
  return b.x + view_text(cr, &st, b.x, room.y + VIEW_SMALL_PX + 1, b.w, text) + 16;
}

/* A key in the line of the caption: a patch of colour and what it means. */
static double
key(cairo_t *cr, const view_theme *th, view_box room, double x, view_rgb color, double h,
    const char *text)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
  const double right = room.x + room.w - PANEL_RIGHT;
  if (right - x < 60) {
    return x;
  }
  view_fill(cr, (view_box){x, room.y + 8 - h / 2, 18, h}, color);
  return x + 24 +
         view_text(cr, &st, x + 24, room.y + VIEW_SMALL_PX + 1, right - x - 24, text) +
         14;
}

/* Grid, ground and numbers of y; the numbers of time stand at the bottom of all. */
static view_plot
begin(cairo_t *cr, const view_theme *th, view_box room, const view_file *d, view_axis y)
{
  view_plot p = {
      .x = {0, d->length_s, .time = true, .hidden = true}, .y = y, .left = PANEL_LEFT};
  const double above = CAPTION - VIEW_SMALL_PX / 2.0, right = PANEL_RIGHT - 10;
  view_plot_begin(cr, th, &p, view_inset(room, 0, above, right, VIEW_GAP));
  return p;
}

/* A line through the track, level from the edges of its first and last step. */
static void
trace(cairo_t *cr, const view_plot *p, const view_track *t, view_rgb color, double width)
{
  cairo_save(cr);
  cairo_rectangle(cr, p->box.x, p->box.y, p->box.w, p->box.h);
  cairo_clip(cr);
  cairo_new_path(cr);
  const double first = view_plot_x(p, t->start_s - t->step_s / 2);
  double y = p->box.y;
  for (uint32_t i = 0; i < t->n; ++i) {
    const double v = (double)t->v[(size_t)i * t->stride];
    const double shown = fmin(fmax(isfinite(v) ? v : p->y.low, p->y.low), p->y.high);
    y = view_plot_y(p, shown);
    if (i == 0) {
      cairo_line_to(cr, first, y);
    }
    cairo_line_to(cr, view_plot_x(p, t->start_s + i * t->step_s), y);
  }
  cairo_line_to(cr, view_plot_x(p, t->start_s + (t->n - 0.5) * t->step_s), y);
  view_color(cr, color);
  cairo_set_line_width(cr, width);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(cr);
  cairo_restore(cr);
}

static view_rgb
color_of(const view_theme *th, uint32_t likelihood)
{
  static const uint32_t series[VIEW_MAX_LIKELIHOODS] = {0, 3, 2, 4};
  return likelihood ? th->series[series[likelihood % VIEW_MAX_LIKELIHOODS]] : th->bad;
}

void
view_likely_panel(cairo_t *cr, const view_theme *th, view_box room, const view_file *d)
{
  const view_plot p = begin(cr, th, room, d, (view_axis){0, 1, .percent = true});
  const double bottom = p.box.y + p.box.h;
  for (uint32_t i = 0; i < d->n_flagged; ++i) {
    const double from = x_of(p.box, d, d->flagged[i].start_s);
    const double to = fmax(from + 1, x_of(p.box, d, d->flagged[i].end_s));
    const view_rgb c = color_of(th, d->flagged[i].likelihood);
    view_fill(cr, (view_box){from, p.box.y, to - from, p.box.h},
              view_mix(th->plot, c, 0.16));
    view_fill(cr, (view_box){from, bottom, to - from, BAR}, c);
  }
  char text[200];
  double x = caption(cr, th, room, "likelihood");
  for (uint32_t i = 0; i < d->n_likelihoods; ++i) {
    const view_likelihood *l = &d->likelihood[i];
    trace(cr, &p, &l->momentary, view_mix(th->plot, color_of(th, i), 0.4), 1);
  }
  for (uint32_t i = 0; i < d->n_likelihoods; ++i) {
    const view_likelihood *l = &d->likelihood[i];
    trace(cr, &p, &l->short_term, color_of(th, i), 2);
    if (l->threshold > 0 && l->threshold <= 1) {
      view_hline(cr, p.box.x, p.box.x + p.box.w, view_plot_y(&p, l->threshold), th->ink);
    }
    snprintf(text, sizeof text, "%.100s, over 3 s", l->name);
    x = key(cr, th, room, x, color_of(th, i), 2, text);
  }
  if (d->n_likelihoods) {
    x = key(cr, th, room, x, view_mix(th->plot, color_of(th, 0), 0.4), 1, "over 0.4 s");
    x = key(cr, th, room, x, th->ink, 1, "threshold");
    key(cr, th, room, x, view_mix(th->plot, th->bad, 0.16), 12, "flagged");
  }
}

/* Where it was flagged: a frame from its first to its last second and frequency. */
static void
frame_flagged(cairo_t *cr, const view_theme *th, view_box b, const view_file *d)
{
  const view_spectrogram *s = &d->sound;
  const double low_hz = (double)s->low_hz, high_hz = (double)s->high_hz;
  for (uint32_t i = 0; i < d->n_flagged; ++i) {
    const view_flagged *f = &d->flagged[i];
    const double x0 = x_of(b, d, f->start_s), x1 = x_of(b, d, f->end_s);
    if (f->high_hz <= f->low_hz || f->low_hz >= s->high_hz || x1 - x0 < LEAST_FRAME) {
      continue;
    }
    const double low =
        fmax(0, view_mel_place(s->scale, low_hz, high_hz, (double)f->low_hz));
    const double high =
        fmin(1, view_mel_place(s->scale, low_hz, high_hz, (double)f->high_hz));
    const view_box frame = {x0, b.y + b.h * (1 - high), x1 - x0, b.h * (high - low)};
    view_frame(cr, view_inset(frame, -1, -1, -1, -1), th->page);
    view_frame(cr, frame, color_of(th, f->likelihood));
  }
}

void
view_sound_panel(cairo_t *cr, const view_theme *th, view_box room, const view_file *d)
{
  const view_box b = inside(room);
  const view_spectrogram *s = &d->sound;
  const double x = caption(cr, th, room, "spectrogram");
  const double x0 = b.x + b.w * s->start_s / d->length_s;
  const double w = b.w * s->n_frames * s->frame_s / d->length_s;
  view_fill(cr, b, th->plot);
  cairo_save(cr);
  cairo_rectangle(cr, b.x, b.y, b.w, b.h);
  cairo_clip(cr);
  const bool there = view_spectrogram_paint(cr, th, (view_box){x0, b.y, w, b.h}, s);
  cairo_restore(cr);
  if (!there) {
    view_nothing(cr, th, b, "too short for a spectrogram");
    return;
  }
  view_spectrogram_hz(cr, th, b, s);
  view_spectrogram_key(cr, th, (view_box){x, room.y + 1, b.x + b.w - x, 14}, s);
  frame_flagged(cr, th, b, d);
}

typedef struct {
  const view_theme *th;
  const view_file *d;
  const view_track *p;
} row_painter;

static view_rgb
shade_row(void *user, double u, double v, double du, double dv)
{
  const row_painter *k = user;
  const view_track *p = k->p;
  const double s = u * k->d->length_s, span = p->n * p->step_s;
  const double from = (s - (p->start_s - p->step_s / 2)) / span;
  const double half = du * k->d->length_s / span / 2;
  (void)v;
  (void)dv;
  if (from < 0 || from > 1) {
    return k->th->plot;
  }
  const double mean = view_mean(p->v, p->n, p->stride, from - half, from + half);
  return view_ramp(k->th->cool, isfinite(mean) ? mean : 0);
}

void
view_classes_panel(cairo_t *cr, const view_theme *th, view_box room, const view_file *d)
{
  const view_style name = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->ink};
  const view_style share = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->dim};
  const view_box b = inside(room);
  double x = caption(cr, th, room, "likeliest classes");
  x = key(cr, th, room, x, view_ramp(th->cool, 0.25), 9, "hardly");
  key(cr, th, room, x, view_ramp(th->cool, 1), 9, "surely; right: of the whole");
  for (uint32_t i = 0; i < d->n_classes; ++i) {
    const view_class *c = &d->class[i];
    const view_box row = {b.x, b.y + i * ROW, b.w, ROW - 3};
    const double baseline = row.y + ROW - 6;
    row_painter k = {th, d, &c->p};
    if (c->p.n > 0 && c->p.step_s > 0) {
      view_raster(cr, row, shade_row, &k);
    }
    view_text(cr, &name, b.x - 7, baseline, PANEL_LEFT - 8, c->name);
    if (c->share >= 0) {
      char text[16];
      snprintf(text, sizeof text, "%.0f %%", 100 * c->share);
      view_text(cr, &share, b.x + b.w + PANEL_RIGHT - 6, baseline, PANEL_RIGHT - 8, text);
    }
  }
}

static double
loudest(const view_track *t)
{
  double most = -INFINITY;
  for (uint32_t i = 0; i < t->n; ++i) {
    const double v = (double)t->v[(size_t)i * t->stride];
    most = isfinite(v) && v > most ? v : most;
  }
  return most;
}

void
view_loud_panel(cairo_t *cr, const view_theme *th, view_box room, const view_file *d)
{
  const double most = fmax(loudest(&d->momentary_lufs), -40);
  const double high = 10 * ceil((most + 1) / 10);
  const view_plot p =
      begin(cr, th, room, d, (view_axis){high - 40, high, .title = "LUFS"});
  const view_rgb pale = view_mix(th->plot, th->good, 0.45);
  double x = caption(cr, th, room, "loudness");
  x = key(cr, th, room, x, th->good, 2, "short-term (3 s)");
  key(cr, th, room, x, pale, 1, "momentary (0.4 s)");
  trace(cr, &p, &d->momentary_lufs, pale, 1);
  trace(cr, &p, &d->short_lufs, th->good, 2);
}

void
view_time_panel(cairo_t *cr, const view_theme *th, view_box room, const view_file *d)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_CENTER, th->dim};
  const double x = room.x + PANEL_LEFT, w = room.w - PANEL_LEFT - PANEL_RIGHT;
  view_plot_numbers(cr, th,
                    &(view_plot){.box = {x, room.y - VIEW_GAP, w, 0},
                                 .x = {0, d->length_s, .time = true}});
  view_text(cr, &st, x + w / 2, room.y + 2 * VIEW_SMALL_PX + 6, w,
            d->length_s >= 3600 ? "time (h:min:s)" : "time (min:s)");
}
