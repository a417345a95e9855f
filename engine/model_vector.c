/* SPDX-License-Identifier: ISC */
/* The self-check of a model: integers in, integers out, so every machine and every kernel
   must find the same.  Frames are noise from a 64-bit congruential generator (Knuth's
   MMIX constants), top 8 bits; horizons are 1 and 2 ticks; the text ends with every
   accumulator of the last tick, momentary first, 8 hexadecimal digits each. */
#include "model_file.h"

#include "net.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t default_seed = 20250331; /* any will do */

enum { MAX_TEXT = EAR_N_HORIZONS * EAR_MAX_OUTPUTS * 8 + 1, N_MORE_TICKS = 2 };

/* Frames until the network has given N_MORE_TICKS ticks after the first. */
static uint32_t
n_frames(const ear_model_spec *spec, const ear_shape *shape)
{
  const ear_shape *s = &shape[spec->n_layers - 1];
  return s->receptive + N_MORE_TICKS * s->stride;
}

/* Run the network and write its accumulators. */
static ear_status
run(const ear_model_spec *spec, uint32_t seed, uint32_t n, char text[MAX_TEXT],
    ear_error *err)
{
  ear_net *net;
  uint8_t q[EAR_MAX_BANDS];
  uint64_t x = seed;
  const ear_status st = ear_net_from_spec(&net, spec, 1, 2, err);
  if (st) {
    return st;
  }
  for (uint32_t t = 0; t < n; ++t) {
    for (uint32_t v = 0; v < ear_front_end_values(&spec->front_end); ++v) {
      x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      q[v] = (uint8_t)(x >> 56);
    }
    if (ear_net_push_quantized(net, q)) {
      ear_net_tick(net, false);
    }
  }
  const uint32_t n_horizons = ear_net_averages(net) ? EAR_N_HORIZONS : 1;
  for (uint32_t h = 0; h < n_horizons; ++h) {
    const int32_t *acc = ear_net_accumulators(net, (ear_horizon)h);
    for (uint32_t o = 0; o < ear_model_n_outputs(spec); ++o) {
      text += snprintf(text, 9, "%08" PRIx32, (uint32_t)acc[o]);
    }
  }
  ear_net_free(net);
  return EAR_OK;
}

ear_status
ear_vector_write(const ear_model_spec *spec, const ear_shape *shape, json_t **text,
                 ear_error *err)
{
  char logits[MAX_TEXT];
  const uint32_t n = n_frames(spec, shape);
  const ear_status st = run(spec, default_seed, n, logits, err);
  *text = st ? NULL
             : json_sprintf("{\"seed\":%u,\"frames\":%u,\"logits\":\"%s\"}", default_seed,
                            n, logits);
  return st || *text ? st : ear_fail(err, EAR_NO_MEMORY, "not enough memory");
}

ear_status
ear_vector_check(const ear_model_spec *spec, const ear_shape *shape, const char *text,
                 ear_error *err)
{
  json_t *vector;
  char found[MAX_TEXT];
  ear_status st = ear_meta_json(&vector, "test_vector", text, err);
  if (st) {
    return st;
  }
  const json_int_t seed = json_integer_value(json_object_get(vector, "seed"));
  const json_int_t frames = json_integer_value(json_object_get(vector, "frames"));
  const char *expected = json_string_value(json_object_get(vector, "logits"));
  if (!expected || seed < 0 || seed > UINT32_MAX || frames != n_frames(spec, shape)) {
    st = ear_fail(err, EAR_BAD_MODEL,
                  "test_vector: seed, frames or logits not as expected");
  } else {
    st = run(spec, (uint32_t)seed, (uint32_t)frames, found, err);
    if (!st && strcmp(found, expected)) {
      st = ear_fail(
          err, EAR_BAD_MODEL,
          "the network does not give the outputs that its file promises: made by "
          "another version, or damaged");
    }
  }
  json_decref(vector);
  return st;
}
