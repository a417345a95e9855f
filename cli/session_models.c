/* SPDX-License-Identifier: ISC */
/* A model is replaced in three steps: its file is opened and checked here while the old
   one runs, the audio thread hands it to the analysis between two samples, and with the
   first report from beyond that sample its name and labels are used. */
#include "session_parts.h"

#include <stdlib.h>
#include <string.h>

static void
forget(new_model *n)
{
  ear_model_unref(n->model);
  free(n->name);
  *n = (new_model){0};
}

static void
adopt(session *s, uint32_t m)
{
  model_set *models = &s->config->models;
  new_model *n = &s->reloaded[m];
  ear_model_unref(models->model[m]);
  free(models->name[m]);
  models->model[m] = n->model;
  models->name[m] = n->name;
  models->flag[m] = n->flag;
  *n = (new_model){0};
  s->r.tally[m] = (model_tally){0};
  session_changed(s);
  session_say(s, false, "the model %s was read anew from %s", models->name[m],
              s->options->models.model[m]);
}

void
session_adopt(session *s, const ear_report *heard)
{
  const uint32_t m =
      heard->kind == EAR_REPORT_VERDICT ? heard->u.verdict.model : heard->u.event.model;
  uint64_t at = 0;
  if (s->reloaded[m].model && sink_swapped(s->to, m, &at) &&
      heard->at_s > (double)at / s->live_rate_hz) {
    adopt(s, m);
  }
}

void
session_adopt_all(session *s)
{
  for (uint32_t m = 0; m < s->config->models.n; m++) {
    if (s->reloaded[m].model) {
      adopt(s, m);
    }
  }
}

static bool
hand_over(session *s, uint32_t m, ear_error *err)
{
  new_model *n = &s->reloaded[m];
  if (!s->live) {
    adopt(s, m);
    return true;
  }
  ear_live_part *part = NULL;
  if (ear_live_part_new(&part, s->live, m, n->model, err) != EAR_OK) {
    forget(n);
    return false;
  }
  sink_swap(s->to, m, part, &n->flag);
  return true;
}

/* Is it the file that runs already? */
static bool
is_the_same(const session *s, uint32_t m, const ear_model *model)
{
  const ear_model *now = s->config->models.model[m];
  return strcmp(ear_model_info_get(now)->sha256, ear_model_info_get(model)->sha256) == 0;
}

static void
reload(session *s, uint32_t m)
{
  const char *path = s->options->models.model[m];
  ear_error err = {""};
  new_model n = {0};
  bool ok = model_options_reopen(&s->options->models, m, &n.model, &n.flag, &err);
  if (ok && is_the_same(s, m, n.model)) {
    session_say(s, false, "the model %s has not changed", path);
    forget(&n);
    return;
  }
  n.name = ok ? model_set_name(&s->config->models, m, n.model) : NULL;
  if (ok && !n.name) {
    ok = fail(&err, "there is not enough memory for the model %s", path);
    forget(&n);
  }
  if (ok) {
    s->reloaded[m] = n;
    ok = hand_over(s, m, &err);
  }
  if (!ok) {
    session_say(s, true, "%s: the model in use stays: %s", path, err.text);
  }
}

bool
session_reload_models(session *s)
{
  for (uint32_t m = 0; m < EAR_MAX_MODELS; m++) {
    if (s->reloaded[m].model) {
      return false;
    }
  }
  for (uint32_t m = 0; m < s->options->models.n_models; m++) {
    reload(s, m);
  }
  if (s->options->models.n_models == 0) {
    session_say(s, false, "there is no model file to read anew: the models are built in");
  }
  return true;
}
