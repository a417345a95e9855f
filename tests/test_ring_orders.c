/* SPDX-License-Identifier: ISC */
/* In every order that the memory model allows, the ring of engine/ring_core.h delivers
   every item once, in order, and never lets both threads touch a slot at once; with any
   one of its four orderings weakened to relaxed it does not, and this search sees it.

   The lines that run are ring_core.h itself; only the operations below are ours.
   Memory model: C11 restricted as in RC11 (Lahav et al., PLDI 2017), made operational
   with views (Kang et al., POPL 2017, without promises).  Each index is a list of
   messages, one a store.  Each thread has a view: per index the oldest message it may
   still read, and per thread the clock of the newest step known to have happened before.
   A load reads any message that is not older than the view: so a store may stay unseen
   for as long as coherence allows.  A release store puts the thread's view into its
   message; an acquire load joins it into its own; relaxed ones carry nothing.  Slots are
   not atomic: an access that the other thread's last access did not happen before is a
   data race, which is what reordering of items against indices looks like, and ends the
   search. Stores append only, as each index has one writer.  Cycles of program order and
   reads-from (out of thin air) are left out: with all four orderings in place C11 forbids
   them here, since every cross-thread edge synchronizes.

   Search: a thread is its program plus the results of its steps so far.  To find its next
   step the program runs again from the start, fed with these results, and jumps out at
   the first step that has none.  Worlds already seen are not entered again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world_set.h"

enum { WRITER, READER, N_THREADS };
enum { HEAD, TAIL, N_INDICES };
enum { MAX_STEPS = 64, MAX_MESSAGES = 10, MAX_CAPACITY = 4, MAX_CALLS = 6 };

typedef struct {
  int id; /* HEAD or TAIL */
} ring_index;

static size_t ring_load_relaxed(const ring_index *index);
static size_t ring_load_acquire(const ring_index *index);
static void ring_store_release(ring_index *index, size_t value);

#include "ring_core.h"

typedef struct {
  uint8_t seen[N_INDICES];  /* oldest message that may still be read */
  uint8_t clock[N_THREADS]; /* newest step of each thread that happened before */
} view;

typedef struct {
  uint8_t n_steps[N_THREADS];
  uint8_t n_messages[N_INDICES];
  uint8_t result[N_THREADS][MAX_STEPS]; /* of loads: message number or item */
  view known[N_THREADS];
  uint8_t value[N_INDICES][MAX_MESSAGES]; /* minus START */
  view carried[N_INDICES][MAX_MESSAGES];
  uint8_t item[MAX_CAPACITY];
  uint8_t touched[N_THREADS][MAX_CAPACITY]; /* clock of the thread's last access */
} world;

typedef enum { LOAD, STORE, PUT, GET, END } step_kind;

typedef struct {
  step_kind kind;
  bool ordered;  /* acquire or release */
  uint8_t where; /* index or slot */
  uint8_t value;
} step;

/* One small ring and what each thread does with it. */
typedef struct {
  size_t capacity;
  uint8_t n_writes, write[MAX_CALLS]; /* items tried in each call; 0: as writable says */
  uint8_t n_reads, read[MAX_CALLS];   /* the same of the reader, 0: as readable says */
  bool weak[N_THREADS][2];            /* this thread's load, store is only relaxed */
  size_t extra;                       /* room the writer wrongly believes in */
} scenario;

/* The indices start just below their wrap. */
static const size_t START = SIZE_MAX - 1;

static const scenario *the;
static const world *replayed; /* whose results feed the program now */
static int thread;
static uint8_t n_done; /* steps fed so far */
static step pending;
static jmp_buf out_of_program;
static const char *violation;

static void
require(bool holds, const char *sentence)
{
  if (!holds && !violation) {
    violation = sentence;
  }
}

/* The result of this step if it was made, else leave the program with it pending. */
static uint8_t
take(step s)
{
  if (n_done == replayed->n_steps[thread]) {
    pending = s;
    longjmp(out_of_program, 1);
  }
  return replayed->result[thread][n_done++];
}

static size_t
load(const ring_index *index, bool ordered)
{
  const step s = {.kind = LOAD, .ordered = ordered, .where = (uint8_t)index->id};
  return START + replayed->value[index->id][take(s)];
}

static size_t
ring_load_relaxed(const ring_index *index)
{
  return load(index, false);
}

static size_t
ring_load_acquire(const ring_index *index)
{
  return load(index, !the->weak[thread][0]);
}

static void
ring_store_release(ring_index *index, size_t value)
{
  take((step){.kind = STORE,
              .ordered = !the->weak[thread][1],
              .where = (uint8_t)index->id,
              .value = (uint8_t)(value - START)});
}

static void
ring_put(ring_core *ring, size_t at, const void *items, size_t n)
{
  (void)ring;
  for (size_t i = 0; i < n; i++) {
    take((step){.kind = PUT,
                .where = (uint8_t)((at + i) % the->capacity),
                .value = ((const uint8_t *)items)[i]});
  }
}

static void
ring_get(const ring_core *ring, size_t at, void *items, size_t n)
{
  (void)ring;
  for (size_t i = 0; i < n; i++) {
    ((uint8_t *)items)[i] =
        take((step){.kind = GET, .where = (uint8_t)((at + i) % the->capacity)});
  }
}

/* Returns the items written: 1, 2, 3, ... in order. */
static uint8_t
writer_program(ring_core *ring)
{
  uint8_t n_written = 0;
  for (int c = 0; c < the->n_writes; c++) {
    const size_t room = the->write[c] ? 0 : ring_core_writable(ring);
    const size_t n = the->write[c] ? the->write[c] : room;
    uint8_t items[MAX_CAPACITY + 1];
    for (size_t i = 0; i < n && i < sizeof items; i++) {
      items[i] = (uint8_t)(n_written + 1 + i);
    }
    const size_t n_now = ring_core_write(ring, items, n);
    require(n_now == n || (n_now == 0 && room == 0),
            "a write took a part, or not its room");
    n_written = (uint8_t)(n_written + n_now);
  }
  return n_written;
}

