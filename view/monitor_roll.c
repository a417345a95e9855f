/* SPDX-License-Identifier: ISC */
/* A column is a whole number of pixels wide and drawn from its own bytes alone: so a
   picture that was moved along has the pixels of one drawn at once. */
#include "monitor_parts.h"
#include "spectrogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_LOUD = 256, N_TINT = 17, MOST_PIXELS = 16384 };

static const double top_db = 24, range_db = 78;

/* What a row of pixels shows: two bands and two rows, and how far it is to the second. */
typedef struct {
  uint8_t band, next;
  uint8_t row, next_row;
  float t, t_row;
} line;

typedef struct {
  const view_monitor *m;
  uint32_t *data;
  int stride;                     /* in pixels */
  uint8_t loud[N_LOUD];           /* of a level, twice over: index of colour */
  uint32_t color[N_LOUD][N_TINT]; /* by loudness and tint */
  line *line;                     /* [h] */
} brush;

static uint32_t
packed(view_rgb c)
{
  return (uint32_t)(255 * c.r + 0.5) << 16 | (uint32_t)(255 * c.g + 0.5) << 8 |
         (uint32_t)(255 * c.b + 0.5);
}

static void
mix_colors(brush *br, const view_theme *th)
{
  for (int i = 0; i < N_LOUD; ++i) {
    const double db = i / 2.0 - 70;
    const double loud = 1 + (db + br->m->gain_db - top_db) / range_db;
    br->loud[i] = (uint8_t)(255 * fmin(fmax(loud, 0), 1) + 0.5);
    for (int k = 0; k < N_TINT; ++k) {
      br->color[i][k] =
          packed(view_mix(view_ramp(th->cool, i / 255.0), view_ramp(th->warm, i / 255.0),
                          k / (N_TINT - 1.0)));
    }
  }
}

static double
place(const view_spectrum *s, double hz)
{
  return view_mel_place(s->scale, (double)s->low_hz, (double)s->high_hz, hz);
}

/* Where the middle of a row of the activation map lies. */
static double
row_place(const view_spectrum *s, uint32_t r)
{
  return (place(s, (double)s->row_low_hz[r]) + place(s, (double)s->row_high_hz[r])) / 2;
}

static void
lay_lines(brush *br, int h)
{
  const view_spectrum *s = &br->m->spectrum;
  for (int y = 0; y < h; ++y) {
    line *l = &br->line[y];
    const double p = 1 - (y + 0.5) / h;
    const double at = fmin(fmax(p * s->n_bands - 0.5, 0), s->n_bands - 1.0);
    l->band = (uint8_t)at;
    l->next = (uint8_t)(at + 1 < s->n_bands ? at + 1 : at);
    l->t = (float)(at - floor(at));
    uint32_t r = 0;
    while (r < s->n_rows && row_place(s, r) < p) {
      ++r;
    }
    l->row = (uint8_t)(r ? r - 1 : 0);
    l->next_row = (uint8_t)(r < s->n_rows ? r : r ? r - 1 : 0);
    const double a = row_place(s, l->row), b = row_place(s, l->next_row);
    l->t_row = b > a ? (float)fmin(fmax((p - a) / (b - a), 0), 1) : 0;
  }
}

static void
paint_column(const brush *br, const view_roll *roll, const view_column *c, int x)
{
  for (int y = 0; y < roll->h; ++y) {
    const line *l = &br->line[y];
    const float a = (float)br->loud[c->level[l->band]],
                b = (float)br->loud[c->level[l->next]];
    const float ta = (float)c->tint[l->row], tb = (float)c->tint[l->next_row];
    const int loud = (int)(a + l->t * (b - a) + 0.5f);
    const float tint = br->m->spectrum.n_rows ? ta + l->t_row * (tb - ta) : 0;
    const uint32_t color = br->color[loud][(int)(tint * (N_TINT - 1) / 255 + 0.5f)];
    uint32_t *at = br->data + (ptrdiff_t)y * br->stride + x;
    for (int i = 0; i < roll->wide; ++i) {
      at[i] = color;
    }
  }
}

