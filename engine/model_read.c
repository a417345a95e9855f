/* SPDX-License-Identifier: ISC */
/* Metadata texts to a spec.  Only the form is judged here; whether the numbers make sense
   is for ear_model_shapes and ear_model_check.  An object must hold the keys we know and
   no others, so that nothing that a file says is silently ignored. */
#include "model_file.h"

#include "frontend.h"

#include <sha2.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_HEADS = 3 }; /* labels, severity, kinds */

/* An object being read; the first key that is not as expected is kept. */
typedef struct {
  const json_t *object;
  size_t n_used;
  const char *bad;
} fields;

static const json_t *
take(fields *f, const char *key)
{
  const json_t *value = json_object_get(f->object, key);
  f->n_used += value != NULL;
  return value;
}

static void
reject(fields *f, const char *key)
{
  f->bad = f->bad ? f->bad : key;
}

static float
take_float(fields *f, const char *key)
{
  const json_t *v = take(f, key);
  if (!json_is_number(v)) {
    reject(f, key);
  }
  return (float)json_number_value(v);
}

static uint32_t
as_count(fields *f, const char *key, const json_t *v)
{
  const json_int_t n = json_integer_value(v);
  if (!json_is_integer(v) || n < 0 || n > INT32_MAX) {
    reject(f, key);
    return 0;
  }
  return (uint32_t)n;
}

static uint32_t
take_count(fields *f, const char *key)
{
  return as_count(f, key, take(f, key));
}

static void
take_pair(fields *f, const char *key, uint32_t *first, uint32_t *second)
{
  const json_t *v = take(f, key);
  if (json_array_size(v) != 2) {
    reject(f, key);
  }
  *first = as_count(f, key, json_array_get(v, 0));
  *second = as_count(f, key, json_array_get(v, 1));
}

static bool
take_bool(fields *f, const char *key)
{
  const json_t *v = take(f, key);
  if (!json_is_boolean(v)) {
    reject(f, key);
  }
  return json_is_true(v);
}

/* Index of the text among names[0..n). */
static uint32_t
take_choice(fields *f, const char *key, const char *const *names, uint32_t n)
{
  const char *text = json_string_value(take(f, key));
  for (uint32_t i = 0; text && i < n; ++i) {
    if (!strcmp(text, names[i])) {
      return i;
    }
  }
  reject(f, key);
  return 0;
}

static ear_status
finish(const fields *f, const char *where, ear_error *err)
{
  if (f->bad) {
    return ear_fail(err, EAR_BAD_MODEL, "%s: \"%s\" is missing or not as expected", where,
                    f->bad);
  }
  if (json_object_size(f->object) != f->n_used) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "%s: there is a setting that this version ignores", where);
  }
  return EAR_OK;
}

ear_status
ear_meta_json(json_t **value, const char *key, const char *text, ear_error *err)
{
  json_error_t why;
  *value = text ? json_loads(text, JSON_REJECT_DUPLICATES, &why) : NULL;
  if (!text) {
    return ear_fail(err, EAR_BAD_MODEL, "metadata \"%s\" is missing", key);
  }
  if (!*value) {
    return ear_json_fail(key, &why, err);
  }
  return EAR_OK;
}

/* Mel alone where the file does not say; else a list in the order of the values. */
static void
read_kinds(fields *f, ear_front_end *fe)
{
  fe->kinds = EAR_KIND_MEL;
  if (json_object_get(f->object, "features")) {
    const json_t *names = take(f, "features");
    size_t n = 0;
    fe->kinds = 0;
    for (uint32_t i = 0; i < EAR_N_KINDS; ++i) {
      const char *name = json_string_value(json_array_get(names, n));
      const bool chosen = name && !strcmp(name, ear_kind_name(i));
      fe->kinds |= (uint32_t)chosen << i;
      n += chosen;
    }
    if (n == 0 || n != json_array_size(names)) {
      reject(f, "features");
    }
  }
  fe->n_mfcc =
      fe->kinds & EAR_KIND_MFCC ? take_count(f, "mfcc") : ear_front_end_default().n_mfcc;
}

static ear_status
read_front_end(ear_model_spec *spec, const json_t *object, ear_error *err)
{
  static const char *const scales[] = {"slaney", "htk"};
  ear_front_end *fe = &spec->front_end;
  fields f = {.object = object};
  fe->rate_hz = take_float(&f, "rate");
  fe->n_fft = take_count(&f, "window");
  fe->hop = take_count(&f, "hop");
  fe->n_bands = take_count(&f, "bands");
  fe->low_hz = take_float(&f, "low");
  fe->high_hz = take_float(&f, "high");
  fe->scale = (ear_mel_scale)take_choice(&f, "scale", scales, 2);
  fe->floor_power = take_float(&f, "floor");
  fe->power = false;
  read_kinds(&f, fe);
  fields n = {.object = take(&f, "normalisation")};
  spec->input_scale = take_float(&n, "input_scale");
  spec->input_zero_point = (int32_t)take_count(&n, "input_zero_point");
  const ear_status st = finish(&f, "front_end", err);
  return st ? st : finish(&n, "front_end.normalisation", err);
}

