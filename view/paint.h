/* SPDX-License-Identifier: ISC */
/* Boxes, crisp lines, fills; and the frame that every scene opens and closes. */
#ifndef EAR_VIEW_PAINT_H
#define EAR_VIEW_PAINT_H

#include "theme.h"

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  double x, y, w, h;
} view_box;

/* The box without its margins; never less than nothing. */
view_box view_inset(view_box b, double left, double top, double right, double bottom);

void view_color(cairo_t *cr, view_rgb c);
void view_fill(cairo_t *cr, view_box b, view_rgb c); /* edges on whole pixels */

/* Lines one unit wide on whole pixels. */
void view_hline(cairo_t *cr, double x0, double x1, double y, view_rgb c);
void view_vline(cairo_t *cr, double x, double y0, double y1, view_rgb c);
void view_frame(cairo_t *cr, view_box b, view_rgb c);

/* Colour, width and dash of series i. */
void view_series(cairo_t *cr, const view_theme *th, uint32_t i, double width);
void view_dot(cairo_t *cr, double x, double y, double radius, view_rgb c);

/* Begin a scene: what it draws stays inside `box`, which gets the theme's background and
   at the top title and note (either may be NULL; left out where room is short).  *in is
   the room below them, VIEW_LEAST_W x least_h at least.  False: there is not so much
   room, and the scene has ended. */
enum { VIEW_LEAST_W = 120, VIEW_LEAST_H = 88 };
bool view_begin(cairo_t *cr, const view_theme *th, view_box box, const char *title,
                const char *note, double least_h, view_box *in);
void view_end(cairo_t *cr);

/* Instead of a picture: why there is none. */
void view_nothing(cairo_t *cr, const view_theme *th, view_box b, const char *why);

#endif
