/* SPDX-License-Identifier: ISC */
/* What a session does to a plugin while it plays: blocks of all sizes, in place or not,
   controls moved, resets, bypass, models asked for, a window that watches, a host that
   reads the atoms or has no room for them, and freewheel. */
#ifndef RT_DRIVE_H
#define RT_DRIVE_H

#include "rt_host.h"

typedef enum {
  RT_LIVE,        /* never freewheels: no call may wait */
  RT_ALTERNATING, /* freewheels and does not, by turns */
  RT_FREEWHEEL    /* all the time, and without what allocates there: resets and models */
} rt_pace;

typedef struct {
  uint64_t n_runs;
  rt_pace pace;
  const char *model[N_SLOTS]; /* files that the slots swap with the built-in ones */
  uint32_t seed;
} rt_script;

/* What came of it, so that a test can tell that there was something to prove. */
typedef struct {
  uint64_t n_runs;
  uint64_t n_frames;
  uint64_t n_verdicts;     /* changes of momentary harshness or of its age */
  uint64_t n_own[N_SLOTS]; /* changes to an own model */
  uint64_t n_pictures;     /* runs that wrote one for a window */
  uint64_t n_wrong;        /* blocks of a channel that did not pass bit by bit */
} rt_outcome;

/* Makes no system call itself.  [audio] */
void rt_drive(rt_host *host, const rt_script *script, rt_outcome *outcome);

#endif
