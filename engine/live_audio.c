/* SPDX-License-Identifier: ISC */
/* All that the audio thread calls while audio runs: copies and atomics, no more.  What
   this object imports is checked by tests/test_audio_symbols.sh. */
#include "denormal.h"
#include "downmix.h"
#include "live.h"

enum { MIX = 256 }; /* samples mixed at once, on the audio thread's stack */

void
ear_live_push(ear_live *live, const float *const *in, uint32_t n_channels, size_t n)
{
  if (ear_tape_overruns(live->tape, n)) {
    const uint32_t was = atomic_load_explicit(&live->overruns, memory_order_relaxed);
    atomic_store_explicit(&live->overruns, was + 1, memory_order_relaxed);
  }
  const uint64_t mode = ear_denormal_begin_results();
  for (size_t i = 0; i < n; i += MIX) {
    const size_t n_now = n - i < MIX ? n - i : MIX;
    float mono[MIX];
    ear_downmix_at(mono, in, n_channels, i, n_now);
    ear_tape_write(live->tape, mono, n_now);
  }
  ear_denormal_end(mode);
}

bool
ear_live_pop(ear_live *live, ear_report *report)
{
  return ear_ring_read(live->reports, report, 1) == 1;
}

void
ear_live_watch(ear_live *live, uint32_t model)
{
  atomic_store_explicit(&live->watched, model, memory_order_relaxed);
}

bool
ear_live_pop_column(ear_live *live, ear_column *column)
{
  return ear_ring_read(live->columns, column, 1) == 1;
}

ear_live_stats
ear_live_stats_get(const ear_live *live)
{
  /* the oldest first: lost <= done <= in */
  ear_live_stats stats = {
      .overruns = atomic_load_explicit(&live->overruns, memory_order_relaxed),
      .lost_reports = atomic_load_explicit(&live->lost_reports, memory_order_relaxed)};
  stats.samples_lost = atomic_load_explicit(&live->samples_lost, memory_order_acquire);
  stats.samples_done = atomic_load_explicit(&live->samples_done, memory_order_acquire);
  stats.samples_in = ear_tape_head(live->tape);
  return stats;
}

/* Before the sample pushed next: the analysis sees this command when it sees that. */
static bool
send(ear_live *live, live_command *command)
{
  command->position = ear_tape_head(live->tape);
  if (!ear_ring_write(live->commands, command, 1)) {
    return false;
  }
  const uint64_t was = atomic_load_explicit(&live->commands_in, memory_order_relaxed);
  atomic_store_explicit(&live->commands_in, was + 1, memory_order_release);
  return true;
}

bool
ear_live_reset(ear_live *live)
{
  live_command command = {.kind = LIVE_RESET};
  return send(live, &command);
}

bool
ear_live_set_flags(ear_live *live, uint32_t model, const ear_flag_config *flag)
{
  live_command command = {.kind = LIVE_SET_FLAGS, .model = model, .flag = *flag};
  return send(live, &command);
}

bool
ear_live_swap(ear_live *live, ear_live_part *part, const ear_flag_config *flag)
{
  live_command command = {.kind = LIVE_SWAP, .part = part, .flag = *flag};
  return send(live, &command);
}

void
ear_live_resume(ear_live *live)
{
  if (live->took_over) {
    live->took_over = false;
    atomic_store_explicit(&live->busy, false, memory_order_release);
    atomic_store_explicit(&live->freewheeling, false, memory_order_release);
  }
}
