/* SPDX-License-Identifier: ISC */
/* Straight edges fall on whole pixels of the device, whatever its scale. */
#include "paint.h"
#include "text.h"

#include <math.h>

view_box
view_inset(view_box b, double left, double top, double right, double bottom)
{
  return (view_box){b.x + left, b.y + top, fmax(0, b.w - left - right),
                    fmax(0, b.h - top - bottom)};
}

void
view_color(cairo_t *cr, view_rgb c)
{
  cairo_set_source_rgb(cr, c.r, c.g, c.b);
}

void
view_fill(cairo_t *cr, view_box b, view_rgb c)
{
  double x0 = b.x, y0 = b.y, x1 = b.x + b.w, y1 = b.y + b.h;
  cairo_user_to_device(cr, &x0, &y0);
  cairo_user_to_device(cr, &x1, &y1);
  cairo_save(cr);
  cairo_identity_matrix(cr);
  cairo_rectangle(cr, round(x0), round(y0), round(x1) - round(x0), round(y1) - round(y0));
  view_color(cr, c);
  cairo_fill(cr);
  cairo_restore(cr);
}

/* One unit, at least one pixel, around v. */
static view_box
stroke(cairo_t *cr, bool vertical, double v, double from, double to)
{
  double ux = 1, uy = 1, dx = v, dy = v;
  cairo_user_to_device_distance(cr, &ux, &uy);
  cairo_user_to_device(cr, &dx, &dy);
  const double scale = fmax(fabs(ux), 1e-6), wide = fmax(1, round(scale));
  const double at = vertical ? dx : dy, edge = round(at - wide / 2);
  const double low = v + (edge - at) / scale, size = wide / scale;
  return vertical ? (view_box){low, from, size, to - from}
                  : (view_box){from, low, to - from, size};
}

void
view_hline(cairo_t *cr, double x0, double x1, double y, view_rgb c)
{
  view_fill(cr, stroke(cr, false, y, x0, x1), c);
}

void
view_vline(cairo_t *cr, double x, double y0, double y1, view_rgb c)
{
  view_fill(cr, stroke(cr, true, x, y0, y1), c);
}

void
view_frame(cairo_t *cr, view_box b, view_rgb c)
{
  view_hline(cr, b.x, b.x + b.w, b.y, c);
  view_hline(cr, b.x, b.x + b.w, b.y + b.h, c);
  view_vline(cr, b.x, b.y, b.y + b.h, c);
  view_vline(cr, b.x + b.w, b.y, b.y + b.h, c);
}

void
view_series(cairo_t *cr, const view_theme *th, uint32_t i, double width)
{
  static const double dash[][2] = {{0, 0}, {6, 3}, {2, 2}, {9, 2}};
  const double *d = dash[i % 4];
  view_color(cr, th->series[i % VIEW_N_SERIES]);
  cairo_set_line_width(cr, width);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash(cr, d, d[0] > 0 ? 2 : 0, 0);
}

void
view_dot(cairo_t *cr, double x, double y, double radius, view_rgb c)
{
  cairo_new_path(cr);
  cairo_arc(cr, x, y, radius, 0, 6.283185307179586);
  view_color(cr, c);
  cairo_fill(cr);
}

bool
view_begin(cairo_t *cr, const view_theme *th, view_box box, const char *title,
           const char *note, double least_h, view_box *in)
{
  enum { TITLE = VIEW_TITLE_PX + 4 };
  const view_style head = {VIEW_TITLE_PX, true, VIEW_LEFT, th->ink};
  const view_style small = {VIEW_TEXT_PX, false, VIEW_LEFT, th->dim};
  view_fill(cr, box, th->page);
  *in = view_inset(box, VIEW_PAD, VIEW_PAD, VIEW_PAD, VIEW_PAD);
  if (in->w < VIEW_LEAST_W || in->h < least_h) {
    return false;
  }
  cairo_save(cr);
  cairo_rectangle(cr, box.x, box.y, box.w, box.h);
  cairo_clip(cr);
  const double top = in->y;
  if (title && in->h >= least_h + TITLE + VIEW_GAP) {
    view_text(cr, &head, in->x, in->y + VIEW_TITLE_PX - 2, in->w, title);
    *in = view_inset(*in, 0, TITLE, 0, 0);
  }
  const unsigned lines = (unsigned)fmax(0, (in->h - least_h - VIEW_GAP) / 17);
  if (note && lines > 0) {
    const double h =
        view_paragraph(cr, &small, in->x, in->y, in->w, lines < 2 ? lines : 2, note);
    *in = view_inset(*in, 0, h, 0, 0);
  }
  *in = view_inset(*in, 0, in->y > top ? VIEW_GAP : 0, 0, 0);
  return true;
}

void
view_end(cairo_t *cr)
{
  cairo_restore(cr);
}

void
view_nothing(cairo_t *cr, const view_theme *th, view_box b, const char *why)
{
  const view_style st = {VIEW_TEXT_PX, false, VIEW_CENTER, th->dim};
  view_fill(cr, b, th->plot);
  view_text(cr, &st, b.x + b.w / 2, b.y + b.h / 2 + 4, b.w - 2 * VIEW_GAP, why);
}
