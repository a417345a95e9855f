/* SPDX-License-Identifier: ISC */
/* Small networks and numbers for the tests of the trainer. */
#ifndef NN_WORLD_H
#define NN_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../train/nn.h"
#include "../train/recipe_parse.h"
#include "../train/rng.h"

/* A recipe of these network lines on patches of n_frames x n_bands. */
static inline recipe
world_recipe(uint32_t n_frames, uint32_t n_bands, const char *network)
{
  char text[2048];
  recipe r;
  ear_error err = {""};
  snprintf(text, sizeof text,
           "[input]\nrate 16000\nfft 512\nhop 256\nhigh 8000\nbands %u\nframes %u\n"
           "[network]\n%s\n[train]\n",
           n_bands, n_frames, network);
  if (recipe_parse(&r, "world.recipe", text, &err)) {
    fail_msg("%s", err.text);
  }
  return r;
}

static inline nn *
world_net(const recipe *r, uint32_t n_labels, uint32_t max_batch, uint64_t seed)
{
  nn *net = NULL;
  ear_error err = {""};
  if (nn_new(&net, r, n_labels, max_batch, r->frames, seed, &err)) {
    fail_msg("%s", err.text);
  }
  return net;
}

/* n normal values, to be freed. */
static inline float *
world_normal(size_t n, uint64_t seed)
{
  rng r = rng_stream(seed, 1, 1);
  float *x = malloc((n ? n : 1) * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < n; ++i) {
    x[i] = (float)rng_normal(&r);
  }
  return x;
}

#endif
