/* SPDX-License-Identifier: ISC */
/* Golden scenes of the live view: made-up sound, the same in every run. */
#ifndef EAR_TESTS_MONITOR_WORLD_H
#define EAR_TESTS_MONITOR_WORLD_H

#include "../view/monitor.h"

typedef struct {
  const char *name;
  double w, h, scale;
  view_mode mode;
  void (*fill)(view_monitor *m);
} monitor_scene;

enum { N_MONITOR_SCENES = 14 };
extern const monitor_scene monitor_scenes[N_MONITOR_SCENES];

/* The live view of a scene; the caller's to free. */
view_monitor *monitor_scene_new(const monitor_scene *s);

/* All of it as pixels; the caller's to destroy. */
cairo_surface_t *monitor_image(view_monitor *m, double w, double h, double scale);

/* FNV-1a over size and pixels. */
uint64_t monitor_hash(cairo_surface_t *image);

/* Columns of made-up music from number `first` on: harsh where its bands between 2 and
   5 kHz are loud. */
void monitor_world_play(view_monitor *m, uint32_t first, uint32_t n, bool harsh);
void monitor_world_spectrum(view_monitor *m, uint32_t n_rows);

#endif
