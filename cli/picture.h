/* SPDX-License-Identifier: ISC */
/* The picture of one input, of what trace.h has gathered, with its words. */
#ifndef PICTURE_H
#define PICTURE_H

#include "../view/file_picture.h"
#include "../view/save.h"
#include "trace.h"

typedef struct {
  view_file d; /* points into the trace and into this */
  view_flagged *flagged;
  char *title, *note, *worst_text;
  double w, h; /* in units */
} picture;

/* After trace_end.  False: memory is short.  The trace and the report's models have to
   live as long; picture_free in every case. */
bool picture_of(picture *p, const report *r, const trace *t);
void picture_free(picture *p);

/* To draw it; `ink` has to live until it is drawn. */
typedef struct {
  const picture *p;
  view_mode mode;
} picture_ink;
view_picture picture_view(const picture_ink *ink, double scale);

/* What fn writes of r, as malloc'ed text; NULL if memory is short. */
char *words_of(const report *r, void (*fn)(const report *r));

#endif
