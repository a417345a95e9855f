/* SPDX-License-Identifier: ISC */
/* Each part fills its own box, whole, and nothing else: so it can be drawn alone. */
#include "monitor_parts.h"

#include <math.h>
#include <stdio.h>

enum { BIG = 19, ROUND = 4 };

/* A box with round corners, filled and framed. */
static void
panel(cairo_t *cr, view_box b, view_rgb fill, view_rgb edge, double width)
{
  const double r = ROUND, x1 = b.x + b.w, y1 = b.y + b.h, q = 1.5707963267948966;
  cairo_new_path(cr);
  cairo_arc(cr, x1 - r, b.y + r, r, -q, 0);
  cairo_arc(cr, x1 - r, y1 - r, r, 0, q);
  cairo_arc(cr, b.x + r, y1 - r, r, q, 2 * q);
  cairo_arc(cr, b.x + r, b.y + r, r, 2 * q, 3 * q);
  cairo_close_path(cr);
  view_color(cr, fill);
  cairo_fill_preserve(cr);
  view_color(cr, edge);
  cairo_set_line_width(cr, width);
  cairo_set_dash(cr, NULL, 0, 0);
  cairo_stroke(cr);
}

static void
button_ground(const view_monitor *m, cairo_t *cr, const view_theme *th, view_spot spot,
              bool on)
{
  const view_box b = view_inset(monitor_spot(m, spot), 0.5, 0.5, 0.5, 0.5);
  const bool hover = m->hover == spot;
  const view_rgb fill = on ? th->good : view_mix(th->plot, th->ink, hover ? 0.12 : 0.03);
  panel(cr, b, fill, hover ? th->edge : th->grid, 1);
}

static void
text_button(const view_monitor *m, cairo_t *cr, const view_theme *th, view_spot spot,
            const char *text, bool on)
{
  const view_box b = monitor_spot(m, spot);
  if (b.w > 0) {
    button_ground(m, cr, th, spot, on);
    const view_style st = {VIEW_TEXT_PX, false, VIEW_CENTER,
                           on ? view_text_on(th, th->good) : th->ink};
    view_text(cr, &st, b.x + b.w / 2, b.y + 16.5, b.w - 6, text);
  }
}

/* Half a disc: light and dark. */
static void
mode_button(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  const view_box b = monitor_spot(m, SPOT_MODE);
  if (b.w <= 0) {
    return;
  }
  button_ground(m, cr, th, SPOT_MODE, false);
  const double x = b.x + b.w / 2, y = b.y + b.h / 2;
  view_color(cr, th->ink);
  cairo_new_path(cr);
  cairo_arc(cr, x, y, 6, 1.5707963267948966, 4.71238898038469);
  cairo_fill(cr);
  cairo_arc(cr, x, y, 6, 0, 6.283185307179586);
  cairo_set_line_width(cr, 1.3);
  cairo_stroke(cr);
}

/* Filled with a mark when flagged, a ring when not: the shape tells as the colour does.
 */
static void
lamp(const view_monitor *m, cairo_t *cr, const view_theme *th, double x, double y,
     double r)
{
  const bool on = m->heard && m->verdict.flag;
  const view_rgb quiet = m->heard && !m->verdict.silent ? th->good : th->edge;
  cairo_new_path(cr);
  cairo_arc(cr, x, y, r, 0, 6.283185307179586);
  view_color(cr, on ? th->bad : th->plot);
  cairo_fill_preserve(cr);
  cairo_set_line_width(cr, 2.5);
  cairo_set_dash(cr, NULL, 0, 0);
  view_color(cr, on ? th->bad : quiet);
  cairo_stroke(cr);
  if (on) {
    const view_rgb mark = view_text_on(th, th->bad);
    view_fill(cr, (view_box){x - 1.5, y - r * 0.55, 3, r * 0.65}, mark);
    view_fill(cr, (view_box){x - 1.5, y + r * 0.3, 3, 3}, mark);
  }
}

static void
verdict_text(const view_monitor *m, char *out, size_t n)
{
  const view_verdict *v = &m->verdict;
  if (!m->heard) {
    snprintf(out, n, "Waiting for sound");
  } else if (v->flag && v->high_hz > v->low_hz) {
    char low[16], high[16];
    monitor_hz_text(low, sizeof low, (double)v->low_hz);
    monitor_hz_text(high, sizeof high, (double)v->high_hz);
    snprintf(out, n, "Harsh, %s to %s", low, high);
  } else if (v->flag) {
    snprintf(out, n, "Harsh");
  } else {
    snprintf(out, n, v->silent ? "Silence" : "Not harsh");
  }
}

