/* SPDX-License-Identifier: ISC */
/* The same spec gives the same bytes: keys in a fixed order, reals with 9 digits (enough
   for every float), tensors in layer order.  What is written is read back and checked
   before anyone gets it. */
#include "model_file.h"

#include "frontend.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  MAX_TENSORS = 2 + 3 * EAR_MAX_LAYERS,
  MAX_OLD_ROWS = 64, /* of a kernel in version 1 */
};

/* Add value as a JSON text to the metadata; both references are taken over. */
static int
set_text(json_t *metadata, const char *key, json_t *value)
{
  char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
  json_decref(value);
  const int bad = !text || json_object_set_new(metadata, key, json_string(text));
  free(text);
  return bad;
}

int
ear_format_version(const ear_model_spec *spec)
{
  bool newer = spec->front_end.kinds != EAR_KIND_MEL || spec->severity ||
               spec->n_harsh_kinds || spec->unsure > 0;
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    const ear_layer *y = &spec->layer[l];
    newer |= y->op == EAR_OP_SUMMARY || y->op == EAR_OP_CONCAT || y->deviation ||
             y->frames || y->kf > MAX_OLD_ROWS;
  }
  return newer ? 2 : 1;
}

/* Names of the kinds, and how many MFCCs: nothing for mel alone, as in version 1. */
static int
set_kinds(json_t *object, const ear_front_end *fe)
{
  json_t *kinds = json_array();
  int bad = !object || !kinds;
  for (uint32_t i = 0; i < EAR_N_KINDS; ++i) {
    if (fe->kinds >> i & 1) {
      bad |= json_array_append_new(kinds, json_string(ear_kind_name(i)));
    }
  }
  if (fe->kinds != EAR_KIND_MEL) {
    bad |= json_object_set(object, "features", kinds);
  }
  if (fe->kinds & EAR_KIND_MFCC) {
    bad |= json_object_set_new(object, "mfcc", json_integer(fe->n_mfcc));
  }
  json_decref(kinds);
  return bad;
}

static json_t *
front_end_json(const ear_model_spec *spec)
{
  const ear_front_end *fe = &spec->front_end;
  json_t *j =
      json_pack("{s:f, s:i, s:i, s:i, s:f, s:f, s:s, s:f, s:{s:f, s:i}}", "rate",
                (double)fe->rate_hz, "window", (int)fe->n_fft, "hop", (int)fe->hop,
                "bands", (int)fe->n_bands, "low", (double)fe->low_hz, "high",
                (double)fe->high_hz, "scale", fe->scale == EAR_MEL_HTK ? "htk" : "slaney",
                "floor", (double)fe->floor_power, "normalisation", "input_scale",
                (double)spec->input_scale, "input_zero_point", spec->input_zero_point);
  if (set_kinds(j, fe)) {
    json_decref(j);
    return NULL;
  }
  return j;
}

static json_t *
layer_json(const ear_layer *y, bool last)
{
  json_t *j = json_pack("{s:s}", "op", ear_op_name(y->op));
  int bad = !j;
  if (y->op == EAR_OP_CONV || y->op == EAR_OP_DENSE) {
    bad |= json_object_set_new(j, "out", json_integer(y->n_out));
  }
  if (y->op <= EAR_OP_SUMMARY || y->op == EAR_OP_FLATTEN) {
    const bool flat = y->op == EAR_OP_FLATTEN;
    bad |= json_object_set_new(j, "kernel",
                               json_pack("[i, i]", (int)y->kt, flat ? 1 : (int)y->kf));
    bad |= json_object_set_new(j, "stride",
                               json_pack("[i, i]", (int)y->st, flat ? 1 : (int)y->sf));
  }
  if (y->op <= EAR_OP_DEPTHWISE) {
    bad |= json_object_set_new(j, "pad",
                               json_pack("[i, i]", (int)y->pad_lo, (int)y->pad_hi));
    bad |= json_object_set_new(j, "dilation", json_integer(y->dt));
  }
  if (y->frames) { /* as in version 1 without */
    bad |= json_object_set_new(j, "input", json_string("frames"));
  }
  if (y->op == EAR_OP_ADD || y->op == EAR_OP_CONCAT) {
    bad |= json_object_set_new(j, "from", json_integer(y->from));
  }
  if (y->op == EAR_OP_MEAN) {
    bad |= json_object_set_new(j, "over_frequency", json_boolean(y->over_frequency));
    if (y->deviation) { /* as in version 1 without */
      bad |= json_object_set_new(j, "deviation", json_true());
    }
  }
  if (y->op == EAR_OP_ADD || (ear_op_has_weights(y->op) && !last)) {
    bad |= json_object_set_new(j, "relu", json_boolean(y->relu));
  }
  if (y->op == EAR_OP_ADD || y->op == EAR_OP_CONCAT ||
      (ear_op_has_weights(y->op) && !last)) {
    bad |= json_object_set_new(j, "scale", json_real((double)y->scale));
    bad |= json_object_set_new(j, "zero_point", json_integer(y->zero_point));
  }
  if (bad) {
    json_decref(j);
    return NULL;
  }
  return j;
}

