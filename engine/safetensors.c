/* SPDX-License-Identifier: ISC */
/* Bytes are hostile until checked: every length is compared with what is left before it
   is used, and every product is bounded before it is formed. */
#include "safetensors.h"

#include "model_check.h"
#include <stdlib.h>
#include <string.h>

static const char *const dtype_name[] = {"I8", "I32", "F32"};

size_t
ear_dtype_size(ear_dtype dtype)
{
  return dtype == EAR_I8 ? 1 : 4;
}

/* Fill dtype, dims and n of t from its entry. */
static ear_status
read_shape(ear_tensor *t, const json_t *entry, ear_error *err)
{
  const char *dtype = json_string_value(json_object_get(entry, "dtype"));
  const json_t *shape = json_object_get(entry, "shape");
  int d = 2;
  while (d >= 0 && (!dtype || strcmp(dtype, dtype_name[d]))) {
    --d;
  }
  if (d < 0) {
    return ear_fail(err, EAR_BAD_MODEL, "tensor \"%.64s\" is not I8, I32 or F32",
                    t->name);
  }
  if (!json_is_array(shape) || json_array_size(shape) < 1 ||
      json_array_size(shape) > EAR_ST_MAX_DIMS) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "tensor \"%.64s\" does not have 1 to 4 dimensions", t->name);
  }
  t->dtype = (ear_dtype)d;
  t->n_dims = (uint32_t)json_array_size(shape);
  t->n = 1;
  for (uint32_t i = 0; i < t->n_dims; ++i) {
    const json_t *dim = json_array_get(shape, i);
    const json_int_t v = json_integer_value(dim); /* 0 if it is no integer */
    if (v < 1 || v > EAR_ST_MAX_FILE || (size_t)v > EAR_ST_MAX_FILE / t->n) {
      return ear_fail(err, EAR_BAD_MODEL, "tensor \"%.64s\" has an impossible shape",
                      t->name);
    }
    t->dim[i] = (uint32_t)v;
    t->n *= (size_t)v;
  }
  t->n_bytes = t->n * ear_dtype_size(t->dtype);
  return EAR_OK;
}

/* Describe the tensor `name`, which must begin at *offset; moves *offset to its end. */
static ear_status
read_tensor(ear_safetensors *st, const char *name, const json_t *entry, size_t *offset,
            ear_error *err)
{
  if (st->n_tensors == EAR_ST_MAX_TENSORS) {
    return ear_fail(err, EAR_BAD_MODEL, "more than %d tensors", EAR_ST_MAX_TENSORS);
  }
  ear_tensor *t = &st->tensor[st->n_tensors];
  *t = (ear_tensor){.name = name};
  if (json_object_size(entry) != 3) { /* 0 of what is no object */
    return ear_fail(err, EAR_BAD_MODEL,
                    "tensor \"%.64s\" is not described by dtype, shape and data_offsets",
                    name);
  }
  const ear_status status = read_shape(t, entry, err);
  if (status) {
    return status;
  }
  const json_t *range = json_object_get(entry, "data_offsets");
  const json_t *begin = json_array_get(range, 0);
  const json_t *end = json_array_get(range, 1);
  if (json_array_size(range) != 2 || json_typeof(begin) != JSON_INTEGER ||
      json_typeof(end) != JSON_INTEGER ||
      json_integer_value(begin) != (json_int_t)*offset ||
      t->n_bytes > st->n_payload - *offset ||
      json_integer_value(end) != (json_int_t)*offset + (json_int_t)t->n_bytes) {
    return ear_fail(
        err, EAR_BAD_MODEL,
        "tensor \"%.64s\" does not follow the one before it without a gap, or "
        "does not fit the file (cut short?)",
        name);
  }
  t->data = st->payload + *offset;
  *offset += t->n_bytes;
  ++st->n_tensors;
  return EAR_OK;
}

static ear_status
read_metadata(ear_safetensors *st, ear_error *err)
{
  json_t *metadata = json_object_get(st->header, "__metadata__");
  st->metadata = metadata;
  if (!json_is_object(metadata)) {
    return ear_fail(err, EAR_BAD_MODEL, "no __metadata__: not a model of this program");
  }
  for (void *at = json_object_iter(metadata); at;
       at = json_object_iter_next(metadata, at)) {
    if (json_typeof(json_object_iter_value(at)) != JSON_STRING) {
      return ear_fail(err, EAR_BAD_MODEL, "metadata \"%.64s\" is not a string",
                      json_object_iter_key(at));
    }
  }
  return EAR_OK;
}

