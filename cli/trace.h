/* SPDX-License-Identifier: ISC */
/* What a picture of one input needs, gathered while the input streams by:
     mono -> mel columns      blocks -> loudness      verdicts -> likelihoods, classes
   Memory is bounded however long the input is. */
#ifndef TRACE_H
#define TRACE_H

#include "loud.h"
#include "output.h"

enum { MOST_EVENTS = 5000 }; /* kept of one input; later ones are counted */

/* Of one model. */
typedef struct {
  bool flags;       /* some label can be flagged */
  bool evidence;    /* and it can say where: shown in the spectrogram */
  bool was_flagged; /* at some tick, with evidence */
  bool classes;     /* its labels are shown */
  lane momentary;   /* likelihood of the likeliest label that can be flagged */
  lane short_term;  /* the same over 3 s */
  lane rows;        /* contributions [n_rows] where it was flagged */
  lane labels;      /* posteriors [n_labels] over 3 s */
} trace_model;

typedef struct {
  const model_set *models;
  double rate_hz;
  ear_front_end front_end; /* of the spectrogram */
  ear_features *features;
  series sound; /* dB [n_bands] */
  loud *level;  /* NULL: not measured */
  trace_model model[EAR_MAX_MODELS];
  uint32_t n_events, n_dropped;
  ear_event *event; /* [n_events] */
  /* The tick that was likeliest flagged, of the first model that flags. */
  uint32_t worst_model, worst_label;
  double worst_s; /* -1: none */
  float worst_p, worst_score, worst_low_hz, worst_high_hz;
  bool worst_flagged;
} trace;

/* False, and err says why: memory is short.  trace_free in every case. */
bool trace_begin(trace *t, const report *r, ear_error *err);
void trace_free(trace *t);

/* Samples: mono[0..n) and as they came, interleaved. */
void trace_push(trace *t, const float *mono, const float *interleaved, size_t n);
void trace_verdict(trace *t, const ear_verdict *v);
void trace_event(trace *t, const ear_event *e);
void trace_end(trace *t, double length_s);

#endif
