/* SPDX-License-Identifier: ISC */
/* What a model says of whole clips it was not trained on.

   int8: the engine's own analyzer on the decoded sound, as a user will run it; the
   integrated posterior at the clip's end decides.  float: the network in training
   precision on consecutive patches of the same frames; logits averaged for a network with
   a mean, posteriors for one without, as the engine does over its ticks. */
#ifndef EAR_TRAIN_EVALUATE_H
#define EAR_TRAIN_EVALUATE_H

#include "band_norm.h"
#include "metrics.h"
#include "nn.h"

typedef struct {
  uint32_t n, n_labels;
  uint32_t *truth; /* [n] in the model's labels */
  uint32_t *group; /* [n] */
  float *p;        /* [n][n_labels]; all 0: no verdict, too short or silent */
  uint32_t n_failed;
  char **problem; /* [n_failed] sounds that could not be read, left out */
} evaluation;

/* Clips of one side (N_SIDES: all), all cores.  Labels are matched by name; a label that
   the model does not know is an error.  [setup] */
ear_status evaluate_model(evaluation *e, ear_model *model, const dataset *ds, side s,
                          ear_error *err);

/* The same clips through the float network; fs lies beside ds, labels are ds's. */
ear_status evaluate_net(evaluation *e, nn *net, const featureset *fs,
                        const band_norm *norm, const dataset *ds, side s, ear_error *err);

void evaluation_free(evaluation *e);

/* A view of e. */
predictions evaluation_predictions(const evaluation *e);

/* Integrated posterior of one mono signal; zeros without a verdict.  [setup] */
ear_status evaluate_signal(float *p, ear_model *model, const float *x, size_t n,
                           double rate_hz, ear_error *err);

#endif
