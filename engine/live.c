/* SPDX-License-Identifier: ISC */
/* The worker polls: waking it would be a system call in the audio thread.  It holds
   `busy` for one step at a time and asks before each whether somebody else wants to
   analyse. */
#include "live.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  MAX_REPORTS = 4096, /* that may wait: 4.5 MB */
  MIN_POLL_NS = 2000000,
  MAX_POLL_NS = 20000000,
  HAND_OVER_NS = 200000, /* between two tries to take over */
  STACK = 256 * 1024,
};
struct ear_live_worker {
  pthread_t thread;
};

static const double default_ring_s = 2, max_ring_s = 60;

static void
rest(long ns)
{
  const struct timespec time = {.tv_nsec = ns};
  nanosleep(&time, NULL);
}

static bool
wanted(const ear_live *live)
{
  return !atomic_load_explicit(&live->stop, memory_order_acquire) &&
         !atomic_load_explicit(&live->freewheeling, memory_order_acquire);
}

/* A wake-up with cold caches costs as much as half a tick of audio, so the worker looks
   when the next verdict is due.  [with `busy`] */
static long
until_next_look(const ear_live *live)
{
  const double now_s = (double)ear_tape_head(live->tape) / live->rate_hz;
  const double wait_ns = 1e9 * fmin(live->due_s - now_s, live->pace_s);
  return wait_ns > (double)live->poll_ns ? (long)wait_ns : live->poll_ns;
}

static void *
work(void *user)
{
  ear_live *live = user;
  long look_ns = live->poll_ns;
  while (!atomic_load_explicit(&live->stop, memory_order_acquire)) {
    if (wanted(live) &&
        !atomic_exchange_explicit(&live->busy, true, memory_order_acquire)) {
      while (wanted(live) && ear_live_step(live)) {
      }
      ear_live_sweep(live);
      look_ns = until_next_look(live);
      atomic_store_explicit(&live->busy, false, memory_order_release);
    }
    rest(look_ns);
  }
  return NULL;
}

static ear_status
no_memory(ear_error *err)
{
  if (err) {
    snprintf(err->text, sizeof err->text,
             "Not enough memory for the live analysis: close other programs.");
  }
  return EAR_NO_MEMORY;
}

/* With a small stack; with the default one where the thread-local memory of the host does
   not fit into it. */
static int
create_thread(pthread_t *thread, ear_live *live)
{
  pthread_attr_t attr;
  int failed = pthread_attr_init(&attr);
  if (!failed) {
    failed = pthread_attr_setstacksize(&attr, STACK);
    failed = failed ? failed : pthread_create(thread, &attr, work, live);
    pthread_attr_destroy(&attr);
  }
  return failed ? pthread_create(thread, NULL, work, live) : 0;
}

/* The worker takes no signals: they are the host's. */
static ear_status
start(ear_live *live, ear_error *err)
{
  struct ear_live_worker *worker = malloc(sizeof *worker);
  if (!worker) {
    return no_memory(err);
  }
  sigset_t all, was;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &was);
  const int failed = create_thread(&worker->thread, live);
  pthread_sigmask(SIG_SETMASK, &was, NULL);
  if (failed) {
    free(worker);
    if (err) {
      snprintf(err->text, sizeof err->text,
               "The analysis thread could not be started: %s.", strerror(failed));
    }
    return EAR_NO_THREAD;
  }
  live->worker = worker;
  return EAR_OK;
}

/* Room for the verdicts of ring_s of audio, and some more for events. */
static size_t
count_reports(const ear_analyzer_config *config, double ring_s)
{
  double n = 32;
  for (uint32_t m = 0; m < config->n_models; ++m) {
    n += ring_s / ear_model_info_get(config->model[m])->tick_s;
  }
  return n < MAX_REPORTS ? (size_t)n : MAX_REPORTS;
}

/* The shortest tick, but at most a quarter of the tape; polls take a quarter of that. */
static void
choose_pace(ear_live *live, const ear_analyzer_config *config, double ring_s)
{
  live->pace_s = ring_s / 4;
  for (uint32_t m = 0; m < config->n_models; ++m) {
    const double tick_s = ear_model_info_get(config->model[m])->tick_s;
    live->pace = tick_s < live->pace_s ? m : live->pace;
    live->pace_s = fmin(live->pace_s, tick_s);
  }
  const double poll_ns = fmin(MAX_POLL_NS, 1e9 * live->pace_s / 4);
  live->poll_ns = poll_ns > MIN_POLL_NS ? (long)poll_ns : MIN_POLL_NS;
}

