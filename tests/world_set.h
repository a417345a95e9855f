/* SPDX-License-Identifier: ISC */
/* A growing set of byte strings of one size, kept whole: two are the same only if every
   byte is. */
#ifndef EAR_TEST_WORLD_SET_H
#define EAR_TEST_WORLD_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  size_t size;   /* bytes of one string */
  size_t n;      /* strings kept */
  size_t n_rows; /* a power of two, more than 2 n */
  size_t n_room;
  unsigned char *bytes; /* [n_room][size] */
  uint32_t *row;        /* [n_rows], 1 + string, 0: free */
} world_set;

/* FNV-1a, eight bytes at a time. */
static inline uint64_t
world_hash(const unsigned char *bytes, size_t n)
{
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < n; i += 8) {
    uint64_t word = 0;
    memcpy(&word, bytes + i, n - i < 8 ? n - i : 8);
    h = (h ^ word) * UINT64_C(0x100000001b3);
    h ^= h >> 32;
  }
  return h;
}

static inline uint32_t *
world_row(const world_set *set, const void *bytes)
{
  size_t i = (size_t)world_hash(bytes, set->size) & (set->n_rows - 1);
  while (set->row[i] &&
         memcmp(set->bytes + (set->row[i] - 1) * set->size, bytes, set->size) != 0) {
    i = (i + 1) & (set->n_rows - 1);
  }
  return &set->row[i];
}

static inline void
world_grow(world_set *set)
{
  set->n_room = set->n_room ? 2 * set->n_room : 4096;
  set->n_rows = 4 * set->n_room;
  free(set->row);
  set->row = calloc(set->n_rows, sizeof *set->row);
  set->bytes = realloc(set->bytes, set->n_room * set->size);
  if (!set->row || !set->bytes) {
    abort();
  }
  for (size_t i = 0; i < set->n; i++) {
    *world_row(set, set->bytes + i * set->size) = (uint32_t)(i + 1);
  }
}

/* False if the string was there already. */
static inline bool
world_set_add(world_set *set, const void *bytes)
{
  if (set->n == set->n_room) {
    world_grow(set);
  }
  uint32_t *row = world_row(set, bytes);
  if (*row) {
    return false;
  }
  memcpy(set->bytes + set->n * set->size, bytes, set->size);
  *row = (uint32_t)++set->n;
  return true;
}

static inline void
world_set_free(world_set *set)
{
  free(set->bytes);
  free(set->row);
}

#endif
