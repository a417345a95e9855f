/* SPDX-License-Identifier: ISC */
/* A size decides what is shown: parts that could not be read are left out, the lamp and
   the meters last. */
#include "monitor_parts.h"

#include <math.h>
#include <string.h>

enum { PAD = 12, HEAD = 44, HISTORY = 86, SIDE = 232, NARROW = 150, BUTTON = 24 };

uint32_t
monitor_part_index(uint32_t part)
{
  uint32_t i = 0;
  for (; part > 1; part >>= 1) {
    ++i;
  }
  return i;
}

static void
put(view_monitor *m, uint32_t part, view_box b)
{
  m->box[monitor_part_index(part)] = b;
}

/* Split a strip of `size` off the lower end, with a gap. */
static view_box
below(view_box *from, double size)
{
  const view_box b = {from->x, from->y + from->h - size, from->w, size};
  from->h = fmax(0, from->h - size - VIEW_GAP);
  return b;
}

static view_box
right_of(view_box *from, double size)
{
  const view_box b = {from->x + from->w - size, from->y, size, from->h};
  from->w = fmax(0, from->w - size - PAD);
  return b;
}

void
monitor_place(view_monitor *m)
{
  for (uint32_t i = 0; i < VIEW_N_PARTS; ++i) {
    m->box[i] = (view_box){0, 0, 0, 0};
  }
  const double pad = m->w < 20 || m->h < 20 ? 0 : m->w < 300 || m->h < 150 ? 4 : PAD;
  const double head = m->h < 200 ? 26 : HEAD;
  view_box rest = view_inset((view_box){0, 0, m->w, m->h}, pad, pad, pad, pad);
  put(m, VIEW_HEAD, (view_box){rest.x, rest.y, rest.w, fmin(head, rest.h)});
  rest = view_inset(rest, 0, head + VIEW_GAP, 0, 0);
  if (rest.h >= 180 && rest.w >= 320) {
    put(m, VIEW_MODELS, below(&rest, rest.w >= 640 ? ROW : 2 * ROW + 4));
  }
  const bool wide = rest.w >= 400;
  if (rest.h < 60 || rest.w < 260) {
    put(m, VIEW_METERS, rest.h < 60 ? m->box[VIEW_N_PARTS - 1] : rest);
    return;
  }
  if (!wide) {
    put(m, VIEW_METERS, right_of(&rest, NARROW));
  } else {
    view_box side = right_of(&rest, rest.w >= 560 ? SIDE : NARROW);
    if (side.h >= 280) {
      put(m, VIEW_CLASSES, below(&side, fmin(220, round(side.h * 0.42))));
    }
    put(m, VIEW_METERS, side);
  }
  if (rest.h >= 240) {
    put(m, VIEW_HISTORY, below(&rest, HISTORY));
  }
  put(m, VIEW_SPECTRUM, rest);
}

view_box
view_monitor_box(const view_monitor *m, uint32_t part)
{
  return part == VIEW_OVER ? monitor_over(m) : m->box[monitor_part_index(part)];
}

bool
view_box_has(view_box b, double x, double y)
{
  return x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h;
}

view_box
monitor_plot(const view_monitor *m, uint32_t part)
{
  const view_box b = view_monitor_box(m, part);
  if (b.w <= 0) {
    return b;
  }
  switch (part) {
  case VIEW_SPECTRUM:
    return view_inset(b, 50, 18, 12, 18);
  case VIEW_METERS:
    return view_inset(b, 34, 24, b.w > 200 ? 44 : 6, 22);
  case VIEW_HISTORY:
    return view_inset(b, 50, 18, 12, 18);
  default:
    return view_inset(b, 0, 18, 0, 0);
  }
}

view_box
monitor_bar(const view_monitor *m, uint32_t h)
{
  const view_box p = monitor_plot(m, VIEW_METERS);
  const double step = p.w / EAR_N_HORIZONS, w = fmin(36, step - 10);
  return (view_box){p.x + step * h + (step - w) / 2, p.y, fmax(w, 2), p.h};
}

double
monitor_y_of(const view_monitor *m, double p)
{
  const view_box b = monitor_plot(m, VIEW_METERS);
  return b.y + b.h * (1 - fmin(fmax(p, 0), 1));
}

double
monitor_p_at(const view_monitor *m, double y)
{
  const view_box b = monitor_plot(m, VIEW_METERS);
  return b.h > 0 ? fmin(fmax(1 - (y - b.y) / b.h, 0), 1) : 0;
}

/* The buttons of the head, from the right. */
static view_box
button(const view_monitor *m, view_spot spot)
{
  const view_box head = m->box[0];
  const double right = head.x + head.w, y = head.y + 2;
  if (head.w < 400 || head.h < HEAD) {
    return (view_box){0, 0, 0, 0};
  }
  switch (spot) {
  case SPOT_MODE:
    return (view_box){right - 28, y, 28, BUTTON};
  case SPOT_RESET:
    return (view_box){right - 28 - 6 - 60, y, 60, BUTTON};
  default:
    return (view_box){right - 28 - 12 - 60 - 66, y, 66, BUTTON};
  }
}