static const char *
trouble(const view_monitor *m)
{
  for (uint32_t s = 0; s < VIEW_SLOTS; ++s) {
    if (m->model[s].health == VIEW_TROUBLE) {
      return m->model[s].sentence;
    }
  }
  return NULL;
}

static void
status_text(const view_monitor *m, char *out, size_t n)
{
  static const char *const horizon[] = {"0.4 s", "3 s", "all since the reset"};
  const bool loading =
      m->model[0].health == VIEW_LOADING || m->model[1].health == VIEW_LOADING;
  if (m->notice[0]) {
    snprintf(out, n, "%s", m->notice);
  } else if (trouble(m)) {
    snprintf(out, n, "%s", trouble(m));
  } else if (loading) {
    snprintf(out, n, "A model is being loaded; the one before runs until then.");
  } else if (m->frozen) {
    snprintf(out, n, "The picture is frozen; the analysis goes on.");
  } else if (m->dropped) {
    snprintf(out, n,
             "%u blocks were not analysed, as the computer was too busy; the sound is "
             "untouched.",
             m->dropped);
  } else {
    snprintf(out, n, "%.0f %% over %s; the flag goes up at %.0f %%%s.",
             100 * monitor_p(m), horizon[m->horizon], 100 * (double)m->threshold,
             m->own ? ", the model's own threshold" : "");
  }
}

void
monitor_draw_head(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  const view_box b = m->box[0];
  char big[64], small[600];
  const double r = fmin(13, b.h / 2 - 2), x = b.x + r + 3, y = b.y + b.h / 2;
  verdict_text(m, big, sizeof big);
  status_text(m, small, sizeof small);
  lamp(m, cr, th, x, y, fmax(2, r));
  const double buttons = monitor_spot(m, SPOT_FREEZE).w > 0 ? 184 : 0;
  const double big_px = b.w < 300 ? VIEW_TITLE_PX - 2 : BIG;
  const view_style head = {big_px, true, VIEW_LEFT, th->ink};
  const bool bad = trouble(m) || m->notice[0];
  const view_style line = {VIEW_TEXT_PX, false, VIEW_LEFT, bad ? th->bad : th->dim};
  const double left = x + r + 12;
  view_text(cr, &head, left, b.y + 19, b.x + b.w - left - buttons, big);
  if (b.h >= 40) {
    view_text(cr, &line, left, b.y + 38, b.x + b.w - left, small);
  }
  text_button(m, cr, th, SPOT_FREEZE, m->frozen ? "Frozen" : "Freeze", m->frozen);
  text_button(m, cr, th, SPOT_RESET, "Reset", false);
  mode_button(m, cr, th);
}

static void
arrow(const view_monitor *m, cairo_t *cr, const view_theme *th, view_spot spot, int to)
{
  const view_box b = monitor_spot(m, spot);
  const double x = b.x + b.w / 2, y = b.y + b.h / 2;
  button_ground(m, cr, th, spot, false);
  cairo_new_path(cr);
  cairo_move_to(cr, x + 3.5 * to, y);
  cairo_line_to(cr, x - 3 * to, y - 5);
  cairo_line_to(cr, x - 3 * to, y + 5);
  cairo_close_path(cr);
  view_color(cr, th->ink);
  cairo_fill(cr);
}

static void
draw_chooser(const view_monitor *m, cairo_t *cr, const view_theme *th, uint32_t slot)
{
  static const char *const title[] = {"Harshness", "Classes"};
  const view_box back = monitor_spot(m, (view_spot)(SPOT_BACK + slot));
  const view_box name = monitor_spot(m, (view_spot)(SPOT_NAME + slot));
  const view_model *model = &m->model[slot];
  const view_style label = {VIEW_TEXT_PX, false, VIEW_LEFT, th->dim};
  const bool bad = model->health == VIEW_TROUBLE;
  const view_style st = {VIEW_TEXT_PX, false, VIEW_LEFT,
                         bad                             ? th->bad
                         : model->health == VIEW_LOADING ? th->dim
                                                         : th->ink};
  view_text(cr, &label, back.x - 72, back.y + 16.5, 68, title[slot]);
  arrow(m, cr, th, (view_spot)(SPOT_BACK + slot), -1);
  arrow(m, cr, th, (view_spot)(SPOT_NEXT + slot), 1);
  button_ground(m, cr, th, (view_spot)(SPOT_NAME + slot), false);
  const double used =
      view_text(cr, &st, name.x + 10, name.y + 16.5, name.w - 30, model->name);
  if (model->health != VIEW_FINE) {
    view_text(cr, &st, name.x + 18 + used, name.y + 16.5, name.w - 38 - used,
              bad ? "built-in runs" : "loading");
  }
  cairo_new_path(cr);
  cairo_move_to(cr, name.x + name.w - 16, name.y + 14);
  cairo_rel_line_to(cr, 4, -5);
  cairo_rel_line_to(cr, 4, 5);
  cairo_close_path(cr);
  view_color(cr, th->dim);
  cairo_fill(cr);
}

