/* SPDX-License-Identifier: ISC */
/* Only the bytes in use are sent: many hosts give their worker 4 KiB in all. */
#include "work.h"

#include "trust.h"

bool
work_schedule(const LV2_Worker_Schedule *schedule, const work_message *message)
{
  const uint32_t size = (uint32_t)offsetof(work_message, path) + message->path_size;
  return schedule && message->path_size <= sizeof message->path &&
         trust_schedule_work(schedule, size, message) == LV2_WORKER_SUCCESS;
}
