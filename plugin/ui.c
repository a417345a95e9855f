/* SPDX-License-Identifier: ISC */
/* Nothing is drawn but in idle(), 25 times a second at most, and nothing there waits.
   What the host lacks makes the window poorer, never impossible; only without a parent
   there is none. */
#include "ui.h"

#include <lv2/options/options.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double frame_s = 0.04, beat_s = 1;
static const double trigger_s = 0.2; /* that a reset is held: longer than any block */

double
ui_now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint32_t
index_of(const ui *u, port_role role)
{
  for (uint32_t i = 0; i < N_PORTS; ++i) {
    if (port_of(i, u->n_channels) == role) {
      return i;
    }
  }
  return 0;
}

void
ui_set(ui *u, port_role role, float value)
{
  u->port[role] = value;
  u->write(u->controller, index_of(u, role), sizeof value, 0, &value);
}

void
ui_settings_changed(ui *u)
{
  const float set = u->port[PORT_THRESHOLD] / 100;
  const float horizon = fminf(fmaxf(u->port[PORT_HORIZON], 0), 2);
  view_monitor_settings(u->monitor, set > 0 ? set : u->own_threshold, !(set > 0),
                        (ear_horizon)(horizon + 0.5f));
}

static void
touch(ui *u, bool on)
{
  if (u->touch && u->touching != on) {
    u->touch->touch(u->touch->handle, index_of(u, PORT_THRESHOLD), on);
  }
  u->touching = on;
}

static void
act(void *user, const view_action *a)
{
  ui *u = user;
  view_monitor_notice(u->monitor, NULL);
  switch (a->deed) {
  case VIEW_DO_THRESHOLD:
    touch(u, a->more);
    ui_set(u, PORT_THRESHOLD, a->value < 0 ? 0 : (float)round(100 * a->value));
    ui_settings_changed(u);
    break;
  case VIEW_DO_HORIZON:
    ui_set(u, PORT_HORIZON, (float)a->index);
    ui_settings_changed(u);
    break;
  case VIEW_DO_RESET:
    ui_set(u, PORT_RESET, 1);
    u->release_reset_s = ui_now_s() + trigger_s;
    view_monitor_reset(u->monitor);
    break;
  default:
    ui_choice_act(u, a);
  }
}

/* What the ports say, as one verdict. */
static void
tell_verdict(ui *u, double now_s)
{
  const float *p = u->port;
  const view_verdict v = {.p = {p[PORT_HARSH_MOMENTARY] / 100, p[PORT_HARSH_SHORT] / 100,
                                p[PORT_HARSH_INTEGRATED] / 100},
                          .flag = p[PORT_FLAG] > 0,
                          .low_hz = p[PORT_LOW],
                          .high_hz = p[PORT_HIGH],
                          .silent = u->gated};
  if (u->heard || v.p[0] > 0 || v.p[1] > 0) {
    view_monitor_verdict(u->monitor, &v, now_s);
  }
  const float dropped = fminf(fmaxf(p[PORT_DROPPED], 0), 1 << 24);
  view_monitor_dropped(u->monitor, (uint32_t)dropped);
}

static int
idle(LV2UI_Handle handle)
{
  ui *u = handle;
  const double now_s = ui_now_s();
  if (!view_window_pump(u->window, u->monitor, now_s, act, u)) {
    return 1;
  }
  if (now_s - u->beat_s >= beat_s) {
    ui_atoms_watch(u, u->beat_s > 0 ? WIRE_OPEN : WIRE_OPENED);
    u->beat_s = now_s;
  }
  if (u->release_reset_s > 0 && now_s >= u->release_reset_s) {
    ui_set(u, PORT_RESET, 0);
    u->release_reset_s = 0;
  }
  ui_choice_tick(u, now_s);
  if (now_s - u->shown_s >= frame_s) {
    tell_verdict(u, now_s);
    view_window_show(u->window, u->monitor);
    u->shown_s = now_s;
  }
  return 0;
}

static void
port_event(LV2UI_Handle handle, uint32_t index, uint32_t size, uint32_t format,
           const void *buffer)
{
  ui *u = handle;
  const port_role role = index < N_PORTS ? port_of(index, u->n_channels) : N_PORTS;
  if (role == N_PORTS || !buffer) {
    return;
  }
  if (format && format == u->event_transfer) {
    ui_atoms_read(u, buffer, size);
  } else if (!format && size == sizeof(float)) {
    float value;
    memcpy(&value, buffer, sizeof value);
    u->port[role] = isfinite(value) ? value : 0;
    if (role == PORT_THRESHOLD || role == PORT_HORIZON) {
      ui_settings_changed(u);
    } else if (role == PORT_HARSHNESS_STATUS || role == PORT_CLASSIFIER_STATUS) {
      ui_choice_show(u, role == PORT_CLASSIFIER_STATUS);
    }
  }
}

/* ---- features ---- */

typedef struct {
  unsigned long parent;
  const LV2UI_Resize *resize;
  const LV2_Options_Option *options;
} given;

