/* SPDX-License-Identifier: ISC */
/* Threads poll: waking them would be a system call in the audio thread.  A seat belongs
   to one thread, every n_threads-th to the same.  Its `busy` is only tried by the thread,
   and held by whoever sits down or leaves: so no thread touches a stream that is gone. */
#include "live_pool.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  MIN_POLL_NS = 2000000,
  MAX_POLL_NS = 100000000, /* until a stream that sat down is noticed */
  LEAVE_NS = 200000,       /* between two tries to leave */
  STACK = 256 * 1024,
  MAX_THREADS = 256,
  MAX_STREAMS = 65536,
};

static const double max_lag_s = 10;

struct ear_live_seat {
  alignas(64) atomic_bool claimed;
  atomic_bool busy;
  ear_live *live;   /* [with `busy`] */
  uint64_t look_ns; /* when the thread looks again  [with `busy`] */
};

typedef struct {
  pthread_t thread;
  ear_live_pool *pool;
  uint32_t first; /* seat */
} worker;

struct ear_live_pool {
  uint32_t n_threads, n_started, n_seats;
  double lag_s; /* that verdicts which are due may wait */
  bool is_open; /* streams come while its threads run */
  atomic_bool stop;
  struct ear_live_seat *seat; /* [n_seats] */
  worker *worker;             /* [n_threads] */
};

void
ear_live_rest(long ns)
{
  const struct timespec time = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
  nanosleep(&time, NULL);
}

static uint64_t
now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool
wanted(const ear_live *live)
{
  return !atomic_load_explicit(&live->stop, memory_order_acquire) &&
         !atomic_load_explicit(&live->freewheeling, memory_order_acquire);
}

/* A wake-up with cold caches costs as much as half a tick of audio, so the thread looks
   when the next verdict is due.  [with `busy`] */
static long
until_next_look(const ear_live *live)
{
  const double now_s = (double)ear_tape_head(live->tape) / live->rate_hz;
  const double wait_ns = 1e9 * (fmin(live->due_s - now_s, live->pace_s) + live->lag_s);
  return wait_ns > (double)live->poll_ns ? (long)wait_ns : live->poll_ns;
}

/* All that waits; the ns to the next look.  [with the seat's `busy`] */
static long
serve(ear_live *live)
{
  long look_ns = live->poll_ns;
  if (wanted(live) &&
      !atomic_exchange_explicit(&live->busy, true, memory_order_acquire)) {
    while (wanted(live) && ear_live_step(live)) {
    }
    ear_live_sweep(live);
    look_ns = until_next_look(live);
    atomic_store_explicit(&live->busy, false, memory_order_release);
  }
  return look_ns;
}

/* Those whose time has come; when the next one's does. */
static uint64_t
go_round(const worker *w)
{
  const ear_live_pool *pool = w->pool;
  uint64_t next_ns = UINT64_MAX;
  for (uint32_t i = w->first; i < pool->n_seats; i += pool->n_threads) {
    struct ear_live_seat *seat = &pool->seat[i];
    if (!atomic_load_explicit(&seat->claimed, memory_order_acquire) ||
        atomic_exchange_explicit(&seat->busy, true, memory_order_acquire)) {
      continue;
    }
    if (seat->live && seat->look_ns <= now_ns()) {
      const long wait_ns = serve(seat->live);
      seat->look_ns = now_ns() + (uint64_t)wait_ns;
    }
    if (seat->live && seat->look_ns < next_ns) {
      next_ns = seat->look_ns;
    }
    atomic_store_explicit(&seat->busy, false, memory_order_release);
  }
  return next_ns;
}

static void *
work(void *user)
{
  const worker *w = user;
  const uint64_t longest = w->pool->is_open ? MAX_POLL_NS : UINT64_MAX;
  while (!atomic_load_explicit(&w->pool->stop, memory_order_acquire)) {
    const uint64_t next_ns = go_round(w), now = now_ns();
    uint64_t wait_ns = next_ns > now ? next_ns - now : 0;
    wait_ns = next_ns == UINT64_MAX ? MAX_POLL_NS : wait_ns;
    wait_ns = wait_ns < MIN_POLL_NS ? MIN_POLL_NS : wait_ns;
    ear_live_rest((long)(wait_ns < longest ? wait_ns : longest));
  }
  return NULL;
}

/* With a small stack; with the default one where the thread-local memory of the host does
   not fit into it. */
