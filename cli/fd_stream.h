/* SPDX-License-Identifier: ISC */
/* A stream into a descriptor, for results: a signal costs nothing of what is written, and
   it is known at the end why a write failed, however long ago. */
#ifndef FD_STREAM_H
#define FD_STREAM_H

#include <stdio.h>

/* fclose closes fd, too.  NULL: errno, and fd is as it was. */
FILE *fd_stream_open(int fd);

/* Flush; 0, or the errno of the first write that failed.  From that on nothing more
   reaches the descriptor. */
int fd_stream_why(FILE *out);

#endif
