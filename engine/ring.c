/* SPDX-License-Identifier: ISC */
/* Load the other side's index with acquire, copy, then store our own with release: a slot
   is never touched by both threads at once.  The steps stand in ring_core.h. */
#include "ring.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef atomic_size_t ring_index;

static inline size_t
ring_load_relaxed(const ring_index *index)
{
  return atomic_load_explicit(index, memory_order_relaxed);
}

static inline size_t
ring_load_acquire(const ring_index *index)
{
  return atomic_load_explicit(index, memory_order_acquire);
}

static inline void
ring_store_release(ring_index *index, size_t value)
{
  atomic_store_explicit(index, value, memory_order_release);
}

#include "ring_core.h"

struct ear_ring {
  ring_core core;
};

static void
ring_put(ring_core *ring, size_t at, const void *items, size_t n)
{
  memcpy(ring->slots + at * ring->item_size, items, n * ring->item_size);
}

static void
ring_get(const ring_core *ring, size_t at, void *items, size_t n)
{
  memcpy(items, ring->slots + at * ring->item_size, n * ring->item_size);
}

ear_ring *
ear_ring_new(size_t n_items, size_t item_size)
{
  size_t capacity = 1;
  while (capacity < n_items && capacity <= SIZE_MAX / 4) {
    capacity *= 2;
  }
  if (item_size == 0 || capacity < n_items || capacity > SIZE_MAX / 2 / item_size) {
    return NULL;
  }
  ear_ring *ring = aligned_alloc(alignof(ear_ring), sizeof *ring);
  unsigned char *slots = malloc(capacity * item_size);
  if (!ring || !slots) {
    free(ring);
    free(slots);
    return NULL;
  }
  /* Not 0: compilers make malloc and memset to 0 a calloc, which touches no page. */
  memset(slots, 0xa5, capacity * item_size);
  memset(ring, 0, sizeof *ring);
  ring->core.capacity = capacity;
  ring->core.item_size = item_size;
  ring->core.slots = slots;
  atomic_init(&ring->core.head, 0);
  atomic_init(&ring->core.tail, 0);
  return ring;
}

void
ear_ring_free(ear_ring *ring)
{
  if (ring) {
    free(ring->core.slots);
    free(ring);
  }
}

size_t
ear_ring_write(ear_ring *ring, const void *items, size_t n)
{
  return ring_core_write(&ring->core, items, n);
}

size_t
ear_ring_read(ear_ring *ring, void *items, size_t n)
{
  return ring_core_read(&ring->core, items, n);
}

size_t
ear_ring_readable(const ear_ring *ring)
{
  return ring_core_readable(&ring->core);
}

size_t
ear_ring_writable(const ear_ring *ring)
{
  return ring_core_writable(&ring->core);
}
