/* SPDX-License-Identifier: ISC */
/* One thread is audio thread, worker and all else, one after the other. */
#include "ui_stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <math.h>
#include <string.h>

enum { MAX_URIS = 256, BLOCK = 441 };

plugin_uris stand_uris;
static const LV2_Descriptor *descriptor;
static char known[MAX_URIS][128];

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
  uint32_t i = 0;
  (void)handle;
  while (i < MAX_URIS && known[i][0] && strcmp(known[i], uri) != 0) {
    ++i;
  }
  assert_true(i < MAX_URIS && strlen(uri) < sizeof known[i]);
  strcpy(known[i], uri);
  return i + 1;
}

LV2_URID_Map *
stand_map(void)
{
  static LV2_URID_Map map = {NULL, map_uri};
  return &map;
}

void
stand_open(const char *module)
{
  void *library = dlopen(module, RTLD_NOW | RTLD_NODELETE);
  const LV2_Descriptor_Function describe =
      library ? (LV2_Descriptor_Function)dlsym(library, "lv2_descriptor") : NULL;
  assert_non_null(describe);
  for (uint32_t i = 0; (descriptor = describe(i)); ++i) {
    if (!strcmp(descriptor->URI, EARSHOT_STEREO)) {
      break;
    }
  }
  assert_non_null(descriptor);
  plugin_uris_map(&stand_uris, stand_map());
}

static LV2_Worker_Status
schedule(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  stand *st = handle;
  if (st->n_work || size > sizeof st->work) {
    return LV2_WORKER_ERR_NO_SPACE;
  }
  memcpy(st->work, data, size);
  st->n_work = size;
  return LV2_WORKER_SUCCESS;
}

static void
queue_draw(void *handle)
{
  stand *st = handle;
  ++st->n_draws;
}

static void
clear_control(stand *st)
{
  LV2_Atom_Sequence *sequence = (LV2_Atom_Sequence *)st->control;
  sequence->atom = (LV2_Atom){sizeof sequence->body, stand_uris.atom_Sequence};
  sequence->body = (LV2_Atom_Sequence_Body){0, 0};
}

void
stand_start(stand *st, double rate_hz)
{
  memset(st, 0, sizeof *st);
  st->scheduler = (LV2_Worker_Schedule){st, schedule};
  st->display = (inline_display){st, queue_draw};
  const LV2_Feature map = {LV2_URID__map, stand_map()},
                    worker = {LV2_WORKER__schedule, &st->scheduler},
                    draw = {INLINE_DISPLAY_QUEUE_DRAW, &st->display};
  const LV2_Feature *const features[] = {&map, &worker, &draw, NULL};
  st->rate_hz = rate_hz;
  st->descriptor = descriptor;
  st->plugin = descriptor->instantiate(descriptor, rate_hz, "/", features);
  assert_non_null(st->plugin);
  st->port[PORT_ENABLED] = st->port[PORT_FREEWHEEL] = 1;
  st->port[PORT_HOLD] = 500;
  st->port[PORT_HORIZON] = EAR_SHORT;
  for (uint32_t i = 0; i < N_PORTS; ++i) {
    void *data = &st->port[i];
    data = i == PORT_CONTROL ? (void *)st->control : i == PORT_NOTIFY ? st->notify : data;
    data = i == PORT_IN_LEFT || i == PORT_IN_RIGHT ? st->in : data;
    data = i == PORT_OUT_LEFT ? st->out[0] : i == PORT_OUT_RIGHT ? st->out[1] : data;
    descriptor->connect_port(st->plugin, i, data);
  }
  clear_control(st);
  descriptor->activate(st->plugin);
}

void
stand_stop(stand *st)
{
  descriptor->deactivate(st->plugin);
  descriptor->cleanup(st->plugin);
}

void
stand_send(stand *st, const LV2_Atom *atom)
{
  LV2_Atom_Sequence *sequence = (LV2_Atom_Sequence *)st->control;
  const uint32_t was = (uint32_t)sizeof(LV2_Atom) + sequence->atom.size;
  const uint32_t size = (uint32_t)sizeof *atom + atom->size;
  const uint32_t all = (uint32_t)(sizeof(int64_t) + size + 7) & ~7u;
  assert_true(was + all <= sizeof st->control);
  LV2_Atom_Event *event = (LV2_Atom_Event *)((uint8_t *)st->control + was);
  event->time.frames = 0;
  memcpy(&event->body, atom, size);
  sequence->atom.size += all;
}

void
stand_watch(stand *st, int32_t watching)
{
  struct {
    LV2_Atom_Object object;
    LV2_Atom_Property_Body property;
    int32_t value, padding;
  } message = {.value = watching};
  message.object.atom =
      (LV2_Atom){sizeof message - sizeof(LV2_Atom), stand_uris.atom_Object};
  message.object.body.otype = stand_uris.Watch;
  message.property.key = stand_uris.watching;
  message.property.value = (LV2_Atom){sizeof(int32_t), stand_uris.atom_Int};
  stand_send(st, &message.object.atom);
}

static void
hear(stand *st)
{
  const LV2_Atom_Sequence *sequence = (const LV2_Atom_Sequence *)st->notify;
  const uint8_t *body = (const uint8_t *)&sequence->body;
  uint32_t i = sizeof sequence->body;
  assert_int_equal(sequence->atom.type, stand_uris.atom_Sequence);
  while (i + sizeof(LV2_Atom_Event) <= sequence->atom.size) {
    const LV2_Atom_Event *event = (const void *)(body + i);
    const LV2_Atom_Object *object = (const void *)&event->body;
    i += (uint32_t)((sizeof *event + event->body.size + 7) & ~7u);
    assert_true(i <= sequence->atom.size);
    ++st->n_messages;
    st->n_scenes += object->body.otype == stand_uris.Scene;
    st->n_columns += object->body.otype == stand_uris.Columns;
    if (st->hear) {
      st->hear(st->user, &event->body);
    }
  }
}

static void
run(stand *st, uint32_t n)
{
  const LV2_Worker_Interface *worker = descriptor->extension_data(LV2_WORKER__interface);
  LV2_Atom_Sequence *notify = (LV2_Atom_Sequence *)st->notify;
  notify->atom = (LV2_Atom){STAND_ATOMS - 8, 0};
  descriptor->run(st->plugin, n);
  clear_control(st);
  while (st->n_work) {
    uint8_t work[sizeof st->work];
    const uint32_t size = st->n_work;
    memcpy(work, st->work, size);
    st->n_work = 0;
    worker->work(st->plugin, NULL, NULL, size, work);
  }
  hear(st);
}

void
stand_play(stand *st, double seconds, bool harsh)
{
  const uint32_t n_blocks = (uint32_t)(seconds * st->rate_hz / BLOCK);
  if (seconds <= 0) {
    run(st, 0);
    return;
  }
  for (uint32_t b = 0; b < n_blocks; ++b) {
    for (int i = 0; i < BLOCK; ++i, ++st->t) {
      const double s = st->t / st->rate_hz;
      st->in[i] = (float)(harsh ? 0.5 * sin(6.2831853 * 3000 * s)
                                : 0.1 * sin(6.2831853 * 440 * s));
    }
    run(st, BLOCK);
  }
}
