/* SPDX-License-Identifier: ISC */
/* A bin without clips draws nothing: no share can be told. */
#include "reliability.h"
#include "axes.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

/* Right; surer than right; right more often than sure. */
static view_rgb
tint(const view_theme *th, int which)
{
  return which == 0   ? view_mix(th->plot, th->good, 0.75)
         : which == 1 ? view_mix(th->plot, th->bad, 0.55)
                      : view_mix(th->plot, th->good, 0.35);
}

static void
bars(cairo_t *cr, const view_theme *th, const view_plot *p, const view_reliability *d)
{
  for (uint32_t i = 0; i < d->n; ++i) {
    if (!d->count[i] || !isfinite(d->right[i]) || !isfinite(d->said[i])) {
      continue;
    }
    const double x0 = view_plot_x(p, (double)i / d->n) + 1;
    const double x1 = view_plot_x(p, (i + 1.0) / d->n) - 1, y0 = view_plot_y(p, 0);
    const double right = view_plot_y(p, fmin(fmax(d->right[i], 0), 1));
    const double said = view_plot_y(p, fmin(fmax(d->said[i], 0), 1));
    view_fill(cr, (view_box){x0, right, x1 - x0, y0 - right}, tint(th, 0));
    const view_box gap = {x0, fmin(right, said), x1 - x0, fabs(right - said)};
    view_fill(cr, gap, tint(th, d->said[i] > d->right[i] ? 1 : 2));
    view_hline(cr, x0, x1, right, th->ink);
  }
}

static void
diagonal(cairo_t *cr, const view_theme *th, const view_plot *p)
{
  cairo_save(cr);
  cairo_new_path(cr);
  cairo_move_to(cr, view_plot_x(p, 0), view_plot_y(p, 0));
  cairo_line_to(cr, view_plot_x(p, 1), view_plot_y(p, 1));
  cairo_set_dash(cr, (const double[]){4, 3}, 2, 0);
  cairo_set_line_width(cr, 1.5);
  view_color(cr, th->dim);
  cairo_stroke(cr);
  cairo_restore(cr);
}

/* How many clips each bin has. */
static void
counts(cairo_t *cr, const view_theme *th, view_box room, const view_plot *above,
       const view_reliability *d)
{
  uint32_t most = 1;
  for (uint32_t i = 0; i < d->n; ++i) {
    most = d->count[i] > most ? d->count[i] : most;
  }
  const view_style st = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->dim};
  const double base = room.y + room.h;
  char s[32];
  for (uint32_t i = 0; i < d->n; ++i) {
    const double x0 = view_plot_x(above, (double)i / d->n) + 1;
    const double x1 = view_plot_x(above, (i + 1.0) / d->n) - 1;
    const double h = d->count[i] ? fmax(1, (room.h - 4) * d->count[i] / most) : 0;
    view_fill(cr, (view_box){x0, base - h, x1 - x0, h}, th->edge);
  }
  view_hline(cr, above->box.x, above->box.x + above->box.w, base, th->edge);
  snprintf(s, sizeof s, "%u", most);
  view_text(cr, &st, above->box.x - 6, room.y + VIEW_SMALL_PX, above->box.x - 6 - room.x,
            s);
  view_style turned = st;
  turned.align = VIEW_CENTER;
  view_text_up(cr, &turned, room.x + VIEW_SMALL_PX, room.y + room.h / 2, room.h, "clips");
}

static void
key(cairo_t *cr, const view_theme *th, double x, double y, double w, double error)
{
  static const char *const name[] = {"was right", "too sure", "not sure enough"};
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->ink};
  const double from = x;
  for (int i = 0; i < 3 && x + 60 < from + w; ++i) {
    view_fill(cr, (view_box){x, y - 9, 10, 10}, tint(th, i));
    x += 15 + view_text(cr, &st, x + 15, y, from + w - x - 15, name[i]) + 14;
  }
  if (!isnan(error)) {
    char s[64];
    const view_style right = {VIEW_SMALL_PX, true, VIEW_RIGHT, th->ink};
    snprintf(s, sizeof s, "off by %.1f points", 100 * error);
    view_text(cr, &right, from + w, y, from + w - x, s);
  }
}

void
view_draw_reliability(cairo_t *cr, const view_theme *th, view_box box,
                      const view_reliability *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, VIEW_LEAST_H, &in)) {
    return;
  }
  uint32_t n = 0;
  for (uint32_t i = 0; i < d->n; ++i) {
    n += d->count[i];
  }
  if (n == 0) {
    view_nothing(cr, th, in, "nothing was judged");
    view_end(cr);
    return;
  }
  const double low = fmin(56, in.h / 5);
  view_plot p = {.x = {0, 1, .percent = true, .title = "how sure the model said it is"},
                 .y = {0, 1, .percent = true, .title = "how often it was right"}};
  const view_box strip = {in.x, in.y + 22, in.w, low};
  view_plot_begin(cr, th, &p, view_inset(in, 0, 22 + low + 8, 0, 0));
  key(cr, th, p.box.x, in.y + VIEW_SMALL_PX, p.box.w, d->error);
  bars(cr, th, &p, d);
  diagonal(cr, th, &p);
  counts(cr, th, strip, &p, d);
  view_end(cr);
}
