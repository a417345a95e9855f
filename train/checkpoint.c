/* SPDX-License-Identifier: ISC */
/* Nothing of a file is used before the hash at its end was right; then it is as we wrote
   it, and what does not fit is from another version, not damage. */
#include "checkpoint.h"
#include "fail.h"
#include "file.h"

#include <stdlib.h>
#include <string.h>

#include <sha256.h>

static const char *const type_name[] = {"U8", "F32", "F64"};
static const size_t type_size[] = {1, 4, 8};

size_t
checkpoint_part_bytes(const checkpoint_part *p)
{
  return p->n * type_size[p->type];
}

static int
put_entry(json_t *header, const char *name, checkpoint_type type, size_t n, size_t from)
{
  return json_object_set_new(
      header, name,
      json_pack("{s:s, s:[I], s:[I, I]}", "dtype", type_name[type], "shape",
                (json_int_t)n, "data_offsets", (json_int_t)from,
                (json_int_t)from + (json_int_t)(n * type_size[type])));
}

/* The header as text, padded so that the arrays begin at a multiple of 8; NULL: memory.
 */
static char *
make_header(const checkpoint_part *part, uint32_t n, json_t *settings, size_t *n_data)
{
  char *words = json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS), *text = NULL;
  json_t *header =
      words ? json_pack("{s:{s:s, s:s, s:s}}", "__metadata__", "format",
                        "earshot-checkpoint", "format_version", "1", "settings", words)
            : NULL;
  int bad = header == NULL;
  *n_data = 0;
  for (uint32_t i = 0; i < n && !bad; ++i) {
    bad = put_entry(header, part[i].name, part[i].type, part[i].n, *n_data);
    *n_data += checkpoint_part_bytes(&part[i]);
  }
  if (!bad &&
      put_entry(header, "sha256", CHECKPOINT_U8, SHA256_DIGEST_LENGTH, *n_data) == 0) {
    text = json_dumps(header, JSON_COMPACT);
  }
  if (text) {
    const size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    char *grown = realloc(text, padded + 1);
    if (grown) {
      memset(grown + length, ' ', padded - length);
      grown[padded] = '\0';
      text = grown;
    } else {
      free(text);
      text = NULL;
    }
  }
  json_decref(header);
  free(words);
  return text;
}

static void
hash_of(const void *bytes, size_t n, uint8_t hash[SHA256_DIGEST_LENGTH])
{
  SHA2_CTX c;
  SHA256Init(&c);
  SHA256Update(&c, bytes, n);
  SHA256Final(hash, &c);
}

ear_status
checkpoint_write(const char *path, const checkpoint_part *part, uint32_t n,
                 json_t *settings, ear_error *err)
{
  size_t n_data;
  char *header = make_header(part, n, settings, &n_data);
  const uint64_t length = header ? strlen(header) : 0;
  const size_t all = sizeof length + length + n_data;
  uint8_t *bytes = header ? malloc(all + SHA256_DIGEST_LENGTH) : NULL;
  if (!bytes) {
    free(header);
    return fail(err, EAR_NO_MEMORY, "not enough memory for the checkpoint %s", path);
  }
  uint8_t *to = bytes;
  memcpy(to, &length, sizeof length);
  to += sizeof length;
  memcpy(to, header, length);
  to += length;
  for (uint32_t i = 0; i < n; ++i) {
    if (part[i].n) {
      memcpy(to, part[i].value, checkpoint_part_bytes(&part[i]));
    }
    to += checkpoint_part_bytes(&part[i]);
  }
  hash_of(bytes, all, to);
  const ear_status st = file_write(path, bytes, all + SHA256_DIGEST_LENGTH, NULL, err);
  free(bytes);
  free(header);
  return st;
}

struct checkpoint {
  uint8_t *bytes;
  const uint8_t *data; /* after the header */
  size_t n_data;       /* without the hash */
  json_t *header, *settings;
};

void
checkpoint_free(checkpoint *c)
{
  if (c) {
    json_decref(c->header);
    json_decref(c->settings);
    free(c->bytes);
    free(c);
  }
}

json_t *
checkpoint_settings(const checkpoint *c)
{
  return c->settings;
}

/* False: not what checkpoint_write wrote. */
static bool
parse(checkpoint *c, size_t n)
{
  uint64_t length = 0;
  uint8_t hash[SHA256_DIGEST_LENGTH];
  const char *format = "", *version = "", *settings = "";
  if (n < sizeof length + sizeof hash) {
    return false;
  }
  hash_of(c->bytes, n - sizeof hash, hash);
  memcpy(&length, c->bytes, sizeof length);
  if (memcmp(hash, c->bytes + n - sizeof hash, sizeof hash) != 0 ||
      length > n - sizeof length - sizeof hash) {
    return false;
  }
  c->data = c->bytes + sizeof length + length;
  c->n_data = n - sizeof length - length - sizeof hash;
  c->header = json_loadb((const char *)c->bytes + sizeof length, length,
                         JSON_REJECT_DUPLICATES, NULL);
  if (json_unpack(c->header, "{s:{s:s, s:s, s:s}}", "__metadata__", "format", &format,
                  "format_version", &version, "settings", &settings) != 0 ||
      strcmp(format, "earshot-checkpoint") != 0 || strcmp(version, "1") != 0) {
    return false;
  }
  c->settings = json_loads(settings, JSON_REJECT_DUPLICATES, NULL);
  return json_is_object(c->settings);
}

ear_status
checkpoint_open(checkpoint **c, const char *path, ear_error *err)
{
  size_t n;
  *c = calloc(1, sizeof **c);
  if (!*c) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for the checkpoint %s", path);
  }
  ear_status st = file_read(path, &(*c)->bytes, &n, err);
  if (!st && !parse(*c, n)) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "%s is damaged or no checkpoint of this version: move its folder away and "
              "begin anew",
              path);
  }
  if (st) {
    checkpoint_free(*c);
    *c = NULL;
  }
  return st;
}

/* The bytes of a part; NULL if it is not there. */
static const uint8_t *
find(const checkpoint *c, const char *name, checkpoint_type type, size_t *n)
{
  const char *dtype = "";
  json_int_t count = 0, from = 0, to = 0;
  json_t *entry = json_object_get(c->header, name);
  *n = 0;
  if (!entry ||
      json_unpack(entry, "{s:s, s:[I], s:[I, I]}", "dtype", &dtype, "shape", &count,
                  "data_offsets", &from, &to) != 0 ||
      strcmp(dtype, type_name[type]) != 0 || from < 0 || to < from ||
      (size_t)to > c->n_data || count < 0 || (size_t)count > c->n_data ||
      (size_t)(to - from) != (size_t)count * type_size[type]) {
    return NULL;
  }
  *n = (size_t)count;
  return c->data + from;
}

size_t
checkpoint_size(const checkpoint *c, const char *name, checkpoint_type type)
{
  size_t n;
  find(c, name, type, &n);
  return n;
}

bool
checkpoint_take(const checkpoint *c, const checkpoint_part *part)
{
  size_t n;
  const uint8_t *from = find(c, part->name, part->type, &n);
  if (!from || n != part->n) {
    return false;
  }
  if (n) {
    memcpy(part->value, from, checkpoint_part_bytes(part));
  }
  return true;
}
