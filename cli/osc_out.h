/* SPDX-License-Identifier: ISC */
/* OSC messages over UDP, each a packet of its own: sent and forgotten.  Nothing here
   waits, whoever listens or does not. */
#ifndef OSC_OUT_H
#define OSC_OUT_H

#include "cli.h"

typedef struct osc_out osc_out;

/* To "osc.udp://HOST:PORT/"; a path behind it takes the place of /earshot.  HOST is
   looked up here, once; it may be a broadcast or multicast address.  NULL, with a
   sentence, if that cannot be.  [setup] */
osc_out *osc_out_open(const char *url, ear_error *err);
void osc_out_close(osc_out *o); /* NULL is fine */

/* Send to the address PREFIX/folder/name, or PREFIX/name if folder is "".  For each
   letter of types one argument: i int, f double (sent as float32), s const char *. */
void osc_out_send(osc_out *o, const char *folder, const char *name, const char *types,
                  ...);

enum { OSC_PART = 64 };

/* `name` as one part of an address: what OSC gives a meaning, blanks and what is not
   ASCII become '_'. */
void osc_part(char part[OSC_PART], const char *name);

#endif
