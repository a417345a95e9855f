/* SPDX-License-Identifier: ISC */
/* In every order that the memory model of weak_memory.h allows, a reader of the tape of
   engine/tape_core.h gets every sample that is not lost once, in order and whole, knows
   exactly how many were lost, and the writer knows of every loss; with any one of its
   orderings weakened to relaxed, or any fence left out, it does not, and this search sees
   it.  The lines that run are tape_core.h itself; only the operations below are ours.
   The model leaves out cycles of program order and reads-from: one would have to pass
   through the writer, and what that stores depends on no load. */
#define MY_PLACES 7
#define MY_MESSAGES 8
#include "weak_memory.h"

enum { HEAD, RESERVED, TAIL, SLOTS };
enum { MAX_CAPACITY = WM_PLACES - SLOTS, MAX_CALLS = 6 };

typedef struct {
  uint8_t place;
} tape_index, tape_sample;

static uint64_t tape_load_relaxed(const tape_index *index);
static uint64_t tape_load_acquire(const tape_index *index);
static void tape_store_relaxed(tape_index *index, uint64_t value);
static void tape_store_release(tape_index *index, uint64_t value);
static void tape_fence_acquire(void);
static void tape_fence_release(void);
static void tape_put(tape_sample *slot, const float *x, size_t n);
static void tape_get(const tape_sample *slot, float *x, size_t n);

#include "tape_core.h"

typedef enum {
  NOTHING,
  LOAD_OF_HEAD,
  STORE_OF_HEAD,
  LOAD_OF_RESERVED,
  STORE_OF_RESERVED,
  FENCE_OF_READER,
  FENCE_OF_WRITER,
  SAYING_BEFORE_WRITING, /* not an ordering: what is reserved is less than is written */
  N_WEAK
} weak_part;

/* One small tape and what each thread does with it. */
typedef struct {
  size_t capacity, step, margin;
  uint8_t n_writes, write[MAX_CALLS]; /* samples in each call */
  uint8_t n_reads, read[MAX_CALLS];   /* samples asked for */
  weak_part weak;
} scenario;

static const scenario *the;
static uint8_t n_written, n_overruns, n_read, n_lost; /* by the programs that ran last */

static uint64_t
tape_load_relaxed(const tape_index *index)
{
  return wm_load(index->place, false);
}

static uint64_t
tape_load_acquire(const tape_index *index)
{
  const weak_part own = index->place == HEAD ? LOAD_OF_HEAD : LOAD_OF_RESERVED;
  return wm_load(index->place, the->weak != own);
}

static void
tape_store_relaxed(tape_index *index, uint64_t value)
{
  wm_store(index->place, (uint8_t)value, false);
}

static void
tape_store_release(tape_index *index, uint64_t value)
{
  const weak_part own = index->place == HEAD ? STORE_OF_HEAD : STORE_OF_RESERVED;
  const bool less = index->place == RESERVED && the->weak == SAYING_BEFORE_WRITING;
  wm_store(index->place, (uint8_t)(value - less), the->weak != own);
}

static void
tape_fence_acquire(void)
{
  if (the->weak != FENCE_OF_READER) {
    wm_fence(WM_ACQUIRE);
  }
}

static void
tape_fence_release(void)
{
  if (the->weak != FENCE_OF_WRITER) {
    wm_fence(WM_RELEASE);
  }
}

static void
tape_put(tape_sample *slot, const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    wm_store(slot[i].place, (uint8_t)x[i], false);
  }
}

static void
tape_get(const tape_sample *slot, float *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    x[i] = wm_load(slot[i].place, false);
  }
}

/* Writes the samples 1, 2, 3, ... */
static void
writer_program(tape_core *tape)
{
  n_written = n_overruns = 0;
  for (int c = 0; c < the->n_writes; c++) {
    float x[8];
    for (int i = 0; i < the->write[c]; i++) {
      x[i] = (float)(n_written + 1 + i);
    }
    n_overruns = (uint8_t)(n_overruns + tape_core_overruns(tape, the->write[c]));
    tape_core_write(tape, x, the->write[c]);
    n_written = (uint8_t)(n_written + the->write[c]);
  }
}

