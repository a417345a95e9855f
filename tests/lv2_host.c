/* SPDX-License-Identifier: ISC */
/* Every buffer that the plugin gets lies between guards, which are looked at after each
   run. */
#include "lv2_host_parts.h"

#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD = 64, GUARD_BYTE = 0xa5 };

static LilvWorld *the_world;

/* ---- the world ---- */

void
host_open(const char *folder)
{
  the_world = lilv_world_new();
  assert_non_null(the_world);
  char *path = NULL;
  assert_true(asprintf(&path, "%s/", folder) > 0);
  LilvNode *bundle = lilv_new_file_uri(the_world, NULL, path);
  lilv_world_load_bundle(the_world, bundle);
  if (lilv_plugins_size(lilv_world_get_all_plugins(the_world)) != 2) {
    fail_msg("%s does not hold two plugins", folder);
  }
  lilv_node_free(bundle);
  free(path);
}

void
host_close(void)
{
  lilv_world_free(the_world);
  the_world = NULL;
  host_forget_uris();
}

LilvWorld *
host_world(void)
{
  return the_world;
}

/* ---- buffers ---- */

static void
zone_new(zone *z, size_t size)
{
  z->size = size;
  z->bytes = aligned_alloc(64, (size + 2 * GUARD + 63) & ~(size_t)63);
  assert_non_null(z->bytes);
  memset(z->bytes, GUARD_BYTE, GUARD);
  memset(z->bytes + GUARD, 0, size);
  memset(z->bytes + GUARD + size, GUARD_BYTE, GUARD);
}

void *
zone_data(const zone *z)
{
  return z->bytes + GUARD;
}

static void
zone_check(const zone *z, const char *name)
{
  for (size_t i = 0; z->bytes && i < GUARD; ++i) {
    if (z->bytes[i] != GUARD_BYTE || z->bytes[GUARD + z->size + i] != GUARD_BYTE) {
      fail_msg("written outside the buffer of %s", name);
    }
  }
}

uint32_t
host_find_port(const host *h, const char *symbol)
{
  for (uint32_t i = 0; i < h->n_ports; ++i) {
    if (!strcmp(h->symbol[i], symbol)) {
      return i;
    }
  }
  fail_msg("there is no port %s", symbol);
  return 0;
}

const char *
host_symbol(const host *h, uint32_t index)
{
  assert_true(index < h->n_ports);
  return h->symbol[index];
}

float *
host_in(host *h, uint32_t channel)
{
  return zone_data(&h->audio[2 * channel]);
}

float *
host_out(host *h, uint32_t channel)
{
  return zone_data(&h->audio[2 * channel + 1]);
}

void
host_connect(host *h, const char *symbol, void *data)
{
  const uint32_t i = host_find_port(h, symbol);
  lilv_instance_connect_port(h->instance, i, data);
  h->deaf = !strcmp(symbol, "notify") ? data != zone_data(&h->port[i]) : h->deaf;
}

void
host_set(host *h, const char *symbol, float value)
{
  memcpy(zone_data(&h->port[host_find_port(h, symbol)]), &value, sizeof value);
}

float
host_get(const host *h, const char *symbol)
{
  float value;
  memcpy(&value, zone_data(&h->port[host_find_port(h, symbol)]), sizeof value);
  return value;
}

void
host_set_room(host *h, uint32_t size)
{
  assert_true(size + sizeof(LV2_Atom) <= HOST_ATOMS);
  h->room = size;
}

void
host_refuse_work(host *h, uint32_t n_times)
{
  work_refuse(h->desk, n_times);
}

/* ---- instances ---- */

__attribute__((format(printf, 3, 0))) static int
log_va(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list ap)
{
  (void)type;
  host *h = handle;
  const size_t length = strlen(h->log);
  return vsnprintf(h->log + length, sizeof h->log - length, format, ap);
}

__attribute__((format(printf, 3, 4))) static int
log_line(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  const int n = log_va(handle, type, format, ap);
  va_end(ap);
  return n;
}

const char *
host_log(const host *h)
{
  return h->log;
}

static void
offer(host *h, const char *uri, void *data)
{
  uint32_t n = 0;
  while (h->features[n]) {
    ++n;
  }
  h->feature[n] = (LV2_Feature){uri, data};
  h->features[n] = &h->feature[n];
}

static void
offer_features(host *h)
{
  if (h->offered & HOST_MAP) {
    offer(h, LV2_URID__map, host_map());
    offer(h, LV2_URID__unmap, host_unmap());
  }
  if (h->offered & HOST_LOG) {
    h->logger = (LV2_Log_Log){h, log_line, log_va};
    offer(h, LV2_LOG__log, &h->logger);
  }
  if (h->desk) {
    h->schedule = (LV2_Worker_Schedule){h->desk, work_schedule_in};
    offer(h, LV2_WORKER__schedule, &h->schedule);
  }
}

static bool
port_is(const host *h, const LilvPort *port, const char *class)
{
  LilvNode *node = lilv_new_uri(the_world, class);
  const bool is = lilv_port_is_a(h->plugin, port, node);
  lilv_node_free(node);
  return is;
}

static void
connect_audio(host *h, uint32_t i)
{
  const uint32_t channel = strstr(h->symbol[i], "right") ? 1 : 0;
  const uint32_t out = strstr(h->symbol[i], "out") ? 1 : 0;
  zone *z = &h->audio[2 * channel + out];
  zone_new(z, HOST_BLOCK * sizeof(float));
  lilv_instance_connect_port(h->instance, i, zone_data(z));
}

