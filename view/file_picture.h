/* SPDX-License-Identifier: ISC */
/* All that was heard in one file, one panel above another over the same time: how likely
   it is harsh, spectrogram, classes, loudness; and a line through all of them at the
   second that hurts most. */
#ifndef EAR_VIEW_FILE_PICTURE_H
#define EAR_VIEW_FILE_PICTURE_H

#include "spectrogram.h"

/* Values at equal steps of time. */
typedef struct {
  uint32_t n;
  double start_s, step_s; /* middle of the first, from one to the next */
  uint32_t stride;        /* floats from one to the next */
  const float *v;
} view_track;

typedef struct {
  const char *name;      /* of what is flagged: "harsh" */
  double threshold;      /* NaN: none to show */
  view_track momentary;  /* 0..1, the largest of each step */
  view_track short_term; /* of the same steps */
} view_likelihood;

typedef struct {
  double start_s, end_s;
  float low_hz, high_hz; /* 0, 0: unknown */
  uint32_t likelihood;   /* that was over its threshold */
} view_flagged;

typedef struct {
  const char *name;
  double share; /* of the whole file, 0..1; NaN: not known */
  view_track p;
} view_class;

enum { VIEW_MAX_LIKELIHOODS = 4, VIEW_MAX_CLASSES = 8 };

typedef struct {
  const char *title, *note;
  double length_s;
  double worst_s;         /* the second to listen to; NaN: none */
  const char *worst_text; /* beside it */
  view_spectrogram sound; /* title, note and mark are not used */
  uint32_t n_likelihoods, n_flagged, n_classes;
  view_likelihood likelihood[VIEW_MAX_LIKELIHOODS];
  const view_flagged *flagged; /* [n_flagged] */
  view_class class[VIEW_MAX_CLASSES];
  view_track momentary_lufs, short_lufs; /* n 0: not measured; the largest of each step */
} view_file;

void view_draw_file(cairo_t *cr, const view_theme *th, view_box box, const view_file *d);

/* A size at which it can be read. */
void view_file_size(const view_file *d, double *w, double *h);

/* From where to where its time runs, in a picture of width w. */
void view_file_span(double w, double *from_x, double *to_x);

#endif
