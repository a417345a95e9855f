/* SPDX-License-Identifier: ISC */
/* Say what will be overwritten, then write; read, then look what was overwritten. Samples
   are relaxed atomics, so that a read that comes too late is a wrong value that is thrown
   away and no data race.  The steps stand in tape_core.h. */
#include "tape.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef _Atomic uint64_t tape_index;
typedef _Atomic uint32_t tape_sample; /* the bits of a float */

enum { MIN_CAPACITY = 256, SIXTEENTH = 16 };

static inline uint64_t
tape_load_relaxed(const tape_index *index)
{
  return atomic_load_explicit(index, memory_order_relaxed);
}

static inline uint64_t
tape_load_acquire(const tape_index *index)
{
  return atomic_load_explicit(index, memory_order_acquire);
}

static inline void
tape_store_relaxed(tape_index *index, uint64_t value)
{
  atomic_store_explicit(index, value, memory_order_relaxed);
}

static inline void
tape_store_release(tape_index *index, uint64_t value)
{
  atomic_store_explicit(index, value, memory_order_release);
}

static inline void
tape_fence_acquire(void)
{
  atomic_thread_fence(memory_order_acquire);
}

static inline void
tape_fence_release(void)
{
  atomic_thread_fence(memory_order_release);
}

static inline void
tape_put(tape_sample *slot, const float *x, size_t n)
{
  for (size_t i = 0; i < n; ++i) {
    uint32_t bits;
    memcpy(&bits, &x[i], sizeof bits);
    atomic_store_explicit(&slot[i], bits, memory_order_relaxed);
  }
}

static inline void
tape_get(const tape_sample *slot, float *x, size_t n)
{
  for (size_t i = 0; i < n; ++i) {
    const uint32_t bits = atomic_load_explicit(&slot[i], memory_order_relaxed);
    memcpy(&x[i], &bits, sizeof bits);
  }
}

#include "tape_core.h"

struct ear_tape {
  tape_core core;
};

ear_tape *
ear_tape_new(size_t n)
{
  size_t capacity = MIN_CAPACITY;
  while (capacity < n && capacity <= SIZE_MAX / 4) {
    capacity *= 2;
  }
  if (capacity < n || capacity > SIZE_MAX / 2 / sizeof(tape_sample)) {
    return NULL;
  }
  ear_tape *tape = aligned_alloc(alignof(ear_tape), sizeof *tape);
  tape_sample *slot = malloc(capacity * sizeof *slot);
  if (!tape || !slot) {
    free(tape);
    free(slot);
    return NULL;
  }
  /* Not 0: compilers make malloc and memset to 0 a calloc, which touches no page. */
  memset(slot, 0xa5, capacity * sizeof *slot);
  memset(tape, 0, sizeof *tape);
  tape->core.capacity = capacity;
  tape->core.step = capacity / SIXTEENTH;
  tape->core.margin = capacity / SIXTEENTH;
  tape->core.slot = slot;
  atomic_init(&tape->core.head, 0);
  atomic_init(&tape->core.reserved, 0);
  atomic_init(&tape->core.tail, 0);
  return tape;
}

void
ear_tape_free(ear_tape *tape)
{
  if (tape) {
    free(tape->core.slot);
    free(tape);
  }
}

size_t
ear_tape_capacity(const ear_tape *tape)
{
  return tape->core.capacity;
}

void
ear_tape_write(ear_tape *tape, const float *x, size_t n)
{
  tape_core_write(&tape->core, x, n);
}

bool
ear_tape_overruns(const ear_tape *tape, size_t n)
{
  return tape_core_overruns(&tape->core, n);
}

uint64_t
ear_tape_head(const ear_tape *tape)
{
  return tape_load_acquire(&tape->core.head);
}

size_t
ear_tape_read(ear_tape *tape, uint64_t end, float *x, size_t n, uint64_t *lost)
{
  return tape_core_read(&tape->core, end, x, n, lost);
}
