/* SPDX-License-Identifier: ISC */
/* The one look of all pictures: colours and sizes, dark and light.

   Sizes are in units of the cairo_t given, one to a pixel at scale 1; for scale 2 the
   caller scales the cairo_t.  Series are told apart by colour and dash; blue means right
   or harmless, orange wrong or harsh, a pair that all colour-blind people tell apart. */
#ifndef EAR_VIEW_THEME_H
#define EAR_VIEW_THEME_H

typedef struct {
  double r, g, b; /* 0..1, sRGB */
} view_rgb;

typedef enum { VIEW_LIGHT = 0, VIEW_DARK, VIEW_N_MODES } view_mode;

enum {
  VIEW_N_SERIES = 8,
  VIEW_N_STOPS = 5,   /* of a ramp */
  VIEW_MIN_PX = 9,    /* no text is smaller */
  VIEW_SMALL_PX = 11, /* ticks, notes */
  VIEW_TEXT_PX = 12,
  VIEW_TITLE_PX = 16,
  VIEW_PAD = 16, /* around a scene */
  VIEW_GAP = 8,  /* between its parts */
};

typedef struct {
  view_rgb page, plot, grid, edge; /* backgrounds and lines, from behind to front */
  view_rgb ink, dim;               /* text, and text of less weight */
  view_rgb good, bad;
  view_rgb series[VIEW_N_SERIES];
  view_rgb cool[VIEW_N_STOPS]; /* ramps from nothing to most: a spectrogram, and where */
  view_rgb warm[VIEW_N_STOPS]; /* the network saw its evidence; of equal lightness */
} view_theme;

const view_theme *view_theme_get(view_mode mode); /* [any] */

view_rgb view_mix(view_rgb a, view_rgb b, double t);
view_rgb view_ramp(const view_rgb stop[VIEW_N_STOPS], double t); /* t clamped to 0..1 */

/* Contrast of two colours, 1..21, as WCAG 2.1 defines it. */
double view_contrast(view_rgb a, view_rgb b);

/* The one of ink and page that is read better on `ground`. */
view_rgb view_text_on(const view_theme *th, view_rgb ground);

#endif
