/* SPDX-License-Identifier: ISC */
/* A host that says anything: a sequence of atoms of any bytes at the control port, a
   state of any properties.  The plugin reads nothing beyond what encloses it, what it
   writes is a sequence in the room it was given, and audio passes bit by bit.

   The first byte of an input says what the rest is: bit 0 a state instead of atoms, bits
   1 to 4 how much room there is to answer, bit 5 whether models are loaded. */
#include "fuzz.h"

#include "plugin.h"
#include "state.h"

#include <lv2/atom/atom.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const LV2_Descriptor *lv2_descriptor(uint32_t index);

enum { MOST_URIS = 64, N_FRAMES = 16, ROOM = 1 << 16 };

static char *uri[MOST_URIS]; /* URID - 1 */
static uint32_t n_jobs;

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char *text)
{
  (void)handle;
  uint32_t i = 0;
  while (i < MOST_URIS && uri[i] && strcmp(uri[i], text)) {
    ++i;
  }
  if (i == MOST_URIS) {
    fuzz_broken("few URIs are mapped");
  }
  if (!uri[i]) {
    uri[i] = strdup(text);
  }
  return i + 1;
}

static LV2_Worker_Status
schedule(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  (void)handle, (void)data;
  n_jobs += size > 0;
  return n_jobs % 8 ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

static LV2_URID_Map map = {NULL, map_uri};
static LV2_Worker_Schedule worker = {NULL, schedule};
static const LV2_Feature map_feature = {LV2_URID__map, &map};
static const LV2_Feature worker_feature = {LV2_WORKER__schedule, &worker};
static const LV2_Feature *const features[] = {&map_feature, &worker_feature, NULL};
static const LV2_Feature *const map_alone[] = {&map_feature, NULL};

static LV2_Handle instance;
static float in[N_FRAMES], out[N_FRAMES], control[N_PORTS];
static union {
  LV2_Atom_Sequence sequence;
  uint8_t bytes[ROOM + 64];
} notify;

static void
begin(void)
{
  setenv("HOME", "/nowhere", 1); /* models are looked for in its folders */
  setenv("XDG_DATA_HOME", "/nowhere", 1);
  setenv("XDG_DATA_DIRS", "/nowhere", 1);
  const LV2_Descriptor *d = lv2_descriptor(0);
  instance = d->instantiate(d, 48000, "/", features);
  if (!instance) {
    fuzz_broken("the plugin can be instantiated");
  }
  for (uint32_t role = PORT_ENABLED; role < N_PORTS; ++role) {
    d->connect_port(instance, role - 2, &control[role]); /* #mono has no right channel */
  }
  control[PORT_ENABLED] = 1;
  control[PORT_HOLD] = 500;
  control[PORT_HORIZON] = 1;
  d->connect_port(instance, PORT_IN_LEFT, in);
  d->connect_port(instance, PORT_OUT_LEFT, out);
  d->connect_port(instance, PORT_NOTIFY, &notify);
  d->activate(instance);
}

static void
check_answer(uint32_t room)
{
  const uint8_t *end = (uint8_t *)&notify + sizeof(LV2_Atom) + notify.sequence.atom.size;
  if (notify.sequence.atom.size > room) {
    fuzz_broken("an answer fits the room that there is");
  }
  for (const uint8_t *at = (const uint8_t *)&notify.sequence.body + 8; at < end;) {
    const LV2_Atom_Event *event = (const void *)at;
    at += sizeof *event + ((event->body.size + 7) & ~7u);
    if (at > end) {
      fuzz_broken("an event lies inside of its sequence");
    }
  }
  for (uint32_t i = 0; i < 64; ++i) {
    if (notify.bytes[sizeof(LV2_Atom) + room + i] != 0x5a &&
        room + 8 + i < sizeof notify) {
      fuzz_broken("nothing is written behind the room");
    }
  }
}

static void
run(const uint8_t *data, size_t n, uint32_t room)
{
  const LV2_Descriptor *d = lv2_descriptor(0);
  LV2_Atom_Sequence *sequence =
      malloc(sizeof(LV2_Atom) + n + !n); /* exact: read beyond is seen */
  if (!sequence) {
    return;
  }
  sequence->atom.size = (uint32_t)n;
  sequence->atom.type = map_uri(NULL, LV2_ATOM__Sequence);
  if (n) {
    memcpy((uint8_t *)sequence + sizeof(LV2_Atom), data, n);
  }
  memset(&notify, 0x5a, sizeof notify);
  notify.sequence.atom = (LV2_Atom){room, 0};
  d->connect_port(instance, PORT_CONTROL, sequence);
  d->run(instance, N_FRAMES);
  check_answer(room);
  fuzz_taken();
  if (memcmp(in, out, sizeof in)) {
    fuzz_broken("audio passes bit by bit");
  }
  free(sequence);
}

/* Properties: key and type as a byte each, size in two, value. */
typedef struct {
  const uint8_t *data;
  size_t n;
} properties;

static const void *
retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
         uint32_t *flags)
{
  const properties *p = handle;
  for (size_t i = 0; i + 4 <= p->n;) {
    const size_t said = p->data[i + 2] | (size_t)p->data[i + 3] << 8, left = p->n - i - 4;
    const size_t length = said < left ? said : left;
    if (p->data[i] == key) {
      *size = length;
      *type = p->data[i + 1];
      *flags = LV2_STATE_IS_POD;
      return p->data + i + 4;
    }
    i += 4 + length;
  }
  return NULL;
}

