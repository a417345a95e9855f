/* SPDX-License-Identifier: ISC */
/* What is connected to the inputs of a JACK client: what a pattern asks for, once for
   each port that appears, and what was connected before the server went.  What somebody
   disconnects by hand stays so.  All of this runs in the main thread. */
#ifndef JACK_LINKS_H
#define JACK_LINKS_H

#include "backend.h"

#include <jack/jack.h>

typedef struct jack_links jack_links;

/* Takes the patterns of config: the k-th output port that matches is for input k, counted
   from the first input again when there are more matches than inputs.  The strings are
   kept by reference.  NULL when memory is short.  [setup] */
jack_links *jack_links_new(const backend_config *config);
void jack_links_free(jack_links *links); /* NULL is fine */

/* Another server: what was connected to the last one is to be connected again. */
void jack_links_restore(jack_links *links);

/* A port of this name has been registered just now: it is none that we knew, even if we
   never saw the one before it go. */
void jack_links_new_port(jack_links *links, const char *port);

/* Connect what is due to input[0..n), and note what is connected now.  To be called after
   activation, and after ports or connections have changed. */
void jack_links_update(jack_links *links, jack_client_t *client,
                       jack_port_t *const *input, uint32_t n);

#endif
