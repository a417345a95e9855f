/* SPDX-License-Identifier: ISC */
/* The outer shell of a model file, tiny so that it is tried very often: bytes that are no
   model are refused with a sentence, and tensors that are described lie inside of them.
 */
#include "fuzz.h"

#include "safetensors.h"

static void
check_tensor(const ear_tensor *t, const uint8_t *data, size_t n)
{
  const uint8_t *first = t->data;
  if (t->n_dims < 1 || t->n_dims > EAR_ST_MAX_DIMS || t->n < 1 ||
      t->n_bytes != t->n * ear_dtype_size(t->dtype) || first < data ||
      t->n_bytes > (size_t)(data + n - first)) {
    fuzz_broken("a tensor lies inside of its file");
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  static ear_safetensors st;
  ear_error err = {""};
  ear_model *model;
  if (ear_safetensors_read(&st, data, n, &err)) {
    fuzz_sentence(err.text);
    return 0;
  }
  fuzz_taken();
  for (uint32_t i = 0; i < st.n_tensors; ++i) {
    check_tensor(&st.tensor[i], data, n);
  }
  json_decref(st.header);
  if (ear_model_parse(&model, data, n, &err)) {
    fuzz_sentence(err.text);
  }
  ear_model_unref(model);
  return 0;
}

static const char *const header[] = {
    "{}", "{\"__metadata__\":{}}",
    "{\"__metadata__\":{},\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
    "{\"__metadata__\":{\"format\":\"earshot\"},\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],"
    "\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"I32\",\"shape\":[1,1,1,1],\"data_offsets\":[0,4]},"
    "\"__metadata__\":{\"format\":\"earshot\",\"format_version\":\"1\"}}"};

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  if (i >= sizeof header / sizeof *header) {
    return 0;
  }
  const size_t n = fuzz_text(data + 8, header[i]);
  for (int k = 0; k < 8; ++k) {
    data[k] = (uint8_t)(n >> 8 * k);
  }
  for (int k = 0; k < 4; ++k) {
    data[8 + n + (size_t)k] = (uint8_t)k;
  }
  return 8 + n + (i < 2 ? 0 : 4);
}