static ear_status
read_header(ear_safetensors *st, ear_error *err)
{
  size_t offset = 0;
  ear_status status = read_metadata(st, err);
  if (status) {
    return status;
  }
  for (void *at = json_object_iter(st->header); at;
       at = json_object_iter_next(st->header, at)) {
    const char *key = json_object_iter_key(at);
    if (strcmp(key, "__metadata__") &&
        (status = read_tensor(st, key, json_object_iter_value(at), &offset, err))) {
      return status;
    }
  }
  if (!st->n_tensors || offset != st->n_payload) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "the tensors do not end at the end of the file (damaged?)");
  }
  return EAR_OK;
}

/* jansson gives no reason at all when an allocation of its parser failed. */
ear_status
ear_json_fail(const char *what, const json_error_t *why, ear_error *err)
{
  if (!why->text[0] || json_error_code(why) == json_error_out_of_memory) {
    return ear_fail(err, EAR_NO_MEMORY, "not enough memory to read %s", what);
  }
  return ear_fail(err, EAR_BAD_MODEL, "%s is not JSON: %s", what, why->text);
}

ear_status
ear_safetensors_read(ear_safetensors *st, const uint8_t *bytes, size_t n, ear_error *err)
{
  json_error_t why;
  uint64_t length = 0;
  st->header = NULL;
  st->n_tensors = 0;
  if (n < 8 || n > EAR_ST_MAX_FILE) {
    return ear_fail(err, EAR_BAD_MODEL, "%zu bytes: a model file has 8 bytes to 16 MiB",
                    n);
  }
  for (int i = 7; i >= 0; --i) {
    length = length << 8 | bytes[i];
  }
  if (length < 2 || length > EAR_ST_MAX_HEADER || length > n - 8) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "the header's length is not possible: not a safetensors file, or cut "
                    "short");
  }
  st->payload = bytes + 8 + length;
  st->n_payload = n - 8 - (size_t)length;
  const char *text = (const char *)bytes + 8;
  st->header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &why);
  if (!st->header) {
    return ear_json_fail("the header", &why, err);
  }
  const ear_status status =
      json_typeof(st->header) == JSON_OBJECT
          ? read_header(st, err)
          : ear_fail(err, EAR_BAD_MODEL, "the header is not a JSON object");
  if (status) {
    json_decref(st->header);
    st->header = NULL;
  }
  return status;
}

const char *
ear_safetensors_text(const ear_safetensors *st, const char *key)
{
  return json_string_value(json_object_get(st->metadata, key));
}

/* The header as an object, or NULL when memory is short. */
static json_t *
describe(const ear_tensor *tensor, uint32_t n_tensors, json_t *metadata)
{
  json_int_t offset = 0;
  json_t *header = json_object();
  int bad = !header || json_object_set(header, "__metadata__", metadata);
  for (uint32_t i = 0; !bad && i < n_tensors; ++i) {
    const ear_tensor *t = &tensor[i];
    json_t *shape = json_array();
    for (uint32_t d = 0; d < t->n_dims; ++d) {
      bad |= json_array_append_new(shape, json_integer(t->dim[d]));
    }
    const json_int_t end = offset + (json_int_t)t->n_bytes;
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype_name[t->dtype],
                              "shape", shape, "data_offsets", offset, end);
    bad |= json_object_set_new(header, t->name, entry);
    offset = end;
  }
  if (bad) {
    json_decref(header);
    return NULL;
  }
  return header;
}

ear_status
ear_safetensors_write(const ear_tensor *tensor, uint32_t n_tensors, json_t *metadata,
                      uint8_t **bytes, size_t *n, ear_error *err)
{
  json_t *header = describe(tensor, n_tensors, metadata);
  char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
  const size_t n_text = text ? strlen(text) : 0;
  const size_t n_header = (n_text + 7) / 8 * 8;
  size_t total = 8 + n_header;
  for (uint32_t i = 0; i < n_tensors; ++i) {
    total += tensor[i].n_bytes;
  }
  uint8_t *out = text ? malloc(total) : NULL;
  if (out) {
    for (int i = 0; i < 8; ++i) {
      out[i] = (uint8_t)((uint64_t)n_header >> 8 * i);
    }
    memset(out + 8, ' ', n_header);
    memcpy(out + 8, text, n_text); // NOLINT: bytes of a file, no string
    size_t at = 8 + n_header;
    for (uint32_t i = 0; i < n_tensors; ++i) {
      memcpy(out + at, tensor[i].data, tensor[i].n_bytes);
      at += tensor[i].n_bytes;
    }
  }
  free(text);
  json_decref(header);
  *bytes = out;
  *n = out ? total : 0;
  return out ? EAR_OK
             : ear_fail(err, EAR_NO_MEMORY, "not enough memory for the model file");
}
