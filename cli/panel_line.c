/* SPDX-License-Identifier: ISC */
/* `column` counts what the cursor has moved.  No style shows on a space, so spaces need
   none, and those at the end are cut off. */
#include "panel_line.h"

#include "fit.h"

#include <math.h>
#include <string.h>

enum { RESERVE = 8, SGR_BYTES = 16 }; /* bytes for the last reset, for any style */

static const struct {
  const char *utf8;
  char ascii;
} glyphs[] = {
    [GLYPH_FULL] = {"█", '#'},  [GLYPH_UPPER] = {"▀", '#'}, [GLYPH_LOWER] = {"▄", '#'},
    [GLYPH_SHADE] = {"▒", '='}, [GLYPH_HELD] = {"┃", '+'},  [GLYPH_MARK] = {"│", '|'},
    [GLYPH_NOTCH] = {"▐", '|'}, [GLYPH_DOWN] = {"▼", 'v'},  [GLYPH_DASH] = {"─", '-'},
    [GLYPH_SIDE] = {"│", '|'},
};
static const char *const corners[4] = {"┌", "┐", "└", "┘"};
static const char *const eighths[8] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

/* Blue and orange (after Okabe and Ito) differ for every kind of colour vision, and both
   show on black and on white.  With 16 colours: cyan and yellow. */
static const char *const sgr_16[] = {"\033[0m", "\033[0;1m", "\033[0;2m", "\033[0;36m",
                                     "\033[0;1;33m"};
static const char *const sgr_256[] = {"\033[0m", "\033[0;1m", "\033[0;2m",
                                      "\033[0;38;5;33m", "\033[0;1;38;5;208m"};

void
line_begin(panel_line *l, const panel_look *look, char *text)
{
  *l = (panel_line){.look = look, .text = text};
  text[0] = '\0';
}

unsigned
line_left(const panel_line *l)
{
  const unsigned width =
      l->look->columns < PANEL_COLUMNS ? l->look->columns : PANEL_COLUMNS;
  return l->column < width ? width - l->column : 0;
}

void
line_style(panel_line *l, panel_style style)
{
  if (style != l->style && l->look->colours > 0 &&
      l->n + SGR_BYTES + RESERVE < PANEL_LINE_BYTES) {
    const char *sgr = l->look->colours >= 256 ? sgr_256[style] : sgr_16[style];
    memcpy(l->text + l->n, sgr, strlen(sgr));
    l->n += strlen(sgr);
  }
  l->style = style;
}

static void
put(panel_line *l, const char *bytes, size_t n, unsigned columns)
{
  if (columns <= line_left(l) && l->n + n + RESERVE < PANEL_LINE_BYTES) {
    memcpy(l->text + l->n, bytes, n);
    l->n += n;
    l->column += columns;
  }
}

void
line_end(panel_line *l)
{
  while (l->n > 0 && l->text[l->n - 1] == ' ') {
    l->n--;
    l->column--;
  }
  line_style(l, STYLE_PLAIN);
  l->text[l->n] = '\0';
}

void
line_to(panel_line *l, unsigned column)
{
  while (l->column < column && line_left(l) > 0) {
    put(l, " ", 1, 1);
  }
}

void
line_glyph(panel_line *l, panel_glyph glyph, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    if (l->look->utf8) {
      put(l, glyphs[glyph].utf8, strlen(glyphs[glyph].utf8), 1);
    } else {
      put(l, &glyphs[glyph].ascii, 1, 1);
    }
  }
}

void
line_corner(panel_line *l, unsigned i)
{
  put(l, l->look->utf8 ? corners[i] : "+", l->look->utf8 ? 3 : 1, 1);
}

void
line_text(panel_line *l, const char *text, unsigned columns)
{
  char fitted[PANEL_LINE_BYTES];
  const unsigned left = line_left(l);
  const unsigned n = fit_text(fitted, sizeof fitted, text,
                              columns < left ? columns : left, l->look->utf8);
  put(l, fitted, strlen(fitted), n);
}

void
line_right(panel_line *l, const char *text, unsigned columns)
{
  char fitted[PANEL_LINE_BYTES];
  const unsigned n = fit_text(fitted, sizeof fitted, text, columns, l->look->utf8);
  line_to(l, l->column + columns - n);
  put(l, fitted, strlen(fitted), n);
}

/* The cell that a share of the whole width falls into; -1 for none. */
static int
cell_of(float share, unsigned width)
{
  const int cell = (int)floorf(share * (float)width);
  return share < 0 ? -1 : cell < (int)width ? cell : (int)width - 1;
}

static panel_style
bar_style(const panel_meter *m, int i)
{
  return m->alarm <= 1 && i >= cell_of(m->alarm, m->width) ? STYLE_ALARM : STYLE_CALM;
}

static void
empty_cell(panel_line *l, const panel_meter *m, int i)
{
  if (m->held > 0 && i == cell_of(m->held, m->width)) {
    line_style(l, m->held >= m->alarm ? STYLE_ALARM : STYLE_STRONG);
    line_glyph(l, GLYPH_HELD, 1);
  } else if (i == cell_of(m->mark, m->width)) {
    line_style(l, STYLE_STRONG);
    line_glyph(l, GLYPH_MARK, 1);
  } else if ((float)i + 0.5f < m->over * (float)m->width) {
    line_style(l, bar_style(m, i));
    line_glyph(l, GLYPH_SHADE, 1);
  } else {
    line_to(l, l->column + 1);
  }
}

void
line_meter(panel_line *l, const panel_meter *m)
{
  const int n_eighths = (int)lroundf(8 * m->value * (float)m->width);
  for (int i = 0; i < (int)m->width; i++) {
    const int k = n_eighths - 8 * i < 8 ? n_eighths - 8 * i : 8;
    if (k <= 0 || (!l->look->utf8 && k < 4)) {
      empty_cell(l, m, i);
      continue;
    }
    line_style(l, bar_style(m, i));
    if (k == 8 || !l->look->utf8) {
      line_glyph(l, i == cell_of(m->mark, m->width) ? GLYPH_NOTCH : GLYPH_FULL, 1);
    } else {
      put(l, eighths[k], strlen(eighths[k]), 1);
    }
  }
}
