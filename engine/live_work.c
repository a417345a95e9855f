/* SPDX-License-Identifier: ISC */
/* The analysing side, one thread at a time.  The head of the tape is looked at before the
   commands: so none of them can come before a sample that is already analysed. */
#include "live.h"

static void
send(ear_live *live)
{
  if (!ear_ring_write(live->reports, &live->report, 1)) {
    atomic_fetch_add_explicit(&live->lost_reports, 1, memory_order_relaxed);
  }
}

static double
seconds(const ear_live *live, uint64_t n)
{
  return (double)n / live->rate_hz;
}

void
ear_live_take_verdict(void *user, const ear_verdict *verdict)
{
  ear_live *live = user;
  live->report.kind = EAR_REPORT_VERDICT;
  live->report.at_s = verdict->t_s + seconds(live, live->reset_at);
  live->report.u.verdict = *verdict;
  live->event_at_s = live->report.at_s;
  if (verdict->model == live->pace) {
    live->due_s = seconds(live, live->position + EAR_LIVE_WORK) + live->pace_s;
  }
  send(live);
}

void
ear_live_take_event(void *user, const ear_event *event)
{
  ear_live *live = user;
  live->report.kind = EAR_REPORT_EVENT;
  live->report.at_s = live->ending ? seconds(live, live->position) : live->event_at_s;
  live->report.u.event = *event;
  send(live);
}

static void
swap(ear_live *live, ear_live_part *part, const ear_flag_config *flag)
{
  live->ending = true;
  ear_analyzer_swap(live->analyzer, &part->part, flag);
  live->ending = false;
  part->next = live->trash;
  live->trash = part;
}

static bool
has_next(ear_live *live)
{
  if (!live->has_next) {
    live->has_next = ear_ring_read(live->commands, &live->next, 1) == 1;
  }
  return live->has_next;
}

/* Obey the commands whose position is reached. */
static bool
obey(ear_live *live)
{
  bool any = false;
  while (has_next(live) && live->next.position <= live->position) {
    const live_command *c = &live->next;
    switch (c->kind) {
    case LIVE_RESET:
      ear_analyzer_reset(live->analyzer);
      live->reset_at = live->position;
      break;
    case LIVE_SET_FLAGS:
      ear_analyzer_set_flags(live->analyzer, c->model, &c->flag);
      break;
    case LIVE_SWAP:
      swap(live, c->part, &c->flag);
      break;
    }
    live->has_next = false;
    any = true;
    atomic_fetch_add_explicit(&live->commands_done, 1, memory_order_release);
  }
  return any;
}

/* Samples until the next command, at most n. */
static uint64_t
until_next(ear_live *live, uint64_t n)
{
  const uint64_t run = has_next(live) ? live->next.position - live->position : n;
  return run < n ? run : n;
}

static void
publish(ear_live *live)
{
  atomic_store_explicit(&live->samples_done, live->position, memory_order_release);
}

/* n samples were lost, and the commands among them are obeyed now. */
static void
pass_over(ear_live *live, uint64_t n)
{
  for (uint64_t left = n; left > 0;) {
    obey(live);
    const uint64_t n_now = until_next(live, left);
    ear_analyzer_skip(live->analyzer, n_now);
    live->position += n_now;
    left -= n_now;
  }
  publish(live);
  atomic_fetch_add_explicit(&live->samples_lost, n, memory_order_release);
}

bool
ear_live_step(ear_live *live)
{
  if (!live->warm) {
    ear_analyzer_warm(live->analyzer);
    live->warm = true;
  }
  const uint64_t head = ear_tape_head(live->tape);
  const bool obeyed = obey(live);
  const uint64_t end = live->position + until_next(live, head - live->position);
  if (end == live->position) {
    return obeyed;
  }
  uint64_t lost;
  const size_t n = ear_tape_read(live->tape, end, live->x, EAR_LIVE_WORK, &lost);
  if (lost) {
    pass_over(live, lost);
    return true;
  }
  ear_analyzer_push(live->analyzer, live->x, n);
  live->position += n;
  publish(live);
  return true;
}

void
ear_live_end(ear_live *live)
{
  live->ending = true;
  ear_analyzer_finish(live->analyzer);
  live->ending = false;
}

void
ear_live_sweep(ear_live *live)
{
  while (live->trash) {
    ear_live_part *part = live->trash;
    live->trash = part->next;
    ear_live_part_free(part);
  }
}
