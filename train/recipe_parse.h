/* SPDX-License-Identifier: ISC */
/* Inside of the recipe reader: the words of one line, and complaints about them. */
#ifndef EAR_TRAIN_RECIPE_PARSE_H
#define EAR_TRAIN_RECIPE_PARSE_H

#include "recipe.h"

enum { RECIPE_MAX_WORDS = 16 };

typedef struct {
  recipe *r;
  const char *path;
  uint32_t line;
  uint64_t input_seen, train_seen; /* keys met, a bit each */
  uint32_t n_words;
  const char *word[RECIPE_MAX_WORDS];
  ear_error *err;
} recipe_parser;

/* The whole text of a recipe, which is cut up; path names it in messages. */
ear_status recipe_parse(recipe *r, const char *path, char *text, ear_error *err);

/* Fill err with "path:line: " and the sentence; EAR_BAD_ARGUMENT. */
ear_status recipe_complain(recipe_parser *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A whole word as a number within [lo, hi]; false if it is not one. */
bool recipe_uint(const char *word, uint32_t lo, uint32_t hi, uint32_t *value);
bool recipe_float(const char *word, double lo, double hi, float *value);

/* Key i of [input] or [train] and its value in r; false when there are no more. */
bool recipe_key_text(const recipe *r, bool train, uint32_t i, const char **name,
                     char value[64]);

/* p->word as a line of the section. */
ear_status recipe_input_line(recipe_parser *p);
ear_status recipe_train_line(recipe_parser *p);
ear_status recipe_layer_line(recipe_parser *p);

#endif
