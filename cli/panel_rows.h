/* SPDX-License-Identifier: ISC */
/* The rows of the panel that are one line each.  A row with a meter has three parts: what
   it is, the bar, the figures.  The bars of all rows stand under one another. */
#ifndef PANEL_ROWS_H
#define PANEL_ROWS_H

#include "panel_line.h"

typedef struct {
  const panel *p;
  const live_status *s;
  const panel_look *look;
  unsigned title, bar, right; /* columns of the parts */
  bool wide;                  /* room for words */
} panel_canvas;

panel_canvas canvas_of(const panel *p, const live_status *s, const panel_look *look);

/* Does this model have meters (else it has a list of its likeliest labels)? */
bool has_meters(const model_set *models, uint32_t m);

void row_header(panel_line *l, const panel_canvas *k);
void row_counts(panel_line *l, const panel_canvas *k);

enum {
  THE_MIX = MAX_CHANNELS, /* what is judged: two channels of opposite phase are none */
  ALL_CHANNELS,           /* the loudest value of them all */
};
void row_level_scale(panel_line *l, const panel_canvas *k);
void row_level(panel_line *l, const panel_canvas *k, uint32_t channel);

void row_harsh_scale(panel_line *l, const panel_canvas *k, uint32_t m);
void row_harsh(panel_line *l, const panel_canvas *k, uint32_t m, ear_horizon h);
void row_kind(panel_line *l, const panel_canvas *k, uint32_t m, uint32_t rank);

/* Parts of rows. */
void row_title(panel_line *l, const panel_canvas *k, const char *text, panel_style style);

/* A scale over the bars is text[0..k->bar) of spaces: write a word at a share of its
   width, unless one stands there already.  A 'v' is shown as the mark of a threshold. */
void scale_tick(char *scale, unsigned width, float share, const char *text);
void row_scale(panel_line *l, const panel_canvas *k, const char *name, const char *scale,
               const char *heading);

#endif
