/* SPDX-License-Identifier: ISC */
/* One round: take what was heard, look at the input, show.  Nothing grows with time:
   counts are of 64 bits or may wrap, times are of a clock that nobody sets. */
#include "session_parts.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  ROUND_MS = 40,        /* far shorter than anybody would notice */
  FAST_ROUND_MS = 1,    /* in freewheel the backend waits for us */
  REPORTS_A_ROUND = 500 /* so that outputs are shown in freewheel, too */
};

static atomic_bool want_summary, want_reload;

static void
on_request(int number)
{
  atomic_store(number == SIGHUP ? &want_reload : &want_summary, true);
}

static void
catch_requests(void)
{
  struct sigaction action = {.sa_handler = on_request, .sa_flags = SA_RESTART};
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGHUP, &action, NULL);
  (void)sigaction(SIGUSR1, &action, NULL);
}

static double
monotonic_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double
session_clock(const session *s)
{
  return monotonic_s() - s->began_s;
}

/* ---- what is told ---- */

static void
add(ear_live_stats *sum, const ear_live_stats *more)
{
  sum->samples_in += more->samples_in;
  sum->samples_done += more->samples_done;
  sum->samples_lost += more->samples_lost;
  sum->overruns += more->overruns;
  sum->lost_reports += more->lost_reports;
}

void
session_forget_analysis(session *s)
{
  const ear_live_stats stats = ear_live_stats_get(s->live);
  add(&s->earlier, &stats);
  s->heard_s += (double)stats.samples_done / s->live_rate_hz;
  sink_set_live(s->to, NULL, 0);
  ear_live_free(s->live);
  s->live = NULL;
}

void
session_look(session *s)
{
  live_status *now = &s->status;
  now->clock_s = session_clock(s);
  now->stats = s->earlier;
  s->r.analysed_s = s->heard_s;
  if (s->live) {
    const ear_live_stats live = ear_live_stats_get(s->live);
    add(&now->stats, &live);
    s->r.analysed_s += (double)live.samples_done / s->live_rate_hz;
  }
  now->stats.samples_lost += sink_n_lost(s->to);
  now->xruns = s->earlier_xruns + (s->input ? s->api->xruns(s->input) : 0);
  now->age_s = s->verdict_s < 0 ? -1 : now->clock_s - s->verdict_s + s->verdict_late;
}

/* Levels since the last update; silence if no block came. */
static void
look_at_levels(session *s)
{
  live_status *now = &s->status;
  now->n_peaks = now->n_rms = s->info.n_channels;
  if (!sink_take_levels(s->to, now->peak, now->rms, now->n_peaks)) {
    memset(now->peak, 0, sizeof now->peak);
    memset(now->rms, 0, sizeof now->rms);
  }
}

void
session_say(session *s, bool trouble, const char *format, ...)
{
  char text[800];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(text, sizeof text, format, args);
  va_end(args);
  session_look(s);
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    live_output *o = s->config->output[i];
    if (o->message) {
      o->message(o, &s->status, text);
    }
  }
  if (s->config->idle) {
    s->config->idle(s->config->user, text);
  }
  if (s->config->panel && isatty(STDERR_FILENO)) {
    return;
  }
  if (trouble) {
    complain("%s", text);
  } else {
    note("%s", text);
  }
}

typedef void (*output_call)(live_output *o, const live_status *s);

void
session_changed(session *s)
{
  session_look(s);
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    live_output *o = s->config->output[i];
    if (o->changed) {
      o->changed(o, &s->status);
    }
  }
}

static void
begin(session *s)
{
  session_look(s);
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    live_output *o = s->config->output[i];
    if (o->begin) {
      o->begin(o, &s->status);
    }
  }
}

static void
update(session *s)
{
  session_look(s);
  const double step_s = 1 / s->options->fps;
  const double late_s = s->status.clock_s - s->next_show_s;
  if (late_s < 0) {
    return;
  }
  s->next_show_s += late_s < step_s ? step_s : late_s + step_s;
  look_at_levels(s);
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    live_output *o = s->config->output[i];
    if (o->update) {
      o->update(o, &s->status);
    }
  }
}

static void
sum_up(session *s)
{
  session_look(s);
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    live_output *o = s->config->output[i];
    if (o->summary) {
      o->summary(o, &s->status);
    }
  }
}

