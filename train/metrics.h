/* SPDX-License-Identifier: ISC */
/* Figures from posteriors and truths, as scikit-learn 1.x counts them.
   A row of posteriors that is all 0 is *undecided*: the clip was too short or silent; it
   counts as wrong for its class and as a prediction of none.

   Clips with several labels (predictions.truths): each label from 0.5 on is said;
   accuracy is the share of clips whose labels are said exactly, all of them and no other;
   precision, recall and F1 are of each label for itself; the calibration error is over
   all labels of all clips; confusion[t][l] is how many clips of t were also said to be
   l. */
#ifndef EAR_TRAIN_METRICS_H
#define EAR_TRAIN_METRICS_H

#include "../engine/earshot.h"

typedef struct {
  uint32_t n, n_labels;
  const uint32_t *truth;  /* [n] */
  const uint32_t *group;  /* [n] artist of each; NULL: each its own */
  const float *p;         /* [n][n_labels] */
  const uint64_t *truths; /* [n] bit sets of labels; NULL: truth is the only one */
} predictions;

/* Is label one of clip i's?  [any] */
static inline bool
prediction_true(const predictions *pr, uint32_t i, uint32_t label)
{
  return pr->truths ? pr->truths[i] >> label & 1 : pr->truth[i] == label;
}

typedef struct {
  double accuracy;
  double top3; /* a true label is among the three likeliest; NaN with three or fewer */
  double balanced;       /* mean recall over the classes that occur */
  double macro_f1;       /* mean over the classes that occur or are predicted */
  double group_accuracy; /* mean over groups of the accuracy within each */
  double auroc;          /* mean over classes, one against the rest; NaN if undefined */
  double ece; /* expected calibration error of the largest posterior, 15 bins */
  double precision[EAR_MAX_LABELS], recall[EAR_MAX_LABELS], f1[EAR_MAX_LABELS];
  double auroc_of[EAR_MAX_LABELS];  /* each against the rest; NaN if undefined */
  uint32_t support[EAR_MAX_LABELS]; /* of each class */
  uint32_t confusion[EAR_MAX_LABELS][EAR_MAX_LABELS]; /* [truth][predicted] */
  uint32_t undecided[EAR_MAX_LABELS];                 /* by truth */
  uint32_t n, n_undecided;
  bool many; /* several labels to a clip */
} metrics;

/* EAR_NO_MEMORY leaves auroc, ece and group_accuracy NaN.  [any] */
ear_status metrics_compute(metrics *m, const predictions *pr);

/* Index of the largest of p[0..n_labels), the first of equals; n_labels if all are 0. */
uint32_t label_of(const float *p, uint32_t n_labels);

/* The labels from 0.5 on of p[0..n_labels).  [any] */
uint64_t labels_said(const float *p, uint32_t n_labels);

/* Area under the ROC curve of score against positive, ties count half; NaN if all are of
   one kind or memory is short. */
double metrics_auroc(const float *score, const bool *positive, uint32_t n);

/* Figures with 95 % intervals. */
typedef struct {
  double low, high;
} interval;
typedef struct {
  interval accuracy, balanced, macro_f1, group_accuracy;
} metrics_intervals;

/* Bootstrap: whole groups are drawn with replacement, n_draws times; the 2.5 and 97.5 %
   quantiles; where all clips are right, or wrong, the exact interval.  Same seed, same
   intervals.  [any] */
ear_status metrics_bootstrap(metrics_intervals *mi, const predictions *pr,
                             uint32_t n_draws, uint64_t seed);

#endif
