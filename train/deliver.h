/* SPDX-License-Identifier: ISC */
/* From a trained network to files: the int8 model with its card, and the report.

   The card holds what the engine itself measured with the int8 model, so the model is
   made twice: once to be measured, once with the card; all else is equal. */
#ifndef EAR_TRAIN_DELIVER_H
#define EAR_TRAIN_DELIVER_H

#include "evaluate.h"
#include "fit.h"
#include "options.h"
#include "page_listen.h"
#include "report.h"
#include "thresholds.h"

typedef struct {
  const options *o;
  const recipe *r;
  const intake *in;
  const band_norm *norm;
  const char *split_hash;   /* of the split table */
  const fit_result *fitted; /* its history: the curves */
  nn *net;
  const char *folder; /* of the run: where pictures, page and tables go */
} delivery;

typedef struct {
  uint32_t n_sides;
  side_figures side[2];            /* valid, and test if there is one */
  evaluation heard[2];             /* what the int8 model said of their clips */
  evaluation by_float[2];          /* and the float network, at the same temperature */
  page_probe probe[PAGE_N_PROBES]; /* what it says of signals that are no music */
  double temperature;              /* of the model, as validation asks for; 1 without */
  float unsure;                    /* margin of the model; 0: it has none */
  bool by_precision;               /* flags are as validation asks for */
  class_threshold flag[EAR_MAX_LABELS];
  size_t n_bytes;        /* of the model */
  uint64_t n_parameters; /* of the int8 model */
} delivered;

void delivered_free(delivered *result);

/* Write o->out, o->out.report.txt and, into the folder, page and pictures; the report's
   text is malloc'ed for the caller, *result his to free, failed or not.  [setup] */
ear_status deliver(const delivery *d, delivered *result, char **text, ear_error *err);

#endif
