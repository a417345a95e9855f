/* SPDX-License-Identifier: ISC */
/* One training: from an open data set with its sides to a model file and the folder of
   its run. */
#ifndef EAR_TRAIN_TRAIN_RUN_H
#define EAR_TRAIN_TRAIN_RUN_H

#include "deliver.h"
#include "run_folder.h"
#include "transfer.h"

#include <signal.h>

typedef struct {
  const options *o; /* o->out: the model */
  const recipe *r;
  const intake *in;
  run_folder *folder;                /* open; what it goes on from is freed */
  const volatile sig_atomic_t *stop; /* not NULL */
  const transfer *init;              /* to begin with; NULL: nothing */
} train_job;

/* Whether clips with labels are all that a recipe wants; EAR_BAD_ARGUMENT and a sentence
   if not.  [any] */
ear_status train_possible(const recipe *r, ear_error *err);

/* run_folder_open of o->out by the first rank; the others know its path alone.  [setup]
 */
ear_status train_folder(run_folder *f, const options *o, ear_error *err);

/* The folder gets config.json, dataset.json, split.csv, the logs, checkpoints and what
   deliver writes.  text: the report, malloc'ed for the caller; *result his to free,
   failed or not.  *stopped: by the signal or the clock, before the recipe's end.  Of
   several ranks only the first delivers, and not when a launcher gives them no time: then
   text stays NULL.  [setup] */
ear_status train_run(const train_job *j, delivered *result, char **text, bool *stopped,
                     ear_error *err);

/* The same training alone: nothing is written, nothing judged; j->folder is not used.
 *net and result->history are the caller's.  [setup] */
ear_status train_fit(const train_job *j, fit_result *result, nn **net, ear_error *err);

/* Train and judge on each of o->folds other splits, in the folder as fold-1.safetensors
   ...; figures go to folds.csv and, as mean and spread, to text (malloc'ed; NULL when
   the signal stopped it).  The sides of in are used and given back.  [setup] */
ear_status train_folds(const train_job *j, intake *in, char **text, bool *stopped,
                       ear_error *err);

#endif
