/* SPDX-License-Identifier: ISC */
/* One front end at one rate, and the models that share its frames.
     samples (input rate) -> resample -> frames and level per hop -> up to four judges */
#ifndef EAR_STAGE_H
#define EAR_STAGE_H

#include "judge.h"

typedef struct ear_stage ear_stage;

/* Reset it before the first push: a resampler takes milliseconds to warm up.  [setup] */
ear_status ear_stage_new(ear_stage **stage, double in_rate_hz, const ear_front_end *fe,
                         ear_error *err);
void ear_stage_free(ear_stage *stage);
const ear_front_end *ear_stage_front_end(const ear_stage *stage);

/* The judge stays the caller's, who resets and frees it.  remove returns false if it was
   not there.  Neither allocates.  [analysis] */
void ear_stage_add(ear_stage *stage, ear_judge *judge);
bool ear_stage_remove(ear_stage *stage, const ear_judge *judge);
bool ear_stage_is_empty(const ear_stage *stage);

/* As new.  Allocates at unequal rates; false when memory is short: then no frames come
   until the next reset. */
bool ear_stage_reset(ear_stage *stage);

/* Whether it can begin in the middle of a stream.  Then, after a reset: from now on all
   is as if the stream had been pushed from its start, but for the first tick and the
   frames before the last tick that ends before from_s.  Returns the index of the sample
   to push first.  [analysis] */
bool ear_stage_can_seek(const ear_stage *stage);
uint64_t ear_stage_seek(ear_stage *stage, double from_s);

/* Push x[0..n), finite.  [analysis] */
void ear_stage_push(ear_stage *stage, const float *x, size_t n);

/* The input has ended at end_s: what the resampler still holds becomes frames.  If there
   was input, a judge without a tick gets silence until it has one.  [analysis] */
void ear_stage_finish(ear_stage *stage, double end_s);

#endif
