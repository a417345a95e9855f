/* SPDX-License-Identifier: ISC */
/* Lines reach the reader whole and soon: the stream is flushed after each update, and a
   stream that can no longer be written to ends the session. */
#include "fd_stream.h"
#include "live_json.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  live_output o;
  live_json *json;
  FILE *out;
  const char *name; /* of what out writes to */
  bool broken;      /* and so it was said */
} live_lines;

static void
pass_on(live_lines *l)
{
  const int why = fd_stream_why(l->out);
  if (why && !l->broken && stopping() != STOP_INTERRUPTED) {
    l->broken = true;
    complain("cannot write %s: %s", l->name, strerror(why));
    stop_all(STOP_WRITE_FAILED);
  }
}

static void
start(live_output *o, const live_status *s)
{
  live_lines *l = (live_lines *)o;
  live_json_start(l->json, l->out, s);
  pass_on(l);
}

static void
verdict(live_output *o, const live_status *s, const ear_verdict *v)
{
  live_lines *l = (live_lines *)o;
  live_json_verdict(l->json, l->out, s, v);
}

static void
event(live_output *o, const live_status *s, const ear_event *e)
{
  live_lines *l = (live_lines *)o;
  live_json_event(l->json, l->out, s, e);
}

static void
update(live_output *o, const live_status *s)
{
  live_lines *l = (live_lines *)o;
  live_json_update(l->json, l->out, s);
  pass_on(l);
}

static void
summary(live_output *o, const live_status *s)
{
  live_lines *l = (live_lines *)o;
  live_json_summary(l->json, l->out, s);
  pass_on(l);
}

static void
message(live_output *o, const live_status *s, const char *text)
{
  live_lines *l = (live_lines *)o;
  live_json_message(l->json, l->out, s, text);
  pass_on(l);
}

static void
end(live_output *o)
{
  live_lines *l = (live_lines *)o;
  live_json_free(l->json);
  free(l);
}

live_output *
live_lines_new(FILE *out, const char *name, const live_output_options *options,
               ear_error *err)
{
  live_lines *l = calloc(1, sizeof *l);
  live_json *json = live_json_new(options);
  if (!l || !json) {
    free(l);
    live_json_free(json);
    (void)fail(err, "there is not enough memory for the results");
    return NULL;
  }
  *l = (live_lines){.json = json,
                    .out = out,
                    .name = name,
                    .o = {.begin = start,
                          .changed = start,
                          .verdict = verdict,
                          .event = event,
                          .update = update,
                          .summary = summary,
                          .message = message,
                          .end = end}};
  return &l->o;
}
