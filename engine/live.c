/* SPDX-License-Identifier: ISC */
/* The audio thread writes samples and reads reports, the worker does the opposite; all
   else that they share is counters with one writer each.  The worker polls: waking it
   would be a system call in the audio thread. */
#include "downmix.h"
#include "ring.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  MIX = 256,          /* samples mixed at once, on the audio thread's stack */
  WORK = 1024,        /* samples analysed at once */
  MAX_REPORTS = 4096, /* that may wait: 5 MB */
  POLL_NS = 2000000,  /* far less than a tick */
};
static const double default_ring_s = 2, max_ring_s = 60;

struct ear_live {
  ear_analyzer *analyzer; /* the worker's */
  ear_ring *samples;      /* float, audio -> worker */
  ear_ring *reports;      /* ear_report, worker -> audio */
  ear_report report;      /* the worker's: too large for a careful stack */
  pthread_t thread;
  bool started;
  atomic_bool stop;
  _Atomic uint32_t overruns;      /* written by the audio thread */
  _Atomic uint64_t n_accepted;    /* written by the audio thread */
  _Atomic uint32_t lost_verdicts; /* written by the worker */
  _Atomic uint64_t n_analysed;    /* written by the worker */
};

static void
send(ear_live *live)
{
  if (!ear_ring_write(live->reports, &live->report, 1)) {
    atomic_fetch_add_explicit(&live->lost_verdicts, 1, memory_order_relaxed);
  }
}

static void
send_verdict(void *user, const ear_verdict *verdict)
{
  ear_live *live = user;
  live->report.kind = EAR_REPORT_VERDICT;
  live->report.u.verdict = *verdict;
  send(live);
}

static void
send_event(void *user, const ear_event *event)
{
  ear_live *live = user;
  live->report.kind = EAR_REPORT_EVENT;
  live->report.u.event = *event;
  send(live);
}

static void
rest(void)
{
  const struct timespec time = {.tv_nsec = POLL_NS};
  nanosleep(&time, NULL);
}

static void *
work(void *user)
{
  ear_live *live = user;
  float x[WORK];
  while (!atomic_load_explicit(&live->stop, memory_order_acquire)) {
    const size_t n = ear_ring_read(live->samples, x, WORK);
    if (!n) {
      rest();
      continue;
    }
    ear_analyzer_push(live->analyzer, x, n);
    atomic_fetch_add_explicit(&live->n_analysed, n, memory_order_release);
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

/* The worker takes no signals: they are the host's. */
static ear_status
start(ear_live *live, ear_error *err)
{
  sigset_t all, was;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &was);
  const int failed = pthread_create(&live->thread, NULL, work, live);
  pthread_sigmask(SIG_SETMASK, &was, NULL);
  if (failed) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "The analysis thread could not be started: %s.", strerror(failed));
    }
    return EAR_NO_THREAD;
  }
  live->started = true;
  return EAR_OK;
}

/* Room for what ring_s of audio can bring, events included, and a little more. */
static size_t
count_reports(const ear_analyzer_config *config, double ring_s)
{
  double n = 64;
  for (uint32_t m = 0; m < config->n_models; ++m) {
    n += 2 * ring_s / ear_model_info_get(config->model[m])->tick_s;
  }
  return n < MAX_REPORTS ? (size_t)n : MAX_REPORTS;
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
  ring_s = ring_s > 0 ? ring_s : default_ring_s;
  ear_live *live = calloc(1, sizeof *live);
  if (!live) {
    return no_memory(err);
  }
  ear_analyzer_config own = *config;
  own.on_verdict = send_verdict;
  own.on_event = send_event;
  own.user = live;
  ear_status st = ear_analyzer_new(&live->analyzer, &own, err);
  if (!st) {
    live->samples = ear_ring_new((size_t)ceil(ring_s * config->rate_hz), sizeof(float));
    live->reports = ear_ring_new(count_reports(config, ring_s), sizeof(ear_report));
    st = live->samples && live->reports ? start(live, err) : no_memory(err);
  }
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
  if (live->started) {
    atomic_store_explicit(&live->stop, true, memory_order_release);
    pthread_join(live->thread, NULL);
  }
  ear_analyzer_free(live->analyzer);
  ear_ring_free(live->samples);
  ear_ring_free(live->reports);
  free(live);
}

size_t
ear_live_push(ear_live *live, const float *const *in, uint32_t n_channels, size_t n)
{
  /* Only this thread writes, so the room can but grow: all chunks fit or none is tried.
   */
  if (ear_ring_writable(live->samples) < n) {
    const uint32_t was = atomic_load_explicit(&live->overruns, memory_order_relaxed);
    atomic_store_explicit(&live->overruns, was + 1, memory_order_relaxed);
    return 0;
  }
  for (size_t i = 0; i < n; i += MIX) {
    const size_t n_now = n - i < MIX ? n - i : MIX;
    float mono[MIX];
    ear_downmix_at(mono, in, n_channels, i, n_now);
    ear_ring_write(live->samples, mono, n_now);
  }
  const uint64_t was = atomic_load_explicit(&live->n_accepted, memory_order_relaxed);
  atomic_store_explicit(&live->n_accepted, was + n, memory_order_release);
  return n;
}

bool
ear_live_pop(ear_live *live, ear_report *report)
{
  return ear_ring_read(live->reports, report, 1) == 1;
}

ear_live_stats
ear_live_stats_get(const ear_live *live)
{
  return (ear_live_stats){
      .overruns = atomic_load_explicit(&live->overruns, memory_order_relaxed),
      .lost_verdicts = atomic_load_explicit(&live->lost_verdicts, memory_order_relaxed),
      .frames_in = atomic_load_explicit(&live->n_accepted, memory_order_relaxed)};
}

void
ear_live_drain(ear_live *live)
{
  const uint64_t n = atomic_load_explicit(&live->n_accepted, memory_order_acquire);
  while (atomic_load_explicit(&live->n_analysed, memory_order_acquire) < n) {
    rest();
  }
}