static void
read_window(fields *f, ear_layer *y)
{
  take_pair(f, "kernel", &y->kt, &y->kf);
  take_pair(f, "stride", &y->st, &y->sf);
  if (y->op == EAR_OP_CONV || y->op == EAR_OP_DEPTHWISE) {
    take_pair(f, "pad", &y->pad_lo, &y->pad_hi);
    y->dt = take_count(f, "dilation");
  }
}

static ear_status
read_layer(ear_layer *y, const json_t *object, uint32_t l, bool last, ear_error *err)
{
  static const char *const ops[] = {"conv", "depthwise", "maxpool", "avgpool", "summary",
                                    "add",  "concat",    "flatten", "mean",    "dense"};
  char where[16];
  fields f = {.object = object};
  *y = (ear_layer){.kt = 1, .kf = 1, .st = 1, .sf = 1, .dt = 1, .scale = 1};
  y->op = (ear_op)take_choice(&f, "op", ops, sizeof ops / sizeof *ops);
  if (y->op == EAR_OP_CONV || y->op == EAR_OP_DENSE) {
    y->n_out = take_count(&f, "out");
  }
  if (y->op <= EAR_OP_SUMMARY || y->op == EAR_OP_FLATTEN) {
    read_window(&f, y);
  }
  if (y->op <= EAR_OP_SUMMARY && json_object_get(object, "input")) {
    y->frames = !take_choice(&f, "input", (const char *const[]){"frames"}, 1);
  }
  if (y->op == EAR_OP_ADD || y->op == EAR_OP_CONCAT) {
    y->from = take_count(&f, "from");
  }
  if (y->op == EAR_OP_MEAN) {
    y->over_frequency = take_bool(&f, "over_frequency");
    y->deviation = json_object_get(object, "deviation") && take_bool(&f, "deviation");
  }
  if (y->op == EAR_OP_ADD || (ear_op_has_weights(y->op) && !last)) {
    y->relu = take_bool(&f, "relu");
  }
  if (y->op == EAR_OP_ADD || y->op == EAR_OP_CONCAT ||
      (ear_op_has_weights(y->op) && !last)) {
    y->scale = take_float(&f, "scale");
    y->zero_point = (int32_t)take_count(&f, "zero_point");
  }
  snprintf(where, sizeof where, "layer %u", l);
  return finish(&f, where, err);
}

static ear_status
read_layers(ear_model_spec *spec, const json_t *array, ear_error *err)
{
  const size_t n = json_array_size(array);
  if (n < 1 || n > EAR_MAX_LAYERS) {
    return ear_fail(err, EAR_BAD_MODEL, "%zu layers: 1 to %d are possible", n,
                    EAR_MAX_LAYERS);
  }
  spec->n_layers = (uint32_t)n;
  for (uint32_t l = 0; l < n; ++l) {
    const ear_status st =
        read_layer(&spec->layer[l], json_array_get(array, l), l, l + 1 == n, err);
    if (st) {
      return st;
    }
  }
  return EAR_OK;
}

/* Names of the kinds, which live as long as their JSON. */
static void
read_kind_names(fields *f, ear_model_spec *spec)
{
  const json_t *names = take(f, "names");
  const size_t n = json_array_size(names);
  if (n < 1 || n > EAR_MAX_HARSH_KINDS) {
    reject(f, "names");
    return;
  }
  for (uint32_t i = 0; i < n; ++i) {
    spec->harsh_kind[i] = json_string_value(json_array_get(names, i));
    if (!spec->harsh_kind[i]) {
      reject(f, "names");
    }
  }
  spec->n_harsh_kinds = (uint32_t)n;
}

/* A head behind that of the labels: severity, then kinds, each once at most. */
static ear_status
read_further_head(ear_model_spec *spec, const json_t *object, ear_error *err)
{
  static const char *const of[] = {"severity", "kinds"};
  fields f = {.object = object};
  const uint32_t which = take_choice(&f, "of", of, 2);
  if (!f.bad && (spec->n_harsh_kinds || (which == 0 && spec->severity))) {
    return ear_fail(err, EAR_BAD_MODEL, "heads: of severity, then of kinds, each once");
  }
  if (which == 0) {
    spec->severity = true;
  } else {
    read_kind_names(&f, spec);
  }
  return finish(&f, "heads", err);
}

