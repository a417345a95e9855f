/* SPDX-License-Identifier: ISC */
/* A file that text is appended to for weeks: whole lines or nothing, rotated at a size,
   found again when somebody moves it, and never a reason to stop.
     FILE -> FILE.1 -> ... -> FILE.n -> gone, each step one rename */
#ifndef LOGFILE_H
#define LOGFILE_H

#include "cli.h"

typedef struct logfile logfile;

typedef struct {
  const char *path;
  uint64_t max_bytes;     /* rotated before it would grow over this; 0: never */
  uint32_t n_kept;        /* rotated files, at least 1 if any */
  const char *line_begin; /* of every line of ours; kept by reference */
} logfile_config;

/* Open or create it; what is there stays, but for half a line of ours at its end.  NULL
 * if that cannot be done.  [setup] */
logfile *logfile_open(const logfile_config *config, ear_error *err);
void logfile_close(logfile *l); /* NULL is fine */

typedef enum {
  LOGFILE_READY,
  LOGFILE_FRESH, /* an empty file: it was rotated, or moved by somebody else */
  LOGFILE_FAILED /* there is none to write to now, err says why */
} logfile_state;

/* Call before each logfile_write of about n bytes: rotates and reopens.  With READY err
   may hold a sentence too, when it could not be rotated and grows on; else it is "". */
logfile_state logfile_prepare(logfile *l, size_t n, ear_error *err);

/* Append text[0..n), whole lines.  On failure none of it is in the file, or, if even that
   could not be done, what is in it is ended as a line of its own by the next write. */
bool logfile_write(logfile *l, const char *text, size_t n, ear_error *err);

#endif
