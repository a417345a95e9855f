/* SPDX-License-Identifier: ISC */
/* One thread pushes, the main thread takes.  A part on its way is in one of four states,
   and only who owns the state touches it: EMPTY, DONE main; FULL either, by exchange;
   TAKING audio. */
#include "sink.h"

#include "trust.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

typedef enum { EMPTY, FULL, TAKING, DONE } swap_state;

typedef struct {
  _Atomic swap_state state;
  ear_live_part *part;
  ear_flag_config flag;
  uint64_t at; /* samples_in when it took its place */
} swap_order;

struct sink {
  ear_live *live;
  uint64_t n_half_second;
  bool from_sound;
  bool heard; /* [audio] a sample that is not 0 */
  bool fast;  /* [audio] the last block was analysed here */
  atomic_bool freewheel;
  _Atomic uint64_t n_lost;
  _Atomic uint64_t n_taken; /* samples whose reports were all taken */
  levels level;
  swap_order swap[EAR_MAX_MODELS];
  swap_order flags[EAR_MAX_MODELS]; /* no part: the flags alone */
  atomic_bool reset;
};

sink *
sink_new(bool from_sound)
{
  sink *to = calloc(1, sizeof *to);
  if (to) {
    to->from_sound = from_sound;
  }
  return to;
}

/* The order is the main thread's again; a part that was not taken is freed. */
static void
take_back(swap_order *order)
{
  swap_state state = FULL;
  while (!atomic_compare_exchange_strong(&order->state, &state, EMPTY) &&
         state == TAKING) {
    (void)sched_yield(); /* the audio thread is at it, and soon done */
    state = FULL;
  }
  if (state == FULL) {
    ear_live_part_free(order->part);
  }
  order->part = NULL;
}

void
sink_free(sink *to)
{
  if (to) {
    sink_set_live(to, NULL, 0);
    free(to);
  }
}

void
sink_set_live(sink *to, ear_live *live, double rate_hz)
{
  for (uint32_t m = 0; m < EAR_MAX_MODELS; m++) {
    take_back(&to->swap[m]);
    atomic_store_explicit(&to->swap[m].state, EMPTY, memory_order_release);
    take_back(&to->flags[m]);
    atomic_store_explicit(&to->flags[m].state, EMPTY, memory_order_release);
  }
  to->live = live;
  to->n_half_second = (uint64_t)(rate_hz / 2);
  to->fast = false;
  atomic_store(&to->reset, false);
  atomic_store(&to->n_taken, live ? ear_live_stats_get(live).samples_in : 0);
}

/* ---- the audio thread ---- */

static void
swap_parts(sink *to, uint32_t m) EAR_RT
{
  swap_order *order = &to->swap[m];
  swap_state state = FULL;
  if (atomic_load_explicit(&order->state, memory_order_relaxed) == FULL &&
      atomic_compare_exchange_strong(&order->state, &state, TAKING)) {
    order->at = ear_live_stats_get(to->live).samples_in;
    const bool done = ear_live_swap(to->live, order->part, &order->flag);
    atomic_store_explicit(&order->state, done ? DONE : FULL, memory_order_release);
  }
}

static void
set_flags(sink *to, uint32_t m) EAR_RT
{
  swap_order *order = &to->flags[m];
  swap_state state = FULL;
  if (atomic_load_explicit(&order->state, memory_order_relaxed) == FULL &&
      atomic_compare_exchange_strong(&order->state, &state, TAKING)) {
    const bool done = ear_live_set_flags(to->live, m, &order->flag);
    atomic_store_explicit(&order->state, done ? DONE : FULL, memory_order_release);
  }
}

static void
reset(sink *to) EAR_RT
{
  if (atomic_load_explicit(&to->reset, memory_order_relaxed) &&
      ear_live_reset(to->live)) {
    atomic_store_explicit(&to->reset, false, memory_order_relaxed);
  }
}

/* Index of the first frame with a sample that is not 0, or n. */
static size_t
silent_frames(const float *const *in, uint32_t n_channels, size_t n) EAR_RT
{
  for (size_t t = 0; t < n; t++) {
    for (uint32_t c = 0; c < n_channels; c++) {
      if (in[c][t] != 0) {
        return t;
      }
    }
  }
  return n;
}

/* Freewheel: what was pushed is analysed now, and the main thread is given time to take
   the reports, of which the ring holds those of two seconds.  Once freewheeling is over
   nobody may be there to take them: who closes the client waits for us. */
