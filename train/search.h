/* SPDX-License-Identifier: ISC */
/* Which settings are best: trials of a recipe with values drawn from ranges, each trained
   as any model is, judged by validation alone.

   Trial 1 is the recipe as it is.  Halving: all train a short while, the better third
   three times as long, and so on to the recipe's own length; each time from the start, so
   that the schedule of the learning rate is a whole one.
   Source: K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and
   hyperparameter optimization", AISTATS 2016. */
#ifndef EAR_TRAIN_SEARCH_H
#define EAR_TRAIN_SEARCH_H

#include "search_range.h"

#include <jansson.h>

enum { SEARCH_MAX_TRIALS = 10000, SEARCH_HALVING = 3 };

typedef struct {
  uint32_t rung;   /* of the result below, from 0 */
  uint32_t epochs; /* it trained for; 0: not yet */
  double score;    /* macro-F1 of validation patches, 0..1; NaN: it failed */
  double loss;     /* of validation */
  double seconds;
  char value[RECIPE_MAX_RANGES][SEARCH_VALUE];
} search_trial;

typedef struct {
  const recipe *recipe;
  uint64_t seed;
  uint32_t n_ranges, n_trials, n_rungs; /* rungs: 1 without halving */
  search_range range[RECIPE_MAX_RANGES];
  search_trial *trial; /* [n_trials], the last result of each */
} search;

/* Draw the trials: the same seed, the same trials.  Fails naming a range whose key the
   recipe does not have.  [setup] */
ear_status search_new(search *s, const recipe *r, const search_range *range,
                      uint32_t n_ranges, uint32_t n_trials, bool halving, uint64_t seed,
                      ear_error *err);
void search_free(search *s);

/* The recipe of a trial for a rung.  [setup] */
ear_status search_recipe(const search *s, uint32_t trial, uint32_t rung, recipe *r,
                         ear_error *err);

/* What is to be done next: a trial and its rung, by the results so far; false: nothing.
   [any] */
bool search_next(const search *s, uint32_t *trial, uint32_t *rung);

/* The best of those that trained longest; n_trials: none has a score.  [any] */
uint32_t search_best(const search *s);

/* Trials by rung reached and score, best first: order [n_trials].  [any] */
void search_order(const search *s, uint32_t *order);

/* All results as one file, whole or not at all; and back.  settings: what the results
   depend on; the file is refused, naming it, when anything there differs.  *n_done:
   trials with a result.  [setup] */
ear_status search_save(const search *s, const char *path, json_t *settings,
                       ear_error *err);
ear_status search_load(search *s, const char *path, json_t *settings, uint32_t *n_done,
                       ear_error *err);

#endif
