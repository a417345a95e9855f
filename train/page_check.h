/* SPDX-License-Identifier: ISC */
/* One page that shows what a training would meet in a data set. */
#ifndef EAR_TRAIN_PAGE_CHECK_H
#define EAR_TRAIN_PAGE_CHECK_H

#include "../engine/earshot.h"

typedef struct {
  const char *label;
  uint32_t clips, groups;
  double seconds;
  uint32_t train, valid, test; /* clips on each side of the split; all 0: no split */
} page_class;

/* One kind of problem and the clips that have it. */
typedef struct {
  const char *kind;   /* "clipped" */
  const char *advice; /* what it means and what to do, a sentence */
  uint32_t n;
  const char *const *line; /* [n] each naming its clip */
} page_problem;

typedef struct {
  const char *name;    /* of the data set */
  const char *stopped; /* why training would stop; NULL: it is ready */
  const char *run;     /* the line that trains; NULL: none */
  uint32_t n_clips, n_groups;
  uint32_t n_read; /* clips that could be read; of each of them: */
  const double *seconds, *rate_hz;
  const double *peak;     /* largest sample, 1 is full scale */
  const double *level_db; /* RMS, dBFS; NULL: not shown */
  const uint32_t *channels;
  uint32_t n_classes;
  const page_class *cls;
  uint32_t n_problems; /* kinds, also those with n = 0 */
  const page_problem *problem;
} page_check;

/* The page into a file of that name, whole or not at all.  A build without pictures
   refuses with a sentence.  [setup] */
ear_status page_check_write(const char *path, const page_check *pc, ear_error *err);

#endif