static void
connect_ports(host *h)
{
  float standard[HOST_MAX_PORTS];
  h->n_ports = lilv_plugin_get_num_ports(h->plugin);
  assert_true(h->n_ports <= HOST_MAX_PORTS);
  lilv_plugin_get_port_ranges_float(h->plugin, NULL, NULL, standard);
  for (uint32_t i = 0; i < h->n_ports; ++i) {
    const LilvPort *port = lilv_plugin_get_port_by_index(h->plugin, i);
    h->symbol[i] = lilv_node_as_string(lilv_port_get_symbol(h->plugin, port));
    if (port_is(h, port, LILV_URI_AUDIO_PORT)) {
      connect_audio(h, i);
      continue;
    }
    const bool atom = port_is(h, port, LILV_URI_ATOM_PORT);
    zone_new(&h->port[i], atom ? HOST_ATOMS : sizeof(float));
    if (!atom) {
      memcpy(zone_data(&h->port[i]), &standard[i], sizeof(float));
    }
    lilv_instance_connect_port(h->instance, i, zone_data(&h->port[i]));
  }
}

host *
host_new(const char *variant, double rate_hz, unsigned features)
{
  char uri[128];
  snprintf(uri, sizeof uri, "https://earshot.audio/lv2/earshot#%s", variant);
  host *h = calloc(1, sizeof *h);
  assert_non_null(h);
  LilvNode *node = lilv_new_uri(the_world, uri);
  h->plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(the_world), node);
  lilv_node_free(node);
  assert_non_null(h->plugin);
  h->offered = features;
  h->room = HOST_ATOMS - sizeof(LV2_Atom);
  if (features & (HOST_WORKER | HOST_THREAD)) {
    h->desk = work_new(features & HOST_THREAD);
  }
  offer_features(h);
  h->instance = lilv_plugin_instantiate(h->plugin, rate_hz, h->features);
  assert_non_null(h->instance);
  if (h->desk) {
    work_open(h->desk, h->instance);
  }
  connect_ports(h);
  host_clear_control(h);
  lilv_instance_activate(h->instance);
  return h;
}

void
host_free(host *h)
{
  if (!h) {
    return;
  }
  lilv_instance_deactivate(h->instance);
  work_free(h->desk);
  lilv_instance_free(h->instance);
  for (uint32_t i = 0; i < HOST_MAX_PORTS; ++i) {
    free(h->port[i].bytes);
  }
  for (uint32_t i = 0; i < 4; ++i) {
    free(h->audio[i].bytes);
  }
  free(h);
}

LilvInstance *
host_instance(host *h)
{
  return h->instance;
}

const LilvPlugin *
host_plugin(const host *h)
{
  return h->plugin;
}

/* Where the room of notify ends there is one more guard. */
static uint8_t *
end_of_room(host *h)
{
  uint8_t *notify = zone_data(&h->port[host_find_port(h, "notify")]);
  return notify + sizeof(LV2_Atom) + h->room;
}

static void
check_guards(host *h)
{
  for (uint32_t i = 0; i < h->n_ports; ++i) {
    zone_check(&h->port[i], h->symbol[i]);
  }
  for (uint32_t i = 0; i < 4; ++i) {
    zone_check(&h->audio[i], "audio");
  }
  for (uint32_t i = 0; i < GUARD; ++i) {
    if (end_of_room(h)[i] != GUARD_BYTE) {
      fail_msg("notify has more than its %u bytes", h->room);
    }
  }
}

void
host_run(host *h, uint32_t n_samples)
{
  LV2_Atom_Sequence *notify = zone_data(&h->port[host_find_port(h, "notify")]);
  notify->atom = (LV2_Atom){h->room, host_urid(LV2_ATOM__Chunk)};
  memset(end_of_room(h), GUARD_BYTE, GUARD);
  lilv_instance_run(h->instance, n_samples);
  check_guards(h);
  host_read_notify(h);
  host_clear_control(h);
  if (h->desk) {
    work_after_run(h->desk);
  }
}

/* ---- state ---- */

static const void *
get_value(const char *symbol, void *user, uint32_t *size, uint32_t *type)
{
  host *h = user;
  *size = sizeof(float);
  *type = host_urid(LV2_ATOM__Float);
  return zone_data(&h->port[host_find_port(h, symbol)]);
}

static void
set_value(const char *symbol, void *user, const void *value, uint32_t size, uint32_t type)
{
  host *h = user;
  if (size == sizeof(float) && type == host_urid(LV2_ATOM__Float)) {
    memcpy(zone_data(&h->port[host_find_port(h, symbol)]), value, size);
  }
}

LilvState *
host_save(host *h, const char *folder)
{
  LilvState *state = lilv_state_new_from_instance(
      h->plugin, h->instance, host_map(), folder, folder, folder, folder, get_value, h,
      LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, NULL);
  assert_non_null(state);
  return state;
}

void
host_restore(host *h, const LilvState *state, bool with_worker)
{
  const LV2_Feature schedule = {LV2_WORKER__schedule, &h->schedule};
  const LV2_Feature safe = {LV2_STATE__threadSafeRestore, NULL};
  const LV2_Feature *features[] = {&safe, with_worker && h->desk ? &schedule : NULL,
                                   NULL};
  lilv_state_restore(state, h->instance, set_value, h, 0, features);
}