void
monitor_draw_models(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  draw_chooser(m, cr, th, 0);
  draw_chooser(m, cr, th, 1);
}

static void
draw_list(const view_monitor *m, cairo_t *cr, const view_theme *th, view_box b)
{
  const uint32_t shown = monitor_list_shown(m), rows = monitor_list_rows(m);
  for (uint32_t i = 0; i < shown; ++i) {
    const int row = (int)(m->list_top + i);
    const double y = b.y + 4 + i * (double)ROW;
    const bool lit = row == m->list_at, current = row == m->list_current;
    if (lit) {
      view_fill(cr, (view_box){b.x + 3, y, b.w - 6, ROW},
                view_mix(th->plot, th->good, 0.35));
    }
    const view_style st = {VIEW_TEXT_PX, current, VIEW_LEFT, th->ink};
    const bool browse = (uint32_t)row >= m->n_list;
    view_text(cr, &st, b.x + 12, y + 16.5, b.w - 30,
              browse ? "Choose a file\xe2\x80\xa6" : m->list[row]);
  }
  if (rows > shown) { /* how far down */
    const double h = b.h - 8;
    view_fill(
        cr,
        (view_box){b.x + b.w - 7, b.y + 4 + h * m->list_top / rows, 3, h * shown / rows},
        th->edge);
  }
}

void
monitor_draw_over(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  const view_box b = monitor_over(m);
  if (b.w <= 0) {
    return;
  }
  view_fill(cr, b, th->plot);
  view_frame(cr, (view_box){b.x + 0.5, b.y + 0.5, b.w - 1, b.h - 1}, th->edge);
  if (m->listed) {
    draw_list(m, cr, th, b);
    return;
  }
  char text[600];
  const view_style st = {VIEW_TEXT_PX, false, VIEW_LEFT, th->ink};
  monitor_tip_text(m, text, sizeof text);
  view_paragraph(cr, &st, b.x + 8, b.y + 5, b.w - 16, TIP_LINES, text);
}

void
monitor_draw_focus(const view_monitor *m, cairo_t *cr, const view_theme *th)
{
  const view_box b = monitor_spot(m, m->focus);
  if (m->focus != SPOT_NONE && b.w > 0) {
    view_frame(cr, view_inset(b, 1, 1, 1, 1), th->good);
    view_frame(cr, view_inset(b, 2, 2, 2, 2), th->good);
  }
}

static void
draw_part(view_monitor *m, cairo_t *cr, const view_theme *th, uint32_t part)
{
  switch (part) {
  case VIEW_HEAD:
    monitor_draw_head(m, cr, th);
    break;
  case VIEW_SPECTRUM:
    monitor_draw_spectrum(m, cr, th);
    break;
  case VIEW_METERS:
    monitor_draw_meters(m, cr, th);
    break;
  case VIEW_HISTORY:
    monitor_draw_history(m, cr, th);
    break;
  case VIEW_CLASSES:
    monitor_draw_classes(m, cr, th);
    break;
  default:
    monitor_draw_models(m, cr, th);
  }
}

void
view_monitor_draw(view_monitor *m, cairo_t *cr, uint32_t parts)
{
  const view_theme *th = view_theme_get(m->mode);
  if (parts == VIEW_ALL) {
    view_fill(cr, (view_box){0, 0, m->w, m->h}, th->page);
  }
  for (uint32_t part = 1; part < VIEW_OVER; part <<= 1) {
    const view_box b = view_monitor_box(m, part);
    if (!(parts & part) || b.w <= 0) {
      continue;
    }
    cairo_save(cr);
    cairo_rectangle(cr, b.x, b.y, b.w, b.h);
    cairo_clip(cr);
    view_fill(cr, b, th->page);
    draw_part(m, cr, th, part);
    monitor_draw_focus(m, cr, th);
    cairo_restore(cr);
  }
  monitor_draw_over(m, cr, th);
  m->dirty &= ~parts;
}
