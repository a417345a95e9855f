/* SPDX-License-Identifier: ISC */
/* A stopped thread of a traced process, x86_64: which system call it is about to make,
   of which file, and what becomes of it. */
#ifndef TRACEE_H
#define TRACEE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

typedef enum {
  CALL_OTHER, /* of no file, or of none that matters */
  CALL_OPEN,  /* for reading */
  CALL_CREATE,
  CALL_READ,
  CALL_WRITE,
  CALL_SYNC,
  CALL_RENAME,
  CALL_CLOSE,
  CALL_TRUNCATE,
  CALL_ALLOCATE,
  CALL_MAP,
  CALL_UNLINK,
  CALL_LINK,
  CALL_MKDIR,
  N_CALLS
} call_kind;

extern const char *const call_names[N_CALLS];

typedef struct {
  call_kind kind;
  long number;         /* of the system call */
  char path[PATH_MAX]; /* absolute; of a rename or link the new name; "": none */
} call;

/* Only the calls above stop the process from now on (all calls if `all`); false: errno.
   For the child, before exec. */
bool tracee_stop_at_calls(bool all);

/* The call that thread `tid` stands before. */
call tracee_call(pid_t tid);

/* It is not made and returns -error. */
void tracee_refuse(pid_t tid, int error);

/* It is made with half of its bytes, at least one; only for CALL_WRITE. */
void tracee_shorten(pid_t tid);

/* What the call that was made returns; the thread stands behind it. */
void tracee_return(pid_t tid, long value);

#endif
