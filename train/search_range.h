/* SPDX-License-Identifier: ISC */
/* What a search may try for one key of a recipe.

     rate=1e-4..1e-2:log        a real number, evenly in its logarithm
     batch=16..64               a whole number, as both ends are
     optimizer=adam|adamw       one of several values
   A key is one of [train], one of [input] as input.KEY, or dropout: the probability of
   every dropout line. */
#ifndef EAR_TRAIN_SEARCH_RANGE_H
#define EAR_TRAIN_SEARCH_RANGE_H

#include "recipe.h"
#include "rng.h"

enum { SEARCH_MAX_CHOICES = 16, SEARCH_VALUE = 64 };

typedef struct {
  char key[32];
  bool log, whole;
  double low, high;
  uint32_t n_choices; /* 0: low..high */
  char choice[SEARCH_MAX_CHOICES][SEARCH_VALUE];
} search_range;

/* "KEY=LOW..HIGH", with ":log" or " log" after it, or "KEY=A|B|C".  [any] */
ear_status search_range_read(search_range *g, const char *text, ear_error *err);

/* A value as the recipe would say it.  [any] */
void search_range_draw(const search_range *g, rng *r, char value[SEARCH_VALUE]);

/* Where a value lies in a picture: its number, or which choice it is from 1.  NaN: it is
   neither.  [any] */
double search_range_place(const search_range *g, const char *value);

/* The recipe as text with other values for some keys.  Malloc'ed for
   the caller, NULL: no memory.  [any] */
char *search_recipe_text(const recipe *r, const search_range *range, uint32_t n,
                         const char (*value)[SEARCH_VALUE]);

/* What the recipe itself has for a key; false when it has no such key.  [any] */
bool search_recipe_value(const recipe *r, const char *key, char value[SEARCH_VALUE]);

#endif
