/* SPDX-License-Identifier: ISC */
/* One page that shows a musician what a training gave: page.html in the run's folder,
   with every picture inside it, and the main pictures as PNG beside it.

   The page needs nothing else: no network, no script, no other file, except the sounds of
   the mistakes, which play where they still lie.  All text that came from files and
   folders is escaped.  Same data, same bytes. */
#ifndef EAR_TRAIN_PAGE_H
#define EAR_TRAIN_PAGE_H

#include "fit.h"
#include "metrics.h"
#include "report.h"

/* A clip that was taken for something else. */
typedef struct {
  const char *file; /* relative to the data set */
  const char *link; /* to play it, relative to the folder; NULL: it cannot be played */
  uint32_t truth, said; /* labels */
  double p_said, p_truth;
  double from_s, to_s; /* where it sounds most like `said`; to_s 0: not known */
  uint64_t truths;     /* bit set of several labels; 0: truth is the only one */
} page_mistake;

/* What the model says of a signal that is no music. */
typedef struct {
  const char *name; /* "digital silence" */
  uint32_t said;    /* label, n_labels: no verdict, as silence should have */
  double p;
  bool flagged; /* it would raise a flag */
} page_probe;

/* A clip as the network heard it: mel spectrogram and class activation. */
typedef struct {
  const char *file;
  uint32_t truth, said;
  uint64_t truths;
  double p_said;
  uint32_t n_frames, n_bands;
  float *db; /* [n_frames][n_bands] */
  double start_s, frame_s;
  float low_hz, high_hz;
  ear_mel_scale scale;
  uint32_t n_ticks, n_rows; /* n_ticks 0: the network has no class activation */
  float *activation;        /* [n_ticks][n_rows] */
  double tick_start_s, tick_s;
  float row_low_hz[EAR_MAX_ROWS], row_high_hz[EAR_MAX_ROWS];
  uint32_t evidence_for; /* label */
} page_hearing;

typedef struct {
  const char *name, *value;
} page_fact;

struct page_harsh; /* page_harsh.h */

typedef struct {
  const char *name; /* of the model */
  const char *run;  /* the line that runs it live */
  uint32_t n_labels;
  const char *const *label;   /* [n_labels] */
  const float *threshold;     /* [n_labels], > 1: never flags; NULL: not shown */
  double temperature;         /* 0: not shown */
  const side_figures *judged; /* the side that judges: test, else valid; NULL: none */
  const side_figures *chosen; /* the side that chose the epoch; NULL: none or the same */
  const predictions *clips;   /* int8 posteriors behind `judged`; NULL: none */
  const fit_history *history; /* NULL: none */
  uint32_t kept_epoch;        /* 0: none */
  uint32_t n_mistakes;        /* of the worst, worst first */
  const page_mistake *mistake;
  uint32_t n_hearings;
  const page_hearing *hearing;
  uint32_t n_probes;
  const page_probe *probe;
  uint32_t n_facts; /* how it was made: command, data, split, seed, hashes */
  const page_fact *fact;
  const struct page_harsh *harsh; /* NULL: not judged as a harshness model */
} page;

/* page.html, curves.png, confusion.png (labels.png of sounds with several labels),
   roc.png and reliability.png into the folder, each whole or not at all.  A build without
   pictures writes nothing.  [setup] */
ear_status page_write(const char *folder, const page *pg, ear_error *err);

#endif
