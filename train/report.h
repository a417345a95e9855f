/* SPDX-License-Identifier: ISC */
/* Figures as text for humans and as JSON for machines. */
#ifndef EAR_TRAIN_REPORT_H
#define EAR_TRAIN_REPORT_H

#include "metrics.h"
#include "unsure.h"

#include <jansson.h>
#include <stdio.h>

/* Figures of one side of the split. */
typedef struct {
  const char *side; /* "valid", ... */
  uint32_t n_groups;
  metrics int8;
  metrics_intervals spread; /* of int8 */
  bool has_float;
  metrics flt;
  double agreement; /* share of clips on which float and int8 give the same label */
  float margin;     /* under which int8 is unsure; 0: it never is */
  unsure_counts unsure;
} side_figures;

/* flt may be NULL.  [any] */
ear_status side_figures_of(side_figures *sf, const char *side, const predictions *int8,
                           const predictions *flt, uint64_t seed);

/* What the model's margin does to the same clips.  [any] */
void side_figures_unsure(side_figures *sf, const predictions *int8, float margin);

/* The table of figures, per class, confusion matrix. */
void report_text(FILE *f, const side_figures *sf, uint32_t n_labels,
                 const char *const *label);

/* {"clips":..,"groups":..,"int8":{"accuracy":..,"accuracy_95":[..],...},"float":{...},
   "unsure":{...},"classes":{label:{...}}}; NULL when memory is short. */
json_t *report_json(const side_figures *sf, uint32_t n_labels, const char *const *label);

#endif
