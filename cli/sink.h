/* SPDX-License-Identifier: ISC */
/* Where a backend's thread leaves its audio: levels are taken, and the blocks go into the
   live analysis, if there is one.  The audio thread never waits, but in freewheel. */
#ifndef SINK_H
#define SINK_H

#include "levels.h"

typedef struct sink sink;

/* with from_sound, samples before the first that is not 0 are dropped, so that times are
   those of what is played.  NULL when memory is short.  [setup] */
sink *sink_new(bool from_sound);
void sink_free(sink *to); /* NULL is fine  [setup] */

/* While no backend runs.  The live analysis, or NULL, stays the caller's; parts that wait
   to be swapped in are freed, as they were made for another.  [setup] */
void sink_set_live(sink *to, ear_live *live, double rate_hz);

/* n_channels 1..MAX_CHANNELS.  [audio] */
void sink_push(sink *to, const float *const *in, uint32_t n_channels, size_t n) EAR_RT;

/* From now on blocks are analysed in the thread that pushes them: faster than real time,
   nothing is lost.  [any] */
void sink_freewheel(sink *to, bool on) EAR_RT;

/* Count frames that the backend knows it lost.  [audio] */
void sink_lost(sink *to, uint64_t n) EAR_RT;
uint64_t sink_n_lost(const sink *to); /* [any] */

/* Take the oldest report of the live analysis; false when there is none.  While
   freewheeling the backend's thread waits for this thread to take reports: call it often,
   as long as sink_freewheels says so.  [setup: the main thread] */
bool sink_pop(sink *to, ear_report *report);
bool sink_freewheels(const sink *to); /* [any] */

/* As levels_take.  [setup: the main thread] */
bool sink_take_levels(sink *to, float *peak, float *rms, uint32_t n_channels);

/* Hand over a part to be swapped in with these flags at the next block; one that was not
   yet taken is freed.  [setup: the main thread] */
void sink_swap(sink *to, uint32_t model, ear_live_part *part,
               const ear_flag_config *flag);

/* At the next block: other flags for a model; the analysis begins anew.  [setup: the main
   thread] */
void sink_set_flags(sink *to, uint32_t model, const ear_flag_config *flag);
void sink_reset(sink *to);

/* Has the part last handed over taken its place?  Then reports of this model from beyond
   the sample *at (of samples_in) are the new one's.  [setup: the main thread] */
bool sink_swapped(const sink *to, uint32_t model, uint64_t *at);

#endif
