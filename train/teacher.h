/* SPDX-License-Identifier: ISC */
/* Learning from other models: what they say of each training clip is a part of its
   target.  They hear the whole clip through the engine, each by its own front end, so a
   teacher may be any model that knows the classes.
   Source: G. Hinton, O. Vinyals, J. Dean, arXiv:1503.02531. */
#ifndef EAR_TRAIN_TEACHER_H
#define EAR_TRAIN_TEACHER_H

#include "source.h"

typedef struct {
  uint32_t n_clips, n_labels;
  float *p; /* [n_clips of the training side][n_labels]; a row of zeros: no verdict */
} teaching;

/* models: files or built-in names with commas between.  The mean of their posteriors at
   the recipe's temperature, labels matched by name.  [setup] */
ear_status teach(teaching *t, const char *models, const dataset *ds, const recipe *r,
                 ear_error *err);
void teaching_free(teaching *t);

/* Targets of a source of the training side become (1 - w) of the labels and w of the
   teachers, w as the recipe says.  t must outlive cs.  [setup] */
ear_status clip_source_teach(clip_source *cs, const dataset *ds, const teaching *t);

#endif
