/* SPDX-License-Identifier: ISC */
/* The host that the targets `plugin` and `preset` play: one instance of #mono, with all
   its ports in memory, that is run for N_FRAMES at a time. */
#ifndef EAR_FUZZ_PLUGIN_HOST_H
#define EAR_FUZZ_PLUGIN_HOST_H

#include "ports.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <stddef.h>

enum { HOST_FRAMES = 16, HOST_ROOM = 1 << 16 };

extern LV2_Handle host_instance;
extern float host_in[HOST_FRAMES], host_out[HOST_FRAMES];
extern float host_control[N_PORTS]; /* by port_role */
extern union host_notify {          /* longer than any room that is given */
  LV2_Atom_Sequence sequence;
  uint8_t bytes[HOST_ROOM + 64];
} host_notify;

/* Numbers from 1 on, few. */
LV2_URID host_map(LV2_URID_Map_Handle handle, const char *uri);
enum { HOST_MOST_URIS = 64 };

/* Make the instance at the first call, with urid:map and the worker's `schedule`. */
void host_begin(LV2_Worker_Schedule *schedule);

/* One run() with this sequence's body at the control port (n bytes, read no further) and
   `room` bytes to answer in.  Aborts if audio does not pass bit by bit, or an answer is
   no sequence within its room. */
void host_run(const uint8_t *data, size_t n, uint32_t room);

#endif
