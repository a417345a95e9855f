/* SPDX-License-Identifier: ISC */
/* A JACK library without a server: what the backend calls of <jack/jack.h> for one
   client, whose cycles and notifications a test makes.  No ports but its own exist. */
#ifndef EAR_TESTS_FAKE_JACK_H
#define EAR_TESTS_FAKE_JACK_H

#include <jack/jack.h>
#include <stdbool.h>

enum { FAKE_BLOCK = 4096, FAKE_PORTS = 4 };

/* What port c of the client hears in the next cycle. */
extern float fake_jack_sound[FAKE_PORTS][FAKE_BLOCK];

/* One cycle of n <= FAKE_BLOCK frames; false, and nothing was called, if no client is
   active.  Makes no system call itself.  [audio] */
bool fake_jack_cycle(jack_nframes_t n);

/* What JACK's other thread tells an active client.  [setup, but not the thread that
   closes] */
void fake_jack_xrun(void);
void fake_jack_ports_change(void);
void fake_jack_freewheel(bool on);
void fake_jack_rate(jack_nframes_t rate_hz); /* the next client finds 48 kHz again */
void fake_jack_gone(void);

/* A client was opened while the one before it was still being closed: it was given up.
   [setup] */
bool fake_jack_given_up(void);

#endif
