/* SPDX-License-Identifier: ISC */
/* A host that says anything: a sequence of atoms of any bytes at the control port.  The
   plugin reads nothing beyond what encloses it, what it writes is a sequence in the room
   it was given, and audio passes bit by bit.

   The first byte of an input says how much room there is to answer. */
#include "fuzz.h"

#include "plugin.h"
#include "plugin_host.h"

#include <lv2/patch/patch.h>
#include <string.h>

/* Every eighth message to the worker finds no room; none is ever looked at. */
static LV2_Worker_Status
schedule(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  static uint32_t n_jobs;
  (void)handle, (void)data;
  n_jobs += size > 0;
  return n_jobs % 8 ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

static LV2_Worker_Schedule worker = {NULL, schedule};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  host_begin(&worker);
  const uint8_t how = n ? data[0] : 0;
  for (size_t i = 0; i < HOST_FRAMES; ++i) {
    host_in[i] = n ? (float)data[i % n] / 256 : 0;
  }
  host_run(n ? data + 1 : data, n ? n - 1 : 0,
           how & 2 ? HOST_ROOM - 8 : (uint32_t)(how >> 1 & 15) * 40);
  return 0;
}

/* patch:Set of a model, patch:Get, a window's sign of life: one event each. */
static size_t
atom_seed(uint8_t *data)
{
  const plugin_uris *u = &((plugin *)host_instance)->uris;
  const struct {
    LV2_Atom_Sequence_Body body;
    LV2_Atom_Event event;
    LV2_Atom_Object_Body object;
    LV2_Atom_Property_Body property;
    LV2_URID value, pad;
    LV2_Atom_Property_Body path;
    char text[16];
    LV2_Atom_Event get_event;
    LV2_Atom_Object_Body get;
    LV2_Atom_Event watch_event;
    LV2_Atom_Object_Body watch;
    LV2_Atom_Property_Body watching;
    int32_t how, pad2;
  } s = {.event.body = {sizeof s.object + sizeof s.property + 8 + sizeof s.path + 16,
                        u->atom_Object},
         .object.otype = u->patch_Set,
         .property = {u->patch_property, 0, {4, u->atom_URID}},
         .value = u->model[0],
         .path = {u->patch_value, 0, {16, u->atom_Path}},
         .text = "/nowhere/x.safe",
         .get_event.body = {sizeof s.get, u->atom_Object},
         .get.otype = u->patch_Get,
         .watch_event.body = {sizeof s.watch + sizeof s.watching + 8, u->atom_Object},
         .watch.otype = u->Watch,
         .watching = {u->watching, 0, {4, u->atom_Int}},
         .how = 2};
  data[0] = 2;
  memcpy(data + 1, &s, sizeof s);
  return 1 + sizeof s;
}

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  host_begin(&worker);
  return i == 0 ? atom_seed(data) : 0;
}
