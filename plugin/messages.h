/* SPDX-License-Identifier: ISC */
/* Patch messages of the atom ports.  Without urid:map nothing is read or written.

     in:  patch:Set of a model path -> a request for its slot; patch:Get -> all values
     out: patch:Set of model paths, of the sentences on both slots and of the class label
          when they change or are asked for; state:StateChanged after a patch:Set of a
          model was fulfilled; pictures for a window that watches (wire.h) */
#ifndef PLUGIN_MESSAGES_H
#define PLUGIN_MESSAGES_H

#include "plugin.h"

/* [audio] */
void messages_read(plugin *pl) EAR_RT;
void messages_write(plugin *pl) EAR_RT;

/* Room for `size` bytes at the end of the sequence, zeros, which then holds them; NULL if
   that would make it longer than `capacity`.  [audio] */
void *messages_append(LV2_Atom_Sequence *sequence, uint32_t capacity, size_t size) EAR_RT;

/* pl->result[which] is a new one: tell of it.  [audio] */
void messages_result(plugin *pl, uint32_t which) EAR_RT;

#endif
