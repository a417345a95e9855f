/* SPDX-License-Identifier: ISC */
/* The live view in a window: it gets what the panel gets, and the columns of the
   spectrogram; what its user asks for waits here until the session fetches it. */
#include "live_output.h"

#include "../view/xwindow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  live_output o;
  view_window *window;
  view_monitor *monitor;
  bool closed;        /* by its user or the server */
  uint32_t flags;     /* the model that can flag; EAR_MAX_MODELS: none can */
  uint32_t label;     /* which of its labels */
  uint32_t classes;   /* the model whose classes are shown; EAR_MAX_MODELS: none */
  view_column column; /* its tint is of the newest tick */
  float second_p;     /* largest since the last second of history */
  bool second_flag;
  double next_second_s;
  char trouble[512];
  live_wish wish;
  bool reset;             /* is wished, too */
  const live_status *now; /* while the window is pumped */
} live_window;

/* Which model flags, and which tells classes. */
static void
find_models(live_window *w, const report *r)
{
  w->flags = w->classes = EAR_MAX_MODELS;
  for (uint32_t m = 0; m < r->models->n; m++) {
    const ear_model_info *info = ear_model_info_get(r->models->model[m]);
    bool any = false;
    for (uint32_t l = 0; l < info->n_labels && w->flags == EAR_MAX_MODELS; l++) {
      if (can_flag(r->models, m, l)) {
        w->flags = m;
        w->label = l;
        any = true;
      }
    }
    if (!any && w->classes == EAR_MAX_MODELS && w->flags != m) {
      w->classes = m;
    }
  }
}

/* What its columns are: those of the model that is watched. */
static void
show_spectrum(live_window *w, const report *r)
{
  const uint32_t watched = live_watched(r->models);
  const ear_model_info *info = ear_model_info_get(r->models->model[watched]);
  const ear_front_end *fe = &info->front_end;
  const double column_s = ear_column_s(fe);
  view_spectrum s = {.n_bands = column_s > 0 ? fe->n_bands : 0,
                     .low_hz = fe->low_hz,
                     .high_hz = fe->high_hz,
                     .scale = fe->scale,
                     .column_s = (float)column_s,
                     .n_rows = watched == w->flags ? info->n_rows : 0};
  memcpy(s.row_low_hz, info->row_low_hz, sizeof s.row_low_hz);
  memcpy(s.row_high_hz, info->row_high_hz, sizeof s.row_high_hz);
  view_monitor_set_spectrum(w->monitor, &s);
}

static void
show_model(live_window *w, const live_status *s, uint32_t slot, uint32_t m)
{
  const model_set *models = s->report->models;
  view_model shown = {.health = VIEW_FINE};
  if (m < models->n) {
    (void)snprintf(shown.name, sizeof shown.name, "%s", models->name[m]);
    (void)snprintf(shown.sentence, sizeof shown.sentence, "%s, %g kHz", s->input->name,
                   s->input->rate_hz / 1000);
  } else {
    (void)snprintf(shown.name, sizeof shown.name, "none");
    (void)snprintf(shown.sentence, sizeof shown.sentence,
                   slot ? "no model here tells classes" : "no model here flags anything");
  }
  view_monitor_model(w->monitor, slot, &shown);
}

static void
show_settings(live_window *w, const live_status *s)
{
  if (w->flags < EAR_MAX_MODELS) {
    const model_set *models = s->report->models;
    const ear_flag_config *flag = &models->flag[w->flags];
    const float own =
        ear_flag_config_default(models->model[w->flags]).threshold[w->label];
    const float p = flag->threshold[w->label];
    view_monitor_settings(w->monitor, p, !(p < own || p > own), flag->event_horizon);
  }
}

static void
changed(live_output *o, const live_status *s)
{
  live_window *w = (live_window *)o;
  const model_set *models = s->report->models;
  find_models(w, s->report);
  show_spectrum(w, s->report);
  show_model(w, s, 0, w->flags);
  show_model(w, s, 1, w->classes);
  show_settings(w, s);
  if (w->classes < EAR_MAX_MODELS) {
    const ear_model_info *info = ear_model_info_get(models->model[w->classes]);
    view_monitor_labels(w->monitor, info->n_labels, info->label);
  } else {
    view_monitor_labels(w->monitor, 0, NULL);
  }
}

static void
verdict(live_output *o, const live_status *s, const ear_verdict *v)
{
  live_window *w = (live_window *)o;
  if (v->model == w->classes) {
    view_monitor_classes(w->monitor, v->p[EAR_INTEGRATED], v->p[EAR_SHORT],
                         v->unsure[EAR_INTEGRATED]);
  }
  if (v->model != w->flags) {
    return;
  }
  const ear_flag_config *flag = &s->report->models->flag[w->flags];
  const ear_horizon h = flag->event_horizon;
  const float threshold = flag->threshold[w->label];
  view_verdict shown = {.flag = v->flag[h],
                        .low_hz = v->low_hz[h],
                        .high_hz = v->high_hz[h],
                        .silent = v->gated};
  for (int k = 0; k < EAR_N_HORIZONS; k++) {
    shown.p[k] = v->p[k][w->label];
  }
  view_monitor_verdict(w->monitor, &shown, s->clock_s);
  view_monitor_tint(&w->column, v->n_rows, v->momentary,
                    (double)v->p[EAR_MOMENTARY][w->label], (double)threshold);
  w->second_p = fmaxf(w->second_p, v->gated ? 0 : shown.p[EAR_SHORT]);
  w->second_flag = w->second_flag || shown.flag;
}

