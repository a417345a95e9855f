/* SPDX-License-Identifier: ISC */
/* What the plugin tells a window that watches, and the minutes that it remembers for
   one that will. */
#ifndef PLUGIN_PICTURE_H
#define PLUGIN_PICTURE_H

#include "wire.h"

#include <lv2/atom/atom.h>

struct plugin;

/* The audio thread's. */
typedef struct {
  double left_s;   /* of audio until the watch ends; 0: nobody watches */
  bool scene_due;  /* not told since a window opened or a model changed */
  bool watching;   /* columns are being made */
  uint32_t model;  /* of which */
  double since_s;  /* the last message */
  double second_s; /* of the second under way */
  uint8_t most;    /* in it */
  uint32_t n_seconds, n_told;
  uint8_t second[WIRE_SECONDS];
  ear_column column[WIRE_COLUMNS];
  uint32_t n_columns; /* that wait to be told */
} picture;

/* A window said `watching`.  [audio] */
void picture_watch(struct plugin *pl, int32_t watching) EAR_RT;

/* n samples have passed.  [audio] */
void picture_advance(struct plugin *pl, uint32_t n) EAR_RT;

/* Add what is due to the sequence, which may become `capacity` bytes long.  [audio] */
void picture_write(struct plugin *pl, LV2_Atom_Sequence *sequence,
                   uint32_t capacity) EAR_RT;

#endif
