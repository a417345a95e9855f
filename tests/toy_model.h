/* SPDX-License-Identifier: ISC */
/* Small models with random weights: wrong about music, right for proofs about streams. */
#ifndef EAR_TESTS_TOY_MODEL_H
#define EAR_TESTS_TOY_MODEL_H

#include "earshot.h"

typedef struct {
  uint32_t seed;
  bool flatten;  /* a window of frames instead of means over the horizons */
  uint32_t wide; /* front end: 0: 22,050 Hz, 512, 128; 1: 16,000 Hz, 256, 100, all kinds
                    of features, and where there is no flatten a summary; 2: 22,050 Hz,
                    128, 16: a tick every 1.5 ms */
  uint32_t n_labels;
  bool harshness; /* the task; else a classifier; label 0 never flags in both */
  float unsure;   /* the margin of a classifier; 0: it has none */
} toy;

/* Fails the running test if the engine refuses it. */
ear_model *toy_model(const toy *t);

#endif
