/* SPDX-License-Identifier: ISC */
/* The loss of a batch of logits and its gradient.
   Sources: C. Szegedy et al., CVPR 2016 (label smoothing); T.-Y. Lin et al., ICCV 2017
   (focal loss). */
#ifndef EAR_TRAIN_FIT_LOSS_H
#define EAR_TRAIN_FIT_LOSS_H

#include "recipe.h"

/* softmax: -sum_l w[l] t[l] (1 - p[l])^focal log p[l].
   sigmoid, mean over the labels: -w[l] t[l] (1 - p[l])^focal log p[l]
                                  - (1 - t[l]) p[l]^focal log(1 - p[l]).
   binary: softmax of two logits, the first of which stays 0: its gradient is 0.
   Behind the labels binary cross-entropies are added: of the severity, and, mean over the
   kinds, of each kind by the target of the last label: what is not harsh is of no kind,
   and teaches nothing about kinds. */
typedef struct {
  recipe_activation activation;
  float smoothing;     /* s: targets become (1 - s) t + s / n_labels, or s / 2 */
  float focal;         /* >= 0 */
  const float *weight; /* w [n_labels]; NULL: all 1 */
  uint32_t of; /* examples of the batch that these n are a part of; 0: they are all */
  uint32_t n_extra;      /* outputs behind the labels, see recipe_n_extra */
  float severity, kinds; /* weights of their losses; 0: they do not count */
} loss_rule;

/* Sum over n of the loss, divided by those of the batch, and its gradient by the logits
   (may be NULL), both [n][n_labels + rule->n_extra].  target 0..1.  [any] */
double fit_loss(const float *logit, const float *target, uint32_t n, uint32_t n_labels,
                const loss_rule *rule, float *dlogit);

/* Weights of n_labels classes with count[l] of n examples: 1 on average over all
   examples; for a sigmoid, of the positive examples: negatives to positives, or its root.
   A class without examples weighs 1.  [any] */
void loss_weights(float *weight, const uint32_t *count, uint32_t n_labels, uint32_t n,
                  recipe_weights how, recipe_activation activation);

#endif
