/* SPDX-License-Identifier: ISC */
/* Steps through models are shown at once and sent when they stop: the wheel may pass over
   many.  Until the plugin answers, its sentence is that of the model before. */
#include "ui.h"

#include <stdio.h>
#include <string.h>

static const double settle_s = 0.15;

static slot_status
status(const ui *u, uint32_t which)
{
  const float value =
      u->port[which == SLOT_HARSHNESS ? PORT_HARSHNESS_STATUS : PORT_CLASSIFIER_STATUS];
  return value >= 0 && value <= SLOT_NOT_READY
             ? (slot_status)(value + 0.5f) // NOLINT: >= 0
             : SLOT_NOT_READY;
}

/* What is asked for, or, while it is stepped through, what will be. */
static const char *
wanted(const ui *u, uint32_t which)
{
  const int p = u->pending[which];
  return p >= 0 ? u->found[which].path[p] : u->path[which];
}

static void
name_of(const ui *u, char *name, size_t size, uint32_t which, const char *path)
{
  if (*path) {
    ui_models_name(name, size, path);
  } else {
    const char *own = which == SLOT_HARSHNESS ? "harshness" : "genre";
    const bool runs = status(u, which) == SLOT_BUILT_IN && *u->model[which];
    snprintf(name, size, "%.63s (built in)", runs ? u->model[which] : own);
  }
}

void
ui_choice_show(ui *u, uint32_t which)
{
  view_model model;
  memset(&model, 0, sizeof model); /* compared as bytes */
  const slot_status st = status(u, which);
  model.health = st == SLOT_LOADING || u->pending[which] >= 0 ? VIEW_LOADING
                 : st >= SLOT_MISSING                         ? VIEW_TROUBLE
                                                              : VIEW_FINE;
  name_of(u, model.name, sizeof model.name, which, wanted(u, which));
  snprintf(model.sentence, sizeof model.sentence, "%s", u->sentence[which]);
  view_monitor_model(u->monitor, which, &model);
}

static void
look_again(ui *u, uint32_t which)
{
  ui_models_clear(&u->found[which]);
  ui_models_find(&u->found[which], which, u->path[which]);
}

static void
step(ui *u, uint32_t which, int by)
{
  if (u->pending[which] < 0) {
    look_again(u, which);
  }
  const int n = (int)u->found[which].n;
  int at = ui_models_place(&u->found[which], wanted(u, which));
  if (n < 1) {
    return;
  }
  at = at < 0 ? 0 : (at + by + n) % n;
  u->pending[which] = at;
  u->pending_s = ui_now_s() + settle_s;
  view_monitor_notice(u->monitor, n > 1 ? NULL
                                        : "There is no other model: put some into the "
                                          "folder ~/.local/share/earshot/models.");
  ui_choice_show(u, which);
}

static void
list(ui *u, uint32_t which)
{
  char name[UI_MODELS][96];
  const char *names[UI_MODELS];
  look_again(u, which);
  u->pending[which] = -1;
  for (uint32_t i = 0; i < u->found[which].n; ++i) {
    name_of(u, name[i], sizeof name[i], which, u->found[which].path[i]);
    names[i] = name[i];
  }
  view_monitor_list(u->monitor, which, u->found[which].n, names,
                    ui_models_place(&u->found[which], u->path[which]));
}

static void
browse(ui *u, uint32_t which)
{
  const LV2UI_Request_Value_Status st =
      u->requester ? u->requester->request(u->requester->handle, u->uris.model[which],
                                           u->uris.atom_Path, NULL)
                   : LV2UI_REQUEST_VALUE_ERR_UNSUPPORTED;
  const bool fine = st == LV2UI_REQUEST_VALUE_SUCCESS || st == LV2UI_REQUEST_VALUE_BUSY;
  view_monitor_notice(
      u->monitor, fine ? NULL
                       : "This host has no file dialog for plugins: put the model into "
                         "the folder ~/.local/share/earshot/models.");
}

void
ui_choice_act(ui *u, const view_action *a)
{
  if (a->slot >= N_SLOTS || !u->map) {
    return;
  }
  switch (a->deed) {
  case VIEW_DO_STEP:
    step(u, a->slot, a->index);
    break;
  case VIEW_DO_LIST:
    list(u, a->slot);
    break;
  case VIEW_DO_CHOOSE:
    if (a->index >= 0 && a->index < (int)u->found[a->slot].n) {
      u->pending[a->slot] = a->index;
      u->pending_s = 0;
    }
    break;
  case VIEW_DO_BROWSE:
    browse(u, a->slot);
    break;
  default:
    break;
  }
}

void
ui_choice_tick(ui *u, double now_s)
{
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    if (u->pending[s] >= 0 && now_s >= u->pending_s) {
      const char *path = u->found[s].path[u->pending[s]];
      ui_atoms_set_model(u, s, path);
      snprintf(u->path[s], sizeof u->path[s], "%s", path);
      u->pending[s] = -1;
      ui_choice_show(u, s);
    }
  }
}
