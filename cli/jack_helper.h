/* SPDX-License-Identifier: ISC */
/* A thread beside each JACK client, for calls that may never return: closing, when the
   server died or hangs (jack2 issue 395), and metadata, which are in a database that all
   clients of a user lock, and where a killed one leaves its lock behind. */
#ifndef JACK_HELPER_H
#define JACK_HELPER_H

#include <jack/jack.h>
#include <stdbool.h>

typedef struct jack_helper jack_helper;

/* Run describe(user) in a new thread, which then waits for jack_helper_close.  NULL if
   there is none to be had.  [setup] */
jack_helper *jack_helper_new(jack_client_t *client, void (*describe)(void *user),
                             void *user);

/* Close the client, then free(user).  False if that takes longer than some seconds: then
   the thread goes on with it, as long as the program runs.  [setup] */
bool jack_helper_close(jack_helper *h);

#endif
