/* SPDX-License-Identifier: ISC */
/* A small network made by hand, to be broken in one place at a time:
   8 bands, conv 2x3 -> 2, depthwise 1x3, add from 0, mean, dense -> clean, harsh. */
#ifndef EAR_TESTS_SMALL_MODEL_H
#define EAR_TESTS_SMALL_MODEL_H

#include "model.h"
#include <jansson.h>

typedef struct {
  ear_model_spec spec; /* points into the arrays below */
  float mean[8], inverse_std[8];
  int8_t conv[2 * 2 * 3], depthwise[2 * 3], dense[2 * 16];
  int32_t bias[2];
  float scale[2];
} small_model;

void small_model_make(small_model *m);

/* The file of it, malloc'ed. */
uint8_t *small_model_bytes(size_t *n);

/* Take a file apart and put it together again: header as JSON, and the tensors' bytes.
   small_join makes both digests right again if seal is set. */
json_t *small_split(const uint8_t *bytes, size_t n, const uint8_t **payload,
                    size_t *n_payload);
uint8_t *small_join(json_t *header, const uint8_t *payload, size_t n_payload, bool seal,
                    size_t *n);

/* What a file means, all but name, card and licence, as text; two files with the same
   text give the same verdicts.  malloc'ed. */
char *small_meaning(const ear_model *model);

#endif
