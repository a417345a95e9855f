/* SPDX-License-Identifier: ISC */
/* A baseline: it learns from short vectors, one a clip, and is what a network must beat.
   Each has a list of settings; learner_choose finds the best by folds of its own. */
#ifndef EAR_TRAIN_LEARNER_H
#define EAR_TRAIN_LEARNER_H

#include "dataset.h"

/* Some clips: vectors and labels, by the clips' numbers. */
typedef struct {
  uint32_t n, n_values, n_labels;
  const uint32_t *index; /* [n] clips */
  const double *x;       /* [clips][n_values] */
  const uint32_t *label; /* [clips] */
} learner_set;

typedef struct {
  const char *name, *words; /* "svm", what it is */
  uint32_t n_settings;
  /* EAR_NO_MEMORY is the only failure; vectors are standardised.  [any] */
  ear_status (*fit)(void **fitted, const learner_set *s, uint32_t setting);
  void (*say)(const void *fitted, const double *x, float *p); /* p [n_labels] sums to 1 */
  void (*free)(void *fitted);
  void (*tell)(uint32_t setting, char text[96]);
} learner;

/* By name, NULL: none of that name.  [any] */
const learner *learner_find(const char *name);
/* Built without libsvm it is known but cannot be had. */
extern const bool learner_has_svm;
extern const learner learner_svm, learner_logistic;

/* Vectors with mean 0 and deviation 1 over the clips that it was fitted on. */
typedef struct {
  const learner *kind;
  uint32_t n_values, setting;
  double *mean, *inverse_std; /* [n_values] */
  void *fitted;
} learned;

ear_status learned_fit(learned *l, const learner *kind, const learner_set *s,
                       uint32_t setting);
void learned_say(const learned *l, const double *x, float *p);
void learned_free(learned *l);

/* Of a logistic regression: the weights of one label [n_values] for standardised vectors,
   then its bias; and the setting that has this ridge. */
const double *learned_row(const learned *l, uint32_t label);
uint32_t learner_logistic_setting(double ridge, bool classes_equal);

/* The setting with the best sum of macro-F1 and group-macro accuracy over inner folds by
   group, parted three times (3 folds, or 2 where a class has fewer groups; a middling one
   where it has one).  s's clips are ds's, one label each; result independent of the
   number of threads.  [setup]
 */
ear_status learner_choose(uint32_t *setting, const learner *kind, const learner_set *s,
                          const dataset *ds, uint64_t seed);

#endif