/* Returns the items read. */
static uint8_t
reader_program(ring_core *ring)
{
  uint8_t n_read = 0;
  for (int c = 0; c < the->n_reads; c++) {
    const size_t ready = the->read[c] ? 0 : ring_core_readable(ring);
    const size_t n = the->read[c] ? the->read[c] : ready;
    uint8_t items[MAX_CAPACITY + 1] = {0};
    require(n < sizeof items, "more was readable than the ring holds");
    const size_t n_now = ring_core_read(ring, items, n < sizeof items ? n : 0);
    require(n_now <= n && n_now >= ready, "a read gave not what was readable");
    for (size_t i = 0; i < n_now; i++) {
      require(items[i] == ++n_read, "an item was lost, doubled or out of order");
    }
  }
  return n_read;
}

/* Run thread t up to the step it has not made; END when its program is over.  Each thread
   has its own copy of the ring: what it shares are the two indices and the slots. */
static uint8_t
replay(const world *w, int t)
{
  ring_core ring = {.capacity = the->capacity + (t == WRITER ? the->extra : 0),
                    .item_size = 1,
                    .head = {HEAD},
                    .tail_seen = START,
                    .tail = {TAIL},
                    .head_seen = START};
  replayed = w;
  thread = t;
  n_done = 0;
  if (setjmp(out_of_program)) {
    return 0;
  }
  const uint8_t n = t == WRITER ? writer_program(&ring) : reader_program(&ring);
  pending = (step){.kind = END};
  return n;
}

static void
join(view *into, const view *from)
{
  for (int i = 0; i < N_INDICES; i++) {
    into->seen[i] = into->seen[i] > from->seen[i] ? into->seen[i] : from->seen[i];
  }
  for (int t = 0; t < N_THREADS; t++) {
    into->clock[t] = into->clock[t] > from->clock[t] ? into->clock[t] : from->clock[t];
  }
}

/* Make step s of thread t; a load reads message m. */
static void
make(world *w, int t, step s, uint8_t m)
{
  view *known = &w->known[t];
  uint8_t result = 0;
  known->clock[t]++;
  if (s.kind == LOAD) {
    result = m;
    known->seen[s.where] = m;
    if (s.ordered) {
      join(known, &w->carried[s.where][m]);
    }
  } else if (s.kind == STORE) {
    const uint8_t new = w->n_messages[s.where]++;
    assert_true(new < MAX_MESSAGES);
    known->seen[s.where] = new;
    w->value[s.where][new] = s.value;
    w->carried[s.where][new].seen[s.where] = new;
    if (s.ordered) {
      w->carried[s.where][new] = *known;
    }
  } else {
    const int other = 1 - t;
    require(w->touched[other][s.where] <= known->clock[other],
            "both threads touch one slot at once");
    w->touched[t][s.where] = known->clock[t];
    if (s.kind == PUT) {
      w->item[s.where] = s.value;
    }
    result = w->item[s.where];
  }
  assert_true(w->n_steps[t] < MAX_STEPS);
  w->result[t][w->n_steps[t]++] = result;
}

/* Both programs are over: what was written and not read must still lie in the slots. */
static void
check_rest(const world *w)
{
  const uint8_t n_written = replay(w, WRITER);
  const uint8_t n_read = replay(w, READER);
  require(n_read <= n_written, "more was read than written");
  require(n_written - n_read <= (int)the->capacity, "more is kept than fits");
  for (int i = n_read; i < n_written; i++) {
    require(w->item[(START + (size_t)i) % the->capacity] == i + 1,
            "an item was overwritten before it was read");
  }
}

static void
explore(const world *w, world_set *seen, uint64_t *n_ends)
{
  int n_over = 0;
  for (int t = 0; t < N_THREADS && !violation; t++) {
    replay(w, t);
    const step s = pending;
    if (s.kind == END) {
      n_over++;
      continue;
    }
    const uint8_t last = s.kind == LOAD ? (uint8_t)(w->n_messages[s.where] - 1) : 0;
    const uint8_t first = s.kind == LOAD ? w->known[t].seen[s.where] : 0;
    for (uint8_t m = first; m <= last && !violation; m++) {
      world next = *w;
      make(&next, t, s, m);
      if (!violation && world_set_add(seen, &next)) {
        explore(&next, seen, n_ends);
      }
    }
  }
  if (n_over == N_THREADS) {
    check_rest(w);
    (*n_ends)++;
  }
}

/* NULL if no order breaks the ring, else what breaks. */
static const char *
search(const scenario *s, const char *name)
{
  world start;
  memset(&start, 0, sizeof start);
  start.n_messages[HEAD] = 1; /* the indices as ear_ring_new left them */
  start.n_messages[TAIL] = 1;
  world_set seen = {.size = sizeof start};
  uint64_t n_ends = 0;
  the = s;
  violation = NULL;
  explore(&start, &seen, &n_ends);
  print_message("%s: %zu worlds, %llu ends: %s\n", name, seen.n,
                (unsigned long long)n_ends, violation ? violation : "all in order");
  world_set_free(&seen);
  return violation;
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
  static const char *const name[N_THREADS][2] = {
      {"writer's load of tail relaxed", "writer's store of head relaxed"},
      {"reader's load of head relaxed", "reader's store of tail relaxed"}};
  for (int t = 0; t < N_THREADS; t++) {
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
