/* SPDX-License-Identifier: ISC */
/* The classes that are told apart worst get the colours; the others stay in grey. */
#include "roc.h"
#include "axes.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

enum { MOST = 64, NAMES = 190 /* width of the list */ };

/* Indices of the curves by area, smallest first; those without one left out. */
static uint32_t
order(const view_roc *d, uint32_t index[MOST])
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < d->n && n < MOST; ++i) {
    if (d->curve[i].n == 0 || isnan(d->curve[i].area)) {
      continue;
    }
    uint32_t k = n++;
    for (; k > 0 && d->curve[index[k - 1]].area > d->curve[i].area; --k) {
      index[k] = index[k - 1];
    }
    index[k] = i;
  }
  return n;
}

static void
name_one(cairo_t *cr, const view_theme *th, double x, double y, const char *name,
         double area)
{
  char s[16];
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->ink};
  const view_style number = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->ink};
  view_text(cr, &st, x + 28, y, NAMES - 28 - 44, name);
  view_number(s, sizeof s, area, 0.001);
  view_text(cr, &number, x + NAMES, y, 44, isnan(area) ? "-" : s);
}

static void
names(cairo_t *cr, const view_theme *th, view_box b, const view_roc *d,
      const uint32_t *index, uint32_t n)
{
  const view_style head = {VIEW_SMALL_PX, true, VIEW_LEFT, th->dim};
  const view_style unit = {VIEW_SMALL_PX, true, VIEW_RIGHT, th->dim};
  double y = b.y + VIEW_SMALL_PX;
  view_text(cr, &head, b.x + 28, y, 110, "hardest first");
  view_text(cr, &unit, b.x + NAMES, y, 60, "area");
  if (d->mean.n) {
    cairo_rectangle(cr, b.x, (y += 19) - 5.5, 22, 3);
    view_color(cr, th->ink);
    cairo_fill(cr);
    name_one(cr, th, b.x, y, "mean of the classes", d->mean.area);
  }
  uint32_t i = 0;
  for (; i < n && i < VIEW_N_SERIES && y + 38 < b.y + b.h; ++i) {
    y += 19;
    cairo_save(cr);
    view_series(cr, th, i, 2);
    cairo_move_to(cr, b.x, y - 4);
    cairo_line_to(cr, b.x + 22, y - 4);
    cairo_stroke(cr);
    cairo_restore(cr);
    name_one(cr, th, b.x, y, d->curve[index[i]].name, d->curve[index[i]].area);
  }
  if (i < n) {
    char s[64];
    snprintf(s, sizeof s, "and %u more, in grey", n - i);
    const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
    view_text(cr, &st, b.x + 28, y + 19, NAMES - 28, s);
  }
}

void
view_draw_roc(cairo_t *cr, const view_theme *th, view_box box, const view_roc *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, VIEW_LEAST_H, &in)) {
    return;
  }
  uint32_t index[MOST];
  const uint32_t n = order(d, index);
  if (n == 0) {
    view_nothing(cr, th, in, "no class has both right and wrong examples here");
    view_end(cr);
    return;
  }
  const bool beside = in.w > 2 * NAMES;
  const double room = beside ? in.w - NAMES - 2 * VIEW_GAP : in.w;
  const double side = fmin(room, in.h + 20);
  view_plot p = {.x = {0, 1, .percent = true, .title = "others taken for the class"},
                 .y = {0, 1, .percent = true, .title = "of the class found"}};
  view_plot_begin(cr, th, &p, (view_box){in.x, in.y, side, in.h});
  const double guess[2] = {0, 1};
  const view_rgb grey = view_mix(th->plot, th->dim, 0.5);
  cairo_save(cr);
  cairo_set_dash(cr, (const double[]){3, 3}, 2, 0);
  view_plot_plain(cr, &p, 2, guess, guess, grey, 1);
  cairo_restore(cr);
  for (uint32_t i = n; i-- > 0;) {
    const view_roc_curve *c = &d->curve[index[i]];
    if (i < VIEW_N_SERIES) {
      view_plot_line(cr, th, &p, c->n, c->false_rate, c->true_rate, i, 2);
    } else {
      view_plot_plain(cr, &p, c->n, c->false_rate, c->true_rate, grey, 1);
    }
  }
  view_plot_plain(cr, &p, d->mean.n, d->mean.false_rate, d->mean.true_rate, th->ink, 3);
  if (beside) {
    names(cr, th, view_inset(in, side + 2 * VIEW_GAP, 4, 0, 0), d, index, n);
  }
  view_end(cr);
}
