/* SPDX-License-Identifier: ISC */
/* Nothing is read beyond the size of what encloses it, nothing written beyond the size
   that the host gave; what finds no room is due again in the next run. */
#include "messages.h"
#include "wire.h"
#include "work.h"

#include <string.h>

/* Bits of plugin.messages_due, in the order told. */
enum {
  TELL_MODEL = 1 << 0, /* << slot */
  TELL_TEXT = 1 << 2,  /* << slot */
  TELL_CLASS = 1 << 4,
  TELL_STATE = 1 << 5,
  TELL_ALL = TELL_STATE - 1, /* what a patch:Get may ask for */
};

static const char no_path[] = "No model was loaded: the message carries no path.";
static const char too_long[] =
    "No model was loaded: its path is longer than 4095 bytes. Move the file.";
static const char no_worker[] =
    "No model was loaded: this host has no worker thread for plugins. Use a preset or a "
    "session that names the model.";

static LV2_URID
find_urid(const plugin *pl, const uint8_t *body, uint32_t size, LV2_URID key)
{
  const LV2_Atom *atom = wire_find(body, size, key);
  if (!atom || atom->type != pl->uris.atom_URID || atom->size < sizeof(LV2_URID)) {
    return 0;
  }
  return ((const LV2_Atom_URID *)atom)->body;
}

/* NULL if the path of `value` was taken over, else what is wrong. */
static const char *
take_path(plugin *pl, plugin_ask *ask, const LV2_Atom *value)
{
  const plugin_uris *uris = &pl->uris;
  if (!value || (value->type != uris->atom_Path && value->type != uris->atom_String)) {
    return no_path;
  }
  const char *path = (const char *)(value + 1);
  const size_t n_read = value->size < SLOT_PATH_SIZE ? value->size : SLOT_PATH_SIZE;
  const char *end = memchr(path, '\0', n_read);
  if (!end && value->size) {
    return value->size < SLOT_PATH_SIZE ? no_path : too_long;
  }
  if (!pl->schedule) {
    return no_worker;
  }
  const size_t length = end ? (size_t)(end - path) : 0; /* no bytes at all: built in */
  memcpy(ask->path, path, length);
  ask->path[length] = '\0';
  return NULL;
}

static void
read_set(plugin *pl, const uint8_t *body, uint32_t size)
{
  const LV2_URID property = find_urid(pl, body, size, pl->uris.patch_property);
  for (uint32_t s = 0; property && s < N_SLOTS; ++s) {
    if (property != pl->uris.model[s] || !pl->slot[s]) {
      continue;
    }
    plugin_ask *ask = &pl->ask[s];
    const char *wrong = take_path(pl, ask, wire_find(body, size, pl->uris.patch_value));
    if (wrong) {
      pl->notice[s] = wrong;
      pl->messages_due |= (uint32_t)(TELL_MODEL | TELL_TEXT) << s;
      continue;
    }
    ask->request = slot_request(pl->slot[s]);
    ask->due = true;
  }
}

static void
read_get(plugin *pl, const uint8_t *body, uint32_t size)
{
  const plugin_uris *uris = &pl->uris;
  const LV2_URID property = find_urid(pl, body, size, uris->patch_property);
  if (!property) {
    pl->messages_due |= TELL_ALL;
    return;
  }
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    pl->messages_due |= property == uris->model[s] ? (uint32_t)TELL_MODEL << s : 0;
    pl->messages_due |= property == uris->text[s] ? (uint32_t)TELL_TEXT << s : 0;
  }
  pl->messages_due |= property == uris->class_label ? TELL_CLASS : 0;
}

static void
read_watch(plugin *pl, const uint8_t *body, uint32_t size)
{
  const LV2_Atom *value = wire_find(body, size, pl->uris.watching);
  if (value && value->type == pl->uris.atom_Int && value->size == sizeof(int32_t)) {
    picture_watch(pl, ((const LV2_Atom_Int *)value)->body);
  }
}

static void
read_event(plugin *pl, const LV2_Atom *atom)
{
  if ((atom->type != pl->uris.atom_Object && atom->type != pl->uris.atom_Blank) ||
      atom->size < sizeof(LV2_Atom_Object_Body)) {
    return;
  }
  const LV2_Atom_Object_Body *object = (const void *)(atom + 1);
  if (object->otype == pl->uris.patch_Set) {
    read_set(pl, (const uint8_t *)object, atom->size);
  } else if (object->otype == pl->uris.patch_Get) {
    read_get(pl, (const uint8_t *)object, atom->size);
  } else if (object->otype == pl->uris.Watch) {
    read_watch(pl, (const uint8_t *)object, atom->size);
  }
}

/* Hand over the newest path asked for, and what to free, if the worker has room. */
static void
send_work(plugin *pl, uint32_t which)
{
  plugin_ask *ask = &pl->ask[which];
  work_message message;
  message.slot = which;
  if (ask->due) {
    message.request = ask->request;
    message.path_size = (uint32_t)strlen(ask->path) + 1;
    memcpy(message.path, ask->path, message.path_size);
    ask->due = !work_schedule(pl->schedule, &message);
  }
  if (pl->tidy_due[which] && pl->schedule) {
    message.request = message.path_size = 0;
    pl->tidy_due[which] = !work_schedule(pl->schedule, &message);
  }
}