static ear_status
read_heads(ear_model_spec *spec, const json_t *array, ear_error *err)
{
  static const char *const activations[] = {"softmax", "sigmoid"};
  fields f = {.object = json_array_get(array, 0)};
  const size_t n = json_array_size(array);
  if (n < 1 || n > MAX_HEADS) {
    return ear_fail(err, EAR_BAD_MODEL, "%zu heads: 1 to %d are possible", n, MAX_HEADS);
  }
  spec->activation = (ear_activation)take_choice(&f, "activation", activations, 2);
  spec->temperature = take_float(&f, "temperature");
  ear_status st = finish(&f, "heads", err);
  for (size_t i = 1; i < n && !st; ++i) {
    st = read_further_head(spec, json_array_get(array, i), err);
  }
  return st;
}

static ear_status
read_labels(ear_model_spec *spec, const json_t *array, ear_error *err)
{
  const size_t n = json_array_size(array);
  if (n < 1 || n > EAR_MAX_LABELS) {
    return ear_fail(err, EAR_BAD_MODEL, "%zu labels: 1 to %d are possible", n,
                    EAR_MAX_LABELS);
  }
  spec->n_labels = (uint32_t)n;
  for (uint32_t i = 0; i < n; ++i) {
    spec->label[i] = json_string_value(json_array_get(array, i));
    if (!spec->label[i]) {
      return ear_fail(err, EAR_BAD_MODEL, "label %u is not a string", i);
    }
  }
  return EAR_OK;
}

static ear_status
read_unsure(ear_model_spec *spec, const json_t *object, ear_error *err)
{
  fields f = {.object = object};
  spec->unsure = take_float(&f, "margin");
  return finish(&f, "unsure", err);
}

static ear_status
read_thresholds(ear_model_spec *spec, const json_t *object, ear_error *err)
{
  fields f = {.object = object};
  for (uint32_t i = 0; i < spec->n_labels; ++i) {
    const char *label = spec->label[i];
    if (json_is_null(json_object_get(object, label))) {
      take(&f, label);
      spec->threshold[i] = 2; /* never */
    } else {
      spec->threshold[i] = take_float(&f, label);
    }
  }
  return finish(&f, "thresholds", err);
}

/* One metadata text through its reader. */
static ear_status
read_text(ear_model_spec *spec, const ear_safetensors *st, const char *key,
          ear_status (*reader)(ear_model_spec *, const json_t *, ear_error *),
          ear_error *err)
{
  json_t *value;
  ear_status status = ear_meta_json(&value, key, ear_safetensors_text(st, key), err);
  if (!status) {
    status = reader(spec, value, err);
  }
  json_decref(value);
  return status;
}

/* Labels and heads are kept: their strings must outlive their JSON. */
ear_status
ear_model_read(ear_model *m, const ear_safetensors *st, ear_error *err)
{
  ear_model_spec *spec = &m->spec;
  const char *license = ear_safetensors_text(st, "license");
  const char *card = ear_safetensors_text(st, "card");
  spec->name = ear_safetensors_text(st, "name");
  spec->task = ear_safetensors_text(st, "task");
  spec->license = license ? license : "";
  spec->card = card ? card : "";
  ear_status status =
      ear_meta_json(&m->labels, "labels", ear_safetensors_text(st, "labels"), err);
  if (status || (status = read_labels(spec, m->labels, err)) ||
      (status = read_text(spec, st, "front_end", read_front_end, err)) ||
      (status = read_text(spec, st, "layers", read_layers, err)) ||
      (status =
           ear_meta_json(&m->heads, "heads", ear_safetensors_text(st, "heads"), err)) ||
      (status = read_heads(spec, m->heads, err)) ||
      (status = read_text(spec, st, "thresholds", read_thresholds, err)) ||
      (ear_safetensors_text(st, "unsure") &&
       (status = read_text(spec, st, "unsure", read_unsure, err)))) {
    return status;
  }
  const int needed = ear_format_version(spec);
  if (needed > strtol(ear_safetensors_text(st, "format_version"), NULL, 10)) {
    return ear_fail(
        err, EAR_BAD_MODEL,
        "format_version is 1, but its features, layers, margin or heads are of format %d",
        needed);
  }
  return ear_model_shapes(spec, m->shape, err);
}

bool
ear_meta_sha256(const json_t *metadata, char hex[EAR_SHA256_TEXT])
{
  static const char *const key[] = {"format",      "format_version", "name",
                                    "task",        "labels",         "front_end",
                                    "layers",      "heads",          "thresholds",
                                    "test_vector", "payload_sha256", "unsure"};
  const size_t n = sizeof key / sizeof key[0] - !json_object_get(metadata, "unsure");
  SHA2_CTX context;
  SHA256Init(&context);
  for (size_t i = 0; i < n; ++i) {
    const char *text = json_string_value(json_object_get(metadata, key[i]));
    if (!text) {
      return false;
    }
    SHA256Update(&context, (const uint8_t *)text, strlen(text) + 1);
  }
  SHA256End(&context, hex);
  return true;
}
