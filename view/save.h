/* SPDX-License-Identifier: ISC */
/* A scene as a file or as bytes: PNG, SVG, PDF. */
#ifndef EAR_VIEW_SAVE_H
#define EAR_VIEW_SAVE_H

#include "../engine/earshot.h"

#include <cairo.h>

typedef struct {
  double w, h;  /* in units */
  double scale; /* PNG: pixels a unit; SVG and PDF have none */
  void (*draw)(void *user, cairo_t *cr, double w, double h);
  void *user;
} view_picture;

typedef enum { VIEW_PNG = 0, VIEW_SVG, VIEW_PDF } view_format;

/* The picture as an image to look at or hash; the caller's to destroy.  Never NULL;
   cairo_surface_status tells.  [any] */
cairo_surface_t *view_image(const view_picture *p);

/* Bytes malloc'ed for the caller.  [any] */
ear_status view_bytes(const view_picture *p, view_format format, uint8_t **bytes,
                      size_t *n);

/* Into a file by its ending (.png .svg .pdf): temporary name beside it, flush, rename, so
   under the name stands the old picture or the new one.  [any] */
ear_status view_save(const view_picture *p, const char *path, ear_error *err);

#endif
