/* SPDX-License-Identifier: ISC */
/* The whole protocol over one model: pools of every cell, baselines, and one page of
   text.

   Thresholds come from artists and processors that are kept for choosing (valid); the
   regression is fitted on training artists and processors; everything printed about the
   cells comes from tracks that took part in neither. */
#ifndef EAR_TRAIN_HARSH_PROTOCOL_H
#define EAR_TRAIN_HARSH_PROTOCOL_H

#include "harsh_float.h"
#include "harsh_heads.h"
#include "harsh_judge.h"
#include "harsh_split.h"

enum { HARSH_N_CELLS = 4 };

typedef struct {
  uint32_t units;         /* excerpts a cell */
  double excerpt_s;       /* their length */
  const char *cache;      /* folder for rendered pools; NULL: none */
  const harsh_float *flt; /* the model before it was rounded; NULL: not compared */
  uint64_t seed;
  void (*say)(void *user, const char *what, uint32_t done, uint32_t n); /* may be NULL */
  void *user;
  const volatile sig_atomic_t *stop;
} harsh_protocol_options;

/* Pass harsh_pool_options.say on to options->say, with a word for what is rendered. */
typedef struct {
  const harsh_protocol_options *options;
  const char *what;
} harsh_teller;
void harsh_tell(void *teller, uint32_t done, uint32_t n);

/* One line of the page: a score by the same name over all cells. */
typedef struct {
  char name[48];
  double threshold;
  harsh_figures cell[HARSH_N_CELLS]; /* see harsh_cell_name */
} harsh_row;

extern const char *const harsh_cell_name[HARSH_N_CELLS];
enum { CELL_SEEN_SEEN, CELL_SEEN_UNSEEN, CELL_UNSEEN_SEEN, CELL_UNSEEN_UNSEEN };

typedef struct {
  harsh_row model, regression, measure; /* measure: the best single one on valid */
  harsh_heads heads[HARSH_N_CELLS];
  double calibration_error; /* unseen x unseen */
  double alarms_at_95[2];   /* neutral, metal: at the threshold of 95 % recall on valid */
  double metal_alarms; /* at the shipped threshold, untouched metal of unseen artists */
  uint32_t n_metal;
  double identifier_auroc,
      identifier_balanced;        /* the published operator, unseen artists */
  harsh_rounding rounding;        /* n 0: not compared; over unseen artists */
  harsh_pool pool[HARSH_N_CELLS]; /* the excerpts judged, without frames */
} harsh_protocol;

/* Where the excerpts of a cell come from; *first: its first unit.  [any] */
harsh_plan harsh_cell_plan(const harsh_split *split, int cell,
                           const harsh_protocol_options *options, uint64_t *first);
const harsh_track *harsh_cell_track(const harsh_split *split, int cell);

/* Judge a model with its own threshold for `harsh`.  p is the caller's to free, failed or
   not.  [setup] */
ear_status harsh_protocol_run(harsh_protocol *p, const harsh_split *split,
                              ear_model *model, const harsh_protocol_options *options,
                              ear_error *err);

void harsh_protocol_free(harsh_protocol *p);

/* A pool of the valid side scored with the model, to choose threshold and calibration. */
ear_status harsh_valid_pool(harsh_pool *pool, const harsh_split *split, ear_model *model,
                            const harsh_protocol_options *options, ear_error *err);

/* One page of text, malloc'ed; NULL when memory is short. */
char *harsh_protocol_text(const harsh_protocol *p);

#endif
