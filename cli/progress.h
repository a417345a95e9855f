/* SPDX-License-Identifier: ISC */
/* One line on stderr that says how far the run is; only on a terminal.  [any] */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>

/* Begin to show it: n_files inputs of n_bytes together (0: unknown).  [setup] */
void progress_begin(size_t n_files, double n_bytes);

/* seconds of audio, from about bytes of its file, have just been analysed. */
void progress_add(double seconds, double bytes);
void progress_file_done(void);

/* Take the line off the screen; the next progress_add draws it again. */
void progress_wipe(void);
void progress_end(void);

#endif
