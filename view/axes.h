/* SPDX-License-Identifier: ISC */
/* A plot: two axes with round ticks, a grid, lines and marks in data coordinates.
   Values that are not finite, or beyond 1e12, are left out wherever they occur. */
#ifndef EAR_VIEW_AXES_H
#define EAR_VIEW_AXES_H

#include "paint.h"

#include <stdbool.h>
#include <stdint.h>

enum { VIEW_MAX_TICKS = 16 };

typedef struct {
  double low, high;
  bool log;          /* both ends > 0 */
  bool percent;      /* 0..1 is written as 0 to 100 % */
  bool whole;        /* ticks are whole numbers */
  bool time;         /* seconds from 0 on, written as 1:05 or 1:02:03 */
  bool hidden;       /* no numbers: another plot below has them */
  const char *title; /* with its unit; NULL: none */
} view_axis;

typedef struct {
  view_box box; /* of the data */
  view_axis x, y;
  double left; /* least room for the numbers of y, to align plots */
} view_plot;

/* At most `most` round values in [low, high], and in *step what lies between two (log:
   0).  Returns how many. */
uint32_t view_ticks(const view_axis *axis, uint32_t most, double tick[VIEW_MAX_TICKS],
                    double *step);

/* Widen the axis to hold v[0..n), and then to round ends. */
void view_axis_hold(view_axis *axis, uint32_t n, const double *v);
void view_axis_round(view_axis *axis);

/* Lay the plot out in `room` and draw its ground, grid, numbers and titles. */
void view_plot_begin(cairo_t *cr, const view_theme *th, view_plot *plot, view_box room);

/* The numbers of x alone, under the box: for plots above whose numbers are hidden and
   whose grid they match. */
void view_plot_numbers(cairo_t *cr, const view_theme *th, const view_plot *plot);

double view_plot_x(const view_plot *plot, double v);
double view_plot_y(const view_plot *plot, double v);

/* A line through the points, broken where one is missing; a point alone is a dot. */
void view_plot_line(cairo_t *cr, const view_theme *th, const view_plot *plot, uint32_t n,
                    const double *x, const double *y, uint32_t series, double width);

/* The same without dash in a colour of its own. */
void view_plot_plain(cairo_t *cr, const view_plot *plot, uint32_t n, const double *x,
                     const double *y, view_rgb color, double width);

/* Names beside samples of their series, from x on, no wider than w; returns the width. */
double view_legend(cairo_t *cr, const view_theme *th, double x, double baseline, double w,
                   uint32_t n, const char *const *name);

#endif
