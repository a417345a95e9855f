/* SPDX-License-Identifier: ISC */
/* A lighting desk hears what the session knows: each fact at its address, with its types
   and values, and the session never waits for who listens. */
#include "live_output.h" /* before cmocka, which has a fail of its own */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "toy_model.h"

#include <lo/lo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the desk: what it received since the last look, as "address types values" ---- */

enum { MAX_HEARD = 512 };
static char heard[MAX_HEARD][256];
static int n_heard;
static lo_server desk;

static int
on_message(const char *path, const char *types, lo_arg **arg, int n, lo_message m,
           void *user)
{
  (void)m;
  (void)user;
  assert_true(n_heard < MAX_HEARD);
  char *text = heard[n_heard++];
  size_t at = (size_t)snprintf(text, sizeof heard[0], "%s %s", path, types);
  for (int i = 0; i < n && at < sizeof heard[0]; i++) {
    char *to = text + at;
    const size_t room = sizeof heard[0] - at;
    at += (size_t)(types[i] == 'i'   ? snprintf(to, room, " %d", arg[i]->i)
                   : types[i] == 'f' ? snprintf(to, room, " %g", (double)arg[i]->f)
                                     : snprintf(to, room, " %s", &arg[i]->s));
  }
  return 0;
}

static void
listen_now(void)
{
  n_heard = 0;
  while (lo_server_recv_noblock(desk, 50) > 0) {
  }
}

/* Was this said, word for word, exactly once? */
#define assert_heard(text) assert_int_equal(times_heard(text), 1)

static int
times_heard(const char *text)
{
  int n = 0;
  for (int i = 0; i < n_heard; i++) {
    n += strcmp(heard[i], text) == 0;
  }
  if (n == 0) {
    print_message("not heard: %s\n", text);
    for (int i = 0; i < n_heard; i++) {
      print_message("    heard: %s\n", heard[i]);
    }
  }
  return n;
}

/* ---- the session: a harshness model and a classifier ---- */

static char name[2][64];
static model_set models;
static report the_report;
static const backend_info the_input = {.name = "JACK client earshot"};
static live_status status;

static int
set_up(void **state)
{
  (void)state;
  static const toy kind[] = {{.seed = 1, .n_labels = 2, .harshness = true},
                             {.seed = 2, .n_labels = 3, .unsure = 0.25f}};
  desk = lo_server_new(NULL, NULL);
  if (!desk) {
    return -1;
  }
  lo_server_add_method(desk, NULL, NULL, on_message, NULL);
  models = (model_set){.n = 2};
  for (int m = 0; m < 2; m++) {
    models.model[m] = toy_model(&kind[m]);
    models.flag[m] = ear_flag_config_default(models.model[m]);
    (void)snprintf(name[m], sizeof name[m], "%s", m == 0 ? "harshness" : "genre");
    models.name[m] = name[m];
  }
  the_report = (report){.models = &models, .rate_hz = 48000, .n_channels = 2};
  status = (live_status){.report = &the_report, .input = &the_input, .running = true};
  return 0;
}

static int
tear_down(void **state)
{
  (void)state;
  lo_server_free(desk);
  ear_model_unref(models.model[0]);
  ear_model_unref(models.model[1]);
  return 0;
}

static live_output *
osc_new(const char *path)
{
  const live_output_options options = {.heartbeat_s = 5};
  ear_error err = {""};
  char url[128];
  (void)snprintf(url, sizeof url, "osc.udp://127.0.0.1:%d%s", lo_server_get_port(desk),
                 path);
  live_output *o = live_osc_new(url, &options, &err);
  if (!o) {
    fail_msg("%s", err.text);
  }
  return o;
}

static const char *
label(int m, int i)
{
  return ear_model_info_get(models.model[m])->label[i];
}

/* Of model m at the time t_s; the flag at the horizon that makes events. */
static ear_verdict
verdict_at(uint32_t m, double t_s, bool flag)
{
  ear_verdict v = {.t_s = t_s, .model = m, .level_dbfs = -12.5f};
  v.n_labels = ear_model_info_get(models.model[m])->n_labels;
  for (uint32_t h = 0; h < EAR_N_HORIZONS; h++) {
    v.p[h][0] = 0.25f;
    v.p[h][1] = 0.75f - 0.125f * (float)h;
    v.label[h] = 1;
    v.low_hz[h] = m == 0 ? 2500 : 0;
    v.high_hz[h] = m == 0 ? 4000 : 0;
  }
  v.flag[EAR_SHORT] = flag;
  return v;
}