/* Label, back, name, next: of one slot. */
static view_box
chooser(const view_monitor *m, uint32_t slot, view_spot kind)
{
  const view_box b = view_monitor_box(m, VIEW_MODELS);
  if (b.w <= 0) {
    return b;
  }
  const bool rows = b.h > ROW;
  const double w = rows ? b.w : (b.w - PAD) / 2, label = 72;
  const double x = b.x + (rows ? 0 : slot * (w + PAD)), y = b.y + (rows ? slot * 28 : 0);
  if (kind == SPOT_BACK) {
    return (view_box){x + label, y, BUTTON, ROW};
  }
  if (kind == SPOT_NEXT) {
    return (view_box){x + w - BUTTON, y, BUTTON, ROW};
  }
  return (view_box){x + label + BUTTON + 4, y, w - label - 2 * BUTTON - 8, ROW};
}

view_box
monitor_spot(const view_monitor *m, view_spot spot)
{
  const view_box none = {0, 0, 0, 0};
  const view_box head = m->box[0];
  if (spot >= SPOT_FREEZE && spot <= SPOT_MODE) {
    return button(m, spot);
  }
  if (spot >= SPOT_BACK && spot < SPOT_LAMP) {
    const uint32_t k = (uint32_t)(spot - SPOT_BACK);
    return chooser(m, k % VIEW_SLOTS,
                   (view_spot)(SPOT_BACK + k / VIEW_SLOTS * VIEW_SLOTS));
  }
  if (spot >= SPOT_HORIZON && spot < SPOT_BACK) {
    const view_box b = monitor_bar(m, (uint32_t)(spot - SPOT_HORIZON));
    const view_box p = monitor_plot(m, VIEW_METERS);
    const double w = p.w / EAR_N_HORIZONS;
    return p.w > 0 ? (view_box){b.x + b.w / 2 - w / 2, p.y + p.h + 2, w, 20} : none;
  }
  switch (spot) {
  case SPOT_THRESHOLD: {
    const view_box b = view_monitor_box(m, VIEW_METERS), p = monitor_plot(m, VIEW_METERS);
    return p.w > 0 ? (view_box){b.x, p.y - 6, b.w, p.h + 8} : none;
  }
  case SPOT_LAMP:
    return (view_box){head.x, head.y, fmin(40, head.w), head.h};
  case SPOT_SPECTRUM:
    return monitor_plot(m, VIEW_SPECTRUM);
  case SPOT_HISTORY:
    return monitor_plot(m, VIEW_HISTORY);
  case SPOT_CLASSES:
    return view_monitor_box(m, VIEW_CLASSES);
  case SPOT_LIST:
    return m->listed ? monitor_over(m) : none;
  default:
    return none;
  }
}

view_spot
monitor_find(const view_monitor *m, double x, double y)
{
  if (m->listed) {
    return view_box_has(monitor_over(m), x, y) ? SPOT_LIST : SPOT_NONE;
  }
  for (int s = SPOT_FREEZE; s < SPOT_LIST; ++s) {
    if (s != SPOT_THRESHOLD && view_box_has(monitor_spot(m, (view_spot)s), x, y)) {
      return (view_spot)s;
    }
  }
  return view_box_has(monitor_spot(m, SPOT_THRESHOLD), x, y) ? SPOT_THRESHOLD : SPOT_NONE;
}

uint32_t
monitor_list_rows(const view_monitor *m)
{
  return m->n_list + (m->can_browse ? 1 : 0);
}

uint32_t
monitor_list_shown(const view_monitor *m)
{
  const double room = (m->h - ROW - 2 * PAD - 8) / ROW;
  const uint32_t most = room < 1 ? 1 : room < LIST_ROWS ? (uint32_t)room : LIST_ROWS;
  const uint32_t rows = monitor_list_rows(m);
  return rows < most ? rows : most;
}

/* A list opens upwards from its name; a tooltip lies below the pointer, inside. */
view_box
monitor_over(const view_monitor *m)
{
  const view_box none = {0, 0, 0, 0};
  if (m->listed) {
    const view_box name = monitor_spot(m, (view_spot)(SPOT_NAME + m->list_slot));
    const double h = monitor_list_shown(m) * (double)ROW + 8;
    const double w = fmin(fmax(name.w, 200), m->w - 8);
    const double x = fmin(name.x, m->w - w - 4);
    return (view_box){fmax(4, x), fmax(4, name.y - h - 2), w, h};
  }
  if (m->tip) {
    char text[600];
    monitor_tip_text(m, text, sizeof text);
    const double w = fmin(340, m->w - 8),
                 lines = floor(strlen(text) * 7.0 / (w - 16)) + 1;
    const double h = fmin(11 + 16.2 * fmin(lines, TIP_LINES), m->h - 8);
    const bool under = m->y + 22 + h < m->h;
    return (view_box){round(fmin(fmax(4, m->x - 20), m->w - w - 4)),
                      round(fmax(4, under ? m->y + 20 : m->y - h - 12)), w, h};
  }
  return none;
}
