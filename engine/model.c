/* SPDX-License-Identifier: ISC */
/* A model is complete or does not exist: it is built in one object that is given back as
   a whole when any check fails, and never changes once it was handed out. */
#include "model_file.h"

#include "builtin.h"
#include "net_weights.h"
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "model files are little-endian and are used as they are");

static ear_status
check_format(const ear_safetensors *st, ear_error *err)
{
  const char *format = ear_safetensors_text(st, "format");
  const char *version = ear_safetensors_text(st, "format_version");
  if (!format || strcmp(format, EAR_FORMAT)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "a safetensors file, but not an Earshot model (format is not \"%s\")",
                    EAR_FORMAT);
  }
  if (version && strtol(version, NULL, 10) > EAR_FORMAT_NEWEST) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "model format %.8s, but this program knows up to %d: update Earshot, "
                    "or train a network of log-mel frames without a summary",
                    version, EAR_FORMAT_NEWEST);
  }
  if (!version || (strcmp(version, "1") && strcmp(version, "2"))) {
    return ear_fail(err, EAR_BAD_MODEL, "format_version is not \"1\" or \"2\"");
  }
  return EAR_OK;
}

static ear_status
check_digests(const ear_safetensors *st, ear_error *err)
{
  char hex[EAR_SHA256_TEXT];
  const char *meta = ear_safetensors_text(st, "meta_sha256");
  const char *payload = ear_safetensors_text(st, "payload_sha256");
  if (!meta || !payload || !ear_meta_sha256(st->metadata, hex) || strcmp(hex, meta)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "the metadata is incomplete or was changed (meta_sha256 differs)");
  }
  if (strcmp(SHA256Data(st->payload, st->n_payload, hex), payload)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "the weights were changed or are damaged (payload_sha256 differs)");
  }
  return EAR_OK;
}

/* Where the copy of the tensor of that name and shape is; values are 16-byte aligned.
   Takes it off *n_left.  NULL if the file has none such. */
static const void *
value_of(const ear_model *m, const ear_safetensors *st, const ear_tensor_plan *plan,
         uint32_t *n_left)
{
  size_t offset = 0;
  for (uint32_t i = 0; i < st->n_tensors; ++i) {
    const ear_tensor *t = &st->tensor[i];
    if (!strcmp(t->name, plan->name)) {
      const bool fits = t->dtype == plan->dtype && t->n_dims == plan->n_dims &&
                        !memcmp(t->dim, plan->dim, plan->n_dims * sizeof t->dim[0]);
      *n_left -= fits;
      return fits ? (const char *)m->values + offset : NULL;
    }
    offset += (t->n_bytes + 15) / 16 * 16;
  }
  return NULL;
}

static ear_status
copy_values(ear_model *m, const ear_safetensors *st, ear_error *err)
{
  char *to = m->values = malloc(st->n_payload + 16 * st->n_tensors);
  if (!to) {
    return ear_fail(err, EAR_NO_MEMORY, "not enough memory for the model");
  }
  for (uint32_t i = 0; i < st->n_tensors; ++i) {
    memcpy(to, st->tensor[i].data, st->tensor[i].n_bytes);
    to += (st->tensor[i].n_bytes + 15) / 16 * 16;
  }
  return EAR_OK;
}

/* Point the spec at the copies; the file must hold exactly the tensors it implies. */
static ear_status
bind_values(ear_model *m, const ear_safetensors *st, ear_error *err)
{
  ear_model_spec *spec = &m->spec;
  const uint32_t n = ear_front_end_values(&spec->front_end);
  const ear_tensor_plan mean = {"front.mean", EAR_F32, 1, {n}, n};
  const ear_tensor_plan std = {"front.inverse_std", EAR_F32, 1, {n}, n};
  uint32_t n_left = st->n_tensors;
  spec->mean = value_of(m, st, &mean, &n_left);
  spec->inverse_std = value_of(m, st, &std, &n_left);
  bool complete = spec->mean && spec->inverse_std;
  for (uint32_t l = 0; complete && l < spec->n_layers; ++l) {
    ear_layer *y = &spec->layer[l];
    ear_tensor_plan plan[3];
    if (ear_layer_tensors(spec, m->shape, l, plan)) {
      y->weight = value_of(m, st, &plan[0], &n_left);
      y->bias = value_of(m, st, &plan[1], &n_left);
      y->weight_scale = value_of(m, st, &plan[2], &n_left);
      complete = y->weight && y->bias && y->weight_scale;
    }
  }
  if (!complete || n_left) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "the tensors are not those, in name, type and shape, that the layers "
                    "need");
  }
  return EAR_OK;
}

