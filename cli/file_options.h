/* SPDX-License-Identifier: ISC */
/* The command line of `earshot file`, checked. */
#ifndef FILE_OPTIONS_H
#define FILE_OPTIONS_H

#include "analysis.h"
#include "model_options.h"

typedef struct {
  model_options models;
  unsigned n_threads; /* 0: one a core */
  bool recursive, overwrite, explain, quiet, has_raw;
  const char *help;   /* the text that was asked for, or NULL */
  const char *output; /* NULL: standard output */
  const output_format *format;
  raw_format raw;
  fail_gate gate;
  picture_options pictures;
  char **input;
  size_t n_inputs;
} file_options;

/* False after a usage error has been printed.  [setup] */
bool file_options_parse(file_options *o, int argc, char **argv);

#endif
