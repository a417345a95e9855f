/* SPDX-License-Identifier: ISC */
/* Each call's lines are made in memory and go to the file in one piece, at once.  Each
   file begins with a start line, so that it can be read alone. */
#include "live_json.h"
#include "logfile.h"

#include <stdlib.h>
#include <string.h>

/* How long a log that cannot be written is left alone. */
static const double retry_s = 1;

typedef struct {
  live_output o;
  live_json *json;
  logfile *file;
  char *path;  /* as the user named it */
  FILE *lines; /* into text[0..size) */
  char *text;
  size_t size;
  bool broken;        /* since it could not be written, which was said */
  bool stuck;         /* it could not be rotated, which was said */
  double retry_at_s;  /* session clock */
  uint64_t n_missing; /* lines since it broke */
} live_log;

static uint64_t
count_lines(const char *text, size_t n)
{
  uint64_t lines = 0;
  for (size_t i = 0; i < n; i++) {
    lines += text[i] == '\n';
  }
  return lines;
}

/* How much of `lines` is in text by now; 0 when memory was short. */
static size_t
made(live_log *l)
{
  const bool whole = fflush(l->lines) == 0 && !ferror(l->lines);
  const long at = ftell(l->lines);
  return whole && at > 0 ? (size_t)at : 0;
}

/* A sentence when it begins to fail, and one when it works again. */
static void
tell(live_log *l, const live_status *s, bool ok, const ear_error *why)
{
  if (!ok) {
    l->retry_at_s = s->clock_s + retry_s;
    if (!l->broken) {
      complain("the log %.300s cannot be written: %.200s; listening goes on, and so does "
               "the log when it can",
               l->path, why->text);
    }
  } else if (l->broken) {
    note("the log %.300s is written again; %llu lines are missing", l->path,
         (unsigned long long)l->n_missing);
    l->n_missing = 0;
  }
  l->broken = !ok;
}

static void
tell_stuck(live_log *l, const ear_error *why)
{
  const bool stuck = why->text[0] != '\0';
  if (stuck && !l->stuck) {
    complain("the log %.300s cannot be rotated and grows on: %.200s", l->path, why->text);
  }
  l->stuck = stuck;
}

/* Behind the lines that are to follow it: a start line and what went missing. */
static size_t
make_head(live_log *l, const live_status *s, size_t n)
{
  char text[80];
  live_json_start(l->json, l->lines, s);
  if (l->n_missing > 0) {
    (void)snprintf(text, sizeof text, "%llu lines could not be written to this log",
                   (unsigned long long)l->n_missing);
    live_json_message(l->json, l->lines, s, text);
  }
  return made(l) - n;
}

/* Give the lines made to the file, or count them as missing. */
static void
pass_on(live_log *l, const live_status *s, bool is_start)
{
  const size_t n = made(l);
  const bool resting = l->broken && s->clock_s < l->retry_at_s;
  bool ok = false;
  if (n > 0 && !resting) {
    ear_error why = {""};
    const logfile_state state = logfile_prepare(l->file, n, &why);
    ok = state != LOGFILE_FAILED;
    if (ok) {
      tell_stuck(l, &why);
    }
    const bool headless = ok && !is_start && (state == LOGFILE_FRESH || l->broken);
    const size_t n_head = headless ? make_head(l, s, n) : 0;
    ok = ok && logfile_write(l->file, l->text + n, n_head, &why) &&
         logfile_write(l->file, l->text, n, &why);
    tell(l, s, ok, &why);
  }
  l->n_missing += ok ? 0 : count_lines(l->text, n);
  rewind(l->lines);
}

static void
start(live_output *o, const live_status *s)
{
  live_log *l = (live_log *)o;
  live_json_start(l->json, l->lines, s);
  pass_on(l, s, true);
}

static void
verdict(live_output *o, const live_status *s, const ear_verdict *v)
{
  live_log *l = (live_log *)o;
  live_json_verdict(l->json, l->lines, s, v);
  pass_on(l, s, false);
}

static void
event(live_output *o, const live_status *s, const ear_event *e)
{
  live_log *l = (live_log *)o;
  live_json_event(l->json, l->lines, s, e);
  pass_on(l, s, false);
}

static void
update(live_output *o, const live_status *s)
{
  live_log *l = (live_log *)o;
  live_json_update(l->json, l->lines, s);
  pass_on(l, s, false);
}

static void
summary(live_output *o, const live_status *s)
{
  live_log *l = (live_log *)o;
  live_json_summary(l->json, l->lines, s);
  pass_on(l, s, false);
}

static void
message(live_output *o, const live_status *s, const char *text)
{
  live_log *l = (live_log *)o;
  live_json_message(l->json, l->lines, s, text);
  pass_on(l, s, false);
}

static void
end(live_output *o)
{
  live_log *l = (live_log *)o;
  if (l->lines) {
    (void)fclose(l->lines);
  }
  free(l->text);
  logfile_close(l->file);
  live_json_free(l->json);
  free(l->path);
  free(l);
}

live_output *
live_log_new(const char *path, const live_output_options *options, ear_error *err)
{
  live_log *l = calloc(1, sizeof *l);
  if (!l) {
    (void)fail(err, "there is not enough memory for the log %.300s", path);
    return NULL;
  }
  l->o = (live_output){.begin = start,
                       .changed = start,
                       .verdict = verdict,
                       .event = event,
                       .update = update,
                       .summary = summary,
                       .message = message,
                       .end = end};
  l->path = strdup(path);
  l->json = live_json_new(options);
  l->lines = open_memstream(&l->text, &l->size);
  if (!l->path || !l->json || !l->lines) {
    (void)fail(err, "there is not enough memory for the log %.300s", path);
    end(&l->o);
    return NULL;
  }
  const logfile_config config = {.path = path,
                                 .max_bytes = options->log_bytes,
                                 .n_kept = options->log_files,
                                 .line_begin = "{\"type\":"};
  l->file = logfile_open(&config, err);
  if (!l->file) {
    end(&l->o);
    return NULL;
  }
  return &l->o;
}
