/* SPDX-License-Identifier: ISC */
/* The panels of a file's picture; inside view/ only. */
#ifndef EAR_VIEW_FILE_PANELS_H
#define EAR_VIEW_FILE_PANELS_H

#include "file_picture.h"

enum {
  PANEL_LEFT = 92,  /* names and numbers */
  PANEL_RIGHT = 48, /* shares of classes */
  CAPTION = 18,     /* the line over a panel */
  TIME_AXIS = 34,
};

/* Each fills its room from the caption down; time runs from PANEL_LEFT to PANEL_RIGHT. */
void view_likely_panel(cairo_t *cr, const view_theme *th, view_box room,
                       const view_file *d);
void view_sound_panel(cairo_t *cr, const view_theme *th, view_box room,
                      const view_file *d);
void view_classes_panel(cairo_t *cr, const view_theme *th, view_box room,
                        const view_file *d);
void view_loud_panel(cairo_t *cr, const view_theme *th, view_box room,
                     const view_file *d);

/* The numbers of the time axis. */
void view_time_panel(cairo_t *cr, const view_theme *th, view_box room,
                     const view_file *d);

double view_classes_height(uint32_t n_classes); /* 0 for none */

#endif