/* ---- claims ---- */

static void
the_start_tells_program_input_and_every_flag(void **state)
{
  (void)state;
  char text[256];
  live_output *o = osc_new("/");
  o->begin(o, &status);
  listen_now();
  (void)snprintf(text, sizeof text, "/earshot/start sfi %s 48000 2", ear_version());
  assert_heard(text);
  assert_heard("/earshot/input is 1 JACK client earshot");
  assert_heard("/earshot/dropouts iii 0 0 0");
  assert_heard("/earshot/harshness/flag i 0");
  assert_heard("/earshot/genre/flag i 0");
  assert_int_equal(n_heard, 5);
  o->end(o);
  listen_now();
  assert_heard("/earshot/end ");
}

static void
a_verdict_tells_likelihoods_class_range_and_level(void **state)
{
  (void)state;
  char text[256];
  live_output *o = osc_new("");
  o->begin(o, &status);
  listen_now();
  const ear_verdict v = verdict_at(0, 1.5, false);
  ear_verdict w = verdict_at(1, 1.5, false);
  w.unsure[EAR_SHORT] = true;
  o->verdict(o, &status, &v);
  o->verdict(o, &status, &w);
  listen_now();
  (void)snprintf(text, sizeof text, "/earshot/harshness/p/%s fff 0.25 0.25 0.25",
                 label(0, 0));
  assert_heard(text);
  (void)snprintf(text, sizeof text, "/earshot/harshness/p/%s fff 0.75 0.625 0.5",
                 label(0, 1));
  assert_heard(text);
  (void)snprintf(text, sizeof text, "/earshot/harshness/class sf %s 0.625", label(0, 1));
  assert_heard(text);
  assert_heard("/earshot/harshness/range ff 2500 4000");
  assert_heard("/earshot/level f -12.5"); /* of the tick, not of each model */
  (void)snprintf(text, sizeof text, "/earshot/genre/p/%s fff 0.75 0.625 0.5",
                 label(1, 1));
  assert_heard(text);
  assert_heard("/earshot/genre/range ff 0 0");
  assert_heard("/earshot/genre/unsure iii 0 1 0"); /* it has a margin */
  assert_int_equal(n_heard, 2 + 2 + 3 + 2 + 2);
  o->end(o);
}

static void
a_flag_switches_once_on_and_once_off_and_never_stays_on(void **state)
{
  (void)state;
  char text[256];
  live_output *o = osc_new("/");
  o->begin(o, &status);
  listen_now();
  for (int i = 0; i < 4; i++) {
    const ear_verdict v = verdict_at(0, i, true);
    o->verdict(o, &status, &v);
  }
  listen_now();
  (void)snprintf(text, sizeof text, "/earshot/harshness/on s %s", label(0, 1));
  assert_heard(text);
  assert_heard("/earshot/harshness/flag i 1");
  ear_verdict v = verdict_at(0, 5, false);
  o->verdict(o, &status, &v);
  v.flag[EAR_MOMENTARY] = true; /* another horizon's */
  o->verdict(o, &status, &v);
  listen_now();
  assert_heard("/earshot/harshness/off ");
  assert_heard("/earshot/harshness/flag i 0");
  for (int ending = 0; ending < 2; ending++) { /* another model, and the end */
    v = verdict_at(0, 6, true);
    o->verdict(o, &status, &v);
    listen_now();
    assert_heard("/earshot/harshness/flag i 1");
    ending ? o->end(o) : o->changed(o, &status);
    listen_now();
    assert_heard("/earshot/harshness/off ");
  }
}

static void
events_summaries_and_messages_arrive_once(void **state)
{
  (void)state;
  char text[256];
  live_output *o = osc_new("/");
  o->begin(o, &status);
  listen_now();
  ear_event e = {.model = 0, .label = 1, .start_s = 1.5, .end_s = 2.25, .peak_p = 0.875f};
  e.low_hz = 2500;
  e.high_hz = 4000;
  o->event(o, &status, &e);
  e.rejected = true;
  o->event(o, &status, &e);
  the_report.tally[0] = (model_tally){
      .n_ticks = 8, .n_flagged = 2, .n_events = 3, .last = verdict_at(0, 9, false)};
  the_report.analysed_s = 9.5;
  o->summary(o, &status);
  o->message(o, &status, "the JACK server is gone");
  listen_now();
  (void)snprintf(text, sizeof text, "/earshot/harshness/event sfffff %s %s", label(0, 1),
                 "1.5 2.25 0.875 2500 4000");
  assert_heard(text);
  (void)snprintf(text, sizeof text, "/earshot/harshness/summary sffif %s 0.5 0.25 3 9.5",
                 label(0, 1));
  assert_heard(text);
  assert_heard("/earshot/message s the JACK server is gone");
  assert_int_equal(n_heard, 3); /* the classifier has heard nothing yet */
  o->end(o);
}