/* The checks in order, cheapest first; m is released by the caller if one fails. */
static ear_status
fill(ear_model *m, const ear_safetensors *st, bool trusted, ear_error *err)
{
  ear_status status = check_format(st, err);
  if (status || (!trusted && (status = check_digests(st, err))) ||
      (status = ear_model_read(m, st, err)) || (status = copy_values(m, st, err)) ||
      (status = bind_values(m, st, err)) ||
      (status = ear_model_check(&m->spec, m->shape, err)) ||
      (status = ear_vector_check(&m->spec, m->shape,
                                 ear_safetensors_text(st, "test_vector"), err))) {
    return status;
  }
  ear_model_describe(&m->spec, m->shape, &m->info);
  return EAR_OK;
}

/* sha256: of bytes that were hashed when this library was built, which saves hashing them
   again in each process; NULL: nothing is known of them. */
static ear_status
parse(ear_model **model, const void *bytes, size_t n, const char *sha256, ear_error *err)
{
  *model = NULL;
  ear_model *m = calloc(1, sizeof *m);
  ear_safetensors *st = calloc(1, sizeof *st); /* 20 KiB: not on a host's stack */
  if (!m || !st) {
    free(st);
    free(m);
    return ear_fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  ear_status status = ear_safetensors_read(st, bytes, n, err);
  if (status) {
    free(st);
    free(m);
    return status;
  }
  atomic_init(&m->n_refs, 1);
  atomic_init(&m->weights, NULL);
  m->header = st->header;
  status = fill(m, st, sha256, err);
  free(st);
  if (status) {
    ear_model_unref(m);
    return status;
  }
  if (sha256) {
    memcpy(m->info.sha256, sha256, sizeof m->info.sha256);
  } else {
    SHA256Data(bytes, n, m->info.sha256);
  }
  *model = m;
  return EAR_OK;
}

ear_status
ear_model_parse(ear_model **model, const void *bytes, size_t n, ear_error *err)
{
  return parse(model, bytes, n, NULL, err);
}

/* The whole regular file at path; *bytes is malloc'ed. */
static ear_status
read_file(const char *path, uint8_t **bytes, size_t *n, ear_error *err)
{
  struct stat info;
  *bytes = NULL;
  *n = 0;
  /* To open a device may already do something: look first, and again at what was opened.
   */
  if (!stat(path, &info) && !S_ISREG(info.st_mode)) {
    return ear_fail(err, EAR_IO, "%s: not a regular file", path);
  }
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    return ear_fail(err, EAR_IO, "%s: %s", path, strerror(errno));
  }
  ear_status status = EAR_OK;
  if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
    status = ear_fail(err, EAR_IO, "%s: not a regular file", path);
  } else if (info.st_size > EAR_ST_MAX_FILE) {
    status = ear_fail(err, EAR_BAD_MODEL, "%s: larger than 16 MiB, no model", path);
  } else if (!(*bytes = malloc((size_t)info.st_size + 1))) {
    status = ear_fail(err, EAR_NO_MEMORY, "%s: not enough memory to read it", path);
  }
  while (!status && *n < (size_t)info.st_size) {
    const ssize_t got = read(fd, *bytes + *n, (size_t)info.st_size - *n);
    if (got > 0) {
      *n += (size_t)got;
    } else if (got == 0 || errno != EINTR) {
      status = ear_fail(err, EAR_IO, "%s: %s", path,
                        got ? strerror(errno) : "became shorter while it was read");
    }
  }
  close(fd);
  return status;
}

ear_status
ear_model_open(ear_model **model, const char *path, ear_error *err)
{
  uint8_t *bytes;
  size_t n;
  ear_error why = {""};
  *model = NULL;
  ear_status status = read_file(path, &bytes, &n, err);
  if (!status && (status = ear_model_parse(model, bytes, n, &why))) {
    ear_fail(err, status, "%s: %.400s", path, why.text);
  }
  free(bytes);
  return status;
}

ear_status
ear_model_builtin(ear_model **model, const char *name, ear_error *err)
{
  *model = NULL;
  for (const ear_builtin *b = ear_builtins; b->name; ++b) {
    if (!strcmp(b->name, name)) {
      return parse(model, b->bytes, b->n_bytes, b->sha256, err);
    }
  }
  return ear_fail(
      err, EAR_BAD_ARGUMENT,
      "no model \"%.64s\" is built in: name a model file, or one of those that "
      "this library was built with",
      name);
}

ear_model *
ear_model_ref(ear_model *model)
{
  atomic_fetch_add_explicit(&model->n_refs, 1, memory_order_relaxed);
  return model;
}

void
ear_model_unref(ear_model *model)
{
  if (model && atomic_fetch_sub_explicit(&model->n_refs, 1, memory_order_acq_rel) == 1) {
    json_decref(model->header);
    json_decref(model->labels);
    json_decref(model->heads);
    free(model->values);
    ear_net_weights_free(atomic_load(&model->weights));
    free(model);
  }
}

const ear_model_spec *
ear_model_spec_get(const ear_model *model)
{
  return &model->spec;
}

const ear_model_info *
ear_model_info_get(const ear_model *model)
{
  return &model->info;
}
