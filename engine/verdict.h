/* SPDX-License-Identifier: ISC */
/* Posteriors to flags and events: threshold, hysteresis, hold, minimum duration.  One
   state machine for every front end; all times in ms of audio, never of the clock.

     off --(p >= threshold)--> on --(p < ear_flag_off_level for hold_ms)--> off, event
   A stretch starts where the audio of its first tick starts and ends with the last tick
   that was over the lower threshold: the hold time is no part of it.  These are times of
   ticks; ear_judge dates an event back to the audio that its horizon heard. */
#ifndef EAR_VERDICT_H
#define EAR_VERDICT_H

#include "earshot.h"

/* State of one label at one horizon. */
typedef struct {
  bool on;
  double start_s; /* of the stretch that is on */
  double last_s;  /* when p was last over the lower threshold */
  float peak_p;
  float low_hz, high_hz; /* at the peak */
} ear_flag_state;

/* NULL if the settings make sense for n_labels labels, else a sentence.  [any] */
const char *ear_flag_config_problem(const ear_flag_config *config, uint32_t n_labels);

/* One step at time t_s, tick_s long.  Returns true and fills *event (all but model and
   label) when a stretch has just ended.  A threshold raised over 1 ends it at once.
   [analysis] */
bool ear_flag_step(ear_flag_state *state, const ear_flag_config *config, uint32_t label,
                   double t_s, double tick_s, float p, float low_hz, float high_hz,
                   ear_event *event);

/* Whether a stretch is under the minimum.  [any] */
bool ear_flag_too_short(const ear_flag_config *config, double duration_s);

/* The input ends at t_s: close an open stretch.  [analysis] */
bool ear_flag_finish(ear_flag_state *state, const ear_flag_config *config, double t_s,
                     ear_event *event);

#endif
