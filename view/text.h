/* SPDX-License-Identifier: ISC */
/* Text that always fits, from names that may hold anything.

   Font: DejaVu Sans (package fonts-dejavu-core) without hinting, drawn on pictures of
   pixels as outlines: the same pixels on every machine that has that font.  In SVG and
   PDF the outlines go along, so no reader needs the font. */
#ifndef EAR_VIEW_TEXT_H
#define EAR_VIEW_TEXT_H

#include "theme.h"

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum { VIEW_LEFT = 0, VIEW_CENTER, VIEW_RIGHT } view_align;

typedef struct {
  double px; /* height of the type, raised to VIEW_MIN_PX */
  bool bold;
  view_align align; /* of x */
  view_rgb color;
} view_style;

/* s on the baseline y; cut with an ellipsis to max_w units (0 or less: nothing is drawn).
   Returns the width drawn. */
double view_text(cairo_t *cr, const view_style *st, double x, double y, double max_w,
                 const char *s);
double view_text_width(cairo_t *cr, const view_style *st, const char *s);

/* The same turned to read upwards: x is the baseline, y the lower end (VIEW_LEFT), the
   middle or the upper end. */
double view_text_up(cairo_t *cr, const view_style *st, double x, double y, double max_w,
                    const char *s);

/* Words in at most n_lines lines of width w from the top y down; returns the height. */
double view_paragraph(cairo_t *cr, const view_style *st, double x, double y, double w,
                      unsigned n_lines, const char *s);

/* s as valid UTF-8 without control characters, cut to n bytes with the 0: what is broken
   becomes U+FFFD.  [any] */
void view_text_clean(char *out, size_t n, const char *s);

/* v with as many digits as a step of `step` needs, dot as decimal mark in any locale. */
void view_number(char *out, size_t n, double v, double step);

#endif
