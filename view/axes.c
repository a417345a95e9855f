/* SPDX-License-Identifier: ISC */
/* An axis always has an extent: low < high, and low > 0 if it is logarithmic. */
#include "axes.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

static const double FARTHEST = 1e12; /* what lies beyond is left out */

static uint32_t
log_ticks(const view_axis *a, uint32_t most, double *tick)
{
  static const double all[] = {1, 2, 5}, few[] = {1};
  const double decades = log10(a->high / a->low);
  const bool dense = 3 * decades <= most;
  const double *m = dense ? all : few;
  const int n_m = dense ? 3 : 1, jump = (int)fmax(1, ceil(decades / most));
  uint32_t n = 0;
  for (int e = (int)floor(log10(a->low)); e <= ceil(log10(a->high)); e += jump) {
    for (int i = 0; i < n_m && n < VIEW_MAX_TICKS; ++i) {
      const double v = m[i] * pow(10, e);
      if (v >= a->low * 0.9999 && v <= a->high * 1.0001) {
        tick[n++] = v;
      }
    }
  }
  return n;
}

/* 1, 2 or 5 times a power of ten, so that at most `most` of them span the axis. */
static double
round_step(const view_axis *a, uint32_t most)
{
  const double raw = (a->high - a->low) / fmax(1, most), ten = pow(10, floor(log10(raw)));
  const double m = raw / ten * 0.9999;
  const double step = ten * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
  return a->whole ? fmax(1, round(step)) : step;
}

/* The same in what a clock shows: seconds, minutes, hours. */
static double
clock_step(const view_axis *a, uint32_t most)
{
  static const double steps[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400};
  const double raw = (a->high - a->low) / fmax(1, most) * 0.9999;
  if (raw > 0.5 && raw <= 86400) {
    size_t i = 0;
    while (steps[i] < raw) {
      ++i;
    }
    return steps[i];
  }
  return round_step(a, most);
}

uint32_t
view_ticks(const view_axis *a, uint32_t most, double tick[VIEW_MAX_TICKS], double *step)
{
  most = most < 1 ? 1 : most < VIEW_MAX_TICKS ? most : VIEW_MAX_TICKS - 1;
  *step = 0;
  if (a->log) {
    return log_ticks(a, most, tick);
  }
  *step = a->time ? clock_step(a, most) : round_step(a, most);
  uint32_t n = 0;
  const double slack = 1e-6 * (a->high - a->low);
  for (double k = ceil((a->low - slack) / *step); n < VIEW_MAX_TICKS; ++k) {
    if (k * *step > a->high + slack) {
      break;
    }
    tick[n++] = k * *step + 0.0; /* no -0 */
  }
  return n;
}

void
view_axis_hold(view_axis *a, uint32_t n, const double *v)
{
  for (uint32_t i = 0; i < n; ++i) {
    if (fabs(v[i]) <= FARTHEST && !(a->log && v[i] <= 0)) {
      a->low = fmin(a->low, v[i]);
      a->high = fmax(a->high, v[i]);
    }
  }
}

static void
settle(view_axis *a)
{
  if (!isfinite(a->low) || !isfinite(a->high) || a->low > a->high) {
    a->low = a->log ? 1e-3 : 0;
    a->high = 1;
  }
  a->low = fmin(fmax(a->low, a->log ? 1 / FARTHEST : -FARTHEST), FARTHEST);
  a->high = fmin(a->high, FARTHEST);
  if (a->log) {
    a->high = a->high < 1.01 * a->low ? a->low * 10 : a->high;
  } else if (a->high - a->low < 1e-9 * fmax(1, fabs(a->low))) {
    const double half = a->low == 0 ? 0.5 : fabs(a->low) / 2;
    a->low -= half;
    a->high += half;
  }
}

/* The next of 1, 2, 5 times a power of ten, below or above. */
static double
round_log(double v, bool up)
{
  static const double m[] = {1, 2, 5, 10};
  const double ten = pow(10, floor(log10(v) + 1e-9));
  int i = 0;
  while (i < 3 && (up ? m[i] * ten < v * 0.9999 : m[i + 1] * ten <= v * 1.0001)) {
    ++i;
  }
  return m[i] * ten;
}

void
view_axis_round(view_axis *a)
{
  settle(a);
  if (a->log) {
    a->low = round_log(a->low, false);
    a->high = round_log(a->high, true);
    a->high = a->high <= a->low ? 10 * a->low : a->high;
    return;
  }
  const double step = round_step(a, 5);
  a->low = step * floor(a->low / step + 1e-9);
  a->high = step * ceil(a->high / step - 1e-9);
}