static ear_status
fill(ear_live *live, const ear_analyzer_config *config, double ring_s, ear_error *err)
{
  ear_analyzer_config own = *config;
  own.on_verdict = ear_live_take_verdict;
  own.on_event = ear_live_take_event;
  own.user = live;
  const ear_status st = ear_analyzer_new_cold(&live->analyzer, &own, err);
  if (st) {
    return st;
  }
  ear_analyzer_on_frame(live->analyzer, ear_live_take_frame);
  atomic_init(&live->watched, EAR_MAX_MODELS);
  live->rate_hz = config->rate_hz;
  choose_pace(live, config, ring_s);
  live->tape = ear_tape_new((size_t)ceil(ring_s * config->rate_hz));
  live->commands = ear_ring_new(EAR_LIVE_COMMANDS, sizeof(live_command));
  live->reports = ear_ring_new(count_reports(config, ring_s), sizeof(ear_report));
  live->columns = ear_ring_new(EAR_LIVE_COLUMNS, sizeof(ear_column));
  return live->tape && live->commands && live->reports && live->columns ? start(live, err)
                                                                        : no_memory(err);
}

ear_status
ear_live_new(ear_live **out, const ear_analyzer_config *config, double ring_s,
             ear_error *err)
{
  *out = NULL;
  if (!(ring_s >= 0 && ring_s <= max_ring_s)) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "A ring of %g s cannot be used: take 0 (for %g s) to %g s.", ring_s,
               default_ring_s, max_ring_s);
    }
    return EAR_BAD_ARGUMENT;
  }
  ear_live *live = aligned_alloc(alignof(ear_live), sizeof *live);
  if (!live) {
    return no_memory(err);
  }
  memset(live, 0, sizeof *live);
  const ear_status st = fill(live, config, ring_s > 0 ? ring_s : default_ring_s, err);
  if (st) {
    ear_live_free(live);
    return st;
  }
  *out = live;
  return EAR_OK;
}

void
ear_live_free(ear_live *live)
{
  if (!live) {
    return;
  }
  if (live->worker) {
    atomic_store_explicit(&live->stop, true, memory_order_release);
    pthread_join(live->worker->thread, NULL);
    free(live->worker);
  }
  ear_live_sweep(live);
  while (live->commands &&
         (live->has_next || ear_ring_read(live->commands, &live->next, 1))) {
    live->has_next = false;
    ear_live_part_free(live->next.kind == LIVE_SWAP ? live->next.part : NULL);
  }
  ear_analyzer_free(live->analyzer);
  ear_tape_free(live->tape);
  ear_ring_free(live->commands);
  ear_ring_free(live->reports);
  ear_ring_free(live->columns);
  free(live);
}

ear_status
ear_live_part_new(ear_live_part **out, const ear_live *live, uint32_t m, ear_model *model,
                  ear_error *err)
{
  *out = NULL;
  ear_live_part *part = calloc(1, sizeof *part);
  if (!part) {
    return no_memory(err);
  }
  const ear_status st = ear_part_new(&part->part, live->analyzer, m, model, err);
  if (st) {
    free(part);
    return st;
  }
  *out = part;
  return EAR_OK;
}

void
ear_live_part_free(ear_live_part *part)
{
  if (part) {
    ear_part_clear(&part->part);
    free(part);
  }
}

void
ear_live_analyse(ear_live *live)
{
  if (!live->took_over) {
    atomic_store_explicit(&live->freewheeling, true, memory_order_release);
    while (atomic_exchange_explicit(&live->busy, true, memory_order_acquire)) {
      rest(HAND_OVER_NS);
    }
    live->took_over = true;
  }
  while (ear_live_step(live)) {
  }
}

void
ear_live_drain(ear_live *live)
{
  if (live->took_over) {
    ear_live_analyse(live);
  }
  const uint64_t n = ear_tape_head(live->tape);
  const uint64_t n_commands =
      atomic_load_explicit(&live->commands_in, memory_order_acquire);
  while (atomic_load_explicit(&live->samples_done, memory_order_acquire) < n ||
         atomic_load_explicit(&live->commands_done, memory_order_acquire) < n_commands) {
    rest(MIN_POLL_NS);
  }
}

void
ear_live_finish(ear_live *live)
{
  ear_live_analyse(live);
  ear_live_end(live);
}
