/* SPDX-License-Identifier: ISC */
/* Moments of a live session, made by hand: models with any labels, and what they say. */
#ifndef EAR_TESTS_PANEL_WORLD_H
#define EAR_TESTS_PANEL_WORLD_H

#include "live_output.h"

typedef struct {
  model_set models;
  report r;
  backend_info input;
  live_status s;
} panel_world;

/* Add a model; its last-but-zero labels can be flagged if it judges harshness. */
void world_model(panel_world *w, const char *name, bool harshness,
                 const char *const *label, uint32_t n_labels);

/* Let the model's newest verdict give p to `label` and share the rest among the others,
   at the three horizons; above the threshold it is flagged. */
void world_verdict(panel_world *w, uint32_t model, uint32_t label, const float p[3],
                   float low_hz, float high_hz);

/* "clean", "harsh", ... ; false if there is none of that name. */
bool world_make(panel_world *w, const char *scene);
extern const char *const world_scenes[]; /* ends with NULL */
void world_free(panel_world *w);

#endif
