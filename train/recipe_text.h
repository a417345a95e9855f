/* SPDX-License-Identifier: ISC */
/* The shipped recipes, compiled in as text; made by train/recipes/embed.c. */
#ifndef EAR_TRAIN_RECIPE_TEXT_H
#define EAR_TRAIN_RECIPE_TEXT_H

typedef struct {
  const char *name; /* without folder and ending; NULL ends the table */
  const char *text;
} recipe_text;

extern const recipe_text recipe_texts[];

#endif
