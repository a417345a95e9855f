/* SPDX-License-Identifier: ISC */
/* The lamp is lit by the flags alone, whatever the meters show. */
#include "panel_lamp.h"

#include "big_text.h"
#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

uint32_t
flag_label(const model_set *models, const ear_verdict *v, ear_horizon h)
{
  uint32_t best = v->n_labels;
  for (uint32_t l = 0; l < v->n_labels; l++) {
    if (can_flag(models, v->model, l) &&
        (best == v->n_labels || v->p[h][l] > v->p[h][best])) {
      best = l;
    }
  }
  return best;
}

/* In upper case if all of it is ASCII. */
static void
add_label(panel_lamp *lamp, const char *label)
{
  size_t n = strlen(lamp->text);
  (void)snprintf(lamp->text + n, sizeof lamp->text - n, "%s%s", n ? " + " : "", label);
  for (const char *c = label; *c; c++) {
    if ((unsigned char)*c >= 0x80) {
      return;
    }
  }
  for (; lamp->text[n]; n++) {
    lamp->text[n] = (char)toupper((unsigned char)lamp->text[n]);
  }
}

/* Every model whose flag is on; the range only if it is one. */
static unsigned
add_flags(panel_lamp *lamp, const live_status *s)
{
  const model_set *models = s->report->models;
  unsigned n = 0;
  for (uint32_t m = 0; m < models->n; m++) {
    const ear_horizon h = models->flag[m].event_horizon;
    const ear_verdict *v = &s->report->tally[m].last;
    const uint32_t l = flag_label(models, v, h);
    if (s->report->tally[m].n_ticks > 0 && v->flag[h] && l < v->n_labels) {
      char range[WORD_SIZE] = "";
      if (range_known(v->low_hz[h], v->high_hz[h])) {
        word_range(range, v->low_hz[h], v->high_hz[h]);
      }
      add_label(lamp, ear_model_info_get(models->model[m])->label[l]);
      (void)snprintf(lamp->detail, sizeof lamp->detail, "%s", n ? "" : range);
      n++;
    }
  }
  return n;
}

/* "harsh 12 % of the time, 3 passages" of the first model that flags */
static void
add_history(panel_lamp *lamp, const live_status *s)
{
  const model_set *models = s->report->models;
  for (uint32_t m = 0; m < models->n; m++) {
    const model_tally *t = &s->report->tally[m];
    if (t->n_ticks > 0 && t->n_events > 0) {
      char share[WORD_SIZE];
      word_share(share, (double)t->n_flagged / (double)t->n_ticks);
      (void)snprintf(lamp->detail, sizeof lamp->detail,
                     "so far: %s %s of the time, %u %s",
                     event_label(s->report, &t->worst), share, t->n_events,
                     t->n_events == 1 ? "passage" : "passages");
      return;
    }
  }
}

void
lamp_of(panel_lamp *lamp, const live_status *s)
{
  const report *r = s->report;
  bool judged = false, sound = false;
  *lamp = (panel_lamp){0};
  for (uint32_t m = 0; m < r->models->n; m++) {
    judged |= r->tally[m].n_ticks > 0;
    sound |= r->tally[m].n_ticks > 0 && !r->tally[m].last.gated;
  }
  if (!s->running) {
    lamp->state = LAMP_WAITING;
    (void)snprintf(lamp->text, sizeof lamp->text, "no input");
    (void)snprintf(lamp->detail, sizeof lamp->detail, "waiting for %s", s->input->name);
    return;
  } else if (!judged) {
    (void)snprintf(lamp->text, sizeof lamp->text, "listening");
  } else if (add_flags(lamp, s) > 0) {
    lamp->state = LAMP_LIT;
    return;
  } else {
    (void)snprintf(lamp->text, sizeof lamp->text, sound ? "nothing flagged" : "silence");
  }
  add_history(lamp, s);
}

/* Is this pixel of the bar lit?  The letters are cut out of it; it is one row of pixels
   higher than they are on either side. */
static bool
bar_pixel(const char *text, unsigned x, unsigned y)
{
  const unsigned margin = 2;
  const bool cut = x >= margin && y > 0 && big_pixel(text, x - margin, y - 1);
  return y < BIG_HEIGHT + 2 && !cut;
}

/* Row i of the bar, two rows of pixels; small text follows the big one if there is room.
 */
