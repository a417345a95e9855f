/* SPDX-License-Identifier: ISC */
/* A model that is written after the ranks have ended: mpirun leaves them a second when it
   is interrupted. */
#ifndef EAR_TRAIN_PARALLEL_LATER_H
#define EAR_TRAIN_PARALLEL_LATER_H

#include "../engine/earshot.h"

/* Start the training that argv [NULL at its end] asked for again, in a session of its
   own, as one process that goes on with the run only to write the best so far; its words
   go to the file `log`.  argv[0] does not count. */
ear_status parallel_later(char *const *argv, const char *log, ear_error *err);

#endif
