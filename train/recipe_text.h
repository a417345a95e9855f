/* SPDX-License-Identifier: ISC */
/* The shipped recipes, compiled in as text; made by models/embed.c. */
#ifndef EAR_TRAIN_RECIPE_TEXT_H
#define EAR_TRAIN_RECIPE_TEXT_H

#include <stddef.h>

typedef struct {
  const char *name;          /* without folder and ending; NULL ends the table */
  const unsigned char *text; /* ends with a zero byte */
  size_t size;               /* without it */
} recipe_text;

extern const recipe_text recipe_texts[];

#endif
