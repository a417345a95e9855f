/* SPDX-License-Identifier: ISC */
/* Bars start at 0: their lengths compare. */
#include "histogram.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

enum {
  ROW = 22,  /* height of a bar's row */
  MARK = 14, /* of a mark's name */
  MOST_MARKS = 3,
};

/* Lines into the plot, each named on a row of its own above it. */
static void
draw_marks(cairo_t *cr, const view_theme *th, const view_plot *p, const view_histogram *d)
{
  const double top = p->box.y - MARK * fmin(d->n_marks, MOST_MARKS);
  for (uint32_t i = 0; i < d->n_marks && i < MOST_MARKS; ++i) {
    if (!(d->mark[i] >= p->x.low && d->mark[i] <= p->x.high)) {
      continue;
    }
    const double x = view_plot_x(p, d->mark[i]), y = top + MARK * i;
    const bool left = x > p->box.x + p->box.w / 2;
    const view_style st = {VIEW_SMALL_PX, false, left ? VIEW_RIGHT : VIEW_LEFT, th->ink};
    view_vline(cr, x, y, p->box.y + p->box.h, th->bad);
    view_text(cr, &st, x + (left ? -5 : 5), y + 10, p->box.w / 2, d->mark_name[i]);
  }
}

void
view_draw_histogram(cairo_t *cr, const view_theme *th, view_box box,
                    const view_histogram *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, VIEW_LEAST_H, &in)) {
    return;
  }
  uint32_t most = 0;
  for (uint32_t i = 0; i < d->n; ++i) {
    most = d->count[i] > most ? d->count[i] : most;
  }
  if (most == 0) {
    view_nothing(cr, th, in, "there is nothing to count");
    view_end(cr);
    return;
  }
  view_plot p = {.x = d->axis, .y = {0, most, .whole = true, .title = d->what}};
  view_axis_round(&p.y);
  const double marks = MARK * fmin(d->n_marks, MOST_MARKS);
  view_plot_begin(cr, th, &p,
                  view_inset(in, 0, in.h > 2 * marks + VIEW_LEAST_H ? marks : 0, 0, 0));
  const double w = p.box.w / d->n, base = p.box.y + p.box.h;
  for (uint32_t i = 0; i < d->n; ++i) {
    const double y = d->count[i] ? fmin(view_plot_y(&p, d->count[i]), base - 1.5) : base;
    view_fill(cr, (view_box){p.box.x + i * w, y, fmax(w - (w > 4 ? 1 : 0), 1), base - y},
              th->good);
  }
  view_hline(cr, p.box.x, p.box.x + p.box.w, base, th->edge);
  if (in.h > 2 * marks + VIEW_LEAST_H) {
    draw_marks(cr, th, &p, d);
  }
  view_end(cr);
}

static void
draw_bar(cairo_t *cr, const view_theme *th, view_box row, double names, double numbers,
         const view_bars *d, uint32_t i, double most)
{
  const view_style name = {VIEW_TEXT_PX, false, VIEW_RIGHT, th->ink};
  const view_style number = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
  const double x = row.x + names + 8, room = fmax(0, row.w - names - numbers - 16);
  const double value = isfinite(d->value[i]) ? fmax(d->value[i], 0) : 0;
  const double all = d->of && isfinite(d->of[i]) ? fmax(d->of[i], 0) : value;
  char s[32];
  view_text(cr, &name, row.x + names, row.y + 15, names, d->name[i]);
  view_fill(cr, (view_box){x, row.y + 4, room * all / most, ROW - 7},
            view_mix(th->page, th->good, 0.3));
  view_fill(cr, (view_box){x, row.y + 4, room * value / most, ROW - 7}, th->good);
  view_number(s, sizeof s, value, value == round(value) ? 1 : 0.1);
  view_text(cr, &number, x + room * fmax(all, value) / most + 6, row.y + 15, numbers,
            d->text ? d->text[i] : s);
}

void
view_draw_bars(cairo_t *cr, const view_theme *th, view_box box, const view_bars *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, ROW, &in)) {
    return;
  }
  const view_style name = {VIEW_TEXT_PX, false, VIEW_RIGHT, th->ink};
  double most = 1e-9, names = 0, numbers = 40;
  const uint32_t fits = (uint32_t)(in.h / ROW);
  const uint32_t n = d->n <= fits ? d->n : fits ? fits - 1 : 0;
  for (uint32_t i = 0; i < d->n; ++i) {
    const double all = d->of ? d->of[i] : 0;
    most = fmax(most,
                fmax(isfinite(all) ? all : 0, isfinite(d->value[i]) ? d->value[i] : 0));
    names = fmax(names, view_text_width(cr, &name, d->name[i]));
    numbers = d->text ? fmax(numbers, view_text_width(cr, &name, d->text[i])) : numbers;
  }
  names = fmin(names, 0.35 * in.w);
  numbers = fmin(numbers, 0.35 * in.w);
  for (uint32_t i = 0; i < n; ++i) {
    draw_bar(cr, th, (view_box){in.x, in.y + i * ROW, in.w, ROW}, names, numbers, d, i,
             most);
  }
  if (d->n == 0) {
    view_nothing(cr, th, in, "there is nothing to count");
  } else if (n < d->n) {
    char s[48];
    const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->dim};
    snprintf(s, sizeof s, "and %u more", d->n - n);
    view_text(cr, &st, in.x + names + 8, in.y + n * ROW + 15, in.w - names, s);
  }
  view_end(cr);
}

double
view_bars_height(uint32_t n, bool note)
{
  return 2 * VIEW_PAD + (note ? 18 + VIEW_GAP : 0) + ROW * fmax(1, n);
}