/* Move the picture n columns to the left. */
static void
move_along(const brush *br, const view_roll *roll, uint64_t n)
{
  const size_t by = (size_t)n * (size_t)roll->wide;
  for (int y = 0; y < roll->h; ++y) {
    uint32_t *row = br->data + (ptrdiff_t)y * br->stride;
    memmove(row, row + by, ((size_t)roll->w - by) * sizeof *row);
  }
}

static bool
prepare(view_monitor *m, int w, int h, int wide)
{
  view_roll *roll = &m->roll;
  if (!roll->image || roll->w != w || roll->h != h || roll->wide != wide) {
    monitor_roll_free(roll);
    roll->image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
    roll->w = w;
    roll->h = h;
    roll->wide = wide;
  }
  return cairo_surface_status(roll->image) == CAIRO_STATUS_SUCCESS;
}

static void
clear(const brush *br, const view_roll *roll)
{
  const uint32_t ground = br->color[0][0];
  for (int y = 0; y < roll->h; ++y) {
    for (int x = 0; x < roll->w; ++x) {
      br->data[(ptrdiff_t)y * br->stride + x] = ground;
    }
  }
}

/* Bring the pixels up to the newest column. */
static void
update(view_monitor *m, const view_theme *th)
{
  view_roll *roll = &m->roll;
  const uint64_t fit = (uint64_t)(roll->w / roll->wide);
  uint64_t n_new = roll->valid ? m->n_columns - roll->n_columns : m->n_columns;
  const uint64_t most = fit < VIEW_COLUMNS ? fit : VIEW_COLUMNS;
  brush *br = n_new || !roll->valid ? malloc(sizeof *br) : NULL;
  line *lines = br ? malloc((size_t)roll->h * sizeof *lines) : NULL;
  if (br && lines) {
    *br = (brush){.m = m, .line = lines};
    cairo_surface_flush(roll->image);
    br->data = (uint32_t *)(void *)cairo_image_surface_get_data(roll->image);
    br->stride = cairo_image_surface_get_stride(roll->image) / 4;
    mix_colors(br, th);
    lay_lines(br, roll->h);
    if (!roll->valid || n_new >= fit) {
      clear(br, roll);
    } else {
      move_along(br, roll, n_new);
    }
    n_new = n_new < most ? n_new : most;
    for (uint64_t i = 0; i < n_new; ++i) {
      const uint64_t at = m->n_columns - 1 - i;
      paint_column(br, roll, &m->column[at % VIEW_COLUMNS],
                   roll->w - (int)(i + 1) * roll->wide);
    }
    cairo_surface_mark_dirty(roll->image);
    roll->n_columns = m->n_columns;
    roll->valid = true;
  }
  free(lines);
  free(br);
}

void
monitor_roll_free(view_roll *roll)
{
  if (roll->image) {
    cairo_surface_destroy(roll->image);
  }
  *roll = (view_roll){.image = NULL};
}

static void
draw_pixels(view_monitor *m, cairo_t *cr, const view_theme *th, view_box p)
{
  double sx = 1, sy = 1, x = p.x, y = p.y;
  cairo_user_to_device_distance(cr, &sx, &sy);
  cairo_user_to_device(cr, &x, &y);
  const int wide = (int)fmax(1, round(sx)), all = (int)fmin(round(p.w * sx), MOST_PIXELS);
  const int w = all - all % wide; /* whole columns */
  const int h = (int)fmin(round(p.h * sy), MOST_PIXELS);
  if (w < wide || h < 1 || !prepare(m, w, h, wide)) {
    return;
  }
  update(m, th);
  x = round(x) + all - w;
  view_fill(cr, p, th->cool[0]);
  cairo_save(cr);
  cairo_identity_matrix(cr);
  cairo_set_source_surface(cr, m->roll.image, x, round(y));
  cairo_rectangle(cr, x, round(y), w, h);
  cairo_fill(cr);
  cairo_restore(cr);
}

static double
y_of(const view_spectrum *s, view_box p, double hz)
{
  return p.y + p.h * (1 - fmin(fmax(place(s, hz), 0), 1));
}

