/* SPDX-License-Identifier: ISC */
/* The panel on a terminal: what happens is written above it and stays, what is now is
   drawn in place. */
#include "json.h"
#include "panel_lamp.h"
#include "terminal.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  live_output o;
  terminal *screen;
  bool colour;
  panel held;
  panel_text text;
  /* a dumb terminal gets a line for each state of the lamp, and a heartbeat */
  double heartbeat_s, next_s;
  panel_lamp lamp, said;
} live_panel;

/* The time since the start, then the text. */
static void
say(live_panel *p, const live_status *s, const char *text)
{
  char when[WORD_SIZE], line[1200];
  word_time(when, s->clock_s, 0);
  (void)snprintf(line, sizeof line, "%s  %s\n", when, text);
  terminal_above(p->screen, line, true);
}

static void
say_lamp(live_panel *p, const live_status *s)
{
  lamp_of(&p->lamp, s);
  const bool same =
      p->lamp.state == p->said.state && strcmp(p->lamp.text, p->said.text) == 0;
  const bool beat = p->heartbeat_s > 0 && s->clock_s >= p->next_s;
  if (!same || beat) {
    char text[1100];
    (void)snprintf(text, sizeof text, "%.500s  %.500s", p->lamp.text, p->lamp.detail);
    say(p, s, text);
    p->said = p->lamp;
    p->next_s = s->clock_s + p->heartbeat_s;
  }
}

static void
update(live_output *o, const live_status *s)
{
  live_panel *p = (live_panel *)o;
  panel_feed(&p->held, s);
  if (terminal_is_dumb(p->screen)) {
    say_lamp(p, s);
    return;
  }
  const panel_look look = terminal_look(p->screen, p->colour);
  panel_draw(&p->text, &p->held, s, &look);
  terminal_show(p->screen, &p->text);
}

static void
changed(live_output *o, const live_status *s)
{
  live_panel *p = (live_panel *)o;
  panel_changed(&p->held);
  update(o, s);
}

static void
verdict(live_output *o, const live_status *s, const ear_verdict *v)
{
  live_panel *p = (live_panel *)o;
  panel_feed_verdict(&p->held, s, v);
}

/* "0:12.3-0:15.6  harsh 97 %, 2.9-4.1 kHz" */
static void
event(live_output *o, const live_status *s, const ear_event *e)
{
  live_panel *p = (live_panel *)o;
  char start[WORD_SIZE], stop[WORD_SIZE], peak[WORD_SIZE], range[WORD_SIZE], line[400];
  if (e->rejected) {
    return;
  }
  word_time(start, e->start_s, 1);
  word_time(stop, e->end_s, 1);
  word_share(peak, (double)e->peak_p);
  word_range(range, e->low_hz, e->high_hz);
  (void)snprintf(line, sizeof line, "%s-%s  %s %s%s%s\n", start, stop,
                 event_label(s->report, e), peak,
                 range_known(e->low_hz, e->high_hz) ? ", " : "",
                 range_known(e->low_hz, e->high_hz) ? range : "");
  terminal_above(p->screen, line, true);
}

/* As `earshot file` writes it. */
static void
summary(live_output *o, const live_status *s)
{
  live_panel *p = (live_panel *)o;
  char *text = NULL;
  size_t size = 0;
  report r = *s->report;
  r.events = NULL;
  r.ongoing = s->running;
  r.out = open_memstream(&text, &size);
  if (r.out) {
    out_text.end(&r);
    if (fclose(r.out) == 0) {
      terminal_above(p->screen, text, false); /* it may be the last */
    }
    free(text);
  }
}

static void
message(live_output *o, const live_status *s, const char *text)
{
  say((live_panel *)o, s, text);
}

static void
end(live_output *o)
{
  live_panel *p = (live_panel *)o;
  terminal_free(p->screen);
  free(p);
}

live_output *
live_panel_new(int fd, const live_output_options *options, ear_error *err)
{
  live_panel *p = calloc(1, sizeof *p);
  if (!p) {
    (void)fail(err, "there is not enough memory for the panel");
    return NULL;
  }
  p->screen = terminal_new(fd, err);
  if (!p->screen) {
    free(p);
    return NULL;
  }
  p->colour = options->colour;
  p->heartbeat_s = options->heartbeat_s;
  p->o = (live_output){.begin = update,
                       .changed = changed,
                       .verdict = verdict,
                       .event = event,
                       .update = update,
                       .summary = summary,
                       .message = message,
                       .end = end};
  panel_reset(&p->held);
  return &p->o;
}
