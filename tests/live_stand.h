/* SPDX-License-Identifier: ISC */
/* A live analysis of the toy models, and the host's audio thread: what the tests of live
   stand on.  One thread plays the host, so what it waits for is the worker alone. */
#ifndef EAR_TESTS_LIVE_STAND_H
#define EAR_TESTS_LIVE_STAND_H

#include "stand.h"

#include <time.h>

static inline ear_live *
make_live(double rate_hz, uint32_t first, uint32_t n_models, double ring_s)
{
  const ear_analyzer_config config = settings(rate_hz, first, n_models, NULL);
  ear_live *live = NULL;
  ear_error err;
  assert_int_equal(ear_live_new(&live, &config, ring_s, &err), EAR_OK);
  return live;
}

static inline void
fetch(ear_live *live, record *r)
{
  ear_report report;
  while (ear_live_pop(live, &report)) {
    record_report(r, &report);
  }
}

static inline void
sleep_ms(long ms)
{
  nanosleep(&(struct timespec){.tv_nsec = 1000000 * ms}, NULL);
}

/* Wait until no more than `most` samples wait when n more are pushed. */
static inline void
wait_for_room(const ear_live *live, size_t n, double most)
{
  for (;;) {
    const ear_live_stats stats = ear_live_stats_get(live);
    if ((double)(stats.samples_in - stats.samples_done + n) <= most) {
      return;
    }
    sleep_ms(1);
  }
}

static inline void
push_block(ear_live *live, const float *x, size_t n)
{
  const float *in[] = {x};
  ear_live_push(live, in, 1, n);
}

/* The end of the input: all that is still said, and an end of the live analysis. */
static inline void
finish_live(ear_live *live, record *r)
{
  fetch(live, r);
  ear_live_finish(live);
  fetch(live, r);
  const ear_live_stats stats = ear_live_stats_get(live);
  assert_int_equal(stats.lost_reports, 0);
  assert_int_equal(stats.samples_done, stats.samples_in);
  ear_live_free(live);
}

/* How the host goes on after a block. */
typedef enum { WORKER, FREEWHEEL, BOTH, N_WAYS } way;

/* Let n samples be analysed: by the worker, by this thread, or now so, now so. */
static inline void
after_block(ear_live *live, way w)
{
  if (w == FREEWHEEL || (w == BOTH && rand() % 3 == 0)) {
    ear_live_analyse(live);
  } else if (w == BOTH && rand() % 3 == 0) {
    ear_live_resume(live);
  }
}

/* Push x[0..n) in blocks of up to 1,500 samples without losing any on a tape of ring_s,
   and fetch what is said. */
static inline void
play(ear_live *live, way w, double room, const float *x, size_t n, record *r)
{
  for (size_t i = 0; i < n;) {
    const size_t size = (size_t)rand() % 1500;
    const size_t n_now = size < n - i ? size : n - i;
    if (w == BOTH && rand() % 2) {
      ear_live_resume(live);
    }
    if (w == WORKER) {
      wait_for_room(live, n_now, room);
    }
    push_block(live, x + i, n_now);
    after_block(live, w);
    fetch(live, r);
    i += n_now;
  }
}

/* What was said of one model. */
static inline record
of_model(const record *r, uint32_t m)
{
  record own = {.n = 0};
  for (size_t i = 0; i < r->n; ++i) {
    const ear_report *x = &r->report[i];
    if ((x->kind == EAR_REPORT_VERDICT ? x->u.verdict.model : x->u.event.model) == m) {
      record_report(&own, x);
    }
  }
  return own;
}

#endif