static LV2_State_Status
store(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
      uint32_t type, uint32_t flags)
{
  (void)handle, (void)type, (void)flags;
  if (key > MOST_URIS || !value || !size || size > SLOT_PATH_SIZE) {
    fuzz_broken("what is saved can be saved");
  }
  return LV2_STATE_SUCCESS;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  if (!instance) {
    begin();
  }
  const uint8_t how = n ? data[0] : 0;
  if (how & 1) {
    properties p = {data + 1, n - 1};
    state_interface.restore(instance, retrieve, &p, 0, how & 32 ? map_alone : features);
    state_interface.save(instance, store, NULL, 0, features);
  }
  for (size_t i = 0; i < N_FRAMES; ++i) {
    in[i] = n ? (float)data[i % n] / 256 : 0;
  }
  const uint32_t room = how & 2 ? ROOM - 8 : (uint32_t)(how >> 1 & 15) * 40;
  run(n && !(how & 1) ? data + 1 : data, n && !(how & 1) ? n - 1 : 0, room);
  return 0;
}

static size_t
put_property(uint8_t *data, size_t n, const char *key, const char *type, const char *text)
{
  const size_t size = strlen(text) + 1;
  data[n] = (uint8_t)map_uri(NULL, key);
  data[n + 1] = (uint8_t)map_uri(NULL, type);
  data[n + 2] = (uint8_t)size;
  data[n + 3] = (uint8_t)(size >> 8);
  memcpy(data + n + 4, text, size);
  return n + 4 + size;
}

static size_t
state_seed(uint8_t *data)
{
  size_t n = 1;
  data[0] = 1 | 32;
  n = put_property(data, n, EARSHOT_HARSHNESS_MODEL, LV2_ATOM__Path,
                   "/nowhere/x.safetensors");
  n = put_property(data, n, EARSHOT_HARSHNESS_HASH, LV2_ATOM__String, "0123456789abcdef");
  n = put_property(data, n, EARSHOT_CLASSIFIER_NAME, LV2_ATOM__String, "genre");
  return put_property(data, n, EARSHOT_STATE_VERSION, LV2_ATOM__Int, "\1\0\0");
}

/* patch:Set of a model, patch:Get, a window's sign of life: one event each. */
static size_t
atom_seed(uint8_t *data)
{
  const plugin_uris *u = &((plugin *)instance)->uris;
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
  if (!instance) {
    begin();
  }
  return i == 0 ? atom_seed(data) : i == 1 ? state_seed(data) : 0;
}