/* ---- what was heard ---- */

static void
take_verdict(session *s, const ear_report *heard)
{
  const ear_verdict *v = &heard->u.verdict;
  report_count_verdict(&s->r, v);
  if (strcmp(ear_model_info_get(s->config->models.model[v->model])->task, "harshness") ==
      0) {
    const double in_s = (double)ear_live_stats_get(s->live).samples_in / s->live_rate_hz;
    s->verdict_s = session_clock(s);
    s->verdict_late = fmax(in_s - heard->at_s, 0);
  }
  session_look(s);
  for (uint32_t i = 0; i < s->config->n_outputs; i++) {
    live_output *o = s->config->output[i];
    if (o->verdict) {
      o->verdict(o, &s->status, v);
    }
  }
}

static void
take_event(session *s, const ear_event *e)
{
  report_count_event(&s->r, e);
  for (uint32_t i = 0; i < s->config->n_outputs && !e->rejected; i++) {
    live_output *o = s->config->output[i];
    if (o->event) {
      o->event(o, &s->status, e);
    }
  }
}

bool
session_take_reports(session *s)
{
  ear_report heard;
  for (int i = 0; i < REPORTS_A_ROUND; i++) {
    if (!sink_pop(s->to, &heard)) {
      return true;
    }
    session_adopt(s, &heard);
    if (heard.kind == EAR_REPORT_VERDICT) {
      take_verdict(s, &heard);
    } else {
      take_event(s, &heard.u.event);
    }
  }
  return false;
}

/* ---- the loop ---- */

static void
answer_requests(session *s)
{
  if (atomic_exchange(&want_summary, false)) {
    sum_up(s);
  }
  if (atomic_exchange(&want_reload, false)) {
    if (s->config->panel && !isatty(STDOUT_FILENO)) {
      stop_all(STOP_INTERRUPTED); /* the terminal was closed */
    } else if (!session_reload_models(s)) {
      atomic_store(&want_reload, true); /* the next round */
    }
  }
}

static bool
time_is_up(const session *s)
{
  return s->options->duration_s > 0 &&
         s->status.clock_s - s->first_s >= s->options->duration_s;
}

static void
rest(const session *s)
{
  const int slow_ms = (int)fmin(ROUND_MS, 1000 / s->options->fps);
  (void)poll(NULL, 0, sink_freewheels(s->to) ? FAST_ROUND_MS : slow_ms);
}

static void
listen(session *s)
{
  while (!stopping() && !s->over) {
    const bool all = session_take_reports(s);
    session_take_columns(s);
    session_poll_input(s);
    answer_requests(s);
    update(s);
    session_grant_wishes(s);
    if (s->config->idle) {
      s->config->idle(s->config->user, NULL);
    }
    s->over = s->over || time_is_up(s);
    if (all && !s->over) {
      rest(s);
    }
  }
}

static void
run(session *s)
{
  if (!session_open_input(s)) {
    return;
  }
  s->first_s = s->next_show_s = session_clock(s);
  begin(s);
  listen(s);
  session_close_input(s);
  session_end_analysis(s);
  s->r.interrupted = stopping() == STOP_INTERRUPTED;
  sum_up(s);
}

exit_code
session_run(session_config *config)
{
  session s = {.config = config,
               .options = config->options,
               .to = sink_new(config->options->from_sound),
               .began_s = monotonic_s(),
               .first_s = -1,
               .verdict_s = -1};
  s.r.models = &config->models;
  s.status.report = &s.r;
  s.status.input = &s.info;
  s.status.age_s = -1;
  catch_requests();
  if (s.to) {
    run(&s);
  } else {
    complain("there is not enough memory to listen");
    s.code = EXIT_NOTHING;
  }
  for (uint32_t i = 0; i < config->n_outputs; i++) {
    config->output[i]->end(config->output[i]);
  }
  if (s.memory) {
    s.api->forget(s.memory);
  }
  sink_free(s.to);
  model_set_close(&config->models);
  return stopping() == STOP_INTERRUPTED    ? EXIT_INTERRUPTED
         : stopping() == STOP_WRITE_FAILED ? EXIT_NOTHING
                                           : s.code;
}
