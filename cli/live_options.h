/* SPDX-License-Identifier: ISC */
/* The command line of `earshot live`, checked. */
#ifndef LIVE_OPTIONS_H
#define LIVE_OPTIONS_H

#include "backend.h"
#include "live_output.h"
#include "model_options.h"

typedef enum {
  LIVE_AUTO = 0, /* text on a terminal, else JSON lines */
  LIVE_TEXT,
  LIVE_JSONL
} live_format;

typedef struct {
  model_options models;
  const char *backend; /* NULL: the first that answers */
  backend_config input;
  raw_format raw;    /* what input.raw points to, if it does */
  bool wait;         /* for a server or device that is not there yet */
  bool once;         /* end when it goes */
  bool from_sound;   /* begin at the first sample that is not 0 */
  double duration_s; /* 0: until stopped */
  live_format format;
  const char *output; /* NULL: standard output */
  bool overwrite;
  const char *osc, *log; /* URL, file; NULL: none */
  live_output_options results;
  double fps;  /* updates of the outputs a second */
  bool window; /* show the live view in a window */
  bool quiet;
  const char *help; /* the text that was asked for, or NULL */
} live_options;

/* False after a usage error has been printed.  [setup] */
bool live_options_parse(live_options *o, int argc, char **argv);

#endif
