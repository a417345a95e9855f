/* SPDX-License-Identifier: ISC */
/* The only calls that the audio thread makes on somebody's word instead of a proof.

   schedule_work: a function of the host, which LV2 promises to be real-time safe.
   ear_live_analyse: not real-time, called only while the host itself says that it renders
   faster than real time (lv2:freeWheeling): it waits for us, not for a sound card.

   queue_draw: a function of the host too, which its inline display promises to be so.

   Clang's function effects and RealtimeSanitizer look away inside these functions and
   nowhere else. */
#ifndef PLUGIN_TRUST_H
#define PLUGIN_TRUST_H

#include "earshot.h"
#include "mixer.h"

#include <lv2/worker/worker.h>

#if defined(__has_feature)
#if __has_feature(realtime_sanitizer)
#define TRUST_RTSAN
#include <sanitizer/rtsan_interface.h>
#endif
#endif

static inline void
trust_begin(void)
{
#ifdef TRUST_RTSAN
  __rtsan_disable();
#endif
}

static inline void
trust_end(void)
{
#ifdef TRUST_RTSAN
  __rtsan_enable();
#endif
}

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif

/* [audio] */
static inline LV2_Worker_Status
trust_schedule_work(const LV2_Worker_Schedule *schedule, uint32_t size,
                    const void *data) EAR_RT
{
  trust_begin();
  const LV2_Worker_Status st = schedule->schedule_work(schedule->handle, size, data);
  trust_end();
  return st;
}

/* [audio] */
static inline void
trust_queue_draw(const inline_display *display) EAR_RT
{
  trust_begin();
  display->queue_draw(display->handle);
  trust_end();
}

/* [audio, while freewheeling] */
static inline void
trust_analyse(ear_live *live) EAR_RT
{
  trust_begin();
  ear_live_analyse(live);
  trust_end();
}

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif
#endif
