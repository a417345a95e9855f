/* SPDX-License-Identifier: ISC */
/* The plugin's window: what ports and messages say, put into the live view; what is done
   there, sent back.  All of it runs in the host's UI thread.

     ui.c          the instance, its pace, settings
     ui_atoms.c    messages in and out
     ui_choice.c   models: names, list, steps
     ui_models.c   which files there are */
#ifndef PLUGIN_UI_H
#define PLUGIN_UI_H

#include "../view/xwindow.h"
#include "ports.h"
#include "ui_models.h"
#include "uris.h"
#include "wire.h"

#include <lv2/atom/atom.h>
#include <lv2/ui/ui.h>

typedef struct {
  LV2UI_Write_Function write;
  LV2UI_Controller controller;
  LV2_URID_Map *map;              /* NULL: ports alone */
  LV2UI_Request_Value *requester; /* NULL: this host has no file dialog for us */
  const LV2UI_Touch *touch;       /* may be NULL */
  plugin_uris uris;
  LV2_URID event_transfer;
  uint32_t n_channels;

  view_window *window;
  view_monitor *monitor;
  double shown_s, beat_s; /* of the last picture, the last sign of life */
  double release_reset_s; /* when the trigger goes back; 0: it is */
  bool touching;          /* the threshold is being dragged */

  float port[N_PORTS];
  bool heard, gated;
  float own_threshold;
  uint32_t n_seconds; /* of history, shown */
  bool has_history;
  view_column column; /* its tint is that of the newest tick */
  uint32_t n_labels, n_bands;

  char model[N_SLOTS][64];            /* name of what runs */
  char path[N_SLOTS][SLOT_PATH_SIZE]; /* asked for */
  char sentence[N_SLOTS][512];
  ui_models found[N_SLOTS];
  int pending[N_SLOTS]; /* place in `found` that is stepped to; -1: none */
  double pending_s;     /* when it is sent */
} ui;

double ui_now_s(void);

/* ui.c: a control port, by its role. */
void ui_set(ui *u, port_role role, float value);
void ui_settings_changed(ui *u);

/* ui_atoms.c */
void ui_atoms_read(ui *u, const LV2_Atom *atom, uint32_t size);
void ui_atoms_watch(ui *u, wire_watching watching);
void ui_atoms_get(ui *u);
void ui_atoms_set_model(ui *u, uint32_t which, const char *path);

/* ui_choice.c */
void ui_choice_act(ui *u, const view_action *action);
void ui_choice_tick(ui *u, double now_s);
void ui_choice_show(ui *u, uint32_t which); /* name and sentence, as things are */

#endif
