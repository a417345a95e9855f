/* SPDX-License-Identifier: ISC */
/* All levels are shares of 1, drawn on a scale from 0 to 100 %. */
#include "monitor_parts.h"

#include <math.h>
#include <stdio.h>

static void
percent_text(char *out, size_t n, double p)
{
  snprintf(out, n, "%.0f %%", 100 * fmin(fmax(p, 0), 1));
}

static void
title(cairo_t *cr, const view_theme *th, view_box b, const char *text)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
  view_text(cr, &st, b.x, b.y + 11, b.w, text);
}

static void
draw_scale(cairo_t *cr, const view_theme *th, view_box plot)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->dim};
  const int step = plot.h >= 160 ? 20 : plot.h >= 70 ? 50 : 100;
  view_fill(cr, plot, th->plot);
  for (int p = 0; p <= 100; p += step) {
    const double y = plot.y + plot.h * (1 - p / 100.0);
    char s[8];
    snprintf(s, sizeof s, "%d", p);
    view_hline(cr, plot.x, plot.x + plot.w, y, th->grid);
    view_text(cr, &st, plot.x - 6, y + 4, 26, s);
  }
}

static void
draw_bar(const view_monitor *m, cairo_t *cr, const view_theme *th, uint32_t h)
{
  static const char *const wide[] = {"0.4 s", "3 s", "all"};
  const view_box bar = monitor_bar(m, h);
  const double p = m->heard ? (double)m->verdict.p[h] : 0;
  const bool chosen = h == (uint32_t)m->horizon, over = p >= (double)m->threshold;
  const view_rgb full = over ? th->bad : th->good;
  const double y = monitor_y_of(m, p), held = monitor_y_of(m, (double)m->peak[h]);
  view_fill(cr, bar, th->grid);
  view_fill(cr, (view_box){bar.x, y, bar.w, bar.y + bar.h - y},
            chosen ? full : view_mix(th->plot, full, 0.62));
  if (m->peak[h] > 0.005f) {
    view_fill(cr, (view_box){bar.x, held - 1, bar.w, 2},
              (double)m->peak[h] >= (double)m->threshold ? th->bad : th->ink);
  }
  char s[16];
  percent_text(s, sizeof s, p);
  const double x = bar.x + bar.w / 2, step = monitor_plot(m, VIEW_METERS).w / 3;
  const view_style value = {VIEW_TEXT_PX, chosen, VIEW_CENTER,
                            chosen ? th->ink : th->dim};
  view_text(cr, &value, x, bar.y - 9, step, m->heard ? s : "-");
  const view_box under = monitor_spot(m, (view_spot)(SPOT_HORIZON + (int)h));
  const bool hover = m->hover == (view_spot)(SPOT_HORIZON + (int)h);
  if (hover || chosen) {
    view_fill(cr, view_inset(under, 2, 1, 2, 1),
              view_mix(th->page, th->ink, chosen ? 0.16 : 0.08));
  }
  view_text(cr, &value, x, under.y + 14, under.w - 4, wide[h]);
}

/* The line to drag, with a grip and its value. */
static void
draw_threshold(const view_monitor *m, cairo_t *cr, const view_theme *th, view_box plot)
{
  const double y = monitor_y_of(m, (double)m->threshold), x = plot.x + plot.w;
  const bool hot = m->hover == SPOT_THRESHOLD || m->pressed == SPOT_THRESHOLD;
  view_fill(cr, (view_box){plot.x, y - 2, plot.w, 4}, th->page);
  view_fill(cr, (view_box){plot.x, y - 1, plot.w, hot ? 3 : 2}, th->ink);
  cairo_new_path(cr);
  cairo_move_to(cr, x, y);
  cairo_rel_line_to(cr, 6, -5);
  cairo_rel_line_to(cr, 0, 10);
  cairo_close_path(cr);
  view_color(cr, th->ink);
  cairo_fill(cr);
  const view_box all = view_monitor_box(m, VIEW_METERS);
  char s[16];
  percent_text(s, sizeof s, (double)m->threshold);
  const view_style st = {VIEW_SMALL_PX, hot, VIEW_LEFT, th->ink};
  const view_style small = {VIEW_MIN_PX, false, VIEW_LEFT, th->dim};
  view_text(cr, &st, x + 8, y + 4, all.x + all.w - x - 8, s);
  if (m->own) {
    view_text(cr, &small, x + 8, y + 15, all.x + all.w - x - 8, "model's");
  }
}

void
monitor_draw_meters(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  const view_box plot = monitor_plot(m, VIEW_METERS);
  if (plot.h < 20 || plot.w < 40) {
    return;
  }
  draw_scale(cr, th, plot);
  for (uint32_t h = 0; h < EAR_N_HORIZONS; ++h) {
    draw_bar(m, cr, th, h);
  }
  draw_threshold(m, cr, th, plot);
}

