/* SPDX-License-Identifier: ISC */
/* A row shows nothing as measured that is not: without sound or verdict its bar is empty
   and its figure a dash. */
#include "panel_rows.h"

#include "panel_lamp.h"
#include "words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double late_s = 2; /* an age that is worth a word */

panel_canvas
canvas_of(const panel *p, const live_status *s, const panel_look *look)
{
  panel_canvas k = {.p = p, .s = s, .look = look, .title = 2};
  const unsigned width = look->columns < PANEL_COLUMNS ? look->columns : PANEL_COLUMNS;
  k.wide = width >= 59;
  k.title = k.wide ? 10 : 2;
  k.right = k.wide ? 25 : width >= 36 ? 19 : width >= 16 ? 6 : 0;
  k.bar = width > k.title + k.right ? width - k.title - k.right : 0;
  return k;
}

bool
has_meters(const model_set *models, uint32_t m)
{
  const ear_model_info *info = ear_model_info_get(models->model[m]);
  bool any = false;
  for (uint32_t l = 0; l < info->n_labels; l++) {
    any |= can_flag(models, m, l);
  }
  return any && strcmp(info->task, "harshness") == 0;
}

void
row_title(panel_line *l, const panel_canvas *k, const char *text, panel_style style)
{
  line_style(l, style);
  line_text(l, text, k->title - 1);
  line_to(l, k->title);
}

/* ", 48 kHz, stereo" */
static void
write_format(char *text, size_t size, const panel_canvas *k)
{
  const backend_info *in = k->s->input;
  text[0] = '\0';
  if (k->s->running && k->wide && in->n_channels > 2) {
    (void)snprintf(text, size, ", %g kHz, %u channels", in->rate_hz / 1000,
                   in->n_channels);
  } else if (k->s->running && k->wide) {
    (void)snprintf(text, size, ", %g kHz, %s", in->rate_hz / 1000,
                   in->n_channels == 1 ? "mono" : "stereo");
  }
}

void
row_header(panel_line *l, const panel_canvas *k)
{
  char clock[WORD_SIZE], format[64];
  word_time(clock, k->s->clock_s, 0);
  write_format(format, sizeof format, k);
  const unsigned width = line_left(l), n_clock = (unsigned)strlen(clock);
  const unsigned after = n_clock + 2 + (unsigned)strlen(format);
  line_style(l, STYLE_STRONG);
  line_text(l, "earshot", width > n_clock + 1 ? width - n_clock - 1 : 0);
  line_to(l, l->column + 2);
  line_style(l, STYLE_PLAIN);
  if (width > l->column + after) {
    line_text(l, k->s->input->name, width - l->column - after);
    line_text(l, format, line_left(l));
  }
  line_to(l, width > n_clock ? width - n_clock : 0);
  line_style(l, STYLE_STRONG);
  line_text(l, clock, n_clock);
}

/* One figure of the last row, if it still fits. */
static void
count(panel_line *l, bool alarm, const char *text)
{
  const unsigned gap = l->column ? 3 : 0;
  if (line_left(l) >= gap + strlen(text)) {
    line_to(l, l->column + gap);
    line_style(l, alarm ? STYLE_ALARM : STYLE_PLAIN);
    line_text(l, text, line_left(l));
  }
}

void
row_counts(panel_line *l, const panel_canvas *k)
{
  const live_status *s = k->s;
  char text[64];
  (void)snprintf(text, sizeof text, "%s %u", s->xruns ? "XRUNS" : "xruns", s->xruns);
  count(l, s->xruns > 0, text);
  if (s->stats.samples_lost > 0 && s->input->rate_hz > 0) {
    (void)snprintf(text, sizeof text, "DROPS %u (%.3g s)", s->stats.overruns,
                   (double)s->stats.samples_lost / s->input->rate_hz);
  } else {
    (void)snprintf(text, sizeof text, "%s %u", s->stats.overruns ? "DROPS" : "drops",
                   s->stats.overruns);
  }
  count(l, s->stats.samples_lost > 0 || s->stats.overruns > 0, text);
  if (s->age_s < 0 || !s->running) {
    count(l, false, "age -");
  } else {
    const bool late = s->age_s > late_s;
    (void)snprintf(text, sizeof text, "%s %.1f s", late ? "LATE" : "age", s->age_s);
    count(l, late, text);
  }
  if (s->n_reconnects > 0) {
    (void)snprintf(text, sizeof text, "reconnects %u", s->n_reconnects);
    count(l, false, text);
  }
  if (s->stats.lost_reports > 0) {
    (void)snprintf(text, sizeof text, "RESULTS LOST %u", s->stats.lost_reports);
    count(l, true, text);
  }
}

void
scale_tick(char *scale, unsigned width, float share, const char *text)
{
  const size_t n = strlen(text);
  const int centre = (int)lroundf(share * (float)(width - 1));
  int at = centre - (int)(n / 2);
  at = at < 0 ? 0 : at;
  at = at + (int)n > (int)width ? (int)width - (int)n : at;
  if (at < 0 || (at > 0 && scale[at - 1] != ' ')) {
    return;
  }
  for (size_t i = 0; i <= n; i++) {
    if (scale[(size_t)at + i] != ' ' && scale[(size_t)at + i] != '\0') {
      return;
    }
  }
  memcpy(scale + at, text, n);
}

void
row_scale(panel_line *l, const panel_canvas *k, const char *name, const char *scale,
          const char *heading)
{
  row_title(l, k, k->wide ? name : "", STYLE_STRONG);
  for (const char *c = scale; *c; c++) {
    const char one[2] = {*c, '\0'};
    if (*c == ' ') {
      line_to(l, l->column + 1);
    } else if (*c == 'v') {
      line_style(l, STYLE_STRONG);
      line_glyph(l, GLYPH_DOWN, 1);
    } else {
      line_style(l, STYLE_FAINT);
      line_text(l, one, 1);
    }
  }
  line_style(l, STYLE_FAINT);
  line_text(l, heading, k->right);
}