static void
big_line(panel_line *l, const char *text, const char *small, unsigned i)
{
  const unsigned width = line_left(l), after = big_width(text) + 4;
  for (unsigned x = 0; line_left(l) > 0; x = l->column) {
    const bool upper = bar_pixel(text, x, 2 * i), lower = bar_pixel(text, x, 2 * i + 1);
    line_style(l, STYLE_ALARM);
    if (i == 1 && x == after && small[0] && after + strlen(small) + 4 <= width) {
      line_to(l, x + 1);
      line_style(l, STYLE_STRONG);
      line_text(l, small, line_left(l));
      line_to(l, l->column + 1);
    } else if (upper || lower) {
      line_glyph(l, upper && lower ? GLYPH_FULL : upper ? GLYPH_UPPER : GLYPH_LOWER, 1);
    } else {
      line_to(l, x + 1);
    }
  }
}

/* ████  text  ███████████ */
static void
bar_line(panel_line *l, const char *text, unsigned before)
{
  line_style(l, STYLE_ALARM);
  line_glyph(l, GLYPH_FULL, text[0] ? before : line_left(l));
  if (text[0]) {
    line_to(l, before + 1);
    line_style(l, STYLE_STRONG);
    line_text(l, text, line_left(l) > before ? line_left(l) - before : 0);
    line_to(l, l->column + 1);
    line_style(l, STYLE_ALARM);
    line_glyph(l, GLYPH_FULL, line_left(l));
  }
}

static void
frame_line(panel_line *l, const panel_lamp *lamp, unsigned i)
{
  const unsigned width = line_left(l);
  const bool edge = i == 0 || i == LAMP_ROWS - 1;
  const bool waiting = lamp->state == LAMP_WAITING;
  line_style(l, STYLE_FAINT);
  if (edge && waiting) {
    line_glyph(l, GLYPH_SHADE, width);
  } else if (edge) {
    line_corner(l, i ? 2 : 0);
    line_glyph(l, GLYPH_DASH, width > 2 ? width - 2 : 0);
    line_corner(l, i ? 3 : 1);
  } else if (width > 4) {
    line_glyph(l, waiting ? GLYPH_SHADE : GLYPH_SIDE, 1);
    line_to(l, 2);
    line_style(l, i == 1 ? STYLE_STRONG : STYLE_PLAIN);
    line_text(l, i == 1 ? lamp->text : lamp->detail, width - 4);
    line_to(l, width - 1);
    line_style(l, STYLE_FAINT);
    line_glyph(l, waiting ? GLYPH_SHADE : GLYPH_SIDE, 1);
  }
}

static void
small_line(panel_line *l, const panel_lamp *lamp)
{
  char text[2 * PANEL_LINE_BYTES + 2];
  (void)snprintf(text, sizeof text, lamp->detail[0] ? "%s  %s" : "%s", lamp->text,
                 lamp->detail);
  if (lamp->state == LAMP_LIT) {
    bar_line(l, text, line_left(l) >= 40 ? 4 : 2);
  } else {
    if (lamp->state == LAMP_WAITING) {
      line_glyph(l, GLYPH_SHADE, 2);
      line_to(l, 3);
    }
    line_text(l, text, line_left(l));
  }
}

/* "HARSH 2.9-4.1 kHz" in big letters, else "HARSH", else in small ones. */
static void
lit_line(panel_line *l, const panel_lamp *lamp, unsigned i)
{
  char both[2 * PANEL_LINE_BYTES + 1];
  (void)snprintf(both, sizeof both, lamp->detail[0] ? "%s %s" : "%s", lamp->text,
                 lamp->detail);
  const unsigned width = line_left(l);
  const unsigned needed = l->look->utf8 ? big_width(both) : 0;
  if (needed > 0 && needed + 4 <= width) {
    big_line(l, both, "", i);
  } else if (needed > 0 && big_width(lamp->text) + 4 <= width) {
    big_line(l, lamp->text, lamp->detail, i);
  } else {
    bar_line(l, i == 1 ? lamp->text : i == 2 ? lamp->detail : "", 4);
  }
}

void
lamp_line(panel_line *l, const panel_lamp *lamp, unsigned i, unsigned n_rows)
{
  if (n_rows == 1) {
    small_line(l, lamp);
  } else if (lamp->state == LAMP_LIT) {
    lit_line(l, lamp, i);
  } else {
    frame_line(l, lamp, i);
  }
}
