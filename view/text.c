/* SPDX-License-Identifier: ISC */
/* Cairo sees valid UTF-8 only: a bad byte would put the whole picture in error. */
#include "text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TEXT = 512 }; /* bytes; longer is cut */

/* Bytes of the character at s, 0 if it is none. */
static size_t
character(const unsigned char *s)
{
  const size_t n = s[0] < 0x80   ? 1
                   : s[0] < 0xc2 ? 0
                   : s[0] < 0xe0 ? 2
                   : s[0] < 0xf0 ? 3
                                 : 4;
  if (n == 0 || s[0] > 0xf4) {
    return 0;
  }
  uint32_t code = n == 1 ? s[0] : s[0] & (0x7fu >> n);
  for (size_t i = 1; i < n; ++i) {
    if ((s[i] & 0xc0) != 0x80) {
      return 0;
    }
    code = code << 6 | (s[i] & 0x3f);
  }
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < least[n] || surrogate || code > 0x10ffff ? 0 : n;
}

void
view_text_clean(char *out, size_t n, const char *s)
{
  const unsigned char *p = (const unsigned char *)s;
  size_t at = 0;
  while (*p) {
    size_t k = character(p);
    const bool control =
        k == 1 ? *p < 0x20 || *p == 0x7f : k == 2 && *p == 0xc2 && p[1] < 0xa0;
    const char *from = k == 0 ? "\xef\xbf\xbd" : control ? " " : (const char *)p;
    const size_t wide = k == 0 ? 3 : control ? 1 : k;
    if (at + wide + 1 > n) {
      break;
    }
    memcpy(out + at, from, wide);
    at += wide;
    p += k ? k : 1;
  }
  out[at] = '\0';
}

static void
use_font(cairo_t *cr, const view_style *st)
{
  cairo_font_options_t *o = cairo_font_options_create();
  cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(cr, o);
  cairo_font_options_destroy(o);
  cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                         st->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cr, fmax(st->px, VIEW_MIN_PX));
}

static double
width_of(cairo_t *cr, const char *clean)
{
  cairo_text_extents_t e;
  cairo_text_extents(cr, clean, &e);
  return e.x_advance;
}

/* Cut s, which is clean, to max_w with an ellipsis; returns its width. */
static double
fit(cairo_t *cr, char s[MAX_TEXT + 4], double max_w)
{
  const double whole = width_of(cr, s);
  if (whole <= max_w) {
    return whole;
  }
  size_t start[MAX_TEXT], n = 0;
  for (size_t i = 0; s[i]; ++i) {
    if (((unsigned char)s[i] & 0xc0) != 0x80) {
      start[n++] = i;
    }
  }
  size_t low = 0, high = n; /* characters that fit; that do not */
  char cut[MAX_TEXT + 4];
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    memcpy(cut, s, start[middle]);
    strcpy(cut + start[middle], "\xe2\x80\xa6");
    *(width_of(cr, cut) <= max_w ? &low : &high) = middle;
  }
  strcpy(s + (low ? start[low] : 0), "\xe2\x80\xa6");
  const double w = width_of(cr, s);
  if (w > max_w) {
    s[0] = '\0';
    return 0;
  }
  return w;
}

static void
ink(cairo_t *cr, const view_style *st, double x, double y, const char *clean)
{
  const cairo_surface_type_t type = cairo_surface_get_type(cairo_get_target(cr));
  cairo_set_source_rgb(cr, st->color.r, st->color.g, st->color.b);
  cairo_new_path(cr);
  cairo_move_to(cr, x, y);
  if (type == CAIRO_SURFACE_TYPE_SVG || type == CAIRO_SURFACE_TYPE_PDF) {
    cairo_show_text(cr, clean);
  } else {
    cairo_text_path(cr, clean);
    cairo_fill(cr);
  }
  cairo_new_path(cr);
}

static double
shift(const view_style *st, double w)
{
  return st->align == VIEW_RIGHT ? w : st->align == VIEW_CENTER ? w / 2 : 0;
}

double
view_text(cairo_t *cr, const view_style *st, double x, double y, double max_w,
          const char *s)
{
  char clean[MAX_TEXT + 4];
  use_font(cr, st);
  view_text_clean(clean, MAX_TEXT, s);
  const double w = max_w > 0 ? fit(cr, clean, max_w) : 0;
  if (w > 0) {
    ink(cr, st, x - shift(st, w), y, clean);
  }
  return w;
}

double
view_text_width(cairo_t *cr, const view_style *st, const char *s)
{
  char clean[MAX_TEXT + 4];
  use_font(cr, st);
  view_text_clean(clean, MAX_TEXT, s);
  return width_of(cr, clean);
}

double
view_text_up(cairo_t *cr, const view_style *st, double x, double y, double max_w,
             const char *s)
{
  cairo_save(cr);
  cairo_translate(cr, x, y);
  cairo_rotate(cr, -1.5707963267948966);
  const double w = view_text(cr, st, 0, 0, max_w, s);
  cairo_restore(cr);
  return w;
}

double
view_paragraph(cairo_t *cr, const view_style *st, double x, double y, double w,
               unsigned n_lines, const char *s)
{
  char clean[MAX_TEXT + 4];
  view_text_clean(clean, MAX_TEXT, s);
  const double line = 1.35 * fmax(st->px, VIEW_MIN_PX);
  char *from = clean;
  unsigned i = 0;
  for (; i < n_lines && *from; ++i) {
    char *end = from + strlen(from), *cut = end;
    while (i + 1 < n_lines && cut > from) {
      const char kept = *cut;
      *cut = '\0';
      const bool fits = view_text_width(cr, st, from) <= w;
      *cut = kept;
      if (fits) {
        break;
      }
      for (--cut; cut > from && *cut != ' '; --cut) {
      }
    }
    cut = cut > from ? cut : end; /* one long word: cut by view_text */
    const char kept = *cut;
    *cut = '\0';
    view_text(cr, st, x, y + (i + 0.8) * line, w, from);
    *cut = kept;
    from = cut + (kept == ' ');
  }
  return i * line;
}

void
view_number(char *out, size_t n, double v, double step)
{
  int digits = 0;
  for (double s = fabs(step); digits < 6 && s > 0 && fabs(s - round(s)) > 1e-6 * s;
       s *= 10) {
    ++digits;
  }
  if (fabs(v) >= 1e7 || !isfinite(v)) {
    snprintf(out, n, "%.3g", v);
  } else {
    snprintf(out, n, "%.*f", digits, fabs(v) < 1e-12 ? 0 : v);
  }
  for (char *c = out; *c; ++c) {
    *c = *c == ',' ? '.' : *c;
  }
}
