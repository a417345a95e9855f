/* SPDX-License-Identifier: ISC */
/* The training loop: batches from a source, a step, after each epoch a look at
   validation. Same recipe, source and seed: the same weights, whatever the number of
   threads draws. */
#ifndef EAR_TRAIN_FIT_H
#define EAR_TRAIN_FIT_H

#include "checkpoint.h"
#include "nn.h"
#include "source.h"

#include <signal.h>

typedef struct {
  uint32_t epoch, n_epochs; /* epoch from 1 */
  uint32_t step, n_steps;   /* in this epoch; step == n_steps: validation is done */
  double loss;              /* mean over the epoch so far */
  double valid_loss, valid_accuracy, valid_macro_f1; /* of patches; -1 until known */
  double learning_rate;
  double examples_per_s;
  double eta_s;
  bool best; /* of all epochs so far, by validation loss */
} fit_progress;

/* One epoch that was run, as logs and curves show it. */
typedef struct {
  double epoch; /* from 1 */
  double best;  /* 1: of all epochs until then, by validation loss; else 0 */
  double loss;  /* mean over its steps, with all that the recipe mixes in */
  double valid_loss, valid_accuracy, valid_macro_f1; /* of patches; -1: no validation */
  double learning_rate;                              /* of its last step */
  double seconds;                                    /* of training, until its end */
  double time; /* when it ended: seconds since 1970 */
} fit_epoch;

typedef struct {
  uint32_t n, room;
  fit_epoch *epoch; /* [n], in order, none left out */
} fit_history;

/* Where a run is saved so that it can go on: after each epoch, but once a second at most,
   and within. */
typedef struct {
  const char *last;          /* file that gets everything; NULL: the run is not saved */
  const char *best;          /* file that gets the weights of the best epoch */
  float *mean, *inverse_std; /* [n_values] of the input: kept in both; may be NULL */
  uint32_t n_values;
  json_t *settings;       /* what the weights depend on: kept in both, not looked at */
  const checkpoint *from; /* go on from there; NULL: from the start */
  double every_s;         /* within an epoch too; 0: not by time */
  uint32_t every_steps;   /* 0: not by steps */
  /* A checkpoint could not be written; training goes on, the one before it stands. */
  void (*warn)(void *user, const char *sentence);
  /* Every epoch so far: with each checkpoint between two of them. */
  void (*log)(void *user, const fit_history *h);
} fit_saving;

typedef struct {
  const recipe *recipe;
  example_source train;
  example_source valid; /* n_examples 0: none, the last epoch is kept */
  const float *patches; /* [n_patches][n_frames][n_values] unchanged training patches: the
                           ranges of a recipe with `quantize` */
  uint32_t n_patches;
  /* The weights to begin with, into a new network; not asked when the run goes on.  NULL:
     as drawn from the seed. */
  ear_status (*init)(void *init_user, nn *net, ear_error *err);
  void *init_user;
  uint64_t seed;
  void (*say)(void *user, const fit_progress *p); /* NULL: silent */
  void *user;                                     /* of say, warn and log */
  const volatile sig_atomic_t *stop; /* not 0: end after this step; may be NULL */
  double until_s; /* CLOCK_MONOTONIC: end after the step that passes it; 0: never */
  fit_saving saving;
} fit_config;

typedef struct {
  uint32_t epochs;     /* run to their end, in all sittings */
  uint32_t kept_epoch; /* whose weights were kept; 0: stopped within the first */
  double valid_loss;   /* of the weights kept */
  bool stopped;        /* by stop or until_s, before there was nothing more to do */
  fit_history history; /* fit_result_free gives it back */
} fit_result;

void fit_result_free(fit_result *result);

/* A network trained: with a patience or when stopped the best epoch by validation loss,
   else the last; averaged weights if the recipe averages.  Going on from a checkpoint
   gives the bits of a run that was never interrupted.  *net is the caller's.  [setup] */
ear_status fit(nn **net, const fit_config *config, fit_result *result, ear_error *err);

/* Where the run of a checkpoint stood. */
typedef struct {
  bool unfinished; /* there are steps to be done */
  uint32_t epoch;  /* that goes on */
} fit_standing;
fit_standing fit_standing_of(const checkpoint *c);

/* Posteriors of every example of a source, p [n_examples][n_labels], and the mean loss
   as it is without smoothing, focus or weights; target may be NULL or gets
   [n_examples][n_labels]. */
ear_status fit_predict(nn *net, const example_source *source, float *p, float *target,
                       double *loss);

#endif
