/* SPDX-License-Identifier: ISC */
/* Golden scenes of a file's picture: made-up sounds. */
#ifndef EAR_TESTS_VIEW_FILE_WORLD_H
#define EAR_TESTS_VIEW_FILE_WORLD_H

#include "../view/paint.h"

/* Six minutes with two harsh passages; ten hours under two models; a third of a second; a
   file without a sample; what is left where there is little room. */
void file_scene(cairo_t *cr, const view_theme *th, view_box box);
void file_scene_long(cairo_t *cr, const view_theme *th, view_box box);
void file_scene_short(cairo_t *cr, const view_theme *th, view_box box);
void file_scene_empty(cairo_t *cr, const view_theme *th, view_box box);

#endif
