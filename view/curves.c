/* SPDX-License-Identifier: ISC */
/* The three plots share the epochs: what lies below one another happened together. */
#include "curves.h"
#include "axes.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  HEADER = 20, /* above each plot: its legend */
  LEAST = 64,  /* height of a plot with it */
  N_STRIPS = 3,
};

typedef struct {
  const char *name[2];
  const double *y[2];
  view_axis axis;
  double share;     /* of the height */
  bool shown, last; /* last: has the numbers of the epochs */
} strip;

static void
mark_best(cairo_t *cr, const view_theme *th, const view_plot *p, const strip *s,
          uint32_t best)
{
  const double x = view_plot_x(p, best);
  view_vline(cr, x, p->box.y, p->box.y + p->box.h, th->dim);
  for (int i = 0; i < 2; ++i) {
    const double v = s->y[i] ? s->y[i][best - 1] : NAN;
    if (isfinite(v) && !(p->y.log && v <= 0)) {
      view_dot(cr, x, view_plot_y(p, v), 4, th->page);
      view_dot(cr, x, view_plot_y(p, v), 3, th->series[i]);
    }
  }
}

static void
draw_strip(cairo_t *cr, const view_theme *th, view_box room, const view_curves *d,
           const double *epoch, strip *s, double left)
{
  view_plot p = {.x = {1, d->n, .whole = true, .title = "epoch", .hidden = !s->last},
                 .y = s->axis,
                 .left = left};
  for (int i = 0; i < 2; ++i) {
    if (s->y[i]) {
      view_axis_hold(&p.y, d->n, s->y[i]);
    }
  }
  view_axis_round(&p.y);
  if (p.y.percent) {
    p.y.high = fmin(p.y.high, 1);
  }
  const uint32_t n_names = s->name[1] ? 2 : 1;
  view_legend(cr, th, room.x + left, room.y + VIEW_SMALL_PX, room.w - left, n_names,
              s->name);
  view_plot_begin(cr, th, &p, view_inset(room, 0, HEADER, 0, 0));
  for (uint32_t i = 0; i < n_names; ++i) {
    if (s->y[i]) {
      view_plot_line(cr, th, &p, d->n, epoch, s->y[i], i, 2);
    }
  }
  if (d->best >= 1 && d->best <= d->n) {
    mark_best(cr, th, &p, s, d->best);
  }
}

static void
say_best(cairo_t *cr, const view_theme *th, view_box in, const view_curves *d)
{
  char s[64];
  const view_style st = {VIEW_SMALL_PX, true, VIEW_RIGHT, th->ink};
  if (d->best >= 1 && d->best <= d->n) {
    snprintf(s, sizeof s, "kept: epoch %u", d->best);
    view_text(cr, &st, in.x + in.w - 10, in.y + VIEW_SMALL_PX, in.w / 3, s);
  }
}

/* Of the strips that have data, as many as there is room for; returns the sum of their
   shares of the height. */
static double
choose(strip all[N_STRIPS], const view_curves *d, double room)
{
  uint32_t n = 0;
  double sum = 0;
  all[0].shown = d->loss || d->valid_loss;
  all[1].shown = d->measure[0] || d->measure[1];
  all[2].shown = d->rate != NULL;
  for (int i = 0; i < N_STRIPS; ++i) {
    n += all[i].shown;
  }
  for (int i = N_STRIPS - 1; i > 0; --i) {
    if (all[i].shown && room < n * LEAST) {
      all[i].shown = false;
      --n;
    }
  }
  for (int i = 0; i < N_STRIPS; ++i) {
    sum += all[i].shown ? all[i].share : 0;
  }
  all[all[2].shown ? 2 : all[1].shown ? 1 : 0].last = true;
  return sum;
}

static void
draw_strips(cairo_t *cr, const view_theme *th, view_box in, const view_curves *d,
            const double *epoch)
{
  const view_axis any = {INFINITY, -INFINITY, .log = false};
  const double axis = 2 * VIEW_SMALL_PX + 14, room = in.h - axis;
  strip all[N_STRIPS] = {
      {{"loss in training", d->valid_loss ? "loss in validation" : NULL},
       {d->loss, d->valid_loss},
       any,
       0.46,
       false,
       false},
      {{d->measure_name[0], d->measure_name[1]},
       {d->measure[0], d->measure[1]},
       any,
       0.34,
       false,
       false},
      {{"learning rate", NULL}, {d->rate, NULL}, any, 0.2, false, false}};
  all[1].axis.percent = true;
  all[2].axis.log = true;
  const double sum = choose(all, d, room);
  say_best(cr, th, in, d);
  for (int i = 0; i < N_STRIPS; ++i) {
    if (all[i].shown) {
      const double h = room * all[i].share / sum + (all[i].last ? axis : 0);
      const view_box b = {in.x, in.y, in.w, h - (all[i].last ? 0 : VIEW_GAP)};
      draw_strip(cr, th, b, d, epoch, &all[i], 52);
      in = view_inset(in, 0, h, 0, 0);
    }
  }
}

void
view_draw_curves(cairo_t *cr, const view_theme *th, view_box box, const view_curves *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, VIEW_LEAST_H, &in)) {
    return;
  }
  double *epoch = d->n ? malloc(d->n * sizeof *epoch) : NULL;
  for (uint32_t i = 0; epoch && i < d->n; ++i) {
    epoch[i] = i + 1;
  }
  if (epoch) {
    draw_strips(cr, th, in, d, epoch);
  } else {
    view_nothing(cr, th, in, d->n ? "not enough memory" : "no epoch was run");
  }
  free(epoch);
  view_end(cr);
}
