/* SPDX-License-Identifier: ISC */
/* Every block begins with one cache line that leads to the block before it. */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };

struct ear_arena_block {
  struct ear_arena_block *before;
};

void *
ear_arena_take(ear_arena *arena, size_t n)
{
  const size_t size = LINE + (n + LINE - 1) / LINE * LINE;
  struct ear_arena_block *block = arena->failed ? NULL : aligned_alloc(LINE, size);
  if (!block) {
    arena->failed = true;
    return NULL;
  }
  memset(block, 0, size);
  block->before = arena->newest;
  arena->newest = block;
  return (char *)block + LINE;
}

void
ear_arena_free(ear_arena *arena)
{
  while (arena->newest) {
    struct ear_arena_block *before = arena->newest->before;
    free(arena->newest);
    arena->newest = before;
  }
}
