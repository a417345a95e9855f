/* SPDX-License-Identifier: ISC */
/* Changes a model file so that most of what comes out gets past the digests: the header's
   length and both digests are made right after nearly every change, and some files are
   written anew from a changed network. */
#include "fuzz.h"

#include "model_file.h"
#include "random_model.h"
#include "small_model.h"

#include <ctype.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

/* A file taken apart in place: text[0..n_text), payload[0..n_payload). */
typedef struct {
  uint8_t *data;
  char *text;
  size_t n_text, n_payload, most;
} parts;

static bool
take_apart(parts *p, uint8_t *data, size_t n, size_t most)
{
  uint64_t length = 0;
  for (int i = 7; n >= 8 && i >= 0; --i) {
    length = length << 8 | data[i];
  }
  if (n < 8 || length < 2 || length > n - 8) {
    return false;
  }
  *p = (parts){data, (char *)data + 8, (size_t)length, n - 8 - (size_t)length, most};
  return true;
}

/* The text shall have n bytes: the payload moves. */
static bool
resize_text(parts *p, size_t n)
{
  if (8 + n + p->n_payload > p->most) {
    return false;
  }
  memmove(p->text + n, p->text + p->n_text, p->n_payload);
  p->n_text = n;
  for (int i = 0; i < 8; ++i) {
    p->data[i] = (uint8_t)((uint64_t)n >> 8 * i);
  }
  return true;
}

/* Put in[0..n_in) in the place of text[at..at + n_out). */
static void
replace(parts *p, size_t at, size_t n_out, const char *in, size_t n_in)
{
  const size_t tail = p->n_text - at - n_out, n = p->n_text - n_out + n_in;
  char *kept = malloc(tail + n_in + 1);
  if (kept) {
    memcpy(kept, in, n_in); /* in may lie in the text */
    memcpy(kept + n_in, p->text + at + n_out, tail);
    if (resize_text(p, n)) {
      memcpy(p->text + at, kept, n_in + tail);
    }
  }
  free(kept);
}

static void
change_number(parts *p, uint64_t *r)
{
  static const char *const number[] = {"0",
                                       "1",
                                       "2",
                                       "3",
                                       "4",
                                       "7",
                                       "8",
                                       "63",
                                       "64",
                                       "65",
                                       "127",
                                       "128",
                                       "255",
                                       "256",
                                       "257",
                                       "4095",
                                       "4096",
                                       "4097",
                                       "-1",
                                       "0.5",
                                       "1e-45",
                                       "1e-38",
                                       "3.4e38",
                                       "1e39",
                                       "1e999",
                                       "null",
                                       "true",
                                       "16777216",
                                       "65536",
                                       "2147483647",
                                       "2147483648",
                                       "4294967295",
                                       "4294967296",
                                       "9223372036854775807",
                                       "18446744073709551616"};
  const size_t n_numbers = sizeof number / sizeof *number;
  size_t at = fuzz_below(r, (uint32_t)p->n_text), end;
  while (at < p->n_text && !isdigit((unsigned char)p->text[at])) {
    ++at;
  }
  for (end = at; end < p->n_text && strchr("0123456789.e", p->text[end]); ++end) {
  }
  const char *by = number[fuzz_below(r, (uint32_t)n_numbers)];
  if (at < p->n_text && end - at < 32) { /* else it is a digest */
    replace(p, at, end - at, by, strlen(by));
  }
}

static void
change_slice(parts *p, uint64_t *r)
{
  char slice[96];
  const size_t at = fuzz_below(r, (uint32_t)p->n_text);
  const size_t left = p->n_text - at, n = left < 32 ? left : 1 + fuzz_below(r, 32);
  memcpy(slice, p->text + at, n);
  replace(p, at, n, slice, LLVMFuzzerMutate((uint8_t *)slice, n, sizeof slice));
}

/* Drop, double or move an object, such as a layer or the description of a tensor. */
static void
change_object(parts *p, uint64_t *r)
{
  size_t from = fuzz_below(r, (uint32_t)p->n_text);
  while (from < p->n_text && p->text[from] != '{') {
    ++from;
  }
  const char *close = memchr(p->text + from, '}', p->n_text - from);
  if (!close) {
    return;
  }
  size_t n = (size_t)(close + 1 - p->text) - from;
  n += from + n < p->n_text && p->text[from + n] == ',';
  switch (fuzz_below(r, 3)) {
  case 0:
    replace(p, from, n, "", 0);
    break;
  case 1:
    replace(p, from, 0, p->text + from, n);
    break;
  default: {
    size_t to = fuzz_below(r, (uint32_t)p->n_text);
    while (to < p->n_text && p->text[to] != '{') {
      ++to;
    }
    replace(p, to, 0, p->text + from, n);
  }
  }
}