void
messages_read(plugin *pl)
{
  const LV2_Atom_Sequence *sequence = pl->port[PORT_CONTROL];
  if (!pl->map) {
    return;
  }
  if (sequence && sequence->atom.type == pl->uris.atom_Sequence) {
    const uint8_t *body = (const uint8_t *)&sequence->body;
    const uint32_t size = sequence->atom.size;
    uint64_t i = sizeof sequence->body;
    while (i + sizeof(LV2_Atom_Event) <= size) {
      const LV2_Atom_Event *event = (const void *)(body + i);
      i += sizeof *event;
      if (event->body.size > size - i) {
        break;
      }
      read_event(pl, &event->body);
      i += ((uint64_t)event->body.size + 7) & ~UINT64_C(7);
    }
  }
  send_work(pl, SLOT_HARSHNESS);
  send_work(pl, SLOT_CLASSIFIER);
}

void
messages_result(plugin *pl, uint32_t which)
{
  const uint32_t request = pl->result[which]->request;
  pl->notice[which] = NULL;
  pl->picture.scene_due = true;
  pl->messages_due |= (uint32_t)(TELL_MODEL | TELL_TEXT) << which;
  pl->messages_due |= which == SLOT_CLASSIFIER ? TELL_CLASS : 0;
  pl->messages_due |= request && request == pl->ask[which].request ? TELL_STATE : 0;
}

void *
messages_append(LV2_Atom_Sequence *sequence, uint32_t capacity, size_t size)
{
  const size_t was = sizeof(LV2_Atom) + sequence->atom.size;
  const size_t padded = (size + 7) & ~(size_t)7;
  if (was + padded > capacity) {
    return NULL;
  }
  sequence->atom.size += (uint32_t)padded;
  uint8_t *at = (uint8_t *)sequence + was;
  memset(at, 0, padded);
  return at;
}

/* patch:Set of a property to a text, as it lies in a sequence. */
typedef struct {
  LV2_Atom_Event event;
  LV2_Atom_Object_Body object;
  LV2_Atom_Property_Body property;
  LV2_URID property_urid, padding;
  LV2_Atom_Property_Body value;
} set_message;

static bool
write_set(plugin *pl, LV2_Atom_Sequence *sequence, uint32_t capacity, LV2_URID property,
          LV2_URID type, const char *text)
{
  const plugin_uris *uris = &pl->uris;
  const uint32_t text_size = (uint32_t)strlen(text) + 1;
  set_message *set = messages_append(sequence, capacity, sizeof *set + text_size);
  if (!set) {
    return false;
  }
  const uint32_t body_size =
      (uint32_t)(sizeof *set - sizeof set->event) + ((text_size + 7) & ~7u);
  set->event.body = (LV2_Atom){body_size, uris->atom_Object};
  set->object.otype = uris->patch_Set;
  set->property.key = uris->patch_property;
  set->property.value = (LV2_Atom){sizeof(LV2_URID), uris->atom_URID};
  set->property_urid = property;
  set->value.key = uris->patch_value;
  set->value.value = (LV2_Atom){text_size, type};
  memcpy(set + 1, text, text_size);
  return true;
}

static bool
write_state_changed(plugin *pl, LV2_Atom_Sequence *sequence, uint32_t capacity)
{
  struct {
    LV2_Atom_Event event;
    LV2_Atom_Object_Body object;
  } *message = messages_append(sequence, capacity, sizeof *message);
  if (message) {
    message->event.body = (LV2_Atom){sizeof message->object, pl->uris.atom_Object};
    message->object.otype = pl->uris.state_StateChanged;
  }
  return message;
}

/* The label of the class port; none: EAR_MAX_LABELS. */
static uint32_t
class_now(const plugin *pl)
{
  const ear_verdict *v = &pl->verdict[SLOT_CLASSIFIER];
  return v->n_labels ? v->label[EAR_INTEGRATED] : EAR_MAX_LABELS;
}

/* What to tell of one bit of messages_due. */
static bool
write_one(plugin *pl, LV2_Atom_Sequence *sequence, uint32_t capacity, uint32_t bit)
{
  const plugin_uris *uris = &pl->uris;
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    const slot_result *result = pl->result[s];
    if (bit == (uint32_t)TELL_MODEL << s) {
      return write_set(pl, sequence, capacity, uris->model[s], uris->atom_Path,
                       result ? result->path : "");
    }
    if (bit == (uint32_t)TELL_TEXT << s) {
      const char *text = pl->notice[s] ? pl->notice[s] : result ? result->text : "";
      return write_set(pl, sequence, capacity, uris->text[s], uris->atom_String, text);
    }
  }
  if (bit == TELL_STATE) {
    return write_state_changed(pl, sequence, capacity);
  }
  const slot_result *result = pl->result[SLOT_CLASSIFIER];
  const uint32_t l = class_now(pl);
  return write_set(pl, sequence, capacity, uris->class_label, uris->atom_String,
                   result && l < result->n_labels ? result->label[l] : "");
}

void
messages_write(plugin *pl)
{
  LV2_Atom_Sequence *sequence = pl->port[PORT_NOTIFY];
  if (!pl->map || !sequence) {
    return;
  }
  const uint32_t capacity = sequence->atom.size;
  if (capacity < sizeof sequence->body) {
    sequence->atom = (LV2_Atom){0, 0}; /* no room to say even that there is nothing */
    return;
  }
  sequence->atom = (LV2_Atom){sizeof sequence->body, pl->uris.atom_Sequence};
  sequence->body = (LV2_Atom_Sequence_Body){0, 0};
  const uint32_t class = class_now(pl);
  pl->messages_due |= class != pl->told_class ? TELL_CLASS : 0;
  pl->told_class = class;
  for (uint32_t bit = 1; bit <= TELL_STATE; bit <<= 1) {
    if (pl->messages_due & bit && write_one(pl, sequence, capacity, bit)) {
      pl->messages_due &= ~bit;
    }
  }
  picture_write(pl, sequence, capacity);
}
