/* SPDX-License-Identifier: ISC */
/* A float network out of the checkpoint of a run: its recipe and labels from the
   settings, its weights, and the normalisation of its input.  Of a run's last checkpoint
   the weights are those that the model would get if the run ended there. */
#ifndef EAR_TRAIN_REVIVE_H
#define EAR_TRAIN_REVIVE_H

#include "checkpoint.h"
#include "nn.h"

typedef struct {
  recipe recipe;
  nn *net;
  uint32_t n_labels;
  char label[EAR_MAX_LABELS][64];
  uint32_t epoch;    /* whose weights these are */
  uint32_t n_values; /* of a frame */
  float mean[EAR_MAX_BANDS], inverse_std[EAR_MAX_BANDS];
} revived;

/* path names the checkpoint in messages.  To be freed in any case.  [setup] */
ear_status revive(revived *r, const checkpoint *c, const char *path, ear_error *err);
void revived_free(revived *r);

#endif
