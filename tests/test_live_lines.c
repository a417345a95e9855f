/* SPDX-License-Identifier: ISC */
/* The JSON lines of a live session: what changed is written and nothing else, a heartbeat
   completes it, every line is whole, and a reader that has gone ends the session. */
#include "live_json.h" /* before cmocka.h, whose fail is a macro */
#include "panel_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  panel_world w;
  live_output *o;
  FILE *out;
  char *text; /* all that was written since the last taken() */
  size_t size;
} session;

static session *
begin(const live_output_options *options)
{
  session *x = calloc(1, sizeof *x);
  ear_error err = {""};
  assert_non_null(x);
  assert_true(world_make(&x->w, "clean"));
  x->w.s.clock_s = 0;
  x->out = open_memstream(&x->text, &x->size);
  assert_non_null(x->out);
  x->o = live_lines_new(x->out, "it", options, &err);
  assert_non_null(x->o);
  x->o->begin(x->o, &x->w.s);
  return x;
}

static void
finish(session *x)
{
  x->o->end(x->o);
  assert_int_equal(fclose(x->out), 0);
  free(x->text);
  world_free(&x->w);
  free(x);
}

/* The lines written since the last call, parsed; fails if one is not whole or valid. */
static json_t *
taken(session *x)
{
  static const char *const types[] = {"start", "status",  "verdict",
                                      "event", "summary", "message"};
  json_t *lines = json_array();
  assert_int_equal(fflush(x->out), 0);
  char *rest = x->text;
  while (*rest) {
    char *end = strchr(rest, '\n');
    json_error_t err;
    assert_non_null(end);
    json_t *line = json_loadb(rest, (size_t)(end - rest), JSON_REJECT_DUPLICATES, &err);
    if (!line) {
      fail_msg("%s: %s", err.text, rest);
    }
    bool known = false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
      known |= strcmp(json_string_value(json_object_get(line, "type")), types[i]) == 0;
    }
    assert_true(known);
    json_array_append_new(lines, line);
    rest = end + 1;
  }
  rewind(x->out);
  memset(x->text, 0, x->size);
  return lines;
}

/* How many lines of a type; 0 for the horizon: any. */
static unsigned
count(const json_t *lines, const char *type, const char *horizon)
{
  unsigned n = 0;
  size_t i;
  json_t *line;
  json_array_foreach(lines, i, line)
  {
    const char *h = json_string_value(json_object_get(line, "horizon"));
    n += strcmp(json_string_value(json_object_get(line, "type")), type) == 0 &&
         (!horizon || (h && strcmp(h, horizon) == 0));
  }
  return n;
}

/* A tick of the harshness model. */
static void
hear(session *x, float momentary, float short_term, float integrated)
{
  ear_verdict *v = &x->w.r.tally[0].last;
  const double t_s = v->t_s;
  world_verdict(&x->w, 0, 1, (const float[3]){momentary, short_term, integrated}, 0, 0);
  v->t_s = t_s + 0.08;
  x->w.s.clock_s += 0.08;
  x->o->verdict(x->o, &x->w.s, v);
}

static void
expect(session *x, unsigned momentary, unsigned short_term, unsigned integrated)
{
  json_t *lines = taken(x);
  assert_int_equal(count(lines, "verdict", "momentary"), momentary);
  assert_int_equal(count(lines, "verdict", "short"), short_term);
  assert_int_equal(count(lines, "verdict", "integrated"), integrated);
  assert_int_equal(json_array_size(lines), momentary + short_term + integrated);
  json_decref(lines);
}

static void
it_begins_with_start_and_status(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.heartbeat_s = 10});
  json_t *lines = taken(x);
  assert_int_equal(json_array_size(lines), 2);
  assert_int_equal(count(lines, "start", NULL), 1);
  assert_int_equal(count(lines, "status", NULL), 1);
  json_decref(lines);
  finish(x);
}

static void
only_what_changed_is_written(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.heartbeat_s = 10});
  json_decref(taken(x));
  hear(x, 0.10f, 0.10f, 0.10f);
  expect(x, 1, 1, 1); /* the first of each */
  hear(x, 0.10f, 0.10f, 0.10f);
  expect(x, 0, 0, 0);
  hear(x, 0.14f, 0.14f, 0.10f);
  expect(x, 0, 0, 0);
  hear(x, 0.151f, 0.14f, 0.10f); /* slow drifts add up */
  expect(x, 1, 0, 0);
  hear(x, 0.151f, 0.49f, 0.10f);
  expect(x, 0, 1, 0);
  hear(x, 0.151f, 0.505f, 0.10f); /* a flag, and another label */
  expect(x, 0, 1, 0);
  hear(x, 0.151f, 0.495f, 0.10f);
  expect(x, 0, 1, 0);
  x->w.models.flag[0].threshold[1] = 0.16f;
  hear(x, 0.161f, 0.495f, 0.10f); /* a flag alone; short-term has it now, too */
  expect(x, 1, 1, 0);
  x->w.r.tally[0].last.unsure[EAR_INTEGRATED] = true; /* no longer sure */
  x->o->verdict(x->o, &x->w.s, &x->w.r.tally[0].last);
  expect(x, 0, 0, 1);
  x->o->verdict(x->o, &x->w.s, &x->w.r.tally[0].last);
  expect(x, 0, 0, 0);
  finish(x);
}

static void
every_writes_every_verdict(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.every = true});
  json_decref(taken(x));
  for (int i = 0; i < 5; ++i) {
    hear(x, 0.1f, 0.1f, 0.1f);
    expect(x, 1, 1, 1);
  }
  finish(x);
}