static void
column(live_output *o, const live_status *s, const ear_column *c)
{
  live_window *w = (live_window *)o;
  (void)s;
  memcpy(w->column.level, c->level, sizeof w->column.level);
  view_monitor_column(w->monitor, &w->column);
}

/* ---- what its user asks for ---- */

static void
wish_flags(live_window *w, const view_action *action)
{
  if (w->flags == EAR_MAX_MODELS) {
    return;
  }
  const model_set *models = w->now->report->models;
  ear_flag_config flag = models->flag[w->flags];
  if (action->deed == VIEW_DO_HORIZON) {
    flag.event_horizon = (ear_horizon)action->index;
  } else if (action->value < 0) {
    flag.threshold[w->label] =
        ear_flag_config_default(models->model[w->flags]).threshold[w->label];
  } else {
    flag.threshold[w->label] = (float)action->value;
  }
  w->wish =
      (live_wish){LIVE_WISH_FLAGS, .model = w->flags, .flag = flag, .more = action->more};
}

static void
act(void *user, const view_action *action)
{
  live_window *w = user;
  switch (action->deed) {
  case VIEW_DO_THRESHOLD:
  case VIEW_DO_HORIZON:
    wish_flags(w, action);
    break;
  case VIEW_DO_RESET:
    view_monitor_reset(w->monitor);
    w->reset = true;
    break;
  case VIEW_DO_STEP:
  case VIEW_DO_LIST:
  case VIEW_DO_CHOOSE:
  case VIEW_DO_BROWSE:
    view_monitor_notice(w->monitor, "end this and choose models with --model NAME|FILE");
    break;
  case VIEW_DO_NOTHING:
  case VIEW_DO_FREEZE:
  case VIEW_DO_MODE:
    break;
  }
}

static bool
wish(live_output *o, live_wish *out)
{
  live_window *w = (live_window *)o;
  if (w->reset) {
    *out = (live_wish){.kind = LIVE_WISH_RESET};
    w->reset = false;
    return true;
  }
  *out = w->wish;
  w->wish = (live_wish){.kind = LIVE_WISH_NONE};
  return out->kind != LIVE_WISH_NONE;
}

static void
update(live_output *o, const live_status *s)
{
  live_window *w = (live_window *)o;
  if (w->closed) {
    return;
  }
  w->now = s;
  if (s->clock_s >= w->next_second_s) {
    view_monitor_second(w->monitor, w->second_p, w->second_flag);
    w->second_p = 0;
    w->second_flag = false;
    w->next_second_s = floor(s->clock_s) + 1;
  }
  if (s->running && w->trouble[0]) {
    w->trouble[0] = '\0';
    view_monitor_notice(w->monitor, NULL);
  }
  view_monitor_dropped(w->monitor, s->stats.overruns + s->xruns);
  show_settings(w, s);
  view_monitor_tick(w->monitor, s->clock_s);
  if (!view_window_pump(w->window, w->monitor, s->clock_s, act, w)) {
    w->closed = true;
    w->wish = (live_wish){.kind = LIVE_WISH_END};
    return;
  }
  view_window_show(w->window, w->monitor);
}

/* While the input is away the sentence stays. */
static void
message(live_output *o, const live_status *s, const char *text)
{
  live_window *w = (live_window *)o;
  if (!s->running) {
    (void)snprintf(w->trouble, sizeof w->trouble, "%s", text);
    view_monitor_notice(w->monitor, w->trouble);
  }
}

static void
end(live_output *o)
{
  live_window *w = (live_window *)o;
  view_window_close(w->window);
  view_monitor_free(w->monitor);
  free(w);
}

live_output *
live_window_new(ear_error *err)
{
  const char *problem = "there is not enough memory";
  live_window *w = calloc(1, sizeof *w);
  if (w) {
    w->monitor = view_monitor_new(VIEW_DARK);
    w->window =
        w->monitor ? view_window_open(&(view_window_config){.title = "Earshot"}, &problem)
                   : NULL;
  }
  if (!w || !w->window) {
    (void)fail(err, "--window: %s", problem);
    if (w) {
      end(&w->o);
    }
    return NULL;
  }
  w->o = (live_output){.begin = changed,
                       .changed = changed,
                       .verdict = verdict,
                       .column = column,
                       .update = update,
                       .message = message,
                       .wish = wish,
                       .end = end};
  return &w->o;
}
