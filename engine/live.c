/* SPDX-License-Identifier: ISC */
/* Who analyses holds `busy`, the worker for as long as nobody else wants to: it asks
   before each step. */
#include "live_pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_REPORTS = 4096, /* that may wait: 4.5 MB */
  MIN_POLL_NS = 2000000,
  MAX_POLL_NS = 20000000,
  HAND_OVER_NS = 200000, /* between two tries to take over */
};

static const double default_ring_s = 2, max_ring_s = 60;

static ear_status
no_memory(ear_error *err)
{
  if (err) {
    snprintf(err->text, sizeof err->text,
             "Not enough memory for the live analysis: close other programs.");
  }
  return EAR_NO_MEMORY;
}

/* Sit down in the pool, or have one alone; from now on the stream is analysed. */
static ear_status
start(ear_live *live, ear_live_pool *pool, ear_error *err)
{
  if (!pool) {
    live->own_pool = ear_live_pool_make(1, 1);
    if (!live->own_pool) {
      return no_memory(err);
    }
    ear_live_sit(live, live->own_pool);
    return ear_live_pool_start(live->own_pool, err);
  }
  if (!ear_live_sit(live, pool)) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "The pool has no place for a further stream: make it larger.");
    }
    return EAR_BAD_ARGUMENT;
  }
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
fill(ear_live *live, ear_live_pool *pool, const ear_analyzer_config *config,
     double ring_s, ear_error *err)
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
  return live->tape && live->commands && live->reports && live->columns
             ? start(live, pool, err)
             : no_memory(err);
}

ear_status
ear_live_new(ear_live **out, const ear_analyzer_config *config, double ring_s,
             ear_error *err)
{
  return ear_live_new_in(out, NULL, config, ring_s, err);
}

ear_status
ear_live_new_in(ear_live **out, ear_live_pool *pool, const ear_analyzer_config *config,
                double ring_s, ear_error *err)
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
  const ear_status st =
      fill(live, pool, config, ring_s > 0 ? ring_s : default_ring_s, err);
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
  atomic_store_explicit(&live->stop, true, memory_order_release);
  ear_live_leave(live);
  ear_live_pool_free(live->own_pool);
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
      ear_live_rest(HAND_OVER_NS);
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
    ear_live_rest(MIN_POLL_NS);
  }
}

void
ear_live_finish(ear_live *live)
{
  ear_live_analyse(live);
  ear_live_end(live);
}