static void
peaks_come_with_every_update_and_the_state_with_the_heartbeat(void **state)
{
  (void)state;
  live_output *o = osc_new("/");
  o->begin(o, &status);
  listen_now();
  status.n_peaks = 2;
  status.peak[0] = 1;
  status.peak[1] = 0;
  for (status.clock_s = 0; status.clock_s < 4.9; status.clock_s += 0.5) {
    o->update(o, &status);
    listen_now();
    assert_heard("/earshot/peak/1 f 0");
    assert_heard("/earshot/peak/2 f -200");
    assert_int_equal(n_heard, 2);
  }
  status.clock_s = 5;
  status.xruns = 7;
  o->update(o, &status);
  listen_now();
  assert_heard("/earshot/dropouts iii 7 0 0");
  assert_heard("/earshot/input is 1 JACK client earshot");
  assert_heard("/earshot/genre/flag i 0");
  status.running = false; /* told at once */
  o->update(o, &status);
  listen_now();
  assert_heard("/earshot/input is 0 JACK client earshot");
  o->end(o);
}

static void
two_models_of_one_name_and_two_senders_stay_apart(void **state)
{
  (void)state;
  (void)strcpy(name[0], "my model#*/?,[]{}\xc3\xa9");
  (void)strcpy(name[1], "my model##/?,[]{}\xc3\xa9");
  live_output *o = osc_new("/stage/left/");
  o->begin(o, &status);
  listen_now();
  assert_heard("/stage/left/my_model___________/flag i 0");
  assert_heard("/stage/left/my_model____________2/flag i 0");
  o->end(o);
}

static void
urls_that_lead_nowhere_are_refused_with_a_sentence(void **state)
{
  (void)state;
  static const char *const bad[] = {"",
                                    "x",
                                    "127.0.0.1:9000",
                                    "http://127.0.0.1:9000/",
                                    "osc.tcp://127.0.0.1:9000/",
                                    "osc.unix:///tmp/socket",
                                    "osc.udp://127.0.0.1/",
                                    "osc.udp://:9000/",
                                    "osc.udp://127.0.0.1:port/",
                                    "osc.udp://127.0.0.1:99999/",
                                    "osc.udp://127.0.0.1:9000/a b/",
                                    "osc.udp://127.0.0.1:9000/a*/",
                                    "osc.udp://no such host:9000/"};
  const live_output_options options = {.heartbeat_s = 5};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    ear_error err = {""};
    if (live_osc_new(bad[i], &options, &err)) {
      fail_msg("'%s' was taken", bad[i]);
    }
    assert_true(strstr(err.text, "osc.udp://HOST:PORT/") ||
                strstr(err.text, "cannot be found"));
  }
}

static void
nobody_who_listens_or_reads_holds_the_session_up(void **state)
{
  (void)state;
  live_output *deaf = osc_new("/"); /* its receiver's buffer fills and nobody reads */
  lo_server was = desk;
  desk = lo_server_new(NULL, NULL);
  assert_non_null(desk);
  live_output *nobody = osc_new("/");
  lo_server_free(desk);
  desk = was;
  live_output *const o[] = {deaf, nobody};
  for (int k = 0; k < 2; k++) {
    o[k]->begin(o[k], &status);
    for (int i = 0; i < 20000; i++) {
      const ear_verdict v = verdict_at(0, i, i & 1);
      o[k]->verdict(o[k], &status, &v);
    }
    o[k]->end(o[k]);
  }
}

int
main(void)
{
#define CLAIM(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CLAIM(the_start_tells_program_input_and_every_flag),
      CLAIM(a_verdict_tells_likelihoods_class_range_and_level),
      CLAIM(a_flag_switches_once_on_and_once_off_and_never_stays_on),
      CLAIM(events_summaries_and_messages_arrive_once),
      CLAIM(peaks_come_with_every_update_and_the_state_with_the_heartbeat),
      CLAIM(two_models_of_one_name_and_two_senders_stay_apart),
      CLAIM(urls_that_lead_nowhere_are_refused_with_a_sentence),
      CLAIM(nobody_who_listens_or_reads_holds_the_session_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