/* The labels' head, then severity and kinds as far as there are. */
static json_t *
heads_json(const ear_model_spec *spec)
{
  json_t *heads = json_pack("[{s:s, s:f}]", "activation",
                            spec->activation == EAR_SIGMOID ? "sigmoid" : "softmax",
                            "temperature", (double)spec->temperature);
  json_t *names = json_array();
  int bad = !heads || !names;
  for (uint32_t i = 0; i < spec->n_harsh_kinds; ++i) {
    bad |= json_array_append_new(names, json_string(spec->harsh_kind[i]));
  }
  if (spec->severity) {
    bad |= json_array_append_new(heads, json_pack("{s:s}", "of", "severity"));
  }
  if (spec->n_harsh_kinds) {
    bad |= json_array_append_new(heads,
                                 json_pack("{s:s, s:O}", "of", "kinds", "names", names));
  }
  json_decref(names);
  if (bad) {
    json_decref(heads);
    return NULL;
  }
  return heads;
}

static int
set_lists(json_t *metadata, const ear_model_spec *spec)
{
  json_t *labels = json_array(), *layers = json_array(), *thresholds = json_object();
  int bad = 0;
  for (uint32_t i = 0; i < spec->n_labels; ++i) {
    const float p = spec->threshold[i];
    bad |= json_array_append_new(labels, json_string(spec->label[i]));
    bad |= json_object_set_new(thresholds, spec->label[i],
                               p > 1 ? json_null() : json_real((double)p));
  }
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    bad |= json_array_append_new(layers,
                                 layer_json(&spec->layer[l], l + 1 == spec->n_layers));
  }
  bad |= set_text(metadata, "labels", labels);
  bad |= set_text(metadata, "front_end", front_end_json(spec));
  bad |= set_text(metadata, "layers", layers);
  bad |= set_text(metadata, "heads", heads_json(spec));
  bad |= set_text(metadata, "thresholds", thresholds);
  if (spec->unsure > 0) {
    bad |=
        set_text(metadata, "unsure", json_pack("{s:f}", "margin", (double)spec->unsure));
  }
  return bad;
}

static ear_status
fill_metadata(json_t *metadata, const ear_model_spec *spec, const ear_shape *shape,
              const char *payload_sha256, ear_error *err)
{
  char hex[EAR_SHA256_TEXT];
  json_t *vector = NULL;
  int bad = json_object_set_new(metadata, "format", json_string(EAR_FORMAT));
  bad |= json_object_set_new(metadata, "format_version",
                             json_string(ear_format_version(spec) == 1 ? "1" : "2"));
  bad |= json_object_set_new(metadata, "name", json_string(spec->name));
  bad |= json_object_set_new(metadata, "task", json_string(spec->task));
  bad |= set_lists(metadata, spec);
  bad |= json_object_set_new(metadata, "license", json_string(spec->license));
  bad |= json_object_set_new(metadata, "card", json_string(spec->card));
  const ear_status st = ear_vector_write(spec, shape, &vector, err);
  if (st) {
    return st;
  }
  bad |= json_object_set_new(metadata, "test_vector", vector);
  bad |= json_object_set_new(metadata, "payload_sha256", json_string(payload_sha256));
  bad |= !ear_meta_sha256(metadata, hex);
  bad |= json_object_set_new(metadata, "meta_sha256", json_string(hex));
  return bad ? ear_fail(err, EAR_NO_MEMORY,
                        "the model could not be described: a text or number that JSON "
                        "cannot hold, or not enough memory")
             : EAR_OK;
}

