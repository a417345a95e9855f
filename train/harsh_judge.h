/* SPDX-License-Identifier: ISC */
/* How good a score of harshness is, by the protocol that cannot be gamed: seen and unseen
   artists x seen and unseen processors, beside hand-made measures on the same excerpts.
 */
#ifndef EAR_TRAIN_HARSH_JUDGE_H
#define EAR_TRAIN_HARSH_JUDGE_H

#include "harsh_pool.h"

/* A score for each example of a pool; larger is harsher. */
typedef struct {
  double auroc;                 /* harsh against clean and neutral */
  double auroc_low, auroc_high; /* 95 % by bootstrap over artists */
  double balanced;              /* balanced accuracy at the threshold, 0..1 */
  double pair;                  /* a harsh version scores above its own clean one */
  double rank;           /* mean Spearman correlation with severity within a unit */
  double neutral_alarms; /* neutral versions over the threshold */
  double clean_alarms;   /* untouched ones */
  double recall[DEGRADE_N_KINDS]; /* single-kind versions over the threshold; NAN: none */
  double f1[DEGRADE_N_KINDS];     /* the kind's own against clean and neutral */
  uint32_t n_harsh, n_clean, n_neutral, n_artists;
} harsh_figures;

/* score [pool->n]; track: the list that the pool's tracks index. */
ear_status harsh_judge(harsh_figures *f, const harsh_pool *pool, const harsh_track *track,
                       const double *score, double threshold, uint64_t seed);

/* The threshold with the best balanced accuracy, the one that this share of the clean and
   neutral versions reaches, and the one that this share of the harsh ones reaches. */
double harsh_best_threshold(const harsh_pool *pool, const double *score);
double harsh_alarm_threshold(const harsh_pool *pool, const double *score, double share);
double harsh_recall_threshold(const harsh_pool *pool, const double *score, double recall);

/* Scores of one measure (sign +1 or -1), of the regression, and of the model. */
void harsh_measure_scores(const harsh_pool *pool, int measure, double sign,
                          double *score);
void harsh_regression_scores(const harsh_pool *pool, const baseline_regression *b,
                             double *score);
void harsh_model_scores(const harsh_pool *pool, double *score);

/* Fill pair and rank of f: what compares the versions of a unit. */
void harsh_judge_units(harsh_figures *f, const harsh_pool *pool, const double *score);

/* How a score holds under a harsh_change, over the examples that have it; NAN: none. */
typedef struct {
  double moved;   /* mean absolute difference */
  double most;    /* the largest one */
  double flipped; /* share that is on the other side of the threshold then */
  uint32_t n;
} harsh_steadiness;
harsh_steadiness harsh_steadiness_of(const harsh_pool *pool, uint32_t change,
                                     double threshold);

/* Expected calibration error of posteriors, ten bins. */
double harsh_calibration_error(const harsh_pool *pool);

#endif