static void
analyse_here(sink *to)
{
  enum { WAIT_NS = 500000, MAX_WAITS = 12000 }; /* 6 s: JACK expels clients after 10 */
  ear_live_analyse(to->live);
  const uint64_t n_in = ear_live_stats_get(to->live).samples_in;
  for (int i = 0; i < MAX_WAITS && sink_freewheels(to) && !stopping(); i++) {
    if (n_in - atomic_load_explicit(&to->n_taken, memory_order_acquire) <=
        to->n_half_second) {
      return;
    }
    (void)nanosleep(&(struct timespec){.tv_nsec = WAIT_NS}, NULL);
  }
}

/* Freewheeling, the server waits for us: here the audio thread may wait. */
static void
go_fast(sink *to) EAR_RT
{
  TRUST_BEGIN
  analyse_here(to);
  TRUST_END
}

static void
analyse(sink *to, const float *const *in, uint32_t n_channels, size_t n) EAR_RT
{
  const bool fast = atomic_load_explicit(&to->freewheel, memory_order_relaxed);
  if (to->fast && !fast) {
    ear_live_resume(to->live);
  }
  to->fast = fast;
  for (uint32_t m = 0; m < EAR_MAX_MODELS; m++) {
    swap_parts(to, m);
    set_flags(to, m);
  }
  reset(to);
  ear_live_push(to->live, in, n_channels, n);
  if (fast) {
    go_fast(to);
  }
}

void
sink_push(sink *to, const float *const *in, uint32_t n_channels, size_t n)
{
  levels_add(&to->level, in, n_channels, n);
  if (!to->live) {
    return;
  }
  if (to->heard || !to->from_sound) {
    analyse(to, in, n_channels, n);
    return;
  }
  const size_t skip = silent_frames(in, n_channels, n);
  if (skip < n) {
    const float *rest[MAX_CHANNELS];
    for (uint32_t c = 0; c < n_channels; c++) {
      rest[c] = in[c] + skip;
    }
    to->heard = true;
    analyse(to, rest, n_channels, n - skip);
  }
}

void
sink_freewheel(sink *to, bool on)
{
  atomic_store_explicit(&to->freewheel, on, memory_order_relaxed);
}

void
sink_lost(sink *to, uint64_t n)
{
  (void)atomic_fetch_add_explicit(&to->n_lost, n, memory_order_relaxed);
}

/* ---- the main thread ---- */

uint64_t
sink_n_lost(const sink *to)
{
  return atomic_load_explicit(&to->n_lost, memory_order_relaxed);
}

bool
sink_freewheels(const sink *to)
{
  return atomic_load_explicit(&to->freewheel, memory_order_relaxed);
}

/* Freewheeling, reports are there as soon as their samples are: what is in before the
   ring is found empty has been taken. */
bool
sink_pop(sink *to, ear_report *report)
{
  if (!to->live) {
    return false;
  }
  const uint64_t n_in = ear_live_stats_get(to->live).samples_in;
  const bool got = ear_live_pop(to->live, report);
  if (!got) {
    atomic_store_explicit(&to->n_taken, n_in, memory_order_release);
  }
  return got;
}

bool
sink_take_levels(sink *to, float *peak, float *rms, uint32_t n_channels)
{
  return levels_take(&to->level, peak, rms, n_channels);
}

void
sink_swap(sink *to, uint32_t model, ear_live_part *part, const ear_flag_config *flag)
{
  swap_order *order = &to->swap[model];
  take_back(order);
  order->part = part;
  order->flag = *flag;
  atomic_store_explicit(&order->state, FULL, memory_order_release);
}

void
sink_set_flags(sink *to, uint32_t model, const ear_flag_config *flag)
{
  swap_order *order = &to->flags[model];
  take_back(order);
  order->flag = *flag;
  atomic_store_explicit(&order->state, FULL, memory_order_release);
}

void
sink_reset(sink *to)
{
  atomic_store_explicit(&to->reset, true, memory_order_relaxed);
}

bool
sink_swapped(const sink *to, uint32_t model, uint64_t *at)
{
  const swap_order *order = &to->swap[model];
  if (atomic_load_explicit(&order->state, memory_order_acquire) != DONE) {
    return false;
  }
  *at = order->at;
  return true;
}
