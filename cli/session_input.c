/* SPDX-License-Identifier: ISC */
/* At most one backend is open.  The analysis outlives it as long as the rate stays: a
   server that comes back goes on where it left. */
#include "session_parts.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>

static const double first_wait_s = 1, longest_wait_s = 8;

static bool
new_analysis(session *s, ear_error *err)
{
  const model_set *models = &s->config->models;
  ear_analyzer_config config = {.rate_hz = s->info.rate_hz, .n_models = models->n};
  for (uint32_t m = 0; m < models->n; m++) {
    config.model[m] = models->model[m];
    config.flag[m] = models->flag[m];
  }
  if (ear_live_new(&s->live, &config, 0, err) != EAR_OK) {
    return false;
  }
  s->live_rate_hz = s->info.rate_hz;
  sink_set_live(s->to, s->live, s->live_rate_hz);
  session_watch(s);
  return true;
}

void
session_end_analysis(session *s)
{
  if (!s->live) {
    return;
  }
  session_take_reports(s);
  ear_live_finish(s->live);
  while (!session_take_reports(s)) {
  }
  session_forget_analysis(s);
  session_adopt_all(s);
}

/* The backend is open: let it run into an analysis of its rate. */
static bool
run_input(session *s, ear_error *err)
{
  const bool other_rate = s->live && s->live_rate_hz != s->info.rate_hz;
  const bool other_channels = s->r.n_channels != s->info.n_channels;
  if (other_rate) {
    session_end_analysis(s);
  }
  s->r.source = s->info.name;
  s->r.rate_hz = s->info.rate_hz;
  s->r.n_channels = s->info.n_channels;
  if ((!s->live && !new_analysis(s, err)) || !s->api->start(s->input, err)) {
    return false;
  }
  s->status.running = true;
  s->wait_s = first_wait_s;
  if (s->first_s >= 0 && (other_rate || other_channels)) {
    session_changed(s);
  }
  return true;
}

static bool
open_input(session *s, ear_error *err)
{
  if (!s->api) {
    s->api = backend_choose(s->options->backend, &s->options->input);
  }
  if (!s->api) {
    return fail(err, "no JACK server is running, and there is no audio device; "
                     "earshot live --wait waits for one");
  }
  if (!s->api->open(&s->input, &s->options->input, s->to, &s->info, &s->memory, err)) {
    s->input = NULL;
    return false;
  }
  if (!run_input(s, err)) {
    session_close_input(s);
    return false;
  }
  return true;
}

void
session_close_input(session *s)
{
  if (s->input) {
    s->earlier_xruns += s->api->xruns(s->input);
    s->api->close(s->input);
    s->input = NULL;
  }
  s->status.running = false;
}

/* Not yet; the next attempt is a little later than the last one was. */
static void
wait_longer(session *s)
{
  s->next_try_s = session_clock(s) + s->wait_s;
  s->wait_s = fmin(2 * s->wait_s, longest_wait_s);
}

bool
session_open_input(session *s)
{
  ear_error err = {""};
  bool told = false;
  s->wait_s = first_wait_s;
  while (!stopping()) {
    if (session_clock(s) >= s->next_try_s) {
      if (open_input(s, &err)) {
        return true;
      }
      if (!s->options->wait) {
        complain("%s", err.text);
        s->code = EXIT_NO_INPUT;
        return false;
      }
      if (!told) {
        note("%s; waiting", err.text);
        told = true;
      }
      wait_longer(s);
    }
    (void)poll(NULL, 0, 50); /* signals end it */
  }
  return false;
}

static void
lose_input(session *s, const char *why)
{
  session_close_input(s);
  s->next_try_s = session_clock(s);
  s->wait_s = first_wait_s;
  wait_longer(s);
  if (s->options->once) {
    session_say(s, true, "%s", why);
    s->code = EXIT_NO_INPUT;
    s->over = true;
  } else {
    session_say(s, true, "%s; waiting for it to come back", why);
  }
}

static void
try_again(session *s)
{
  ear_error err = {""};
  if (session_clock(s) < s->next_try_s) {
    return;
  }
  if (!open_input(s, &err)) {
    wait_longer(s);
    return;
  }
  s->status.n_reconnects++;
  session_say(s, true, "listening again: %s at %g Hz", s->info.name, s->info.rate_hz);
}

void
session_poll_input(session *s)
{
  ear_error why = {""};
  if (!s->input) {
    try_again(s);
    return;
  }
  switch (s->api->poll(s->input, &why)) {
  case BACKEND_RUNNING:
    break;
  case BACKEND_LOST:
    lose_input(s, why.text);
    break;
  case BACKEND_CHANGED:
    session_close_input(s);
    session_say(s, false, "%s", why.text);
    s->next_try_s = session_clock(s);
    try_again(s);
    break;
  case BACKEND_ENDED:
    if (why.text[0]) {
      session_say(s, true, "%s", why.text);
    }
    s->over = true;
    break;
  }
}
