/* SPDX-License-Identifier: ISC */
/* One instance of the plugin, and who owns what of it. */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include "earshot.h"
#include "ports.h"
#include "slot.h"
#include "uris.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/worker/worker.h>

typedef struct {
  /* fixed after instantiate */
  uint32_t n_channels; /* 1 or 2 */
  double rate_hz;
  ear_live *live; /* NULL: audio passes, nothing is analysed */
  slot *slot[N_SLOTS];
  LV2_URID_Map *map;             /* NULL: the atom ports are never touched */
  LV2_Log_Log *log;              /* may be NULL */
  LV2_Worker_Schedule *schedule; /* NULL: models come by restore alone */
  plugin_uris uris;

  /* the audio thread's */
  void *port[N_PORTS];
  slot_result *result[N_SLOTS]; /* what runs; NULL until the first was taken */
  float set_threshold, set_hold, set_horizon; /* last sent to the analysis */
  bool was_reset, was_enabled, was_freewheeling;
  bool flags_due[N_SLOTS];      /* a change that the command ring had no room for */
  ear_verdict verdict[N_SLOTS]; /* newest of each slot, n_labels 0 until there is one */
  double at_s[N_SLOTS];         /* of each, on the clock of samples pushed */
} plugin;

/* plugin.c: lv2_descriptor.  run.c: */
void plugin_run(LV2_Handle instance, uint32_t n_samples) EAR_RT; /* [audio] */

#endif
