/* SPDX-License-Identifier: ISC */
/* One instance of the plugin, and who owns what of it. */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include "earshot.h"
#include "mixer.h"
#include "picture.h"
#include "ports.h"
#include "slot.h"
#include "uris.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/worker/worker.h>

/* The newest patch:Set of a slot's model. */
typedef struct {
  uint32_t request; /* its number; 0: there was none */
  bool due;         /* not yet with the host's worker */
  char path[SLOT_PATH_SIZE];
} plugin_ask;

typedef struct plugin {
  /* fixed after instantiate */
  uint32_t n_channels; /* 1 or 2 */
  double rate_hz;
  ear_live *live;                /* NULL: audio passes, nothing is analysed */
  slot *slot[N_SLOTS];           /* NULL when memory was short; then live is too */
  LV2_URID_Map *map;             /* NULL: the atom ports are never touched */
  LV2_Log_Log *log;              /* may be NULL */
  LV2_Worker_Schedule *schedule; /* NULL: models come by restore alone */
  const inline_display *display; /* NULL: the host has no inline display */
  plugin_uris uris;

  /* the audio thread's */
  void *port[N_PORTS];
  slot_result *result[N_SLOTS]; /* what runs; NULL until the first was taken */
  slot_result *next[N_SLOTS];   /* taken, but live had no room for the swap yet */
  plugin_ask ask[N_SLOTS];
  bool tidy_due[N_SLOTS];      /* something was given back that the worker should free */
  const char *notice[N_SLOTS]; /* why a patch:Set came to nothing; NULL: it did not */
  uint32_t messages_due;       /* what to tell, one bit each (messages.c) */
  uint32_t told_class;         /* label last told, EAR_MAX_LABELS: none */
  float set_threshold, set_hold, set_horizon; /* last sent to the analysis */
  bool flags_due, reset_due;                  /* the command ring had no room for it */
  bool was_reset, was_enabled, was_freewheeling;
  ear_verdict verdict[N_SLOTS]; /* newest of each slot, n_labels 0 until there is one */
  double at_s[N_SLOTS];         /* of each, on the clock of samples pushed */
  double since_s[N_SLOTS];  /* same clock: verdicts up to here are of an old model, or of
                               before a reset */
  uint32_t overruns_before; /* activation */
  float harsh[EAR_N_HORIZONS]; /* %, as the ports say: of the labels that may flag */
  picture picture;
  strip strip;
} plugin;

/* Drop the verdicts on all that was pushed so far.  [audio] */
void plugin_forget(plugin *pl, uint32_t which) EAR_RT;

/* plugin.c: lv2_descriptor.  run.c: */
void plugin_run(LV2_Handle instance, uint32_t n_samples) EAR_RT; /* [audio] */

#endif
