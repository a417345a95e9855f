/* SPDX-License-Identifier: ISC */
/* How good a verdict is while it is being made: by horizon, and by how long the
   integrated one has listened.

   A verdict is right when the likeliest label is the clip's, for a harshness model when
   it flags what is harsh and nothing else.  Each clip counts once, however long it is. */
#ifndef EAR_TRAIN_OVER_TIME_H
#define EAR_TRAIN_OVER_TIME_H

#include "dataset.h"
#include "earshot.h"

#include <jansson.h>
#include <stdio.h>

enum { OVER_TIME_N = 120 }; /* half minutes are enough: 0.5 to 60 s */
static const double over_time_step_s = 0.5;

typedef struct {
  uint32_t n;                   /* clips with a verdict */
  double right[EAR_N_HORIZONS]; /* over the ticks of a clip that are not gated, then over
                                   clips */
  double at_end;                /* the integrated verdict when the clip ends */
  uint32_t n_long;              /* clips as long as half of them are, and longer */
  double long_s;                /* how long those are at least */
  double after[OVER_TIME_N]; /* of those: the integrated verdict after (i + 1) steps, up
                                to long_s; one that is not there yet is wrong */
  double long_end;           /* of those, at their end */
  double good_s;             /* from here on `after` is at least 90 % of long_end */
} over_time;

/* Clips of one side (N_SIDES: all), all cores; what cannot be read is left out.
   Labels are matched by name.  EAR_BAD_ARGUMENT: a label that the model does not know, or
   clips with several labels.  [setup] */
ear_status over_time_of(over_time *t, ear_model *model, const dataset *ds, side s,
                        ear_error *err);

/* Three lines. */
void over_time_text(FILE *f, const over_time *t);

/* {"momentary":..,"short_term":..,"integrated":..,"at_end":..,"long_s":..,"long_clips":..,
   "long_end":..,"ninety_s":..}; NULL when memory is short. */
json_t *over_time_json(const over_time *t);

#endif