static int
create_thread(worker *w)
{
  pthread_attr_t attr;
  int failed = pthread_attr_init(&attr);
  if (!failed) {
    failed = pthread_attr_setstacksize(&attr, STACK);
    failed = failed ? failed : pthread_create(&w->thread, &attr, work, w);
    pthread_attr_destroy(&attr);
  }
  return failed ? pthread_create(&w->thread, NULL, work, w) : 0;
}

ear_live_pool *
ear_live_pool_make(uint32_t n_threads, uint32_t n_streams)
{
  ear_live_pool *pool = calloc(1, sizeof *pool);
  if (!pool) {
    return NULL;
  }
  pool->n_threads = n_threads;
  pool->n_seats = n_streams;
  pool->seat =
      aligned_alloc(alignof(struct ear_live_seat), n_streams * sizeof *pool->seat);
  pool->worker = calloc(n_threads, sizeof *pool->worker);
  if (!pool->seat || !pool->worker) {
    ear_live_pool_free(pool);
    return NULL;
  }
  memset(pool->seat, 0, n_streams * sizeof *pool->seat);
  return pool;
}

/* They take no signals: those are the host's. */
ear_status
ear_live_pool_start(ear_live_pool *pool, ear_error *err)
{
  sigset_t all, was;
  int failed = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &was);
  while (pool->n_started < pool->n_threads && !failed) {
    worker *w = &pool->worker[pool->n_started];
    w->pool = pool;
    w->first = pool->n_started;
    failed = create_thread(w);
    pool->n_started += !failed;
  }
  pthread_sigmask(SIG_SETMASK, &was, NULL);
  if (failed && err) {
    snprintf(err->text, sizeof err->text, "The analysis thread could not be started: %s.",
             strerror(failed));
  }
  return failed ? EAR_NO_THREAD : EAR_OK;
}

ear_status
ear_live_pool_new(ear_live_pool **out, uint32_t n_threads, uint32_t n_streams,
                  double lag_s, ear_error *err)
{
  *out = NULL;
  if (n_threads < 1 || n_threads > MAX_THREADS || n_streams < n_threads ||
      n_streams > MAX_STREAMS || !(lag_s >= 0 && lag_s <= max_lag_s)) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "A pool of %u threads for %u streams with a lag of %g s cannot be used: "
               "take 1 to %d threads, as many streams or more, up to %d, and 0 to %g s.",
               n_threads, n_streams, lag_s, MAX_THREADS, MAX_STREAMS, max_lag_s);
    }
    return EAR_BAD_ARGUMENT;
  }
  ear_live_pool *pool = ear_live_pool_make(n_threads, n_streams);
  if (!pool) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "Not enough memory for the live analysis: close other programs.");
    }
    return EAR_NO_MEMORY;
  }
  pool->lag_s = lag_s;
  pool->is_open = true;
  const ear_status st = ear_live_pool_start(pool, err);
  if (st) {
    ear_live_pool_free(pool);
    return st;
  }
  *out = pool;
  return EAR_OK;
}

void
ear_live_pool_free(ear_live_pool *pool)
{
  if (!pool) {
    return;
  }
  atomic_store_explicit(&pool->stop, true, memory_order_release);
  for (uint32_t i = 0; i < pool->n_started; ++i) {
    pthread_join(pool->worker[i].thread, NULL);
  }
  free(pool->seat);
  free(pool->worker);
  free(pool);
}

static void
hold(struct ear_live_seat *seat)
{
  while (atomic_exchange_explicit(&seat->busy, true, memory_order_acquire)) {
    ear_live_rest(LEAVE_NS);
  }
}

bool
ear_live_sit(ear_live *live, ear_live_pool *pool)
{
  for (uint32_t i = 0; i < pool->n_seats; ++i) {
    struct ear_live_seat *seat = &pool->seat[i];
    if (!atomic_exchange_explicit(&seat->claimed, true, memory_order_acq_rel)) {
      hold(seat);
      seat->live = live;
      seat->look_ns = 0;
      live->lag_s =
          fmin(pool->lag_s, (double)ear_tape_capacity(live->tape) / live->rate_hz / 4);
      live->seat = seat;
      atomic_store_explicit(&seat->busy, false, memory_order_release);
      return true;
    }
  }
  return false;
}

void
ear_live_leave(ear_live *live)
{
  struct ear_live_seat *seat = live->seat;
  if (seat) {
    hold(seat);
    seat->live = NULL;
    live->seat = NULL;
    atomic_store_explicit(&seat->busy, false, memory_order_release);
    atomic_store_explicit(&seat->claimed, false, memory_order_release);
  }
}