/* dBFS of the first channel */
static double
peak_of(const json_t *status)
{
  return json_number_value(json_array_get(json_object_get(status, "peak_dbfs"), 0));
}

static void
a_heartbeat_completes_the_state(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.heartbeat_s = 10});
  json_decref(taken(x));
  hear(x, 0.10f, 0.10f, 0.10f);
  hear(x, 0.12f, 0.20f, 0.10f);
  x->w.s.peak[0] = 0.5f;
  x->w.s.clock_s = 9.9;
  x->o->update(x->o, &x->w.s);
  json_t *lines = taken(x);
  assert_int_equal(json_array_size(lines), 4);
  json_decref(lines);
  x->w.s.peak[0] = 0.1f; /* the largest since the last status counts */
  x->w.s.clock_s = 10;
  x->o->update(x->o, &x->w.s);
  lines = taken(x);
  assert_int_equal(json_array_size(lines), 3); /* short was told at its tick */
  assert_int_equal(count(lines, "verdict", "momentary"), 1);
  assert_int_equal(count(lines, "verdict", "integrated"), 1);
  json_t *status = json_array_get(lines, 0);
  assert_int_equal(count(lines, "status", NULL), 1);
  assert_in_range(-100 * peak_of(status), 602, 602);
  json_decref(lines);
  x->w.s.clock_s = 100; /* asleep: one heartbeat, not nine */
  x->o->update(x->o, &x->w.s);
  x->w.s.clock_s = 100.1;
  x->o->update(x->o, &x->w.s);
  lines = taken(x);
  assert_int_equal(json_array_size(lines), 1);
  assert_in_range(-100 * peak_of(json_array_get(lines, 0)), 2000, 2000);
  json_decref(lines);
  finish(x);
}

static void
no_heartbeat_if_none_is_wanted(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.heartbeat_s = 0});
  json_decref(taken(x));
  for (int i = 0; i < 100; ++i) {
    x->w.s.clock_s += 10;
    x->o->update(x->o, &x->w.s);
  }
  expect(x, 0, 0, 0);
  finish(x);
}

static void
a_change_is_told_and_all_is_said_anew(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.heartbeat_s = 10});
  hear(x, 0.1f, 0.1f, 0.1f);
  json_decref(taken(x));
  x->o->changed(x->o, &x->w.s);
  hear(x, 0.1f, 0.1f, 0.1f);
  json_t *lines = taken(x);
  assert_int_equal(count(lines, "start", NULL), 1);
  assert_int_equal(count(lines, "verdict", NULL), 3);
  json_decref(lines);
  finish(x);
}

static void
messages_events_and_summaries_are_valid_lines(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.heartbeat_s = 10});
  const ear_event e = {.label = 1, .start_s = 1, .end_s = 2, .peak_p = 0.9f};
  const ear_event rejected = {.label = 1, .start_s = 1, .end_s = 1.1, .rejected = true};
  json_decref(taken(x));
  x->w.s.running = false;
  x->w.s.age_s = -1;
  x->o->message(x->o, &x->w.s, "gone: \"\n\033[2J\xff \xe9\x9f\xb3");
  x->o->event(x->o, &x->w.s, &e);
  x->o->event(x->o, &x->w.s, &rejected);
  x->o->summary(x->o, &x->w.s);
  json_t *lines = taken(x);
  assert_int_equal(count(lines, "message", NULL), 1);
  assert_int_equal(count(lines, "event", NULL), 1);
  assert_int_equal(count(lines, "summary", NULL), 2);
  assert_string_equal(
      json_string_value(json_object_get(json_array_get(lines, 0), "message")),
      "gone: \"\n\033[2J\xef\xbf\xbd \xe9\x9f\xb3");
  json_decref(lines);
  finish(x);
}

static void
nothing_waits_in_the_buffer_after_an_update(void **state)
{
  (void)state;
  session *x = begin(&(live_output_options){.heartbeat_s = 10});
  const size_t n = strlen(x->text); /* as far as it was flushed */
  assert_true(n > 0 && x->text[n - 1] == '\n');
  hear(x, 0.1f, 0.1f, 0.1f);
  x->o->update(x->o, &x->w.s);
  assert_true(strstr(x->text + n, "integrated") != NULL);
  finish(x);
}

/* In a process of its own: the reason to stop is the whole program's. */
static void
a_reader_that_has_gone_ends_the_session(void **state)
{
  (void)state;
  const pid_t child = fork();
  if (child == 0) {
    int ends[2], status = 1;
    panel_world w;
    ear_error err = {""};
    const live_output_options options = {.heartbeat_s = 10};
    catch_signals(); /* SIGPIPE too */
    if (pipe(ends) == 0 && close(ends[0]) == 0 && world_make(&w, "clean")) {
      FILE *out = fdopen(ends[1], "w");
      live_output *o = out ? live_lines_new(out, "it", &options, &err) : NULL;
      if (o && !stopping() && freopen("/dev/null", "w", stderr)) {
        o->begin(o, &w.s);
        status = stopping() == STOP_WRITE_FAILED ? 0 : 2;
      }
    }
    _exit(status);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_begins_with_start_and_status),
      cmocka_unit_test(only_what_changed_is_written),
      cmocka_unit_test(every_writes_every_verdict),
      cmocka_unit_test(a_heartbeat_completes_the_state),
      cmocka_unit_test(no_heartbeat_if_none_is_wanted),
      cmocka_unit_test(a_change_is_told_and_all_is_said_anew),
      cmocka_unit_test(messages_events_and_summaries_are_valid_lines),
      cmocka_unit_test(nothing_waits_in_the_buffer_after_an_update),
      cmocka_unit_test(a_reader_that_has_gone_ends_the_session),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
