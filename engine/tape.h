/* SPDX-License-Identifier: ISC */
/* Lock-free tape of samples that keeps the newest: one writer thread, one reader thread.
   The writer never fails and never waits, it overwrites; the reader is told how many
   samples it lost.  Sample indices count from the start and have 64 bits. */
#ifndef EAR_TAPE_H
#define EAR_TAPE_H

#include "earshot.h"

typedef struct ear_tape ear_tape;

/* Keeps at least the newest n samples (rounded up to a power of two); all memory is
   touched.  NULL when memory is short.  [setup] */
ear_tape *ear_tape_new(size_t n);
void ear_tape_free(ear_tape *tape);
size_t ear_tape_capacity(const ear_tape *tape) EAR_RT; /* samples  [any] */

/* Write x[0..n), any n.  [audio: the writer] */
void ear_tape_write(ear_tape *tape, const float *x, size_t n) EAR_RT;

/* Whether a block of n would overwrite samples that were not read.  Every loss is told
   here; a reader that reads meanwhile may get them still.  [audio: the writer] */
bool ear_tape_overruns(const ear_tape *tape, size_t n) EAR_RT;

/* Index behind the newest sample.  Whatever the writer did before it wrote sample `head`
   - 1 is visible.  [the reader] */
uint64_t ear_tape_head(const ear_tape *tape) EAR_RT;

/* Copy out the oldest unread samples up to index `end`, which ear_tape_head gave, at most
   n.  Returns how many.  If any of them was overwritten, returns 0 and *lost is how many
   the reader passes over: those overwritten and a sixteenth of the tape, so as not to
   lose more at once.  Whatever the writer did before the samples passed over is visible.
   [the reader] */
size_t ear_tape_read(ear_tape *tape, uint64_t end, float *x, size_t n,
                     uint64_t *lost) EAR_RT;

#endif
