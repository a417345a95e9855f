/* SPDX-License-Identifier: ISC */
/* What is now, to every address again and again, so that a packet lost costs nothing;
   what happens once, to addresses of its own.  docs/user-guide.md lists them. */
#include "live_output.h"
#include "osc_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char name[OSC_PART]; /* part of the address, unlike that of any other model */
  char label[EAR_MAX_LABELS][OSC_PART];
  bool flag; /* as last sent */
} osc_model;

typedef struct {
  live_output o;
  osc_out *out;
  double heartbeat_s, next_s;
  double level_t_s; /* time of the verdict whose level was sent last */
  bool running;     /* as last sent */
  osc_model model[EAR_MAX_MODELS];
} live_osc;

static void
number(char part[OSC_PART], uint32_t n)
{
  const size_t at = strnlen(part, OSC_PART - 12);
  (void)snprintf(part + at, OSC_PART - at, "_%u", n);
}

/* The names of models and labels, those that read the same told apart by a number. */
static void
name_parts(live_osc *l, const live_status *s)
{
  const model_set *models = s->report->models;
  for (uint32_t m = 0; m < models->n; m++) {
    osc_model *model = &l->model[m];
    const ear_model_info *info = ear_model_info_get(models->model[m]);
    osc_part(model->name, models->name[m]);
    for (uint32_t other = 0; other < m; other++) {
      if (strcmp(l->model[other].name, model->name) == 0) {
        number(model->name, m + 1);
      }
    }
    for (uint32_t i = 0; i < info->n_labels; i++) {
      osc_part(model->label[i], info->label[i]);
      for (uint32_t other = 0; other < i; other++) {
        if (strcmp(model->label[other], model->label[i]) == 0) {
          number(model->label[i], i + 1);
        }
      }
    }
  }
}

static void
send_flag(live_osc *l, uint32_t m)
{
  osc_out_send(l->out, l->model[m].name, "flag", "i", l->model[m].flag ? 1 : 0);
}

static void
send_state(live_osc *l, const live_status *s)
{
  l->running = s->running;
  osc_out_send(l->out, "", "input", "is", s->running ? 1 : 0, s->input->name);
  osc_out_send(l->out, "", "dropouts", "iii", (int)s->xruns, (int)s->stats.overruns,
               (int)s->n_reconnects);
  for (uint32_t m = 0; m < s->report->models->n; m++) {
    send_flag(l, m);
  }
}

/* What is on goes off, so that no lamp stays lit. */
static void
all_off(live_osc *l)
{
  for (uint32_t m = 0; m < EAR_MAX_MODELS; m++) {
    if (l->model[m].flag) {
      l->model[m].flag = false;
      send_flag(l, m);
      osc_out_send(l->out, l->model[m].name, "off", "");
    }
  }
}

static void
start(live_output *o, const live_status *s)
{
  live_osc *l = (live_osc *)o;
  all_off(l);
  memset(l->model, 0, sizeof l->model);
  name_parts(l, s);
  l->level_t_s = -1;
  l->next_s = s->clock_s + l->heartbeat_s;
  osc_out_send(l->out, "", "start", "sfi", ear_version(), s->report->rate_hz,
               (int)s->report->n_channels);
  send_state(l, s);
}

static void
send_likelihoods(live_osc *l, const ear_verdict *v)
{
  char folder[OSC_PART + 4];
  (void)snprintf(folder, sizeof folder, "%s/p", l->model[v->model].name);
  for (uint32_t i = 0; i < v->n_labels; i++) {
    osc_out_send(l->out, folder, l->model[v->model].label[i], "fff",
                 (double)v->p[EAR_MOMENTARY][i], (double)v->p[EAR_SHORT][i],
                 (double)v->p[EAR_INTEGRATED][i]);
  }
}

