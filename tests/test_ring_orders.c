/* SPDX-License-Identifier: ISC */
/* In every order that the memory model of weak_memory.h allows, the ring of
   engine/ring_core.h delivers every item once, in order, and never lets both threads
   touch a slot at once; with any one of its four orderings weakened to relaxed it does
   not, and this search sees it.  The lines that run are ring_core.h itself; only the
   operations below are ours.  Reordering of items against indices looks like both threads
   touching a slot at once.  The model leaves out cycles of program order and reads-from:
   with all four orderings in place C11 forbids them here, since every cross-thread edge
   synchronizes. */
#define MY_PLACES 2
#define MY_MESSAGES 10
#include "weak_memory.h"

enum { HEAD, TAIL };
enum { MAX_CAPACITY = WM_SLOTS, MAX_CALLS = 6 };

typedef struct {
  uint8_t place; /* HEAD or TAIL */
} ring_index;

static size_t ring_load_relaxed(const ring_index *index);
static size_t ring_load_acquire(const ring_index *index);
static void ring_store_release(ring_index *index, size_t value);

#include "ring_core.h"

/* One small ring and what each thread does with it. */
typedef struct {
  size_t capacity;
  uint8_t n_writes, write[MAX_CALLS]; /* items tried in each call; 0: as writable says */
  uint8_t n_reads, read[MAX_CALLS];   /* the same of the reader, 0: as readable says */
  bool weak[WM_THREADS][2];           /* this thread's load, store is only relaxed */
  size_t extra;                       /* room the writer wrongly believes in */
} scenario;

/* The indices start just below their wrap. */
static const size_t START = SIZE_MAX - 1;

static const scenario *the;
static uint8_t n_written, n_read; /* by the program that ran last */

static size_t
ring_load_relaxed(const ring_index *index)
{
  return START + wm_load(index->place, false);
}

static size_t
ring_load_acquire(const ring_index *index)
{
  return START + wm_load(index->place, !the->weak[wm_thread][0]);
}

static void
ring_store_release(ring_index *index, size_t value)
{
  wm_store(index->place, (uint8_t)(value - START), !the->weak[wm_thread][1]);
}

static void
ring_put(ring_core *ring, size_t at, const void *items, size_t n)
{
  (void)ring;
  for (size_t i = 0; i < n; i++) {
    wm_put((uint8_t)((at + i) % the->capacity), ((const uint8_t *)items)[i]);
  }
}

static void
ring_get(const ring_core *ring, size_t at, void *items, size_t n)
{
  (void)ring;
  for (size_t i = 0; i < n; i++) {
    ((uint8_t *)items)[i] = wm_get((uint8_t)((at + i) % the->capacity));
  }
}

/* Writes the items 1, 2, 3, ... in order. */
static void
writer_program(ring_core *ring)
{
  n_written = 0;
  for (int c = 0; c < the->n_writes; c++) {
    const size_t room = the->write[c] ? 0 : ring_core_writable(ring);
    const size_t n = the->write[c] ? the->write[c] : room;
    uint8_t items[MAX_CAPACITY + 1];
    for (size_t i = 0; i < n && i < sizeof items; i++) {
      items[i] = (uint8_t)(n_written + 1 + i);
    }
    const size_t n_now = ring_core_write(ring, items, n);
    wm_require(n_now == n || (n_now == 0 && room == 0),
               "a write took a part, or not its room");
    n_written = (uint8_t)(n_written + n_now);
  }
}

static void
reader_program(ring_core *ring)
{
  n_read = 0;
  for (int c = 0; c < the->n_reads; c++) {
    const size_t ready = the->read[c] ? 0 : ring_core_readable(ring);
    const size_t n = the->read[c] ? the->read[c] : ready;
    uint8_t items[MAX_CAPACITY + 1] = {0};
    wm_require(n < sizeof items, "more was readable than the ring holds");
    const size_t n_now = ring_core_read(ring, items, n < sizeof items ? n : 0);
    wm_require(n_now <= n && n_now >= ready, "a read gave not what was readable");
    for (size_t i = 0; i < n_now; i++) {
      wm_require(items[i] == ++n_read, "an item was lost, doubled or out of order");
    }
  }
}

/* Each thread has its own copy of the ring: what it shares are the two indices and the
   slots. */
static void
program(void)
{
  ring_core ring = {.capacity = the->capacity + (wm_thread == WRITER ? the->extra : 0),
                    .item_size = 1,
                    .head = {HEAD},
                    .tail_seen = START,
                    .tail = {TAIL},
                    .head_seen = START};
  if (wm_thread == WRITER) {
    writer_program(&ring);
  } else {
    reader_program(&ring);
  }
}

/* Both programs are over: what was written and not read must still lie in the slots. */
static void
check_rest(const wm_world *w)
{
  wm_replay(w, WRITER);
  wm_replay(w, READER);
  wm_require(n_read <= n_written, "more was read than written");
  wm_require(n_written - n_read <= (int)the->capacity, "more is kept than fits");
  for (int i = n_read; i < n_written; i++) {
    wm_require(w->item[(START + (size_t)i) % the->capacity] == i + 1,
               "an item was overwritten before it was read");
  }
}

static const char *
search(const scenario *s, const char *name)
{
  static const wm_system ring = {program, check_rest};
  the = s;
  return wm_search(&ring, name);
}

/* Long enough that every slot is written, read and written again, beyond the wrap. */
static const scenario ONE = {.capacity = 1,
                             .n_writes = 6,
                             .write = {1, 1, 0, 1, 1, 1},
                             .n_reads = 6,
                             .read = {1, 0, 1, 2, 1, 1}};
static const scenario TWO = {.capacity = 2,
                             .n_writes = 6,
                             .write = {1, 2, 0, 1, 2, 1},
                             .n_reads = 6,
                             .read = {2, 1, 0, 2, 1, 2}};
static const scenario FOUR = {.capacity = 4,
                              .n_writes = 6,
                              .write = {3, 2, 0, 4, 1, 3},
                              .n_reads = 6,
                              .read = {2, 0, 4, 3, 1, 4}};

static void
every_order_delivers_every_item_once_in_order(void **state)
{
  (void)state;
  assert_null(search(&ONE, "1 slot"));
  assert_null(search(&TWO, "2 slots"));
  assert_null(search(&FOUR, "4 slots"));
}

static void
each_ordering_made_relaxed_is_seen_to_break_it(void **state)
{
  (void)state;
  static const char *const name[WM_THREADS][2] = {
      {"writer's load of tail relaxed", "writer's store of head relaxed"},
      {"reader's load of head relaxed", "reader's store of tail relaxed"}};
  for (int t = 0; t < WM_THREADS; t++) {
    for (int k = 0; k < 2; k++) {
      scenario s = TWO;
      s.weak[t][k] = true;
      assert_non_null(search(&s, name[t][k]));
    }
  }
}

static void
one_slot_too_many_is_seen_to_break_it(void **state)
{
  (void)state;
  scenario s = TWO;
  s.extra = 2; /* the mask needs a power of two */
  assert_non_null(search(&s, "writer believes in twice the room"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_order_delivers_every_item_once_in_order),
      cmocka_unit_test(each_ordering_made_relaxed_is_seen_to_break_it),
      cmocka_unit_test(one_slot_too_many_is_seen_to_break_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
