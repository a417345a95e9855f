/* SPDX-License-Identifier: ISC */
/* The epochs of a run in its folder, for people, programs and TensorBoard: log.csv,
   log.jsonl and events.out.tfevents.earshot.  They follow from the history alone, so a
   run that was interrupted has each epoch once. */
#ifndef EAR_TRAIN_RUN_LOG_H
#define EAR_TRAIN_RUN_LOG_H

#include "fit.h"
#include "run_folder.h"

ear_status run_log_write(const run_folder *f, const fit_history *h, ear_error *err);

/* The same for a training that goes on whatever happens: what failed is said on stderr.
 */
void run_log_epochs(const run_folder *f, const fit_history *h);

#endif
