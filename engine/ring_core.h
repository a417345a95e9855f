/* SPDX-License-Identifier: ISC */
/* The ring's algorithm, over memory operations that the includer defines first:

     ring_index                                 an index shared by both threads
     size_t ring_load_relaxed(const ring_index *)
     size_t ring_load_acquire(const ring_index *)
     void ring_store_release(ring_index *, size_t)
     void ring_put(ring_core *, size_t at, const void *items, size_t n)
     void ring_get(const ring_core *, size_t at, void *items, size_t n)

   ring_put and ring_get copy the slots [at, at + n), which never wrap.  ring.c gives the
   operations of C11; tests/test_ring_orders.c gives those of a weak memory model and runs
   these same lines in every order it allows. */
#ifndef EAR_RING_CORE_H
#define EAR_RING_CORE_H

#include <stdalign.h>
#include <stddef.h>

typedef struct {
  size_t capacity; /* items, a power of two */
  size_t item_size;
  unsigned char *slots;        /* [capacity][item_size] */
  alignas(64) ring_index head; /* the writer's: items written since the start */
  size_t tail_seen;            /* by the writer when it last looked */
  alignas(64) ring_index tail; /* the reader's: items read since the start */
  size_t head_seen;            /* by the reader when it last looked */
} ring_core;

static void ring_put(ring_core *ring, size_t at, const void *items, size_t n);
static void ring_get(const ring_core *ring, size_t at, void *items, size_t n);

/* Slots from index i on until the array ends, at most n. */
static inline size_t
ring_run(const ring_core *ring, size_t i, size_t n)
{
  const size_t run = ring->capacity - (i & (ring->capacity - 1));
  return run < n ? run : n;
}

static inline size_t
ring_core_write(ring_core *ring, const void *items, size_t n)
{
  const size_t head = ring_load_relaxed(&ring->head);
  if (ring->capacity - (head - ring->tail_seen) < n) {
    ring->tail_seen = ring_load_acquire(&ring->tail); /* what was read may be replaced */
    if (ring->capacity - (head - ring->tail_seen) < n) {
      return 0;
    }
  }
  const size_t run = ring_run(ring, head, n);
  ring_put(ring, head & (ring->capacity - 1), items, run);
  ring_put(ring, 0, (const unsigned char *)items + run * ring->item_size, n - run);
  ring_store_release(&ring->head, head + n); /* after the items */
  return n;
}

static inline size_t
ring_core_read(ring_core *ring, void *items, size_t n)
{
  const size_t tail = ring_load_relaxed(&ring->tail);
  if (ring->head_seen - tail < n) {
    ring->head_seen = ring_load_acquire(&ring->head); /* the items up to here are there */
  }
  const size_t ready = ring->head_seen - tail;
  n = ready < n ? ready : n;
  const size_t run = ring_run(ring, tail, n);
  ring_get(ring, tail & (ring->capacity - 1), items, run);
  ring_get(ring, 0, (unsigned char *)items + run * ring->item_size, n - run);
  ring_store_release(&ring->tail, tail + n); /* after the items were copied */
  return n;
}

static inline size_t
ring_core_readable(const ring_core *ring)
{
  const size_t tail = ring_load_relaxed(&ring->tail);
  return ring_load_acquire(&ring->head) - tail;
}

static inline size_t
ring_core_writable(const ring_core *ring)
{
  const size_t head = ring_load_relaxed(&ring->head);
  return ring->capacity - (head - ring_load_acquire(&ring->tail));
}

#endif
