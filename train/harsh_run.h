/* SPDX-License-Identifier: ISC */
/* One training of a harshness model: a split corpus to a model file and the folder of its
   run.  Killed at any moment it goes on (options.resume) to the same bytes: rendered and
   judged excerpts lie in parts, the fit in checkpoints. */
#ifndef EAR_TRAIN_HARSH_RUN_H
#define EAR_TRAIN_HARSH_RUN_H

#include "harsh_train.h"

typedef struct {
  const char *corpus, *csv, *more, *out, *judge, *write, *recipe, *name, *license, *cache;
  const char *command; /* that goes on with the run */
  uint32_t units, judge_units;
  uint32_t checkpoint_steps; /* a checkpoint every so many steps too; 0: not by steps */
  double judge_s;            /* length of a judged excerpt */
  double minutes;            /* of training; 0: to its end */
  uint64_t seed, split_seed;
  bool resume;
} harsh_options;

/* po->stop is not NULL.  *stopped: the signal came; what there was by then is written.
   [setup] */
ear_status harsh_run(const harsh_options *o, const dataset *ds, const harsh_split *split,
                     const harsh_protocol_options *po, bool *stopped, ear_error *err);

#endif