static double
along(const view_axis *a, double v)
{
  return a->log ? log(v / a->low) / log(a->high / a->low)
                : (v - a->low) / (a->high - a->low);
}

double
view_plot_x(const view_plot *p, double v)
{
  return p->box.x + p->box.w * along(&p->x, v);
}

double
view_plot_y(const view_plot *p, double v)
{
  return p->box.y + p->box.h * (1 - along(&p->y, v));
}

static void
clock_label(char out[32], double high, double v, double step)
{
  const int decimals = step < 1 ? (int)fmin(6, ceil(-log10(step) - 1e-9)) : 0;
  const double minutes = floor((v + 1e-9) / 60), hours = floor(minutes / 60);
  char seconds[16];
  view_number(seconds, sizeof seconds, fabs(v - 60 * minutes), step < 1 ? step : 1);
  const char *zero = v - 60 * minutes < 10 - pow(10, -decimals) / 2 ? "0" : "";
  if (high >= 3600) {
    snprintf(out, 32, "%.0f:%02.0f:%s%s", hours, minutes - 60 * hours, zero, seconds);
  } else {
    snprintf(out, 32, "%.0f:%s%s", minutes, zero, seconds);
  }
}

static void
label_of(char out[32], const view_axis *a, double v, double step)
{
  if (a->time) {
    clock_label(out, a->high, v, step);
    return;
  }
  if (a->log) {
    if (v < 1e-3 || v >= 1e7) {
      const double e = floor(log10(v) + 1e-9);
      snprintf(out, 32, "%.0fe%.0f", v / pow(10, e), e);
      return;
    }
    const bool kilo = v >= 1000;
    view_number(out, 31, kilo ? v / 1000 : v, v < 1 ? v : 1);
    if (kilo) {
      snprintf(out, 32, "%gk", v / 1000);
    }
    return;
  }
  view_number(out, 28, a->percent ? 100 * v : v, a->percent ? 100 * step : step);
  if (a->percent) {
    snprintf(out, 32, "%.0f %%", 100 * v);
  }
}

static double
widest(cairo_t *cr, const view_style *st, const view_axis *a, uint32_t most)
{
  double tick[VIEW_MAX_TICKS], step, w = 0;
  const uint32_t n = view_ticks(a, most, tick, &step);
  for (uint32_t i = 0; i < n; ++i) {
    char s[32];
    label_of(s, a, tick[i], step);
    w = fmax(w, view_text_width(cr, st, s));
  }
  return w;
}

/* As many ticks as there is room for their numbers. */
static uint32_t
ticks_of_x(cairo_t *cr, const view_plot *p, double tick[VIEW_MAX_TICKS], double *step)
{
  const view_style st = {.px = VIEW_SMALL_PX};
  const double one = fmax(24, widest(cr, &st, &p->x, 6) + 14);
  return view_ticks(&p->x, (uint32_t)fmax(1, fmin(p->box.w / one, 12)), tick, step);
}

void
view_plot_numbers(cairo_t *cr, const view_theme *th, const view_plot *p)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_CENTER, th->dim};
  double tick[VIEW_MAX_TICKS], step;
  const uint32_t n = ticks_of_x(cr, p, tick, &step);
  for (uint32_t i = 0; i < n; ++i) {
    char s[32];
    label_of(s, &p->x, tick[i], step);
    view_text(cr, &st, view_plot_x(p, tick[i]), p->box.y + p->box.h + VIEW_SMALL_PX + 5,
              80, s);
  }
}

static void
draw_x(cairo_t *cr, const view_theme *th, const view_plot *p)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_CENTER, th->dim};
  const double bottom = p->box.y + p->box.h;
  double tick[VIEW_MAX_TICKS], step;
  const uint32_t n = ticks_of_x(cr, p, tick, &step);
  for (uint32_t i = 0; i < n; ++i) {
    view_vline(cr, view_plot_x(p, tick[i]), p->box.y, bottom, th->grid);
  }
  if (!p->x.hidden) {
    view_plot_numbers(cr, th, p);
  }
  if (p->x.title && !p->x.hidden) {
    view_text(cr, &st, p->box.x + p->box.w / 2, bottom + 2 * VIEW_SMALL_PX + 11, p->box.w,
              p->x.title);
  }
}

