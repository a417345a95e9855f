/* SPDX-License-Identifier: ISC */
/* One model on one stream: frames and levels in, verdicts and events out.
     frame [n_bands] -> net -> p [H][L] -> flags, events, where in the spectrum */
#ifndef EAR_JUDGE_H
#define EAR_JUDGE_H

#include "earshot.h"

typedef struct ear_judge ear_judge;

/* `config` gives the callbacks and, at `index`, model and flags; it must outlive the
   judge.  A reference to the model is taken.  [setup] */
ear_status ear_judge_new(ear_judge **judge, const ear_analyzer_config *config,
                         uint32_t index, ear_error *err);
void ear_judge_free(ear_judge *judge);
void ear_judge_reset(ear_judge *judge);
void ear_judge_set_flags(ear_judge *judge, const ear_flag_config *flag);

/* The n samples that came since the last call, as the sum of their squares.  Called
   before the frame that they complete.  [analysis] */
void ear_judge_energy(ear_judge *judge, double sum_of_squares, uint64_t n);

/* Push a frame that ends at t_s; calls back if it completes a tick.  [analysis] */
void ear_judge_push(ear_judge *judge, double t_s, const float *band);

/* Whether there was a tick since creation or reset.  [analysis] */
bool ear_judge_has_ticked(const ear_judge *judge);

/* The input ends at t_s: open stretches become events.  [analysis] */
void ear_judge_finish(ear_judge *judge, double t_s);

#endif
