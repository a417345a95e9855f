/* SPDX-License-Identifier: ISC */
/* Weights follow simple formulas; nothing here is random. */
#include "small_model.h"

#include "model_file.h"
#include <assert.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

static const ear_layer layers[] = {
    {.op = EAR_OP_CONV,
     .kt = 2,
     .kf = 3,
     .st = 1,
     .sf = 1,
     .dt = 1,
     .pad_lo = 1,
     .pad_hi = 1,
     .relu = true,
     .n_out = 2,
     .scale = 0.05f},
    {.op = EAR_OP_DEPTHWISE,
     .kt = 1,
     .kf = 3,
     .st = 1,
     .sf = 1,
     .dt = 1,
     .pad_lo = 1,
     .pad_hi = 1,
     .scale = 0.0625f,
     .zero_point = 100},
    {.op = EAR_OP_ADD, .from = 0, .relu = true, .scale = 0.07f},
    {.op = EAR_OP_MEAN},
    {.op = EAR_OP_DENSE, .n_out = 2},
};

void
small_model_make(small_model *m)
{
  ear_model_spec *spec = &m->spec;
  *m = (small_model){.bias = {40, -7}, .scale = {0.011f, 0.013f}};
  *spec = (ear_model_spec){.name = "small",
                           .task = "harshness",
                           .license = "ISC",
                           .card = "Made by hand.",
                           .n_labels = 2,
                           .label = {"clean", "harsh"},
                           .threshold = {2, 0.6f},
                           .activation = EAR_SOFTMAX,
                           .temperature = 1.5f,
                           .mean = m->mean,
                           .inverse_std = m->inverse_std,
                           .input_scale = 0.03f,
                           .input_zero_point = 128,
                           .n_layers = 5};
  spec->front_end = ear_front_end_default();
  spec->front_end.n_bands = 8;
  for (uint32_t b = 0; b < 8; ++b) {
    m->mean[b] = -20.5f - (float)b;
    m->inverse_std[b] = 0.1f + 0.01f * (float)b;
  }
  for (int i = 0; i < 32; ++i) {
    m->conv[i % 12] = (int8_t)(i * 37 % 255 - 127);
    m->depthwise[i % 6] = (int8_t)(i * 71 % 255 - 127);
    m->dense[i] = (int8_t)(i * 101 % 255 - 127);
  }
  memcpy(spec->layer, layers, sizeof layers);
  for (uint32_t l = 0; l < 5; ++l) {
    spec->layer[l].bias = m->bias;
    spec->layer[l].weight_scale = m->scale;
  }
  spec->layer[0].weight = m->conv;
  spec->layer[1].weight = m->depthwise;
  spec->layer[4].weight = m->dense;
}

uint8_t *
small_model_bytes(size_t *n)
{
  small_model m;
  uint8_t *bytes;
  small_model_make(&m);
  const ear_status st = ear_model_write(&m.spec, &bytes, n, NULL);
  assert(!st);
  return st ? NULL : bytes;
}

json_t *
small_split(const uint8_t *bytes, size_t n, const uint8_t **payload, size_t *n_payload)
{
  const size_t length = bytes[0] | (size_t)bytes[1] << 8;
  *payload = bytes + 8 + length;
  *n_payload = n - 8 - length;
  json_t *header = json_loadb((const char *)bytes + 8, length, 0, NULL);
  assert(header);
  return header;
}

uint8_t *
small_join(json_t *header, const uint8_t *payload, size_t n_payload, bool seal, size_t *n)
{
  char hex[EAR_SHA256_TEXT];
  json_t *metadata = json_object_get(header, "__metadata__");
  if (seal) {
    SHA256Data(payload, n_payload, hex);
    json_object_set_new(metadata, "payload_sha256", json_string(hex));
    if (ear_meta_sha256(metadata, hex)) {
      json_object_set_new(metadata, "meta_sha256", json_string(hex));
    }
  }
  char *text = json_dumps(header, JSON_COMPACT);
  const size_t length = strlen(text);
  uint8_t *bytes = malloc(8 + length + n_payload);
  assert(bytes);
  for (int i = 0; i < 8; ++i) {
    bytes[i] = (uint8_t)((uint64_t)length >> 8 * i);
  }
  memcpy(bytes + 8, text, length);
  memcpy(bytes + 8 + length, payload, n_payload);
  *n = 8 + length + n_payload;
  free(text);
  return bytes;
}

char *
small_meaning(const ear_model *model)
{
  ear_model_spec spec = *ear_model_spec_get(model);
  uint8_t *bytes;
  size_t n;
  spec.name = "any"; /* the writer is canonical: the same spec gives the same bytes */
  spec.card = spec.license = "";
  const ear_status st = ear_model_write(&spec, &bytes, &n, NULL);
  assert(!st);
  char *hex = malloc(EAR_SHA256_TEXT);
  assert(hex);
  SHA256Data(bytes, st ? 0 : n, hex);
  free(bytes);
  return hex;
}
