/* SPDX-License-Identifier: ISC */
/* A table of colours as a picture, one value to a pixel of the device: shrunk by
   averaging, never by leaving columns out. */
#ifndef EAR_VIEW_RASTER_H
#define EAR_VIEW_RASTER_H

#include "paint.h"

/* Colour at (u, v), both 0..1 from left and top; du, dv is the size of a pixel. */
typedef view_rgb (*view_shade)(void *user, double u, double v, double du, double dv);

/* Paint the box pixel by pixel. */
void view_raster(cairo_t *cr, view_box box, view_shade shade, void *user);

/* Mean of v[0..n) over [from, to), both 0..1, in fractions of all; interpolated between
   the middles of the values where that is less than one.  `stride` from one to the next.
 */
double view_mean(const float *v, uint32_t n, uint32_t stride, double from, double to);

#endif
