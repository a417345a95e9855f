/* SPDX-License-Identifier: ISC */
/* The test host's URIs and messages: what the plugin wrote is checked to the last byte.
 */
#include "lv2_host_parts.h"

#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_URIS = 256 };

static struct {
  pthread_mutex_t lock;
  char *uri[MAX_URIS]; /* number i + 1 */
  uint32_t n_uris;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
  (void)handle;
  pthread_mutex_lock(&all.lock);
  uint32_t i = 0;
  while (i < all.n_uris && strcmp(all.uri[i], uri) != 0) {
    ++i;
  }
  if (i == all.n_uris && i < MAX_URIS) {
    all.uri[all.n_uris++] = strdup(uri);
  }
  pthread_mutex_unlock(&all.lock);
  return i < MAX_URIS ? i + 1 : 0;
}

static const char *
unmap_uri(LV2_URID_Unmap_Handle handle, LV2_URID urid)
{
  (void)handle;
  pthread_mutex_lock(&all.lock);
  const char *uri = urid && urid <= all.n_uris ? all.uri[urid - 1] : NULL;
  pthread_mutex_unlock(&all.lock);
  return uri;
}

static LV2_URID_Map map = {NULL, map_uri};
static LV2_URID_Unmap unmap = {NULL, unmap_uri};

LV2_URID_Map *
host_map(void)
{
  return &map;
}

LV2_URID_Unmap *
host_unmap(void)
{
  return &unmap;
}

LV2_URID
host_urid(const char *uri)
{
  return map_uri(NULL, uri);
}

void
host_forget_uris(void)
{
  for (uint32_t i = 0; i < all.n_uris; ++i) {
    free(all.uri[i]);
  }
  all.n_uris = 0;
}

LV2_Atom_Sequence *
host_control(host *h)
{
  return zone_data(&h->port[host_find_port(h, "control")]);
}

void
host_send(host *h, const LV2_Atom *atom)
{
  LV2_Atom_Sequence *sequence = host_control(h);
  const uint32_t was = lv2_atom_pad_size(sequence->atom.size);
  const uint32_t size = (uint32_t)sizeof(LV2_Atom_Event) + atom->size;
  assert_true(sizeof(LV2_Atom) + was + size + 8 <= HOST_ATOMS);
  LV2_Atom_Event *event = (void *)((uint8_t *)&sequence->body + was);
  event->time.frames = 0;
  memcpy(&event->body, atom, sizeof *atom + atom->size);
  sequence->atom.size = was + lv2_atom_pad_size(size);
}

/* Appends a property to an object. */
static void
add_property(LV2_Atom *object, const char *key, const char *type, const void *value,
             uint32_t size)
{
  uint8_t *at = (uint8_t *)(object + 1) + object->size;
  const LV2_Atom_Property_Body head = {host_urid(key), 0, {size, host_urid(type)}};
  memset(at, 0, sizeof head + lv2_atom_pad_size(size));
  memcpy(at, &head, sizeof head);
  memcpy(at + sizeof head, value, size);
  object->size += (uint32_t)sizeof head + lv2_atom_pad_size(size);
}

static LV2_Atom *
new_object(const char *type, size_t room)
{
  LV2_Atom_Object *object = calloc(1, sizeof *object + room);
  assert_non_null(object);
  object->atom.size = sizeof object->body;
  object->atom.type = host_urid(LV2_ATOM__Object);
  object->body.otype = host_urid(type);
  return &object->atom;
}

void
host_send_path(host *h, const char *property, const char *path)
{
  const uint32_t size = (uint32_t)strlen(path) + 1;
  const LV2_URID urid = host_urid(property);
  LV2_Atom *set = new_object(LV2_PATCH__Set, size + 128);
  add_property(set, LV2_PATCH__property, LV2_ATOM__URID, &urid, sizeof urid);
  add_property(set, LV2_PATCH__value, LV2_ATOM__Path, path, size);
  host_send(h, set);
  free(set);
}

void
host_send_get(host *h, const char *property)
{
  LV2_Atom *get = new_object(LV2_PATCH__Get, 64);
  if (property) {
    const LV2_URID urid = host_urid(property);
    add_property(get, LV2_PATCH__property, LV2_ATOM__URID, &urid, sizeof urid);
  }
  host_send(h, get);
  free(get);
}

static host_value *
find_value(host *h, LV2_URID property)
{
  uint32_t i = 0;
  while (i < h->n_values && h->value[i].property != property) {
    ++i;
  }
  if (i == h->n_values) {
    assert_true(h->n_values < HOST_MAX_VALUES);
    h->value[h->n_values++].property = property;
  }
  return &h->value[i];
}

static void
read_message(host *h, const LV2_Atom_Object *object)
{
  assert_int_equal(object->atom.type, host_urid(LV2_ATOM__Object));
  if (object->body.otype == host_urid(LV2_STATE__StateChanged)) {
    ++h->n_state_changed;
    return;
  }
  assert_int_equal(object->body.otype, host_urid(LV2_PATCH__Set));
  const LV2_Atom *property = NULL, *value = NULL;
  lv2_atom_object_get(object, host_urid(LV2_PATCH__property), &property,
                      host_urid(LV2_PATCH__value), &value, 0);
  assert_non_null(property);
  assert_non_null(value);
  assert_int_equal(property->type, host_urid(LV2_ATOM__URID));
  host_value *kept = find_value(h, ((const LV2_Atom_URID *)property)->body);
  const char *text = (const char *)(value + 1);
  assert_true(value->size > 0 && value->size <= sizeof kept->value);
  assert_int_equal(strnlen(text, value->size), value->size - 1);
  memcpy(kept->value, text, value->size);
  ++kept->n_told;
}

static LV2_Atom_Sequence *
notify(const host *h)
{
  return zone_data(&h->port[host_find_port(h, "notify")]);
}

void
host_read_notify(host *h)
{
  const LV2_Atom_Sequence *sequence = notify(h);
  if (h->deaf || !(h->offered & HOST_MAP) || h->room < sizeof sequence->body) {
    return;
  }
  assert_int_equal(sequence->atom.type, host_urid(LV2_ATOM__Sequence));
  assert_true(sequence->atom.size <= h->room);
  LV2_ATOM_SEQUENCE_FOREACH(sequence, event)
  {
    const uint8_t *end = (const uint8_t *)&sequence->body + sequence->atom.size;
    assert_true((const uint8_t *)(event + 1) + event->body.size <= end);
    read_message(h, (const LV2_Atom_Object *)&event->body);
  }
}

static const host_value *
value_of(const host *h, const char *property)
{
  for (uint32_t i = 0; i < h->n_values; ++i) {
    if (h->value[i].property == host_urid(property)) {
      return &h->value[i];
    }
  }
  return NULL;
}

const char *
host_told(const host *h, const char *property)
{
  const host_value *value = value_of(h, property);
  return value ? value->value : NULL;
}

uint32_t
host_n_told(const host *h, const char *property)
{
  const host_value *value = value_of(h, property);
  return value ? value->n_told : 0;
}

uint32_t
host_n_state_changed(const host *h)
{
  return h->n_state_changed;
}

void
host_clear_control(host *h)
{
  LV2_Atom_Sequence *control = host_control(h);
  control->atom =
      (LV2_Atom){sizeof(LV2_Atom_Sequence_Body), host_urid(LV2_ATOM__Sequence)};
  control->body = (LV2_Atom_Sequence_Body){0, 0};
}
