/* SPDX-License-Identifier: ISC */
/* Saving and restoring the two model slots: paths through the host's state:mapPath and
   state:freePath, hash and name beside each, a version.  save never fails for want of a
   feature.  restore runs in any thread, at any time (state:threadSafeRestore): with a
   schedule feature of its own it leaves the loading to that, else it loads before it
   returns. */
#ifndef PLUGIN_STATE_H
#define PLUGIN_STATE_H

#include <lv2/state/state.h>

extern const LV2_State_Interface state_interface;

#endif
