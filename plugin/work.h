/* SPDX-License-Identifier: ISC */
/* Loading on the host's worker thread.  Hosts give it little room (4 KiB in some), so a
   message is no longer than it must be.

     patch:Set in run(): {slot, request, path} -> work: slot_put, slot_load
     restore:            slot_put; {slot, request} -> work: slot_load
     after a swap:       {slot, 0} -> work: slot_tidy

   Nothing is answered: results come by slot_take. */
#ifndef PLUGIN_WORK_H
#define PLUGIN_WORK_H

#include "plugin.h"

typedef struct {
  uint32_t slot;
  uint32_t request;
  uint32_t path_size; /* bytes of path with its end; 0: it was put already */
  char path[SLOT_PATH_SIZE];
} work_message;

/* Ask for it.  False if there is no worker (NULL) or it has no room: try again later.
   [audio, or where `schedule` may be used] */
bool work_schedule(const LV2_Worker_Schedule *schedule,
                   const work_message *message) EAR_RT;

extern const LV2_Worker_Interface work_interface;

#endif
