/* SPDX-License-Identifier: ISC */
/* From a trained harshness network to files: the int8 model with its card, the report,
   and into the run's folder its page and figures. */
#ifndef EAR_TRAIN_HARSH_DELIVER_H
#define EAR_TRAIN_HARSH_DELIVER_H

#include "harsh_run.h"

#define HARSH_FIGURES "figures.json" /* of a judged run, written last */

typedef struct {
  const harsh_options *o; /* o->out: the model */
  const harsh_split *split;
  const char *split_hash; /* of the split table */
  const harsh_trained *t;
  const harsh_train_config *c;
  const char *folder; /* of the run */
} harsh_delivery;

/* The model stands at o->out before it is judged, without figures in its card; stopped
   before or while it is judged, it stays so, and EAR_OK.  The report goes to stdout too.
   [setup] */
ear_status harsh_deliver(const harsh_delivery *d, ear_error *err);

#endif