static void
take_feature(ui *u, given *g, const LV2_Feature *f)
{
  if (!strcmp(f->URI, LV2_UI__parent)) {
    g->parent = (unsigned long)(uintptr_t)f->data;
  } else if (!strcmp(f->URI, LV2_UI__resize)) {
    g->resize = f->data;
  } else if (!strcmp(f->URI, LV2_OPTIONS__options)) {
    g->options = f->data;
  } else if (!strcmp(f->URI, LV2_URID__map)) {
    u->map = f->data;
  } else if (!strcmp(f->URI, LV2_UI__requestValue)) {
    u->requester = f->data;
  } else if (!strcmp(f->URI, LV2_UI__touch)) {
    u->touch = f->data;
  }
}

/* An option of that key and type, or NULL. */
static const void *
option(const ui *u, const given *g, const char *key, const char *type)
{
  const LV2_Options_Option *o = g->options;
  for (; o && u->map && o->key; ++o) {
    if (o->key == u->map->map(u->map->handle, key) &&
        o->type == u->map->map(u->map->handle, type) && o->size == 4) {
      return o->value;
    }
  }
  return NULL;
}

/* Light where the host's own windows are. */
static view_mode
mode_of(const ui *u, const given *g)
{
  const uint32_t *color =
      option(u, g, LV2_UI__backgroundColor, "http://lv2plug.in/ns/ext/atom#Int");
  const uint32_t rgba = color ? *color : 0;
  const uint32_t sum = (rgba >> 24) + (rgba >> 16 & 255) + (rgba >> 8 & 255);
  return sum > 3 * 160 ? VIEW_LIGHT : VIEW_DARK;
}

static bool
open_window(ui *u, const given *g)
{
  const char *problem;
  const float *scale = option(u, g, LV2_UI__scaleFactor, LV2_ATOM__Float);
  const view_window_config config = {.parent = g->parent,
                                     .scale = scale ? (double)*scale : 0};
  u->monitor = view_monitor_new(mode_of(u, g));
  u->window = u->monitor ? view_window_open(&config, &problem) : NULL;
  if (!u->window) {
    return false;
  }
  if (g->resize) {
    int w, h;
    view_window_pixels(u->window, &w, &h);
    g->resize->ui_resize(g->resize->handle, w, h);
  }
  return true;
}

static void
cleanup(LV2UI_Handle handle)
{
  ui *u = handle;
  if (u->beat_s > 0) {
    ui_atoms_watch(u, WIRE_CLOSED);
  }
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    ui_models_clear(&u->found[s]);
  }
  view_window_close(u->window);
  view_monitor_free(u->monitor);
  free(u);
}

static LV2UI_Handle
instantiate(const LV2UI_Descriptor *descriptor, const char *plugin_uri,
            const char *bundle, LV2UI_Write_Function write, LV2UI_Controller controller,
            LV2UI_Widget *widget, const LV2_Feature *const *features)
{
  (void)descriptor;
  (void)bundle;
  given g = {0, NULL, NULL};
  ui *u = calloc(1, sizeof *u);
  *widget = NULL;
  if (!u) {
    return NULL;
  }
  u->write = write;
  u->controller = controller;
  u->n_channels = strcmp(plugin_uri, EARSHOT_MONO) ? 2 : 1;
  u->own_threshold = 0.5f;
  u->port[PORT_HORIZON] = EAR_SHORT;
  for (; features && *features; ++features) {
    take_feature(u, &g, *features);
  }
  if (u->map) {
    plugin_uris_map(&u->uris, u->map);
    u->event_transfer = u->map->map(u->map->handle, LV2_ATOM__eventTransfer);
  }
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    u->pending[s] = -1;
  }
  if (!g.parent || !open_window(u, &g)) {
    cleanup(u);
    return NULL;
  }
  view_monitor_can_browse(u->monitor, u->requester && u->map);
  ui_choice_show(u, SLOT_HARSHNESS);
  ui_choice_show(u, SLOT_CLASSIFIER);
  ui_atoms_get(u);
  *widget = (LV2UI_Widget)(uintptr_t)view_window_id(u->window);
  return u;
}

static int
resize(LV2UI_Feature_Handle handle, int w, int h)
{
  ui *u = handle;
  view_window_resize(u->window, w, h);
  return 0;
}

static const void *
extension_data(const char *uri)
{
  static const LV2UI_Idle_Interface idler = {idle};
  static const LV2UI_Resize resizer = {NULL, resize};
  if (!strcmp(uri, LV2_UI__idleInterface)) {
    return &idler;
  }
  return strcmp(uri, LV2_UI__resize) ? NULL : &resizer;
}

LV2_SYMBOL_EXPORT
const LV2UI_Descriptor *
lv2ui_descriptor(uint32_t index)
{
  static const LV2UI_Descriptor descriptor = {EARSHOT_UI, instantiate, cleanup,
                                              port_event, extension_data};
  return index ? NULL : &descriptor;
}
