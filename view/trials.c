/* SPDX-License-Identifier: ISC */
/* Every small plot has the same scores on its height: a slope shows what matters. */
#include "trials.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

enum {
  MOST = 8,
  LEAST = 100, /* height of a plot */
};

static uint32_t
best_of(const view_trials *d)
{
  uint32_t best = d->n;
  for (uint32_t i = 0; i < d->n; ++i) {
    if (isfinite(d->score[i]) && (best == d->n || d->score[i] > d->score[best])) {
      best = i;
    }
  }
  return best;
}

static void
draw_one(cairo_t *cr, const view_theme *th, view_box room, const view_trials *d,
         uint32_t s, view_axis score, uint32_t best)
{
  view_plot p = {.x = d->axis[s], .y = score};
  p.x.low = INFINITY;
  p.x.high = -INFINITY;
  for (uint32_t i = 0; i < d->n; ++i) {
    view_axis_hold(&p.x, 1, &d->value[(size_t)i * d->n_settings + s]);
  }
  view_axis_round(&p.x);
  view_plot_begin(cr, th, &p, room);
  for (uint32_t i = 0; i < d->n; ++i) {
    const double v = d->value[(size_t)i * d->n_settings + s];
    if (isfinite(d->score[i]) && isfinite(v) && i != best && !(p.x.log && v <= 0)) {
      view_dot(cr, view_plot_x(&p, v), view_plot_y(&p, d->score[i]), 3,
               view_mix(th->plot, th->good, 0.75));
    }
  }
  const double x = view_plot_x(&p, d->value[(size_t)best * d->n_settings + s]);
  const double y = view_plot_y(&p, d->score[best]);
  if (isfinite(x) && isfinite(y)) {
    view_dot(cr, x, y, 7, th->page);
    view_dot(cr, x, y, 5.5, th->bad);
  }
}

void
view_draw_trials(cairo_t *cr, const view_theme *th, view_box box, const view_trials *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, VIEW_LEAST_H, &in)) {
    return;
  }
  const uint32_t best = best_of(d), n = d->n_settings < MOST ? d->n_settings : MOST;
  if (best == d->n || n == 0) {
    view_nothing(cr, th, in, "no trial has a score yet");
    view_end(cr);
    return;
  }
  char s[96];
  const view_style st = {VIEW_SMALL_PX, true, VIEW_LEFT, th->ink};
  snprintf(s, sizeof s, "the best of %u: trial %u, %s %.1f %%", d->n, best + 1,
           d->score_name, 100 * d->score[best]);
  view_dot(cr, in.x + 6, in.y + 7, 5.5, th->bad);
  view_text(cr, &st, in.x + 18, in.y + VIEW_SMALL_PX, in.w - 18, s);
  in = view_inset(in, 0, 22, 0, 0);
  view_axis score = {INFINITY, -INFINITY, .percent = true, .title = d->score_name};
  view_axis_hold(&score, d->n, d->score);
  view_axis_round(&score);
  score.high = fmin(score.high, fmax(1, d->score[best]));
  const uint32_t most = (uint32_t)fmax(1, floor(in.w / 220));
  const uint32_t fits = most * (uint32_t)fmax(1, floor(in.h / LEAST));
  const uint32_t shown = n < fits ? n : fits;
  const uint32_t rows = (shown + most - 1) / most, columns = (shown + rows - 1) / rows;
  const double w = in.w / columns, h = in.h / rows;
  for (uint32_t i = 0; i < shown; ++i) {
    const view_box room = {in.x + (i % columns) * w, in.y + i / columns * h, w - VIEW_GAP,
                           h - VIEW_GAP};
    draw_one(cr, th, room, d, i, score, best);
  }
  view_end(cr);
}
