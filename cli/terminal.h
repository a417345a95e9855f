/* SPDX-License-Identifier: ISC */
/* A block of lines at the end of a terminal's text, kept up to date in place.

   No mode of the terminal is ever changed: no other screen, no hidden cursor, no raw
   input.  Each frame is one write that ends without colour, the cursor at the left below
   the block; so whatever ends the process between two writes leaves a terminal to go on
   with.  Nothing waits: while the terminal takes no bytes (Ctrl-S, a dead connection),
   frames are left out. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "panel.h"

typedef struct terminal terminal;

/* NULL and a sentence if it cannot be had.  [setup] */
terminal *terminal_new(int fd, ear_error *err);

/* Wipes the block and frees; waits at most a second for the last bytes to leave. */
void terminal_free(terminal *t);

/* Can it only be written to, line after line?  TERM is unset or "dumb". */
bool terminal_is_dumb(const terminal *t);

/* What it can show now: its size may change at any time. */
panel_look terminal_look(terminal *t, bool colour);

/* Show the block in place of the one before. */
void terminal_show(terminal *t, const panel_text *text);

/* Write lines above the block, where they stay, and the block below them again if
   and_block, else only when it is shown next.  Control characters become '?'. */
void terminal_above(terminal *t, const char *lines, bool and_block);

#endif
