/* SPDX-License-Identifier: ISC */
/* Inside of the training loop: how a network does on the examples of validation. */
#ifndef EAR_TRAIN_FIT_VALID_H
#define EAR_TRAIN_FIT_VALID_H

#include "fit.h"

typedef struct {
  const example_source *source;
  float *p, *target; /* [n_examples][n_labels] */
  uint32_t *truth;   /* [n_examples] */
  uint64_t *truths;
} fit_valid;

/* source must outlive it.  [setup] */
ear_status fit_valid_new(fit_valid *v, const example_source *source);
void fit_valid_free(fit_valid *v);

/* Loss, accuracy and F1 into p, on all ranks; without examples it stays as it is. */
ear_status fit_valid_judge(fit_valid *v, nn *net, fit_progress *p);

#endif
