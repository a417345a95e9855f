/* SPDX-License-Identifier: ISC */
/* A result file that appears whole or not at all: written under a temporary name beside
   it, flushed, renamed.  Devices and pipes are written directly. */
#ifndef OUTFILE_H
#define OUTFILE_H

#include "cli.h"

#include <stdio.h>

typedef struct {
  FILE *file;      /* see fd_stream.h */
  int fd;          /* that it writes to */
  char *path;      /* NULL: standard output */
  char *temporary; /* NULL: written directly */
  bool overwrite;
} outfile;

/* path NULL is standard output.  A file that exists is refused unless overwrite.  */
bool outfile_open(outfile *o, const char *path, bool overwrite, ear_error *err);

/* Close and give the file its name; on failure nothing of it remains. */
bool outfile_commit(outfile *o, ear_error *err);
void outfile_discard(outfile *o);

/* Would outfile_open refuse path because a file is there? */
bool outfile_exists(const char *path);

/* The folder of path and those above it, as far as they do not exist yet. */
bool make_folders_of(const char *path, ear_error *err);

#endif
