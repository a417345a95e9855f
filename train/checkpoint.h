/* SPDX-License-Identifier: ISC */
/* A training run on disk, between two steps: named arrays and the settings they were made
   with, in one safetensors file.

     u64 length | JSON header | array | array | ... | "sha256": U8 [32]
   The last array is the SHA-256 of every byte before it; `__metadata__` has "format"
   "earshot-checkpoint", "format_version" "1" and "settings", a JSON object of strings.
   Little-endian, as all machines are that earshot is built for. */
#ifndef EAR_TRAIN_CHECKPOINT_H
#define EAR_TRAIN_CHECKPOINT_H

#include "../engine/earshot.h"

#include <jansson.h>

typedef enum { CHECKPOINT_U8, CHECKPOINT_F32, CHECKPOINT_F64 } checkpoint_type;

typedef struct {
  const char *name; /* printable, no quotes */
  checkpoint_type type;
  void *value; /* [n] */
  size_t n;
} checkpoint_part;

/* The whole file under a temporary name, flushed, renamed: under path stands the old
   checkpoint or the new one, whatever happens. */
ear_status checkpoint_write(const char *path, const checkpoint_part *part, uint32_t n,
                            json_t *settings, ear_error *err);

size_t checkpoint_part_bytes(const checkpoint_part *part);

typedef struct checkpoint checkpoint;

/* Read and believed only if the hash is right.  [setup] */
ear_status checkpoint_open(checkpoint **c, const char *path, ear_error *err);
void checkpoint_free(checkpoint *c);

json_t *checkpoint_settings(const checkpoint *c); /* borrowed */

/* Values in the part of that name and type; 0 if there is none. */
size_t checkpoint_size(const checkpoint *c, const char *name, checkpoint_type type);

/* Copy a part to part->value.  False if it is not there or not of n values. */
bool checkpoint_take(const checkpoint *c, const checkpoint_part *part);

#endif