static void
verdict(live_output *o, const live_status *s, const ear_verdict *v)
{
  live_osc *l = (live_osc *)o;
  osc_model *model = &l->model[v->model];
  const ear_model_info *info = ear_model_info_get(s->report->models->model[v->model]);
  const ear_horizon h = s->report->models->flag[v->model].event_horizon;
  const char *label = info->label[v->label[h]];
  const bool known = range_known(v->low_hz[h], v->high_hz[h]);
  send_likelihoods(l, v);
  osc_out_send(l->out, model->name, "class", "sf", label, (double)v->p[h][v->label[h]]);
  if (info->unsure > 0) {
    osc_out_send(l->out, model->name, "unsure", "iii", v->unsure[EAR_MOMENTARY],
                 v->unsure[EAR_SHORT], v->unsure[EAR_INTEGRATED]);
  }
  osc_out_send(l->out, model->name, "range", "ff", known ? (double)v->low_hz[h] : 0,
               known ? (double)v->high_hz[h] : 0);
  if (v->flag[h] != model->flag) {
    model->flag = v->flag[h];
    send_flag(l, v->model);
    if (model->flag) {
      osc_out_send(l->out, model->name, "on", "s", label);
    } else {
      osc_out_send(l->out, model->name, "off", "");
    }
  }
  if (v->t_s != l->level_t_s) { /* once a tick, not once a model */
    l->level_t_s = v->t_s;
    osc_out_send(l->out, "", "level", "f", (double)v->level_dbfs);
  }
}

static void
event(live_output *o, const live_status *s, const ear_event *e)
{
  live_osc *l = (live_osc *)o;
  if (e->rejected) {
    return;
  }
  const bool known = range_known(e->low_hz, e->high_hz);
  osc_out_send(l->out, l->model[e->model].name, "event", "sfffff",
               event_label(s->report, e), e->start_s, e->end_s, (double)e->peak_p,
               known ? (double)e->low_hz : 0, known ? (double)e->high_hz : 0);
}

static void
update(live_output *o, const live_status *s)
{
  live_osc *l = (live_osc *)o;
  for (uint32_t c = 0; c < s->n_peaks; c++) {
    char channel[16];
    (void)snprintf(channel, sizeof channel, "%u", c + 1);
    osc_out_send(l->out, "peak", channel, "f",
                 fmax(20 * log10((double)s->peak[c]), -200));
  }
  const bool due = l->heartbeat_s > 0 && s->clock_s >= l->next_s;
  if (due || s->running != l->running) {
    l->next_s = s->clock_s + l->heartbeat_s;
    send_state(l, s);
  }
}

static void
summary(live_output *o, const live_status *s)
{
  live_osc *l = (live_osc *)o;
  const report *r = s->report;
  for (uint32_t m = 0; m < r->models->n; m++) {
    const model_tally *t = &r->tally[m];
    const ear_model_info *info = ear_model_info_get(r->models->model[m]);
    const uint32_t i = t->last.label[EAR_INTEGRATED];
    if (t->n_ticks > 0) {
      osc_out_send(l->out, l->model[m].name, "summary", "sffif", info->label[i],
                   (double)t->last.p[EAR_INTEGRATED][i],
                   (double)t->n_flagged / (double)t->n_ticks, (int)t->n_events,
                   r->analysed_s);
    }
  }
}

static void
message(live_output *o, const live_status *s, const char *text)
{
  live_osc *l = (live_osc *)o;
  (void)s;
  osc_out_send(l->out, "", "message", "s", text);
}

static void
end(live_output *o)
{
  live_osc *l = (live_osc *)o;
  all_off(l);
  osc_out_send(l->out, "", "end", "");
  osc_out_close(l->out);
  free(l);
}

live_output *
live_osc_new(const char *url, const live_output_options *options, ear_error *err)
{
  live_osc *l = calloc(1, sizeof *l);
  osc_out *out = l ? osc_out_open(url, err) : NULL;
  if (!out) {
    if (!l) {
      (void)fail(err, "there is not enough memory to send OSC");
    }
    free(l);
    return NULL;
  }
  l->out = out;
  l->heartbeat_s = options->heartbeat_s;
  l->o = (live_output){.begin = start,
                       .changed = start,
                       .verdict = verdict,
                       .event = event,
                       .update = update,
                       .summary = summary,
                       .message = message,
                       .end = end};
  return &l->o;
}
