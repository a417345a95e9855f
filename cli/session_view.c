/* SPDX-License-Identifier: ISC */
/* For outputs that draw: the columns of one model, and what their users ask for, which
   reaches the analysis between two blocks as all commands do. */
#include "session_parts.h"

uint32_t
live_watched(const model_set *models)
{
  for (uint32_t m = 0; m < models->n; m++) {
    const ear_model_info *info = ear_model_info_get(models->model[m]);
    for (uint32_t l = 0; l < info->n_labels; l++) {
      if (can_flag(models, m, l)) {
        return m;
      }
    }
  }
  return 0;
}

void
session_watch(session *s)
{
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    if (s->config->output[i]->column) {
      ear_live_watch(s->live, live_watched(&s->config->models));
    }
  }
}

void
session_take_columns(session *s)
{
  ear_column c;
  while (s->live && ear_live_pop_column(s->live, &c)) {
    for (uint32_t i = 0; i < s->config->n_outputs; i++) {
      live_output *o = s->config->output[i];
      if (o->column) {
        o->column(o, &s->status, &c);
      }
    }
  }
}

static void
grant(session *s, const live_wish *wish)
{
  switch (wish->kind) {
  case LIVE_WISH_NONE:
    break;
  case LIVE_WISH_END:
    s->over = true;
    break;
  case LIVE_WISH_RESET:
    sink_reset(s->to);
    for (uint32_t m = 0; m < s->config->models.n; m++) {
      s->r.tally[m] = (model_tally){0};
    }
    session_changed(s);
    break;
  case LIVE_WISH_FLAGS:
    s->config->models.flag[wish->model] = wish->flag;
    sink_set_flags(s->to, wish->model, &wish->flag);
    if (!wish->more) {
      session_changed(s);
    }
    break;
  }
}

void
session_grant_wishes(session *s)
{
  live_wish wish;
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    live_output *o = s->config->output[i];
    if (o->wish && o->wish(o, &wish)) {
      grant(s, &wish);
    }
  }
}