static void
reader_program(tape_core *tape)
{
  uint64_t at = 0;
  n_read = n_lost = 0;
  for (int c = 0; c < the->n_reads; c++) {
    float x[MAX_CAPACITY];
    uint64_t lost = 0;
    const uint64_t end = tape_load_acquire(&tape->head);
    wm_require(end >= at, "the reader is where the writer has not been");
    if (end < at) {
      return;
    }
    const size_t n = tape_core_read(tape, end, x, the->read[c], &lost);
    wm_require(n == 0 || lost == 0, "samples were given and lost at once");
    wm_require(n <= the->read[c] && n <= end - at, "more was read than was there");
    for (size_t i = 0; i < n; i++) {
      wm_require(x[i] == (float)(at + i + 1), "a sample is not its own");
    }
    at += n + lost;
    n_read = (uint8_t)(n_read + n);
    n_lost = (uint8_t)(n_lost + lost);
  }
}

static void
program(void)
{
  tape_sample slot[MAX_CAPACITY];
  for (uint8_t i = 0; i < MAX_CAPACITY; i++) {
    slot[i].place = (uint8_t)(SLOTS + i);
  }
  tape_core tape = {.capacity = the->capacity,
                    .step = the->step,
                    .margin = the->margin,
                    .slot = slot,
                    .head = {HEAD},
                    .reserved = {RESERVED},
                    .tail = {TAIL}};
  if (wm_thread == WRITER) {
    writer_program(&tape);
  } else {
    reader_program(&tape);
  }
}

static void
check_count(const wm_world *w)
{
  wm_replay(w, WRITER);
  wm_replay(w, READER);
  wm_require(n_read + n_lost <= n_written, "more was read and lost than written");
  wm_require(n_lost == 0 || n_overruns > 0, "a loss was told to the reader alone");
}

static const char *
search(const scenario *s, const char *name)
{
  static const wm_system tape = {program, check_count};
  the = s;
  return wm_search(&tape, name);
}

static const scenario TWO = {.capacity = 2,
                             .step = 1,
                             .margin = 1,
                             .n_writes = 3,
                             .write = {1, 2, 1},
                             .n_reads = 4,
                             .read = {1, 2, 1, 2}};
static const scenario FOUR = {.capacity = 4,
                              .step = 2,
                              .margin = 1,
                              .n_writes = 4,
                              .write = {2, 1, 3, 1},
                              .n_reads = 3,
                              .read = {3, 2, 4}};
static const scenario LONG = {.capacity = 2,
                              .step = 1,
                              .margin = 1,
                              .n_writes = 1,
                              .write = {6},
                              .n_reads = 3,
                              .read = {1, 2, 2}};

static void
every_order_gives_each_sample_once_or_counts_it_lost(void **state)
{
  (void)state;
  assert_null(search(&TWO, "2 slots"));
  assert_null(search(&FOUR, "4 slots"));
  assert_null(search(&LONG, "block of three times the tape"));
}

static void
each_ordering_made_relaxed_is_seen_to_break_it(void **state)
{
  (void)state;
  static const char *const name[N_WEAK] = {NULL,
                                           "reader's load of head relaxed",
                                           "writer's store of head relaxed",
                                           "reader's load of reserved relaxed",
                                           "writer's store of reserved relaxed",
                                           "no fence behind the reader's samples",
                                           "no fence before the writer's samples",
                                           "reserved less than is written"};
  for (int weak = 1; weak < N_WEAK; weak++) {
    scenario s = TWO;
    s.weak = (weak_part)weak;
    assert_non_null(search(&s, name[weak]));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_order_gives_each_sample_once_or_counts_it_lost),
      cmocka_unit_test(each_ordering_made_relaxed_is_seen_to_break_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