/* tensor[0..*n) of the spec; names live in plan. */
static void
list_tensors(const ear_model_spec *spec, const ear_shape *shape,
             ear_tensor_plan plan[MAX_TENSORS], ear_tensor tensor[MAX_TENSORS],
             uint32_t *n)
{
  const uint32_t n_values = ear_front_end_values(&spec->front_end);
  const void *data[MAX_TENSORS] = {spec->mean, spec->inverse_std};
  plan[0] = (ear_tensor_plan){"front.mean", EAR_F32, 1, {n_values}, n_values};
  plan[1] = (ear_tensor_plan){"front.inverse_std", EAR_F32, 1, {n_values}, n_values};
  *n = 2;
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    data[*n] = spec->layer[l].weight;
    data[*n + 1] = spec->layer[l].bias;
    data[*n + 2] = spec->layer[l].weight_scale;
    *n += ear_layer_tensors(spec, shape, l, &plan[*n]);
  }
  for (uint32_t i = 0; i < *n; ++i) {
    tensor[i] = (ear_tensor){.name = plan[i].name,
                             .dtype = plan[i].dtype,
                             .n_dims = plan[i].n_dims,
                             .n = plan[i].n,
                             .n_bytes = plan[i].n * ear_dtype_size(plan[i].dtype),
                             .data = data[i]};
    memcpy(tensor[i].dim, plan[i].dim, sizeof tensor[i].dim);
  }
}

/* A checked spec to bytes. */
static ear_status
serialise(const ear_model_spec *spec, const ear_shape *shape, uint8_t **bytes, size_t *n,
          ear_error *err)
{
  ear_tensor_plan plan[MAX_TENSORS];
  ear_tensor tensor[MAX_TENSORS];
  uint32_t n_tensors;
  char payload[EAR_SHA256_TEXT];
  SHA2_CTX context;
  list_tensors(spec, shape, plan, tensor, &n_tensors);
  SHA256Init(&context);
  for (uint32_t i = 0; i < n_tensors; ++i) {
    SHA256Update(&context, tensor[i].data, tensor[i].n_bytes);
  }
  SHA256End(&context, payload);
  json_t *metadata = json_object();
  ear_status st = fill_metadata(metadata, spec, shape, payload, err);
  if (!st) {
    st = ear_safetensors_write(tensor, n_tensors, metadata, bytes, n, err);
  }
  json_decref(metadata);
  return st;
}

ear_status
ear_model_write(const ear_model_spec *spec, uint8_t **bytes, size_t *n, ear_error *err)
{
  ear_shape shape[EAR_MAX_LAYERS];
  ear_model *model;
  *bytes = NULL;
  ear_status st = ear_model_shapes(spec, shape, err);
  if (st || (st = ear_model_check(spec, shape, err)) ||
      (st = serialise(spec, shape, bytes, n, err))) {
    return st;
  }
  st = ear_model_parse(&model, *bytes, *n, err);
  ear_model_unref(model);
  if (st) {
    free(*bytes);
    *bytes = NULL;
  }
  return st;
}

/* All of bytes[0..n) to the disk itself. */
static int
write_all(int fd, const uint8_t *bytes, size_t n)
{
  while (n) {
    const ssize_t done = write(fd, bytes, n);
    if (done < 0 && errno != EINTR) {
      return -1;
    }
    bytes += done > 0 ? done : 0;
    n -= done > 0 ? (size_t)done : 0;
  }
  return fsync(fd);
}

static ear_status
replace_file(const char *path, const uint8_t *bytes, size_t n, ear_error *err)
{
  char *temporary;
  if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
    return ear_fail(err, EAR_NO_MEMORY, "%s: not enough memory to write it", path);
  }
  const int fd = mkostemp(temporary, O_CLOEXEC);
  int bad = fd < 0 || write_all(fd, bytes, n) || fchmod(fd, 0644);
  int why = errno;
  if (fd >= 0 && close(fd) && !bad) {
    bad = 1;
    why = errno;
  }
  if (!bad && rename(temporary, path)) {
    bad = 1;
    why = errno;
  }
  if (bad && fd >= 0) {
    unlink(temporary);
  }
  free(temporary);
  return bad ? ear_fail(err, EAR_IO, "%s: could not be written: %s", path, strerror(why))
             : EAR_OK;
}

ear_status
ear_model_save(const ear_model_spec *spec, const char *path, ear_error *err)
{
  uint8_t *bytes;
  size_t n;
  ear_status st = ear_model_write(spec, &bytes, &n, err);
  if (!st) {
    st = replace_file(path, bytes, n, err);
  }
  free(bytes);
  return st;
}
