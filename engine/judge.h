/* SPDX-License-Identifier: ISC */
/* One model on one stream: frames and levels in, verdicts and events out.
     frame [n_bands] -> net -> p [H][L] -> flags, events, where in the spectrum */
#ifndef EAR_JUDGE_H
#define EAR_JUDGE_H

#include "clock.h"
#include "notes.h"

typedef struct ear_judge ear_judge;

/* What all judges of one analyzer share: where their reports go, and when it is. */
typedef struct {
  void (*on_verdict)(void *user, const ear_verdict *v); /* either may be NULL */
  void (*on_event)(void *user, const ear_event *e);
  /* Each frame of the model at place `index`; may be NULL too. */
  void (*on_frame)(void *user, uint32_t index, const ear_front_end *fe,
                   const float *value);
  void *user;
  ear_clock clock;
} ear_sink;

/* For place `index` of the analyzer, with the model's own flags; the sink must outlive
   it. A reference to the model is taken.  [setup] */
ear_status ear_judge_new(ear_judge **judge, const ear_sink *sink, uint32_t index,
                         ear_model *model, ear_error *err);
void ear_judge_free(ear_judge *judge);
void ear_judge_reset(ear_judge *judge);

/* New or reset, it starts behind joined_s of the sink's clock, true_s in truth, not at 0.
   Times that it is given count from there, times that it reports are true.  [analysis] */
void ear_judge_start(ear_judge *judge, double joined_s, double true_s);
void ear_judge_set_flags(ear_judge *judge, const ear_flag_config *flag);

/* The n samples that came since the last call, as the sum of their squares.  Called
   before the frame that they complete.  [analysis] */
void ear_judge_energy(ear_judge *judge, double sum_of_squares, uint64_t n);

/* Push a frame that ends at t_s; calls back if it completes a tick.  [analysis] */
void ear_judge_push(ear_judge *judge, double t_s, const float *band);

/* From now on ticks are not judged but noted, as those of its model; NULL: judged again.
   A tick that was noted is judged by another judge of the model.  [analysis] */
void ear_judge_set_notes(ear_judge *judge, ear_notes *notes);
void ear_judge_take(ear_judge *judge, const ear_note *note);

/* Audio behind a tick and the level of the tick before it, and two ticks to spare.
   [any] */
double ear_judge_behind_s(const ear_judge *judge);

/* Frames from tick to tick; bytes of the network's columns.  [any] */
uint32_t ear_judge_stride(const ear_judge *judge);
size_t ear_judge_column_bytes(const ear_judge *judge);

/* Whether there was a tick since creation or reset.  [analysis] */
bool ear_judge_has_ticked(const ear_judge *judge);

/* The input ends at t_s: open stretches become events.  [analysis] */
void ear_judge_finish(ear_judge *judge, double t_s);

#endif
