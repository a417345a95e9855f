/* SPDX-License-Identifier: ISC */
/* The tape's algorithm, over memory operations that the includer defines first:

     tape_index, tape_sample                        shared by both threads, atomic
     uint64_t tape_load_relaxed(const tape_index *)
     uint64_t tape_load_acquire(const tape_index *)
     void tape_store_relaxed(tape_index *, uint64_t)
     void tape_store_release(tape_index *, uint64_t)
     void tape_fence_acquire(void)
     void tape_fence_release(void)
     void tape_put(tape_sample *slot, const float *x, size_t n)      relaxed, one by one
     void tape_get(const tape_sample *slot, float *x, size_t n)      relaxed, one by one

   tape.c gives the operations of C11; tests/test_tape_orders.c gives those of a weak
   memory model and runs these same lines in every order it allows.

   Sample i lies in slot i mod capacity.  The writer says in `reserved` up to where it is
   about to write before it writes there, so a reader that has seen any of it in a slot
   also sees, behind its fence, that `reserved` has passed: a sequence lock whose sequence
   is the sample index.
   Source: H.-J. Boehm, "Can seqlocks get along with programming language memory models?",
   ACM MSPC 2012. */
#ifndef EAR_TAPE_CORE_H
#define EAR_TAPE_CORE_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  size_t capacity;             /* samples, a power of two */
  size_t step;                 /* samples written at once, at most capacity - margin */
  size_t margin;               /* of the oldest samples, passed over by a reader that lost
                                  some, so as not to lose more at once; 1..capacity - 1 */
  tape_sample *slot;           /* [capacity] */
  alignas(64) tape_index head; /* the writer's: samples written since the start */
  tape_index reserved;         /* the writer's: the same and those under way */
  alignas(64) tape_index tail; /* the reader's: samples read or lost since the start */
} tape_core;

/* Slots from index i on until the array ends, at most n. */
static inline size_t
tape_run(const tape_core *tape, uint64_t i, size_t n)
{
  const size_t run = tape->capacity - (size_t)(i & (tape->capacity - 1));
  return run < n ? run : n;
}

/* Whether n more samples would overwrite some that were not read.  [the writer] */
static inline int
tape_core_overruns(const tape_core *tape, size_t n)
{
  const uint64_t head = tape_load_relaxed(&tape->head);
  return n > 0 && head + n - tape_load_relaxed(&tape->tail) > tape->capacity;
}

static inline void
tape_core_write(tape_core *tape, const float *x, size_t n)
{
  uint64_t head = tape_load_relaxed(&tape->head);
  while (n > 0) {
    const size_t n_now = n < tape->step ? n : tape->step;
    const size_t run = tape_run(tape, head, n_now);
    tape_store_release(&tape->reserved, head + n_now);
    tape_fence_release(); /* before the samples */
    tape_put(tape->slot + (head & (tape->capacity - 1)), x, run);
    tape_put(tape->slot, x + run, n_now - run);
    head += n_now;
    tape_store_release(&tape->head, head); /* after the samples */
    x += n_now;
    n -= n_now;
  }
}

/* Copy up to n of the samples up to `end`, which the writer's head has reached, and
   return how many.  If any of them may be overwritten, none count: *lost is how many the
   reader passes over instead. */
static inline size_t
tape_core_read(tape_core *tape, uint64_t end, float *x, size_t n, uint64_t *lost)
{
  const uint64_t tail = tape_load_relaxed(&tape->tail);
  const uint64_t ready = end - tail < tape->capacity ? end - tail : tape->capacity;
  n = n < ready ? n : (size_t)ready;
  const size_t run = tape_run(tape, tail, n);
  tape_get(tape->slot + (tail & (tape->capacity - 1)), x, run);
  tape_get(tape->slot, x + run, n - run);
  tape_fence_acquire(); /* after the samples */
  const uint64_t reserved = tape_load_acquire(&tape->reserved);
  *lost = 0;
  if (reserved - tail > tape->capacity) {
    *lost = reserved - tail - tape->capacity + tape->margin;
    n = 0;
  }
  tape_store_relaxed(&tape->tail, tail + n + *lost);
  return n;
}

#endif
