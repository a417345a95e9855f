/* SPDX-License-Identifier: ISC */
/* Runs two small programs in every order that the memory model allows.

   Memory model: C11 restricted as in RC11 (Lahav et al., PLDI 2017), made operational
   with views (Kang et al., POPL 2017, without promises).  Each atomic place is a list of
   messages, one a store.  Each thread has a view: per place the oldest message it may
   still read, and per thread the clock of the newest step known to have happened before.
   A load reads any message that is not older than the view: so a store may stay unseen
   for as long as coherence allows.  A release store puts the thread's view into its
   message, a relaxed one the view of the thread's last release fence; an acquire load
   joins what a message carries into its view, after a relaxed one the next acquire fence
   does.  Slots are not atomic: an access that the other thread's last access did not
   happen before is a data race, and ends the search.  Stores append only: each place has
   one writer.  Cycles of program order and reads-from (out of thin air) are left out.

   Search: a thread is its program plus the results of its steps so far.  To find its next
   step the program runs again from the start, fed with these results, and jumps out at
   the first step that has none.  Worlds already seen are not entered again.

   MY_PLACES and MY_MESSAGES, which the includer defines, say how large a world is: all
   worlds are kept. */
#ifndef EAR_TEST_WEAK_MEMORY_H
#define EAR_TEST_WEAK_MEMORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world_set.h"

enum { WRITER, READER, WM_THREADS };
enum {
  WM_PLACES = MY_PLACES,     /* atomic */
  WM_MESSAGES = MY_MESSAGES, /* stores to one place, and one for its start */
  WM_SLOTS = 4,
  WM_STEPS = 64, /* of one program */
};

typedef struct {
  uint8_t seen[WM_PLACES];   /* oldest message that may still be read */
  uint8_t clock[WM_THREADS]; /* newest step of each thread that happened before */
} wm_view;

typedef struct {
  uint8_t n_steps[WM_THREADS];
  uint8_t n_messages[WM_PLACES];
  uint8_t result[WM_THREADS][WM_STEPS]; /* of loads: message number or item */
  wm_view known[WM_THREADS];
  wm_view read[WM_THREADS];   /* known, and what relaxed loads brought */
  wm_view fenced[WM_THREADS]; /* known at the last release fence */
  uint8_t value[WM_PLACES][WM_MESSAGES];
  wm_view carried[WM_PLACES][WM_MESSAGES];
  uint8_t item[WM_SLOTS];
  uint8_t touched[WM_THREADS][WM_SLOTS]; /* clock of the thread's last access */
} wm_world;

/* The programs: called with wm_thread set, they make steps by wm_load and so on.  at_end
   may call wm_replay to run them once more, over whole now. */
typedef struct {
  void (*program)(void);
  void (*at_end)(const wm_world *w);
} wm_system;

typedef enum {
  WM_LOAD,
  WM_STORE,
  WM_PUT,
  WM_GET,
  WM_ACQUIRE,
  WM_RELEASE,
  WM_END
} wm_kind;

typedef struct {
  wm_kind kind;
  bool ordered;  /* acquire or release */
  uint8_t where; /* place or slot */
  uint8_t value;
} wm_step;

static int wm_thread;
static const wm_system *wm_running;
static const wm_world *wm_replayed; /* whose results feed the program now */
static uint8_t wm_n_done;           /* steps fed so far */
static wm_step wm_pending;
static jmp_buf wm_out_of_program;
static const char *wm_violation;

static inline void
wm_require(bool holds, const char *sentence)
{
  if (!holds && !wm_violation) {
    wm_violation = sentence;
  }
}

/* The result of this step if it was made, else leave the program with it pending. */
static inline uint8_t
wm_take(wm_step s)
{
  if (wm_n_done == wm_replayed->n_steps[wm_thread]) {
    wm_pending = s;
    longjmp(wm_out_of_program, 1);
  }
  return wm_replayed->result[wm_thread][wm_n_done++];
}

static inline uint8_t
wm_load(uint8_t place, bool acquire)
{
  const wm_step s = {.kind = WM_LOAD, .ordered = acquire, .where = place};
  return wm_replayed->value[place][wm_take(s)];
}

static inline void
wm_store(uint8_t place, uint8_t value, bool release)
{
  wm_take((wm_step){WM_STORE, release, place, value});
}

static inline void
wm_fence(wm_kind kind)
{
  wm_take((wm_step){.kind = kind});
}

static inline void
wm_put(uint8_t slot, uint8_t value)
{
  wm_take((wm_step){.kind = WM_PUT, .where = slot, .value = value});
}

