/* SPDX-License-Identifier: ISC */
/* The container of a model file, a strict profile of safetensors:
     8-byte little-endian header length, JSON header, raw tensors in header order
   Restrictions: file <= 16 MiB, header <= 64 KiB, 1..256 tensors of I8, I32 or F32 with
   1..4 dimensions, none empty, each beginning where the one before it ended, the last
   ending at the end of the file, no key twice.  Values are little-endian.
   Source: https://github.com/huggingface/safetensors, README, "Format". */
#ifndef EAR_SAFETENSORS_H
#define EAR_SAFETENSORS_H

#include "earshot.h"
#include <jansson.h>

enum {
  EAR_ST_MAX_FILE = 16 << 20,
  EAR_ST_MAX_HEADER = 64 << 10,
  EAR_ST_MAX_TENSORS = 256,
  EAR_ST_MAX_DIMS = 4,
};

typedef enum { EAR_I8, EAR_I32, EAR_F32 } ear_dtype;

typedef struct {
  const char *name;
  ear_dtype dtype;
  uint32_t n_dims; /* 1..4 */
  uint32_t dim[EAR_ST_MAX_DIMS];
  size_t n;         /* values */
  size_t n_bytes;   /* of data */
  const void *data; /* not aligned when read */
} ear_tensor;

/* A container that was read.  Names and metadata belong to `header`, data to the bytes.
 */
typedef struct {
  json_t *header;
  const json_t *metadata; /* object of strings */
  uint32_t n_tensors;
  ear_tensor tensor[EAR_ST_MAX_TENSORS];
  const uint8_t *payload; /* all tensor bytes */
  size_t n_payload;
} ear_safetensors;

/* Check bytes[0..n) and describe them.  On success the caller releases st->header with
   json_decref; on failure nothing is kept.  [setup] */
ear_status ear_safetensors_read(ear_safetensors *st, const uint8_t *bytes, size_t n,
                                ear_error *err);

/* The metadata text of that key, or NULL.  [any] */
const char *ear_safetensors_text(const ear_safetensors *st, const char *key);

/* Serialise: *bytes is malloc'ed for the caller.  [setup] */
ear_status ear_safetensors_write(const ear_tensor *tensor, uint32_t n_tensors,
                                 json_t *metadata, uint8_t **bytes, size_t *n,
                                 ear_error *err);

/* The sentence and status for a JSON text that could not be read.  [setup] */
ear_status ear_json_fail(const char *what, const json_error_t *why, ear_error *err);

/* Size of one value in bytes.  [any] */
size_t ear_dtype_size(ear_dtype dtype);

#endif
