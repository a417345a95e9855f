/* SPDX-License-Identifier: ISC */
/* Golden scenes of view/: made-up data, the same in every run. */
#ifndef EAR_TESTS_VIEW_WORLD_H
#define EAR_TESTS_VIEW_WORLD_H

#include "../view/paint.h"

typedef struct {
  const char *name;
  double w, h;
  void (*draw)(cairo_t *cr, const view_theme *th, view_box box);
} view_scene;

enum { N_SCENES = 18 };
extern const view_scene view_scenes[N_SCENES];

/* The scene's pixels; the caller's to destroy. */
cairo_surface_t *view_scene_image(const view_scene *s, view_mode mode, double scale);

/* FNV-1a over size and pixels. */
uint64_t view_hash(cairo_surface_t *image);

#endif
