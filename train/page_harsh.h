/* SPDX-License-Identifier: ISC */
/* What the page of a harshness model has beside or instead of a classifier's: a model
   that raises a flag is judged at its threshold, on artists and processors that it knows
   and that it does not.  Its labels are `clean` and `harsh`; page.judged and page.clips
   are of the last cell, page.judged's confusion and recall at the threshold. */
#ifndef EAR_TRAIN_PAGE_HARSH_H
#define EAR_TRAIN_PAGE_HARSH_H

#include "page.h"

enum { PAGE_CLEAN, PAGE_HARSH };

/* Shares are 0..1; NaN: not known. */
typedef struct {
  const char *name; /* "both new" */
  uint32_t n_harsh, n_clean, n_artists;
  double auroc, auroc_low, auroc_high;
  double balanced;          /* balanced accuracy at the threshold */
  double found;             /* of the harsh ones, at the threshold */
  double alarms;            /* of all clean ones */
  double pair;              /* a harsh version scores above its own clean one */
  double rank;              /* Spearman correlation with severity within an excerpt */
  double regression;        /* AUROC of a regression on hand-made measures */
  const predictions *clips; /* of label `harsh`; NULL: no curve */
} page_harsh_cell;

typedef struct {
  const char *name;
  double known, fresh; /* found by processors in training, and by others */
} page_harsh_kind;

typedef struct {
  double from, to; /* of 100 */
  uint32_t n, found;
} page_harsh_severity;

typedef struct {
  const char *name;
  double moved, most, flipped; /* mean and largest change of the posterior; share with
                                  another flag */
} page_harsh_change;

/* int8 against float at the threshold. */
typedef struct {
  uint32_t n; /* 0: not compared */
  double same_flag, same_label;
  double balanced[2], auroc[2]; /* int8, float */
} page_harsh_rounding;

enum { PAGE_N_CELLS = 4, PAGE_MOST_KINDS = 10, PAGE_MOST_CHANGES = 8 };
enum { PAGE_N_SEVERITIES = 5 };

typedef struct page_harsh {
  page_harsh_cell cell[PAGE_N_CELLS]; /* artist known, known, new, new; processor known,
                                         new, known, new */
  double threshold;
  double untouched_alarms, neutral_alarms; /* of the last cell */
  double metal_alarms;                     /* of untouched metal; NaN: none */
  uint32_t n_kinds;
  page_harsh_kind kind[PAGE_MOST_KINDS];
  page_harsh_severity severity[PAGE_N_SEVERITIES];
  double severity_rank, severity_error; /* of the severity head, last cell; NaN: none */
  double kind_right, covered; /* last cell: the kind told is right; the range holds a true
                                 centre */
  uint32_t n_changes;
  page_harsh_change change[PAGE_MOST_CHANGES];
  page_harsh_rounding rounding;
  uint32_t n_alarms; /* of page.mistake the first; the others are misses */
} page_harsh;

#endif
