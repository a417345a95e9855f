/* SPDX-License-Identifier: ISC */
/* A recipe text, and the ranges of a search in it: refused with file and line, or read so
   that all of it can be told and a network follows or is refused too. */
#include "fuzz.h"

#include "../../train/recipe_parse.h"
#include "../../train/recipe_text.h"
#include "../../train/search_range.h"

#include <stdlib.h>
#include <string.h>

static void
hear(void *user, const char *key, const char *value)
{
  if (strlen(key) >= 64 || strlen(value) >= 96) {
    fuzz_broken("what a recipe tells fits");
  }
  ++*(uint32_t *)user;
}

static void
use(const recipe *r)
{
  ear_model_spec spec;
  ear_error err = {""};
  uint32_t n_told = 0;
  recipe_tell(r, hear, &n_told);
  if (recipe_spec(r, 3, &spec, &err)) {
    fuzz_sentence(err.text);
  }
  for (uint32_t i = 0; i < r->n_ranges; ++i) {
    search_range g;
    rng draw = rng_stream(1, 2, i);
    char value[SEARCH_VALUE];
    if (search_range_read(&g, r->range[i], &err)) {
      fuzz_sentence(err.text);
    } else {
      search_range_draw(&g, &draw, value);
    }
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  recipe r;
  ear_error err = {""};
  char *text = malloc(n + 1);
  if (!text) {
    return 0;
  }
  memcpy(text, data, n);
  text[n] = '\0';
  if (recipe_parse(&r, "dir/x.recipe", text, &err)) {
    fuzz_sentence(err.text);
  } else {
    fuzz_taken();
    use(&r);
  }
  free(text);
  return 0;
}

static const char every_key[] =
    "[input]\nrate 22050\nfft 512\nhop 128\nbands 8\nlow 20\nhigh 11025\nscale htk\n"
    "floor 1e-10\nframes 40\nfeatures mel mfcc chroma\nmfcc 5\n"
    "[network]\nsummary 3 stride 2\nconv 8 3x3 stride 1x2 pad 1 dilation 2 bn relu\n"
    "depthwise 3xfull relu\nmaxpool 2x1\ndropout 0.4\nmean frequency deviation\n"
    "dense 4 relu\ndense labels\n"
    "[train]\nepochs 3\nbatch 4\noptimizer adamw\nschedule cosine\nwarmup 3\n"
    "timemask 1 8\nvariants 2\nnoise 20 40\nactivation softmax\n"
    "[search]\nrate 1e-4..1e-2 log\nbatch 8..64\noptimizer adam|sgd\n";

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  recipe r;
  ear_error err;
  char text[sizeof every_key];
  if (i == 0) {
    memcpy(text, every_key, sizeof text);
    if (recipe_parse(&r, "every-key.recipe", text, &err)) {
      fuzz_broken(err.text); /* what stands behind a refused line is not tried */
    }
    return fuzz_text(data, every_key);
  }
  const recipe_text *t = recipe_texts;
  for (uint32_t k = 1; t->name && k < i; ++k) {
    ++t;
  }
  return t->name ? fuzz_text(data, (const char *)t->text) : 0;
}
