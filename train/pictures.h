/* SPDX-License-Identifier: ISC */
/* The trainer's pictures: which scene of view/ shows which of its data. */
#ifndef EAR_TRAIN_PICTURES_H
#define EAR_TRAIN_PICTURES_H

#include "../view/paint.h"
#include "../view/save.h"
#include "page.h"

#include <stdio.h>

/* A scene that draws `data` in either theme. */
typedef struct {
  double w, h;
  void (*draw)(const void *data, cairo_t *cr, const view_theme *th, view_box box);
  const void *data;
} picture;

picture picture_curves(const page *pg);
picture picture_confusion(const page *pg);
picture picture_labels(const page *pg); /* F1 of each, for sounds with several */
picture picture_roc(const page *pg);
picture picture_reliability(const page *pg);

typedef struct {
  const page *pg;
  uint32_t which; /* of its hearings */
} picture_which;
picture picture_hearing(const picture_which *which);

/* A light PNG.  [setup] */
ear_status picture_save(const picture *p, const char *path, ear_error *err);

/* Into a page, light and dark, with what it shows in words. */
void picture_show(FILE *f, const picture *p, const char *alt);

#endif
