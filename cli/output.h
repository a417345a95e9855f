/* SPDX-License-Identifier: ISC */
/* What is told of one input, and the formats that tell it.
   analysis.c fills a report while verdicts arrive; a format writes from it.  */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "models.h"

#include <stdio.h>

/* What one model has said of one input so far. */
typedef struct {
  uint64_t n_ticks, n_flagged; /* at the horizon that makes events */
  uint64_t n_gated;            /* under -70 dBFS */
  uint32_t n_events;           /* rejected ones not counted */
  ear_verdict last;            /* its integrated horizon is the summary */
  ear_event worst;             /* the event of the highest peak, if there is any */
} model_tally;

typedef struct {
  const char *source;      /* as the user would name it */
  const model_set *models; /* names, thresholds */
  bool explain;            /* rejected events too */
  double rate_hz;
  uint32_t n_channels;
  double announced_s; /* length by the header, 0 if unknown */
  double analysed_s;  /* so far */
  bool interrupted;
  bool ongoing; /* more will be heard: a flag that is on has made no event yet */
  model_tally tally[EAR_MAX_MODELS];
  FILE *out;
  FILE *events; /* text: lines that follow the summary; else NULL */
} report;

/* Take a verdict or event into the tally of its model. */
void report_count_verdict(report *r, const ear_verdict *v);
void report_count_event(report *r, const ear_event *e);

/* Any function may be NULL.  All write to r->out and never fail: look at ferror. */
typedef struct {
  const char *name;
  const char *ending;       /* of the file for one input in a folder of results */
  bool one_file_many;       /* several inputs may share one file */
  bool explains;            /* shows rejected events */
  bool by_line;             /* results come while the input is still being read */
  void (*head)(FILE *out);  /* once a file */
  bool (*begin)(report *r); /* false: no temporary file could be made */
  void (*verdict)(report *r, const ear_verdict *v);
  void (*event)(report *r, const ear_event *e);
  void (*end)(report *r);
  void (*error)(FILE *out, const char *source, const char *message);
} output_format;

extern const output_format out_text, out_jsonl, out_csv, out_audacity, out_raven;

/* NULL if there is none of that name; the list ends with NULL. */
const output_format *output_find(const char *name);
extern const output_format *const output_formats[];

/* What each format holds, column by column: for --help-formats. */
extern const char output_help[];

/* Name of the label an event is about. */
const char *event_label(const report *r, const ear_event *e);

/* The kind of harshness that it is likeliest of; NULL: the model does not say.  */
const char *event_kind(const report *r, const ear_event *e);

/* In words onto r->out, as the text format has them: what model m heard, "6:12 long,
   44.1 kHz, stereo".  `column`: how far along its line the first word stands. */
void say_verdict(const report *r, uint32_t m, size_t column);
void say_sound(const report *r);

/* Does the verdict say where in the spectrum? */
bool range_known(float low_hz, float high_hz);

#endif
