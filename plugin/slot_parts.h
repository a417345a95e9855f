/* SPDX-License-Identifier: ISC */
/* What a slot is made of: for slot.c and slot_audio.c alone. */
#ifndef PLUGIN_SLOT_PARTS_H
#define PLUGIN_SLOT_PARTS_H

#include "slot.h"

#include <pthread.h>
#include <stdatomic.h>

struct slot {
  uint32_t which;
  const ear_live *live; /* NULL: nothing is analysed */
  ear_model *builtin;   /* held */

  atomic_uint n_requests;          /* numbers given out */
  _Atomic(slot_result *) ready;    /* loader to taker, one at most */
  _Atomic(slot_result *) returned; /* taker to loader, a list by next */

  pthread_mutex_t lock; /* of what follows; never taken by the audio thread */
  uint32_t put;         /* the newest request that was put */
  slot_memo memo;       /* what it asked for, and, once loaded, what was found */
  ear_model *offered;   /* held: of the last result made */
  ear_model *taken;     /* held: the same, or what runs until that one is taken */
};

#endif
