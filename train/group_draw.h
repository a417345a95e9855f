/* SPDX-License-Identifier: ISC */
/* Clips drawn by whole groups with replacement, for the bootstrap: as many groups as
   there are, each with all of its clips.  A group drawn twice counts as two groups. */
#ifndef EAR_TRAIN_GROUP_DRAW_H
#define EAR_TRAIN_GROUP_DRAW_H

#include "metrics.h"
#include "rng.h"

typedef struct {
  uint32_t n_groups; /* with a clip at all */
  uint32_t *first;   /* [n_groups + 1] into member */
  uint32_t *member;  /* [n] clips by group */
  uint32_t room;     /* clips that a draw can have at most */
  uint32_t *clip;    /* [room] of the last draw */
  uint32_t *group;   /* [room] of each, numbered by the draw */
} group_draw;

/* group [n], or NULL: each clip its own.  EAR_NO_MEMORY: to be freed all the same. */
ear_status group_draw_new(group_draw *g, const uint32_t *group, uint32_t n);
void group_draw_free(group_draw *g);

/* Into clip and group; returns how many.  [any] */
uint32_t group_draw_next(group_draw *g, rng *random);

/* Predictions of the clips drawn: what belongs to pr, gathered. */
typedef struct {
  uint32_t *truth;
  uint64_t *truths; /* NULL: one label each */
  float *p;
} gathered;
ear_status gathered_new(gathered *to, const group_draw *g, const predictions *pr);
void gathered_free(gathered *to);
predictions gather(gathered *to, const group_draw *g, uint32_t n, const predictions *pr);

/* The 2.5 and 97.5 % quantiles of x[0..n), which is sorted.  [any] */
interval interval_of(double *x, uint32_t n);

#endif
