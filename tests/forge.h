/* SPDX-License-Identifier: ISC */
/* A checkpoint that lies, under a digest that is right. */
#ifndef EAR_TESTS_FORGE_H
#define EAR_TESTS_FORGE_H

#include "../train/file.h"

#include <jansson.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

/* The last part of the checkpoint at path, of that name, claims `count` values in as many
   bytes as it had and n_more, which are zeros.  Fails the running test if it cannot. */
static inline void
forge_part(const char *path, const char *name, json_int_t count, size_t n_more)
{
  uint8_t *bytes;
  size_t n;
  uint64_t length, now;
  SHA2_CTX c;
  assert_int_equal(file_read(path, &bytes, &n, NULL), EAR_OK);
  memcpy(&length, bytes, 8);
  json_t *header = json_loadb((char *)bytes + 8, length, 0, NULL);
  json_t *entry = json_object_get(header, name);
  json_t *range = json_object_get(entry, "data_offsets");
  assert_non_null(range);
  json_object_set_new(entry, "shape", json_pack("[I]", count));
  const json_int_t end = json_integer_value(json_array_get(range, 1));
  json_array_set_new(range, 1, json_integer(end + (json_int_t)n_more));
  char *text = json_dumps(header, JSON_COMPACT);
  now = strlen(text);
  const size_t n_data = n - 8 - length - SHA256_DIGEST_LENGTH;
  const size_t all = 8 + now + n_data + n_more;
  uint8_t *out = calloc(1, all + SHA256_DIGEST_LENGTH);
  assert_non_null(out);
  memcpy(out, &now, 8);
  memcpy(out + 8, text, now);
  memcpy(out + 8 + now, bytes + 8 + length, n_data);
  SHA256Init(&c);
  SHA256Update(&c, out, all);
  SHA256Final(out + all, &c);
  assert_int_equal(file_write(path, out, all + SHA256_DIGEST_LENGTH, NULL, NULL), EAR_OK);
  json_decref(header);
  free(text);
  free(out);
  free(bytes);
}

#endif
