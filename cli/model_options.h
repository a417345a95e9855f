/* SPDX-License-Identifier: ISC */
/* Which models run and when they flag, as --model, --threshold and --hold-ms say: the
   same words in every subcommand that listens. */
#ifndef MODEL_OPTIONS_H
#define MODEL_OPTIONS_H

#include "models.h"

enum { MAX_THRESHOLDS = 64 };

typedef struct {
  const char *model[EAR_MAX_MODELS];
  size_t n_models; /* 0: the built-ins */
  const char *threshold[MAX_THRESHOLDS];
  size_t n_thresholds;
  double hold_ms; /* < 0: as the models say */
} model_options;

/* One option's value, kept as a pointer.  False, and err says why, if it makes no sense.
 */
bool model_options_model(model_options *o, const char *name, ear_error *err);
bool model_options_threshold(model_options *o, const char *text, ear_error *err);
bool model_options_hold(model_options *o, const char *text, ear_error *err);

/* Open the models and set their thresholds and times.  EXIT_DONE, or with a sentence in
   err and an empty set EXIT_MODEL, or EXIT_USAGE for a threshold of no model here.
   [setup] */
exit_code model_options_open(const model_options *o, model_set *set, ear_error *err);

/* Open the m-th model named anew, with the flags it would have had.  Thresholds of labels
   that it does not have are passed over.  False, and err says why.  [setup] */
bool model_options_reopen(const model_options *o, uint32_t m, ear_model **model,
                          ear_flag_config *flag, ear_error *err);

#endif
