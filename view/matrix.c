/* SPDX-License-Identifier: ISC */
/* Blue lies on the diagonal only, orange only beside it: a model without mistakes is one
   blue line. */
#include "matrix.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

enum {
  CELL_MOST = 96,
  CELL_NUMBER = 24, /* from this width on a cell says its number */
  CELL_BOTH = 44,   /* and its share */
  CORNER = 18,      /* height of the words beside the axes */
};

typedef struct {
  view_box grid;
  double w, h; /* of a cell */
  uint32_t n_columns;
} layout;

static const char *
column_name(const view_matrix *d, uint32_t c)
{
  return c < d->n ? d->label[c] : "no verdict";
}

static double
longest(cairo_t *cr, const view_style *st, const view_matrix *d, uint32_t n)
{
  double w = 0;
  for (uint32_t i = 0; i < n; ++i) {
    w = fmax(w, view_text_width(cr, st, column_name(d, i)));
  }
  return w;
}

static uint32_t
cell(const view_matrix *d, uint32_t row, uint32_t column)
{
  return column < d->n ? d->count[(size_t)row * d->stride + column] : d->none[row];
}

static layout
place(cairo_t *cr, const view_style *st, view_box in, const view_matrix *d)
{
  layout l = {.n_columns = d->n + (d->none != NULL)};
  const double names = fmin(longest(cr, st, d, d->n), 0.3 * in.w);
  const double left = CORNER + names + 8;
  l.w = fmin((in.w - left) / l.n_columns, CELL_MOST);
  const double columns = longest(cr, st, d, l.n_columns);
  const bool flat = columns <= l.w - 6;
  const double top = CORNER + (flat ? VIEW_SMALL_PX + 6 : fmin(columns, 0.3 * in.h) + 8);
  l.h = fmin((in.h - top) / d->n, fmin(CELL_MOST, fmax(l.w, 18)));
  l.grid = (view_box){in.x + left, in.y + top, l.w * l.n_columns, l.h * d->n};
  return l;
}

static void
draw_cell(cairo_t *cr, const view_theme *th, const layout *l, view_box b, uint32_t count,
          uint32_t sum, bool right)
{
  const double share = sum ? (double)count / sum : 0;
  const view_rgb ground =
      count ? view_mix(th->plot, right ? th->good : th->bad, 0.12 + 0.88 * sqrt(share))
            : th->plot;
  const double gap = l->w > 12 ? 1 : 0;
  view_fill(cr, view_inset(b, 0, 0, gap, gap), ground);
  if (!count || l->w < CELL_NUMBER || l->h < 14) {
    return;
  }
  char s[32];
  view_style st = {VIEW_TEXT_PX, true, VIEW_CENTER, view_text_on(th, ground)};
  const bool both = l->w >= CELL_BOTH && l->h >= 36;
  const double y = b.y + b.h / 2 + (both ? -1 : 4);
  snprintf(s, sizeof s, both ? "%.0f %%" : "%.0f", both ? 100 * share : (double)count);
  if (view_text_width(cr, &st, s) > b.w - 4) {
    st.px = VIEW_MIN_PX;
  }
  view_text(cr, &st, b.x + b.w / 2, y, b.w - 2, s);
  if (both) {
    st.px = VIEW_SMALL_PX;
    st.bold = false;
    snprintf(s, sizeof s, "%u", count);
    view_text(cr, &st, b.x + b.w / 2, y + 15, b.w - 2, s);
  }
}

static void
draw_names(cairo_t *cr, const view_theme *th, view_box in, const view_matrix *d,
           const layout *l)
{
  view_style st = {VIEW_SMALL_PX, false, VIEW_RIGHT, th->ink};
  const view_box g = l->grid;
  const uint32_t every = (uint32_t)ceil(13 / fmax(l->h, 1)),
                 step = (uint32_t)ceil(13 / fmax(l->w, 1));
  for (uint32_t i = 0; i < d->n; i += every) {
    view_text(cr, &st, g.x - 8, g.y + (i + 0.5) * l->h + 4, g.x - 8 - in.x - CORNER,
              d->label[i]);
  }
  const bool flat = longest(cr, &st, d, l->n_columns) <= l->w - 6;
  for (uint32_t c = 0; c < l->n_columns; c += flat ? 1 : step) {
    const double x = g.x + (c + 0.5) * l->w;
    st.align = flat ? VIEW_CENTER : VIEW_LEFT;
    if (flat) {
      view_text(cr, &st, x, g.y - 7, l->w - 2, column_name(d, c));
    } else {
      view_text_up(cr, &st, x + 4, g.y - 6, g.y - 6 - in.y - CORNER, column_name(d, c));
    }
  }
  st = (view_style){VIEW_SMALL_PX, true, VIEW_LEFT, th->dim};
  view_text(cr, &st, g.x, in.y + VIEW_SMALL_PX, in.x + in.w - g.x, "the model said");
  st.align = VIEW_RIGHT;
  view_text_up(cr, &st, in.x + VIEW_SMALL_PX, g.y, g.h, "it is");
}

void
view_draw_matrix(cairo_t *cr, const view_theme *th, view_box box, const view_matrix *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, VIEW_LEAST_H, &in)) {
    return;
  }
  const view_style st = {VIEW_SMALL_PX, false, VIEW_LEFT, th->ink};
  if (d->n == 0) {
    view_nothing(cr, th, in, "there are no classes");
    view_end(cr);
    return;
  }
  const layout l = place(cr, &st, in, d);
  for (uint32_t r = 0; r < d->n; ++r) {
    uint32_t sum = 0;
    for (uint32_t c = 0; c < l.n_columns; ++c) {
      sum += cell(d, r, c);
    }
    for (uint32_t c = 0; c < l.n_columns; ++c) {
      const view_box b = {l.grid.x + c * l.w, l.grid.y + r * l.h, l.w, l.h};
      draw_cell(cr, th, &l, b, cell(d, r, c), sum, r == c);
    }
  }
  draw_names(cr, th, in, d, &l);
  view_end(cr);
}

void
view_matrix_size(uint32_t n, double *w, double *h)
{
  const double one = n <= 6 ? 80 : n <= 16 ? 52 : n <= 32 ? 30 : 16;
  *w = fmax(480, 180 + one * n);
  *h = 160 + fmax(80, fmin(one, 48) * n);
}