static void
draw_y(cairo_t *cr, const view_theme *th, const view_plot *p, uint32_t most, double left)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->dim};
  view_style title = st;
  double tick[VIEW_MAX_TICKS], step;
  const uint32_t n = view_ticks(&p->y, most, tick, &step);
  for (uint32_t i = 0; i < n; ++i) {
    char s[32];
    const double y = view_plot_y(p, tick[i]);
    view_hline(cr, p->box.x, p->box.x + p->box.w, y, th->grid);
    label_of(s, &p->y, tick[i], step);
    view_text(cr, &st, p->box.x - 6, y + 4, 80, s);
  }
  title.align = VIEW_CENTER;
  if (p->y.title) {
    view_text_up(cr, &title, left + VIEW_SMALL_PX, p->box.y + p->box.h / 2, p->box.h,
                 p->y.title);
  }
}

void
view_plot_begin(cairo_t *cr, const view_theme *th, view_plot *p, view_box room)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
  settle(&p->x);
  settle(&p->y);
  const double below =
      p->x.hidden ? 0 : VIEW_SMALL_PX + 8 + (p->x.title ? VIEW_SMALL_PX + 6 : 0);
  const uint32_t most_y = (uint32_t)fmax(2, (room.h - below) / 44);
  const double numbers =
      8 + widest(cr, &st, &p->y, most_y) + (p->y.title ? VIEW_SMALL_PX + 8 : 0);
  const double left = fmax(p->left, numbers);
  p->box = view_inset(room, left, VIEW_SMALL_PX / 2.0, 10, below);
  view_fill(cr, p->box, th->plot);
  draw_x(cr, th, p);
  draw_y(cr, th, p, most_y, room.x);
  view_hline(cr, p->box.x, p->box.x + p->box.w, p->box.y + p->box.h, th->edge);
}

static bool
there(const view_plot *p, double x, double y)
{
  return fabs(x) <= FARTHEST && fabs(y) <= FARTHEST && !(p->y.log && y <= 0) &&
         !(p->x.log && x <= 0);
}

/* Stroke with the source, dash and join that are set. */
static void
stroke(cairo_t *cr, const view_plot *p, uint32_t n, const double *x, const double *y,
       double width)
{
  cairo_rectangle(cr, p->box.x - 3, p->box.y - 3, p->box.w + 6, p->box.h + 6);
  cairo_clip(cr);
  cairo_new_path(cr);
  for (uint32_t i = 0; i < n; ++i) {
    if (!there(p, x[i], y[i])) {
      continue;
    }
    const bool before = i > 0 && there(p, x[i - 1], y[i - 1]);
    const bool after = i + 1 < n && there(p, x[i + 1], y[i + 1]);
    const double px = view_plot_x(p, x[i]), py = view_plot_y(p, y[i]);
    if (before) {
      cairo_line_to(cr, px, py);
    } else if (after) {
      cairo_move_to(cr, px, py);
    } else {
      cairo_new_sub_path(cr);
      cairo_arc(cr, px, py, width, 0, 6.283185307179586);
    }
  }
  cairo_set_line_width(cr, width);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(cr);
}

void
view_plot_line(cairo_t *cr, const view_theme *th, const view_plot *p, uint32_t n,
               const double *x, const double *y, uint32_t series, double width)
{
  cairo_save(cr);
  view_series(cr, th, series, width);
  stroke(cr, p, n, x, y, width);
  cairo_restore(cr);
}

void
view_plot_plain(cairo_t *cr, const view_plot *p, uint32_t n, const double *x,
                const double *y, view_rgb color, double width)
{
  cairo_save(cr);
  view_color(cr, color);
  stroke(cr, p, n, x, y, width);
  cairo_restore(cr);
}

double
view_legend(cairo_t *cr, const view_theme *th, double x, double baseline, double w,
            uint32_t n, const char *const *name)
{
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->ink};
  const double from = x;
  for (uint32_t i = 0; i < n; ++i) {
    const double left = w - (x - from) - 30;
    if (left < 20) {
      break;
    }
    cairo_save(cr);
    view_series(cr, th, i, 2);
    cairo_move_to(cr, x, baseline - 4);
    cairo_line_to(cr, x + 22, baseline - 4);
    cairo_stroke(cr);
    cairo_restore(cr);
    x += 28 + view_text(cr, &st, x + 28, baseline, left, name[i]) + 18;
  }
  return x - from;
}
