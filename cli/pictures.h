/* SPDX-License-Identifier: ISC */
/* The pictures of a run: --plot, one file an input, and --report, one page of all. */
#ifndef PICTURES_H
#define PICTURES_H

#include "inputs.h"
#include "trace.h"

typedef struct {
  const char *plot;   /* a picture, or a folder of them; NULL: none */
  const char *report; /* a page; NULL: none */
  bool dark;          /* the plot; the page is as the reader's system is */
  bool overwrite;     /* files that exist */
  bool raw;           /* inputs without headers: no browser plays them */
} picture_options;

typedef struct pictures pictures;

/* Refuses, before anything is analysed, names that cannot be written.  EXIT_DONE, or
   another code and err says why.  `list` and `o` have to live as long.  [setup] */
exit_code pictures_open(pictures **p, const picture_options *o, const input_list *list,
                        ear_error *err);

/* The input has been heard: draw it.  False: it could not be written.  [any] */
bool pictures_keep(pictures *p, const input *in, const report *r, const trace *t,
                   ear_error *err);

/* The input could not be analysed, for this reason.  [any] */
void pictures_miss(pictures *p, const input *in, const char *why);

/* The page gets its name.  False: it could not be written. */
bool pictures_close(pictures *p, ear_error *err);
void pictures_free(pictures *p); /* NULL is fine */

#endif
