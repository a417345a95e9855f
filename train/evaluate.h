/* SPDX-License-Identifier: ISC */
/* What a model says of whole clips it was not trained on.

   int8: the engine's own analyzer on the decoded sound, as a user will run it; the
   integrated posterior at the clip's end decides.  float: the network in training
   precision on the same frames: the whole clip at once for a network with a mean, so that
   only the rounding differs; else the frames behind each tick, their posteriors
   averaged. */
#ifndef EAR_TRAIN_EVALUATE_H
#define EAR_TRAIN_EVALUATE_H

#include "band_norm.h"
#include "metrics.h"
#include "nn.h"

typedef struct {
  uint32_t n, n_labels;
  uint32_t *truth;  /* [n] in the model's labels */
  uint32_t *group;  /* [n] */
  uint64_t *truths; /* [n] bit sets, or NULL: one label each */
  float *p;         /* [n][n_labels]; all 0: no verdict, too short or silent */
  uint32_t n_failed;
  char **problem; /* [n_failed] sounds that could not be read, left out */
} evaluation;

/* Clips of one side (N_SIDES: all), all cores.  Labels are matched by name; a label that
   the model does not know is an error.  [setup] */
ear_status evaluate_model(evaluation *e, ear_model *model, const dataset *ds, side s,
                          ear_error *err);

/* The same clips through the float network at the temperature of its model; fs lies
   beside ds, labels are ds's. */
ear_status evaluate_net(evaluation *e, nn *net, const featureset *fs,
                        const band_norm *norm, const dataset *ds, side s,
                        double temperature, ear_error *err);

void evaluation_free(evaluation *e);

/* Room for the clips of a side with truth (label_of_ds maps labels; NULL: as they are)
   and group; (*index)[i] is the clip in ds and the caller's to free.  [setup] */
ear_status evaluation_new(evaluation *e, const dataset *ds, side s, uint32_t n_labels,
                          const uint32_t *label_of_ds, uint32_t **index, ear_error *err);

/* The same with the labels of the model, matched by name.  EAR_BAD_ARGUMENT: one that it
   does not know.  [setup] */
ear_status evaluation_for_model(evaluation *e, ear_model *model, const dataset *ds,
                                side s, uint32_t **index, ear_error *err);

/* A view of e. */
predictions evaluation_predictions(const evaluation *e);

/* Integrated posterior of one mono signal; zeros without a verdict.  [setup] */
ear_status evaluate_signal(float *p, ear_model *model, const float *x, size_t n,
                           double rate_hz, ear_error *err);

#endif
