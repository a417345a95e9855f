/* SPDX-License-Identifier: ISC */
/* The picture is made at the device's own resolution and copied, never filtered, so its
   pixels do not depend on cairo's scaling. */
#include "raster.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { MOST = 8192 }; /* pixels in a row or column */

static uint32_t
packed(view_rgb c)
{
  const uint32_t r = (uint32_t)(255 * fmin(fmax(c.r, 0), 1) + 0.5);
  const uint32_t g = (uint32_t)(255 * fmin(fmax(c.g, 0), 1) + 0.5);
  const uint32_t b = (uint32_t)(255 * fmin(fmax(c.b, 0), 1) + 0.5);
  return 0xff000000 | r << 16 | g << 8 | b;
}

void
view_raster(cairo_t *cr, view_box box, view_shade shade, void *user)
{
  const cairo_surface_type_t type = cairo_surface_get_type(cairo_get_target(cr));
  const bool vector = type == CAIRO_SURFACE_TYPE_SVG || type == CAIRO_SURFACE_TYPE_PDF;
  double sx = 1, sy = 1;
  cairo_user_to_device_distance(cr, &sx, &sy);
  sx = fabs(sx);
  sy = fabs(sy);
  const int w = (int)fmin(round(box.w * sx), MOST),
            h = (int)fmin(round(box.h * sy), MOST);
  if (w < 1 || h < 1) {
    return;
  }
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
  unsigned char *data = cairo_image_surface_get_data(s);
  const int stride = cairo_image_surface_get_stride(s);
  for (int y = 0; data && y < h; ++y) {
    uint32_t *row = (uint32_t *)(void *)(data + (size_t)y * (size_t)stride);
    for (int x = 0; x < w; ++x) {
      row[x] = packed(shade(user, (x + 0.5) / w, (y + 0.5) / h, 1.0 / w, 1.0 / h));
    }
  }
  cairo_surface_mark_dirty(s);
  double x0 = box.x, y0 = box.y;
  cairo_save(cr);
  cairo_user_to_device(cr, &x0, &y0);
  x0 = vector ? x0 : round(x0);
  y0 = vector ? y0 : round(y0);
  cairo_device_to_user(cr, &x0, &y0);
  cairo_translate(cr, x0, y0);
  cairo_scale(cr, 1 / sx, 1 / sy);
  cairo_set_source_surface(cr, s, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_rectangle(cr, 0, 0, w, h);
  cairo_fill(cr);
  cairo_restore(cr);
  cairo_surface_destroy(s);
}

static double
at(const float *v, uint32_t n, uint32_t stride, double where)
{
  const double low = fmin(fmax(where, 0), n - 1.0);
  const uint32_t i = (uint32_t)low, k = i + 1 < n ? i + 1 : i;
  const double a = (double)v[(size_t)i * stride], b = (double)v[(size_t)k * stride];
  return a + (low - i) * (b - a);
}

double
view_mean(const float *v, uint32_t n, uint32_t stride, double from, double to)
{
  if (n == 0) {
    return 0;
  }
  const double first = from * n, last = to * n;
  if (last - first <= 1) {
    return at(v, n, stride, (first + last) / 2 - 0.5);
  }
  double sum = 0;
  const uint32_t i0 = (uint32_t)fmax(first, 0);
  const uint32_t i1 = (uint32_t)fmin(ceil(last), n);
  for (uint32_t i = i0; i < i1; ++i) {
    sum += (double)v[(size_t)i * stride];
  }
  return i1 > i0 ? sum / (i1 - i0) : 0;
}