static void
change_word(parts *p, uint64_t *r)
{
  static const char *const word[] = {"conv",       "depthwise",
                                     "maxpool",    "avgpool",
                                     "summary",    "add",
                                     "flatten",    "mean",
                                     "dense",      "softmax",
                                     "sigmoid",    "harshness",
                                     "slaney",     "htk",
                                     "classifier", "mel",
                                     "mfcc",       "chroma",
                                     "contrast",   "tonnetz",
                                     "I8",         "I32",
                                     "F32",        "relu",
                                     "deviation",  "over_frequency",
                                     "concat",     "input",
                                     "frames",     "unsure"};
  const size_t n_words = sizeof word / sizeof *word;
  const char *old = word[fuzz_below(r, (uint32_t)n_words)];
  const char *new = word[fuzz_below(r, (uint32_t)n_words)];
  const size_t at = fuzz_below(r, (uint32_t)p->n_text);
  const char *found = memmem(p->text + at, p->n_text - at, old, strlen(old));
  if (found) {
    replace(p, (size_t)(found - p->text), strlen(old), new, strlen(new));
  }
}

static void
change_payload(parts *p, uint64_t *r)
{
  uint8_t slice[32];
  if (p->n_payload) {
    uint8_t *payload = (uint8_t *)p->text + p->n_text;
    const size_t at = fuzz_below(r, (uint32_t)p->n_payload);
    const size_t left = p->n_payload - at, n = left < 16 ? left : 1 + fuzz_below(r, 16);
    memcpy(slice, payload + at, n);
    LLVMFuzzerMutate(slice, n, n);
    memcpy(payload + at, slice, n);
  }
}

/* Write hex where the header has the text of that key. */
static void
put_digest(parts *p, const char *key, const char *hex)
{
  char *at = memmem(p->text, p->n_text, key, strlen(key));
  const size_t left = at ? p->n_text - (size_t)(at - p->text) : 0;
  if (left > strlen(key) + 64) {
    memcpy(at + strlen(key), hex, 64);
  }
}

static void
seal(parts *p)
{
  char hex[EAR_SHA256_TEXT];
  SHA256Data((uint8_t *)p->text + p->n_text, p->n_payload, hex);
  put_digest(p, "\"payload_sha256\":\"", hex);
  json_t *header = json_loadb(p->text, p->n_text, JSON_REJECT_DUPLICATES, NULL);
  if (ear_meta_sha256(json_object_get(header, "__metadata__"), hex)) {
    put_digest(p, "\"meta_sha256\":\"", hex);
  }
  json_decref(header);
}

/* Another network of the same file: one scale, zero point, stride, margin or shortcut
   anew, and outputs that it promises made right. */
static size_t
rewrite(uint8_t *data, size_t n, size_t most, uint64_t *r)
{
  ear_model *model;
  uint8_t *bytes = NULL;
  size_t size = 0;
  if (ear_model_parse(&model, data, n, NULL)) {
    return 0;
  }
  ear_model_spec spec = *ear_model_spec_get(model);
  ear_layer *y = &spec.layer[fuzz_below(r, spec.n_layers)];
  switch (fuzz_below(r, 7)) {
  case 0:
    y->scale *= fuzz_below(r, 2) ? 1e-3f : 1e3f;
    break;
  case 1:
    y->zero_point = (int32_t)fuzz_below(r, 256);
    y->relu = fuzz_below(r, 2);
    break;
  case 2:
    spec.input_zero_point = (int32_t)fuzz_below(r, 256);
    spec.input_scale *= fuzz_below(r, 2) ? 1e-6f : 1e6f;
    break;
  case 3:
    y->st = 1 + fuzz_below(r, 8);
    y->dt = y->op <= EAR_OP_DEPTHWISE ? 1 + fuzz_below(r, 8) : 1;
    break;
  case 4:
    spec.unsure = (float)fuzz_below(r, 5) / 4;
    break;
  case 5:
    y->from = fuzz_below(r, spec.n_layers);
    break;
  default:
    spec.activation = fuzz_below(r, 2) ? EAR_SOFTMAX : EAR_SIGMOID;
    spec.temperature *= fuzz_below(r, 2) ? 1e-9f : 1e9f;
  }
  if (!ear_model_write(&spec, &bytes, &size, NULL) && size <= most) {
    memcpy(data, bytes, size);
  }
  free(bytes);
  ear_model_unref(model);
  return size <= most ? size : 0;
}

static size_t
another_network(uint8_t *data, size_t most, uint64_t *r)
{
  random_model m;
  uint8_t *bytes = NULL;
  size_t n = 0;
  random_model_make(&m, fuzz_next(r), 1, RANDOM_HEAD);
  if (!ear_model_write(&m.spec, &bytes, &n, NULL) && n <= most) {
    memcpy(data, bytes, n);
  }
  free(bytes);
  random_model_free(&m);
  return n <= most ? n : 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed)
{
  static void (*const change[])(parts *, uint64_t *) = {change_number, change_number,
                                                        change_slice,  change_object,
                                                        change_word,   change_payload};
  uint64_t r = seed;
  parts p;
  const uint32_t way = fuzz_below(&r, 64);
  const size_t written = way == 0   ? another_network(data, most, &r)
                         : way <= 6 ? rewrite(data, n, most, &r)
                                    : 0;
  if (written) {
    return written;
  }
  if (way <= 12 || !take_apart(&p, data, n, most)) {
    return LLVMFuzzerMutate(data, n, most);
  }
  for (uint32_t times = 1 + fuzz_below(&r, 3); times > 0; --times) {
    change[fuzz_below(&r, sizeof change / sizeof *change)](&p, &r);
  }
  if (way < 60) {
    seal(&p);
  }
  return 8 + p.n_text + p.n_payload;
}
