/* SPDX-License-Identifier: ISC */
/* One line of the panel, from left to right.  It can never be wider than its look says:
   what does not fit is left out. */
#ifndef PANEL_LINE_H
#define PANEL_LINE_H

#include "panel.h"

/* Told apart by more than colour wherever it matters. */
typedef enum {
  STYLE_PLAIN = 0,
  STYLE_STRONG, /* what is read first */
  STYLE_FAINT,  /* scales and headings */
  STYLE_CALM,   /* bars: blue */
  STYLE_ALARM,  /* bars over the threshold, the lamp: orange */
} panel_style;

/* UTF-8 and ASCII: "#" for the blocks. */
typedef enum {
  GLYPH_FULL = 0,
  GLYPH_UPPER,
  GLYPH_LOWER,
  GLYPH_SHADE,
  GLYPH_HELD,   /* a peak that is held */
  GLYPH_MARK,   /* the threshold, where no bar is */
  GLYPH_NOTCH,  /* the threshold within a bar */
  GLYPH_DOWN,   /* the threshold on a scale */
  GLYPH_DASH,   /* frame, across */
  GLYPH_SIDE,   /* frame, down */
  GLYPH_CORNER, /* the four corners: top left, top right, bottom left, bottom right */
} panel_glyph;

typedef struct {
  const panel_look *look;
  char *text; /* PANEL_LINE_BYTES */
  size_t n;
  unsigned column;
  panel_style style;
} panel_line;

void line_begin(panel_line *l, const panel_look *look, char *text);
void line_end(panel_line *l);

unsigned line_left(const panel_line *l); /* columns */
void line_style(panel_line *l, panel_style style);
void line_to(panel_line *l, unsigned column); /* spaces up to there */
void line_glyph(panel_line *l, panel_glyph glyph, unsigned n);
void line_corner(panel_line *l, unsigned i); /* 0..3 */
/* Text of strangers too, in at most `columns`. */
void line_text(panel_line *l, const char *text, unsigned columns);
void line_right(panel_line *l, const char *text, unsigned columns); /* flush right */

typedef struct {
  unsigned width; /* columns */
  float value;    /* solid up to here, 0..1 */
  float over;     /* shaded up to here */
  float held;     /* < 0: none */
  float mark;     /* < 0: none */
  float alarm;    /* from here on in the colour of alarm; > 1: none */
} panel_meter;

void line_meter(panel_line *l, const panel_meter *m);

#endif
