/* SPDX-License-Identifier: ISC */
/* The JSON lines of a live session, for standard output and for the log alike: those of
   `earshot file`, verdicts only when they differ, and two types more, status and message.

   A verdict is written if, since the last line of its model and horizon, the flag or the
   likeliest label is another, or a posterior has moved by LIVE_JSON_MOVED.  A heartbeat
   is a status line and every newest verdict that was not written: who joins late waits no
   longer than that for the whole state, and no line is further off than LIVE_JSON_MOVED.

   All write to `out` and never fail: look at ferror.  Nothing is flushed. */
#ifndef LIVE_JSON_H
#define LIVE_JSON_H

#include "live_output.h"

#define LIVE_JSON_MOVED 0.05f

typedef struct live_json live_json;

/* NULL when memory is short.  [setup] */
live_json *live_json_new(const live_output_options *options);
void live_json_free(live_json *j); /* NULL is fine */

/* A start line and a status line: first thing of the session, of each log file, and
   whenever an output is told that something `changed`.  Every next verdict is written. */
void live_json_start(live_json *j, FILE *out, const live_status *s);

void live_json_verdict(live_json *j, FILE *out, const live_status *s,
                       const ear_verdict *v);
void live_json_event(live_json *j, FILE *out, const live_status *s, const ear_event *e);

/* The heartbeat, if it is time. */
void live_json_update(live_json *j, FILE *out, const live_status *s);

/* One line a model.  A text of any bytes becomes one valid line. */
void live_json_summary(live_json *j, FILE *out, const live_status *s);
void live_json_message(live_json *j, FILE *out, const live_status *s, const char *text);

#endif
