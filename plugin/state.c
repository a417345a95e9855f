/* SPDX-License-Identifier: ISC */
/* What is saved is one slot_memo each, taken whole under the slot's lock: any thread, any
   time.  Whatever was saved, restore ends in a request for each slot: a key that is
   missing or makes no sense is the built-in model.  A preset of port values alone, which
   no save of ours wrote, leaves the slots as they are. */
#include "state.h"

#include "plugin.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>

enum { STATE_VERSION = 1 };

/* The features that one call of save or restore was given; each may be NULL. */
typedef struct {
  const LV2_State_Map_Path *map_path;
  const LV2_State_Free_Path *free_path;
  const LV2_Worker_Schedule *schedule;
} given;

static given
look_at(const LV2_Feature *const *features)
{
  given g = {NULL, NULL, NULL};
  for (; features && *features; ++features) {
    const char *uri = (*features)->URI;
    if (!strcmp(uri, LV2_STATE__mapPath)) {
      g.map_path = (*features)->data;
    } else if (!strcmp(uri, LV2_STATE__freePath)) {
      g.free_path = (*features)->data;
    } else if (!strcmp(uri, LV2_WORKER__schedule)) {
      g.schedule = (*features)->data;
    }
  }
  return g;
}

static void
give_back(const given *g, char *path)
{
  if (g->free_path) {
    g->free_path->free_path(g->free_path->handle, path);
  } else {
    free(path); /* as before state:freePath existed */
  }
}

/* What one save or restore works with. */
typedef struct {
  const plugin *pl;
  given feature;
  LV2_State_Store_Function store;       /* save */
  LV2_State_Retrieve_Function retrieve; /* restore */
  LV2_State_Handle handle;
} session;

static void
store_text(const session *s, LV2_URID key, LV2_URID type, const char *text)
{
  if (*text) {
    s->store(s->handle, key, text, strlen(text) + 1, type,
             LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
  }
}

static void
store_path(const session *s, LV2_URID key, const char *path)
{
  const LV2_State_Map_Path *map = s->feature.map_path;
  char *mapped = *path && map ? map->abstract_path(map->handle, path) : NULL;
  store_text(s, key, s->pl->uris.atom_Path, mapped ? mapped : path);
  if (mapped) {
    give_back(&s->feature, mapped);
  }
}

static LV2_State_Status
save(LV2_Handle instance, LV2_State_Store_Function store, LV2_State_Handle handle,
     uint32_t flags, const LV2_Feature *const *features)
{
  const plugin *pl = instance;
  const plugin_uris *uris = &pl->uris;
  const session s = {pl, look_at(features), store, NULL, handle};
  const int32_t version = STATE_VERSION;
  (void)flags;
  if (!pl->map) {
    return LV2_STATE_SUCCESS; /* nothing can be named, and the built-in models run */
  }
  for (uint32_t i = 0; i < N_SLOTS && pl->slot[i]; ++i) {
    slot_memo memo;
    slot_get_memo(pl->slot[i], &memo);
    store_path(&s, uris->model[i], memo.path);
    store_text(&s, uris->hash[i], uris->atom_String, memo.hash);
    store_text(&s, uris->name[i], uris->atom_String, memo.name);
  }
  store(handle, uris->state_version, &version, sizeof version, uris->atom_Int,
        LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
  return LV2_STATE_SUCCESS;
}

/* The text of that key and type, to its first NUL; "" if there is none, or none that fits
   into text[0..size). */
static void
retrieve_text(const session *s, LV2_URID key, LV2_URID type, char *text, size_t size)
{
  size_t n = 0;
  uint32_t found_type = 0, flags = 0;
  const char *value = s->retrieve(s->handle, key, &n, &found_type, &flags);
  n = value && found_type == type ? strnlen(value, n) : 0;
  n = n < size ? n : 0;
  if (n) {
    memcpy(text, value, n);
  }
  text[n] = '\0';
}

static void
retrieve_path(const session *s, LV2_URID key, char *path)
{
  const LV2_State_Map_Path *map = s->feature.map_path;
  retrieve_text(s, key, s->pl->uris.atom_Path, path, SLOT_PATH_SIZE);
  char *absolute = *path && map ? map->absolute_path(map->handle, path) : NULL;
  if (absolute) {
    const size_t n = strlen(absolute);
    if (n < SLOT_PATH_SIZE) {
      memcpy(path, absolute, n + 1);
    }
    give_back(&s->feature, absolute);
  }
}

static void
restore_slot(const session *s, uint32_t i)
{
  const plugin_uris *uris = &s->pl->uris;
  slot *sl = s->pl->slot[i];
  slot_memo memo;
  retrieve_path(s, uris->model[i], memo.path);
  retrieve_text(s, uris->hash[i], uris->atom_String, memo.hash, sizeof memo.hash);
  retrieve_text(s, uris->name[i], uris->atom_String, memo.name, sizeof memo.name);
  work_message message;
  message.slot = i;
  message.request = slot_request(sl);
  message.path_size = 0;
  slot_put(sl, message.request, &memo);
  if (!work_schedule(s->feature.schedule, &message)) {
    slot_load(sl, message.request);
  }
}

/* Every save stores the version; a state made by hand may have models alone. */
static bool
speaks_of_models(const session *s)
{
  const plugin_uris *uris = &s->pl->uris;
  const LV2_URID key[] = {uris->state_version, uris->model[0], uris->model[1]};
  bool found = false;
  for (size_t i = 0; i < sizeof key / sizeof *key; ++i) {
    size_t n = 0;
    uint32_t type = 0, flags = 0;
    found |= s->retrieve(s->handle, key[i], &n, &type, &flags) != NULL;
  }
  return found;
}

static LV2_State_Status
restore(LV2_Handle instance, LV2_State_Retrieve_Function retrieve,
        LV2_State_Handle handle, uint32_t flags, const LV2_Feature *const *features)
{
  const plugin *pl = instance;
  const session s = {pl, look_at(features), NULL, retrieve, handle};
  (void)flags;
  if (!pl->map) {
    return LV2_STATE_ERR_NO_FEATURE;
  }
  for (uint32_t i = 0; i < N_SLOTS && pl->slot[i] && speaks_of_models(&s); ++i) {
    restore_slot(&s, i);
  }
  return LV2_STATE_SUCCESS;
}

const LV2_State_Interface state_interface = {save, restore};
