/* SPDX-License-Identifier: ISC */
/* One input from the first sample to the last result. */
#ifndef ANALYSIS_H
#define ANALYSIS_H

#include "inputs.h"
#include "output.h"
#include "pictures.h"
#include "raw.h"

/* "harsh>=0.7": the integrated posterior of a label that makes the program fail. */
typedef struct {
  char label[256]; /* "": none was asked for */
  bool over;       /* '>' instead of '>=' */
  double p;
} fail_gate;

/* What holds for every input of the run; read only while inputs are analysed. */
typedef struct {
  model_set models;
  const output_format *format;
  const raw_format *raw; /* NULL: files with a header */
  fail_gate gate;
  bool explain;
  pictures *pictures; /* NULL: none are drawn */
  unsigned n_inside;  /* threads for one long file */
} analysis_config;

typedef struct {
  bool analysed; /* there are results, if only of a part */
  bool failed;   /* and it was named on stderr */
  bool gate_met;
} outcome;

/* Analyse `in` and write its results to out.  Never fails as a whole: what went wrong is
   said on stderr and in the outcome.  [any] */
outcome analyse_input(const analysis_config *config, const input *in, FILE *out);

#endif