static void
draw_class(const view_monitor *m, cairo_t *cr, const view_theme *th, view_box row,
           uint32_t label, bool first)
{
  const double name = round(row.w * 0.42), number = 40,
               p = (double)m->p_integrated[label];
  const view_box bar = {row.x + name + 6, row.y + 4, row.w - name - number - 6,
                        row.h - 8};
  const view_style st = {VIEW_TEXT_PX, first, VIEW_LEFT, first ? th->ink : th->dim};
  const view_style right = {VIEW_SMALL_PX, first, VIEW_RIGHT, first ? th->ink : th->dim};
  char s[16];
  percent_text(s, sizeof s, p);
  view_text(cr, &st, row.x, row.y + row.h / 2 + 4, name, m->label[label]);
  view_fill(cr, bar, th->grid);
  view_fill(cr, (view_box){bar.x, bar.y, bar.w * fmin(p, 1), bar.h},
            first ? th->good : view_mix(th->plot, th->good, 0.62));
  const double now = fmin(fmax((double)m->p_short[label], 0), 1);
  view_fill(cr, (view_box){bar.x + bar.w * now - 1, bar.y - 2, 2, bar.h + 4}, th->ink);
  view_text(cr, &right, row.x + row.w, row.y + row.h / 2 + 4, number, s);
}

void
monitor_draw_classes(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  enum { LINE = 19 };
  const view_box all = view_monitor_box(m, VIEW_CLASSES);
  const view_box b = monitor_plot(m, VIEW_CLASSES);
  title(cr, th, all,
        m->unsure ? "Kind of music, since the reset: unsure"
                  : "Kind of music, since the reset");
  if (!m->n_labels) {
    const view_style st = {VIEW_TEXT_PX, false, VIEW_LEFT, th->dim};
    view_text(cr, &st, b.x, b.y + 15, b.w, "nothing was heard yet");
  }
  for (uint32_t i = 0; i < m->n_labels && (i + 1) * LINE <= b.h; ++i) {
    const view_box row = {b.x, b.y + i * (double)LINE, b.w, LINE};
    const bool first = i == 0 && !m->unsure && m->p_integrated[m->order[0]] > 0;
    draw_class(m, cr, th, row, m->order[i], first);
  }
}

/* The largest of the seconds under one pixel: %, + 128 if one of them was flagged. */
static uint8_t
most_of(const view_monitor *m, uint64_t from, uint64_t to)
{
  uint8_t p = 0, flag = 0;
  for (uint64_t s = from; s < to && s < m->n_seconds; ++s) {
    const uint8_t v = m->second[s % VIEW_SECONDS];
    flag |= v & 128;
    p = (v & 127) > p ? v & 127 : p;
  }
  return p | flag;
}

static void
draw_minutes(const view_monitor *m, cairo_t *cr, const view_theme *th, view_box p)
{
  const double px = p.w / VIEW_SECONDS;
  for (int i = 0; i < VIEW_SECONDS; ++i) {
    const uint64_t age = (uint64_t)(VIEW_SECONDS - i);
    if (age > m->n_seconds) {
      continue;
    }
    const uint64_t at = m->n_seconds - age;
    const uint8_t v = most_of(m, at, at + 1);
    const double h = p.h * fmax(0.02, (v & 127) / 100.0);
    view_fill(cr, (view_box){p.x + i * px, p.y + p.h - h, px, h},
              v & 128 ? th->bad : view_mix(th->plot, th->good, 0.62));
  }
}

void
monitor_draw_history(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  const view_box p = monitor_plot(m, VIEW_HISTORY);
  const view_style st = {VIEW_SMALL_PX, false, VIEW_CENTER, th->dim};
  const view_style right = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->dim};
  title(cr, th, (view_box){p.x, p.y - 16, p.w, 14},
        "Harshness over 3 s, the last ten minutes; orange: flagged");
  view_fill(cr, p, th->plot);
  draw_minutes(m, cr, th, p);
  view_hline(cr, p.x, p.x + p.w, p.y + p.h * (1 - (double)m->threshold), th->edge);
  for (int minute = 0; minute <= 10; minute += p.w > 300 ? 1 : 5) {
    const double x = p.x + p.w * (1 - minute / 10.0);
    char s[16];
    snprintf(s, sizeof s, minute ? "%d min" : "now", minute);
    view_vline(cr, x, p.y + p.h, p.y + p.h + 3, th->edge);
    if (minute % (p.w > 500 ? 1 : 5) == 0) {
      view_text(cr, minute ? &st : &right, minute ? x : x + 12, p.y + p.h + 14, 50, s);
    }
  }
  view_text(cr, &right, p.x - 6, p.y + 9, 44, "100 %");
  view_text(cr, &right, p.x - 6, p.y + p.h, 44, "0");
}
