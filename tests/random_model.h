/* SPDX-License-Identifier: ISC */
/* Random networks that pass every check: all layers, odd sizes, extreme weights and
   scales.  A seed always gives the same network. */
#ifndef EAR_TESTS_RANDOM_MODEL_H
#define EAR_TESTS_RANDOM_MODEL_H

#include "model.h"

typedef struct {
  ear_model_spec spec; /* points into the arrays below */
  ear_shape shape[EAR_MAX_LAYERS];
  int8_t *weight[EAR_MAX_LAYERS];
  int32_t *bias[EAR_MAX_LAYERS];
  float *scale[EAR_MAX_LAYERS];
  float mean[EAR_MAX_BANDS], inverse_std[EAR_MAX_BANDS];
} random_model;

typedef enum { RANDOM_HEAD, RANDOM_MEAN, RANDOM_FLATTEN, RANDOM_PLAIN } random_head;

/* size: 1 tiny .. 3 as large as a shipped model. */
void random_model_make(random_model *m, uint64_t seed, uint32_t size, random_head head);
void random_model_free(random_model *m);

/* SplitMix64. */
uint64_t random_next(uint64_t *state);
/* One of lo..hi. */
uint32_t random_in(uint64_t *state, uint32_t lo, uint32_t hi);

#endif
