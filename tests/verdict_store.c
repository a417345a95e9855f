/* SPDX-License-Identifier: ISC */
/* Writes the built-in models, each with the frames that its front end makes of 40 s of
   made sound, for verdict_hash.

   usage: verdict_store STORE */
#include "made_sound.h"
#include "model_check.h"
#include "net.h"
#include "stored_net.h"

#include <stdlib.h>

enum { N_SAMPLES = 40 * 48000, MOST_FRAMES = 1 << 13 };

typedef struct {
  const ear_model *model;
  stored_net net;
  uint32_t n_values;
} stretch;

static void
keep(void *user, uint64_t t, const float *value)
{
  stretch *s = user;
  if (t < MOST_FRAMES) {
    ear_net_quantize(s->model, value, s->net.frames + t * s->n_values);
    s->net.n_frames = (uint32_t)t + 1;
  }
}

static bool
store(FILE *f, const char *name)
{
  static float x[N_SAMPLES];
  uint32_t noise = 1;
  for (size_t i = 0; i < N_SAMPLES; ++i) {
    x[i] = (float)made_sample(i, &noise) / 32768.0f;
  }
  ear_model *model;
  ear_features *fx;
  if (ear_model_builtin(&model, name, NULL)) {
    return false;
  }
  stretch s = {.model = model, .net.spec = *ear_model_spec_get(model)};
  s.n_values = ear_front_end_values(&s.net.spec.front_end);
  s.net.frames = malloc((size_t)MOST_FRAMES * s.n_values);
  if (!s.net.frames || ear_model_shapes(&s.net.spec, s.net.shape, NULL) ||
      ear_features_new(&fx, 48000, &s.net.spec.front_end, NULL)) {
    return false;
  }
  ear_features_push(fx, x, N_SAMPLES, keep, &s);
  const bool ok = fputc('n', f) != EOF && stored_net_write(f, &s.net);
  ear_features_free(fx);
  free(s.net.frames);
  ear_model_unref(model);
  return ok;
}

int
main(int argc, char **argv)
{
  FILE *f = argc == 2 ? fopen(argv[1], "wb") : NULL;
  if (!f || !store(f, "harshness") || !store(f, "genre") || fclose(f)) {
    fprintf(stderr, "verdict_store: not written\n");
    return 1;
  }
  return 0;
}
