/* SPDX-License-Identifier: ISC */
/* Silence for libraries that print.  ALSA, JACK and PortAudio each tell every attempt to
   open what is not there, some on stderr, some on stdout; each has another way to turn
   that off, and PortAudio none at all.  So for as long as a setup call takes, both lead
   to /dev/null.  Only the main thread writes on them; what it has to say comes after. */
#ifndef HUSH_H
#define HUSH_H

#include <stdbool.h>

typedef struct {
  int out, err; /* what stdout and stderr were; -1: left as they are */
} hush;

/* With talk nothing is silenced.  Not nested.  [setup] */
hush hush_begin(bool talk);
void hush_end(hush *h);

#endif
