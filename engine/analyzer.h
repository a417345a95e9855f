/* SPDX-License-Identifier: ISC */
/* What an analyzer does for live beyond earshot.h: start cold, lose samples, exchange a
   model while the others run on. */
#ifndef EAR_ANALYZER_H
#define EAR_ANALYZER_H

#include "judge.h"
#include "stage.h"

/* As ear_analyzer_new, but in a fraction of the time: nothing comes out until
   ear_analyzer_warm.  [setup] */
ear_status ear_analyzer_new_cold(ear_analyzer **an, const ear_analyzer_config *config,
                                 ear_error *err);

/* As ear_analyzer_reset; false when memory is short: then no verdicts come until the next
   reset.  [analysis] */
bool ear_analyzer_warm(ear_analyzer *an);

/* Hear of each frame, with the user of the other callbacks.  [setup] */
void ear_analyzer_on_frame(ear_analyzer *an,
                           void (*on_frame)(void *user, uint32_t index,
                                            const ear_front_end *fe, const float *value));

/* n samples were lost.  Time goes on, the sound before and after is joined.
   [analysis] */
void ear_analyzer_skip(ear_analyzer *an, uint64_t n);

/* A model with all that it needs to take place `index` of one analyzer. */
typedef struct {
  uint32_t index;
  ear_judge *judge;
  ear_stage *stage;
} ear_part;

/* Reads only what never changes in the analyzer.  [setup: any thread but audio] */
ear_status ear_part_new(ear_part *part, const ear_analyzer *an, uint32_t index,
                        ear_model *model, ear_error *err);
void ear_part_clear(ear_part *part); /* [setup] */

/* Exchange: the part takes its place, as new and with these flags (the model's own if
   they make no sense), an open event of the old model ends; *part is then what was taken
   out. Does not allocate.  [analysis] */
void ear_analyzer_swap(ear_analyzer *an, ear_part *part, const ear_flag_config *flag);

/* Whether it can begin in the middle of a stream: not where soxr resamples.  [any] */
bool ear_analyzer_can_seek(const ear_analyzer *an);

/* Of the network's columns.  [any] */
size_t ear_analyzer_column_bytes(const ear_analyzer *an, uint32_t model);

/* From now on ticks are noted, not judged; NULL: judged again.  [analysis] */
void ear_analyzer_set_notes(ear_analyzer *an, ear_notes *notes);

/* After warm: as if a stream had been pushed up to a sample before `first`, which is a
   multiple of EAR_SCOUT_STEP; it is returned, and to be pushed next.  All ticks that
   samples from `first` on complete are those of one pass.  [analysis] */
uint64_t ear_analyzer_seek(ear_analyzer *an, uint64_t first);

/* Judge what another analyzer of the same models noted up to sample n_in.  [analysis] */
void ear_analyzer_take_notes(ear_analyzer *an, const ear_notes *notes, uint64_t n_in);

#endif
