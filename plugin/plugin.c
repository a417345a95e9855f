/* SPDX-License-Identifier: ISC */
/* Whatever the host lacks, and whatever fails here, audio passes: an instance without
   analysis, worker or URID map is a lesser one, not an error. */
#include "plugin.h"
#include "shelf.h"
#include "state.h"
#include "work.h"

#include <lv2/urid/urid.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const builtin[N_SLOTS] = {"harshness", "genre"};

/* One second of audio may wait for the analysis, within bounds: a freewheeling slice must
   fit even at low rates, and memory stays small at high ones. */
static const double tape_s = 1, min_tape = 32768, max_tape = 131072;

static void
read_features(plugin *pl, const LV2_Feature *const *features)
{
  for (; features && *features; ++features) {
    if (!strcmp((*features)->URI, LV2_URID__map)) {
      pl->map = (*features)->data;
    } else if (!strcmp((*features)->URI, LV2_LOG__log)) {
      pl->log = (*features)->data;
    } else if (!strcmp((*features)->URI, LV2_WORKER__schedule)) {
      pl->schedule = (*features)->data;
    } else if (!strcmp((*features)->URI, INLINE_DISPLAY_QUEUE_DRAW)) {
      pl->display = (*features)->data;
    }
  }
  if (pl->map) {
    plugin_uris_map(&pl->uris, pl->map);
  }
}

/* Fills slot[] and live as far as it can. */
static ear_status
start(plugin *pl, ear_error *err)
{
  const double ring_s =
      fmin(fmax(tape_s, min_tape / pl->rate_hz), max_tape / pl->rate_hz);
  ear_analyzer_config config = {.rate_hz = pl->rate_hz, .n_models = N_SLOTS};
  ear_status st = EAR_OK;
  for (uint32_t s = 0; s < N_SLOTS && !st; ++s) {
    st = shelf_builtin(&config.model[s], builtin[s], err);
    if (!st) {
      config.flag[s] = ear_flag_config_default(config.model[s]);
      pl->slot[s] = slot_new(s, config.model[s]);
      st = pl->slot[s] ? EAR_OK : EAR_NO_MEMORY;
    }
  }
  if (!st) {
    st = ear_live_new(&pl->live, &config, ring_s, err);
  }
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    if (pl->slot[s]) {
      slot_set_live(pl->slot[s], pl->live);
    }
    shelf_release(config.model[s]);
  }
  return st;
}

static void
complain(const plugin *pl, const ear_error *err)
{
  if (pl->log && pl->map) {
    const LV2_URID type = pl->map->map(pl->map->handle, LV2_LOG__Warning);
    pl->log->printf(pl->log->handle, type,
                    "Earshot passes audio but does not analyse it. %s\n", err->text);
  }
}

static LV2_Handle
instantiate(const LV2_Descriptor *descriptor, double rate_hz, const char *bundle_path,
            const LV2_Feature *const *features)
{
  (void)bundle_path;
  plugin *pl = calloc(1, sizeof *pl);
  if (!pl) {
    return NULL;
  }
  pl->n_channels = strcmp(descriptor->URI, EARSHOT_MONO) ? 2 : 1;
  pl->rate_hz = rate_hz;
  pl->told_class = EAR_MAX_LABELS;
  pl->set_hold = 500; /* as ear_flag_config_default */
  pl->set_horizon = EAR_SHORT;
  pl->was_enabled = true;
  read_features(pl, features);
  ear_error err = {"Not enough memory: close other programs."};
  if (start(pl, &err)) {
    complain(pl, &err);
  }
  return pl;
}

/* [audio] */
static EAR_RT void
connect_port(LV2_Handle instance, uint32_t index, void *data)
{
  plugin *pl = instance;
  const port_role role = index < N_PORTS ? port_of(index, pl->n_channels) : N_PORTS;
  if (role < N_PORTS) {
    pl->port[role] = data;
  }
}

static void
activate(LV2_Handle instance)
{
  plugin *pl = instance;
  if (!pl->live) {
    return;
  }
  const ear_live_stats stats = ear_live_stats_get(pl->live);
  pl->overruns_before = stats.overruns;
  pl->reset_due |= stats.samples_in > 0;
  if (pl->was_freewheeling) {
    ear_live_resume(pl->live);
    pl->was_freewheeling = false;
  }
}

/* The analysis goes on with what it has and then waits: nothing needs to stop. */
static void
deactivate(LV2_Handle instance)
{
  (void)instance;
}

/* Slots first: what they hold was made for live. */
static void
cleanup(LV2_Handle instance)
{
  plugin *pl = instance;
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    if (pl->slot[s]) {
      slot_give_back(pl->slot[s], pl->next[s]);
      slot_give_back(pl->slot[s], pl->result[s]);
      slot_free(pl->slot[s]);
    }
  }
  ear_live_free(pl->live);
  strip_free(&pl->strip);
  free(pl);
}

static const void *
extension_data(const char *uri)
{
  if (!strcmp(uri, LV2_STATE__interface)) {
    return &state_interface;
  }
  if (!strcmp(uri, INLINE_DISPLAY_INTERFACE)) {
    return &mixer_interface;
  }
  return strcmp(uri, LV2_WORKER__interface) ? NULL : &work_interface;
}

static const LV2_Descriptor descriptors[] = {
    {EARSHOT_MONO, instantiate, connect_port, activate, plugin_run, deactivate, cleanup,
     extension_data},
    {EARSHOT_STEREO, instantiate, connect_port, activate, plugin_run, deactivate, cleanup,
     extension_data},
};

LV2_SYMBOL_EXPORT
const LV2_Descriptor *
lv2_descriptor(uint32_t index)
{
  return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}
