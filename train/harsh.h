/* SPDX-License-Identifier: ISC */
/* The harshness task: a folder of clean music becomes labelled examples.

   A *unit* is one excerpt of one track in several versions: as it is, through neutral
   processors (both labelled clean), and degraded (labelled harsh).  All versions of a
   unit go through the same path (degrade_path), so that only the degradation tells them
   apart.
 */
#ifndef EAR_TRAIN_HARSH_H
#define EAR_TRAIN_HARSH_H

#include "degrade.h"

/* Where units are drawn from. */
typedef struct {
  const char *path;   /* of the sound file */
  const char *artist; /* tracks of one artist are never on two sides of a split */
  double seconds;
  double weight; /* of the track when units are drawn; from harsh_weigh */
} harsh_track;

/* Fill weight: seconds / sqrt(seconds of the artist), so that artists count by the square
   root of their hours and no catalogue drowns the others.  [setup] */
void harsh_weigh(harsh_track *track, uint32_t n_tracks);

enum { HARSH_MAX_VERSIONS = 8, HARSH_MIN_SEVERITY = 5 };

typedef struct {
  const harsh_track *track; /* [n_tracks] */
  uint32_t n_tracks;
  double excerpt_s;
  uint32_t n_neutral, n_harsh; /* versions besides the clean one */
  unsigned harsh_splits;       /* bit sets of degrade_split */
  unsigned neutral_splits;
  unsigned kinds; /* of harsh versions; 0: all but identifier and neutral */
  uint64_t seed;
} harsh_plan;

typedef struct {
  audio sound;             /* mono, at the track's rate */
  bool harsh, neutral;     /* neither: the excerpt as it is */
  unsigned kinds;          /* bit set of 1u << degrade_kind applied */
  double severity;         /* measured; 0 for the excerpt itself */
  degrade_centres centres; /* of bands that were lifted */
  char chain[256];
} harsh_version;

typedef struct {
  uint32_t track; /* index in the plan */
  double start_s;
  uint32_t n_versions; /* the clean one first; fewer than planned if some were
                          imperceptible (severity < HARSH_MIN_SEVERITY) */
  harsh_version version[HARSH_MAX_VERSIONS];
} harsh_unit;

/* Render unit `index` of the plan: the same for the same plan and index, in any thread.
   EAR_IO with a sentence if no excerpt could be read.  [any] */
ear_status harsh_render(const harsh_plan *plan, uint64_t index, harsh_unit *unit,
                        ear_error *err);
void harsh_unit_free(harsh_unit *unit);

#endif
