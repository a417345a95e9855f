/* SPDX-License-Identifier: ISC */
/* All memory of one object, given back at once.  Blocks are zeroed and 64-byte aligned.
   After a failure every further take fails too, so one look at the end is enough. */
#ifndef EAR_ARENA_H
#define EAR_ARENA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  struct ear_arena_block *newest;
  bool failed;
} ear_arena;

/* n bytes, or NULL and arena->failed.  [setup] */
void *ear_arena_take(ear_arena *arena, size_t n);

/* Free all blocks.  [setup] */
void ear_arena_free(ear_arena *arena);

#endif