static void
draw_hz(const view_spectrum *s, cairo_t *cr, const view_theme *th, view_box p)
{
  static const int at[] = {100,  200,  500,   1000,  2000, 3000,
                           5000, 7000, 10000, 15000, 20000};
  const view_style st = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->dim};
  double last = INFINITY;
  for (size_t i = 0; i < sizeof at / sizeof *at; ++i) {
    const double y = y_of(s, p, at[i]);
    if (at[i] < (int)s->low_hz || at[i] > (int)s->high_hz || last - y < 16 ||
        y > p.y + p.h - 4) {
      continue;
    }
    char text[16];
    snprintf(text, sizeof text, at[i] < 1000 ? "%d Hz" : "%d kHz",
             at[i] < 1000 ? at[i] : at[i] / 1000);
    view_hline(cr, p.x - 4, p.x, y, th->edge);
    view_text(cr, &st, p.x - 6, y + 4, 44, text);
    last = y;
  }
}

static void
draw_seconds(const view_spectrum *s, cairo_t *cr, const view_theme *th, view_box p)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_CENTER, th->dim};
  const double unit = fmax((double)s->column_s, 1e-4); /* seconds to a unit */
  double step = 1;
  for (int i = 0; step / unit < 56; ++i) {
    step *= i % 3 == 1 ? 2.5 : 2;
  }
  for (double t = 0; t / unit < p.w - 20; t += step) {
    char text[16];
    snprintf(text, sizeof text, t > 0 ? "%.0f s" : "now", t);
    view_vline(cr, p.x + p.w - t / unit, p.y + p.h, p.y + p.h + 3, th->edge);
    view_text(cr, &st, p.x + p.w - t / unit - (t > 0 ? 0 : 8), p.y + p.h + 14, 50, text);
  }
}

/* The harsh range: a bracket beside the newest sound, and dashes through the past. */
static void
draw_range(const view_monitor *m, cairo_t *cr, const view_theme *th, view_box p)
{
  const view_verdict *v = &m->verdict;
  if (!m->heard || !v->flag || v->high_hz <= v->low_hz) {
    return;
  }
  const double top = y_of(&m->spectrum, p, (double)v->high_hz);
  const double low = y_of(&m->spectrum, p, (double)v->low_hz);
  const double x = p.x + p.w + 4;
  for (double at = p.x; at < p.x + p.w; at += 10) {
    view_hline(cr, at, fmin(at + 4, p.x + p.w), top, th->bad);
    view_hline(cr, at, fmin(at + 4, p.x + p.w), low, th->bad);
  }
  view_fill(cr, (view_box){x + 2, top, 3, low - top}, th->bad);
  view_hline(cr, x - 2, x + 5, top, th->bad);
  view_hline(cr, x - 2, x + 5, low, th->bad);
}

/* What the colours mean; under the pointer, what is there. */
static void
draw_key(const view_monitor *m, cairo_t *cr, const view_theme *th, view_box p)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
  const view_style right = {VIEW_SMALL_PX, true, VIEW_RIGHT, th->ink};
  double hz, age_s, used = 0;
  char text[48], at[16];
  if (monitor_reading(m, &hz, &age_s)) {
    monitor_hz_text(at, sizeof at, hz);
    snprintf(text, sizeof text, "%s, %.1f s ago", at, age_s);
    used = view_text(cr, &right, p.x + p.w, p.y - 7, p.w, text) + 12;
  }
  double x = p.x;
  for (int ramp = 0; ramp < (m->spectrum.n_rows ? 2 : 1) && x + 80 < p.x + p.w - used;
       ++ramp) {
    for (int i = 0; i < 40; ++i) {
      view_fill(cr, (view_box){x + i, p.y - 15, 1, 9},
                view_ramp(ramp ? th->warm : th->cool, i / 39.0));
    }
    x += 46 +
         view_text(cr, &st, x + 46, p.y - 7, p.x + p.w - used - x - 46,
                   ramp ? "taken for harsh" : "quiet to loud") +
         16;
  }
}

void
monitor_draw_spectrum(view_monitor *m, cairo_t *cr, const view_theme *th)
{
  const view_box p = monitor_plot(m, VIEW_SPECTRUM);
  if (p.w < 40 || p.h < 30) {
    return;
  }
  if (!m->spectrum.n_bands) {
    view_nothing(cr, th, p, "there is no spectrum to show yet");
    return;
  }
  draw_pixels(m, cr, th, p);
  draw_hz(&m->spectrum, cr, th, p);
  draw_seconds(&m->spectrum, cr, th, p);
  draw_range(m, cr, th, p);
  draw_key(m, cr, th, p);
}