static inline uint8_t
wm_get(uint8_t slot)
{
  return wm_take((wm_step){.kind = WM_GET, .where = slot});
}

/* Run thread t up to the step it has not made; WM_END when its program is over. */
static inline void
wm_replay(const wm_world *w, int t)
{
  wm_replayed = w;
  wm_thread = t;
  wm_n_done = 0;
  if (!setjmp(wm_out_of_program)) {
    wm_running->program();
    wm_pending = (wm_step){.kind = WM_END};
  }
}

static inline void
wm_join(wm_view *into, const wm_view *from)
{
  for (int i = 0; i < WM_PLACES; i++) {
    into->seen[i] = into->seen[i] > from->seen[i] ? into->seen[i] : from->seen[i];
  }
  for (int t = 0; t < WM_THREADS; t++) {
    into->clock[t] = into->clock[t] > from->clock[t] ? into->clock[t] : from->clock[t];
  }
}

static inline void
wm_make_load(wm_world *w, int t, wm_step s, uint8_t m)
{
  w->known[t].seen[s.where] = m;
  wm_join(s.ordered ? &w->known[t] : &w->read[t], &w->carried[s.where][m]);
}

static inline void
wm_make_store(wm_world *w, int t, wm_step s)
{
  const uint8_t new = w->n_messages[s.where]++;
  assert_true(new < WM_MESSAGES);
  w->known[t].seen[s.where] = new;
  w->value[s.where][new] = s.value;
  w->carried[s.where][new] = s.ordered ? w->known[t] : w->fenced[t];
  w->carried[s.where][new].seen[s.where] = new;
}

static inline uint8_t
wm_make_access(wm_world *w, int t, wm_step s)
{
  const int other = 1 - t;
  wm_require(w->touched[other][s.where] <= w->known[t].clock[other],
             "both threads touch one slot at once");
  w->touched[t][s.where] = w->known[t].clock[t];
  if (s.kind == WM_PUT) {
    w->item[s.where] = s.value;
  }
  return w->item[s.where];
}

/* Make step s of thread t; a load reads message m. */
static inline void
wm_make(wm_world *w, int t, wm_step s, uint8_t m)
{
  uint8_t result = 0;
  w->known[t].clock[t]++;
  switch (s.kind) {
  case WM_LOAD:
    wm_make_load(w, t, s, m);
    result = m;
    break;
  case WM_STORE:
    wm_make_store(w, t, s);
    break;
  case WM_ACQUIRE:
    wm_join(&w->known[t], &w->read[t]);
    break;
  case WM_RELEASE:
    w->fenced[t] = w->known[t];
    break;
  default:
    result = wm_make_access(w, t, s);
    break;
  }
  wm_join(&w->read[t], &w->known[t]);
  assert_true(w->n_steps[t] < WM_STEPS);
  w->result[t][w->n_steps[t]++] = result;
}

static inline void
wm_explore(const wm_world *w, world_set *seen, uint64_t *n_ends)
{
  int n_over = 0;
  for (int t = 0; t < WM_THREADS && !wm_violation; t++) {
    wm_replay(w, t);
    const wm_step s = wm_pending;
    if (s.kind == WM_END) {
      n_over++;
      continue;
    }
    const bool load = s.kind == WM_LOAD;
    const uint8_t last = load ? (uint8_t)(w->n_messages[s.where] - 1) : 0;
    const uint8_t first = load ? w->known[t].seen[s.where] : 0;
    for (uint8_t m = first; m <= last && !wm_violation; m++) {
      wm_world next = *w;
      wm_make(&next, t, s, m);
      if (!wm_violation && world_set_add(seen, &next)) {
        wm_explore(&next, seen, n_ends);
      }
    }
  }
  if (n_over == WM_THREADS) {
    wm_running->at_end(w);
    (*n_ends)++;
  }
}

/* NULL if no order breaks the system, else what breaks.  Every place starts as 0. */
static inline const char *
wm_search(const wm_system *system, const char *name)
{
  wm_world start;
  memset(&start, 0, sizeof start);
  memset(start.n_messages, 1, sizeof start.n_messages);
  world_set seen = {.size = sizeof start};
  uint64_t n_ends = 0;
  wm_running = system;
  wm_violation = NULL;
  wm_explore(&start, &seen, &n_ends);
  print_message("%s: %zu worlds, %llu ends: %s\n", name, seen.n,
                (unsigned long long)n_ends, wm_violation ? wm_violation : "all in order");
  world_set_free(&seen);
  return wm_violation;
}

#endif
