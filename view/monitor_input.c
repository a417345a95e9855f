/* SPDX-License-Identifier: ISC */
/* One input is at most one action.  What a pointer does, a key can do. */
#include "monitor_parts.h"

#include <math.h>

static const double double_click_s = 0.35;
static const view_action nothing = {.deed = VIEW_DO_NOTHING};

static bool
is_slot(view_spot spot, view_spot kind, uint32_t *slot)
{
  *slot = (uint32_t)(spot - kind);
  return spot >= kind && spot < kind + VIEW_SLOTS;
}

static view_action
set_threshold(view_monitor *m, double p, bool more)
{
  const double whole =
      round(fmin(fmax(p, 0.01), 1) * 100) / 100; /* 0 is the model's own */
  view_monitor_settings(m, (float)whole, false, m->horizon);
  return (view_action){.deed = VIEW_DO_THRESHOLD, .value = whole, .more = more};
}

static view_action
own_threshold(void)
{
  return (view_action){.deed = VIEW_DO_THRESHOLD, .value = -1};
}

static view_action
freeze(view_monitor *m)
{
  m->frozen = !m->frozen;
  monitor_touch(m, VIEW_HEAD | VIEW_SPECTRUM);
  return (view_action){.deed = VIEW_DO_FREEZE, .index = m->frozen};
}

static view_action
change_mode(view_monitor *m)
{
  view_monitor_set_mode(m, m->mode == VIEW_DARK ? VIEW_LIGHT : VIEW_DARK);
  return (view_action){.deed = VIEW_DO_MODE, .index = (int)m->mode};
}

static view_action
choose(view_monitor *m, int row)
{
  const uint32_t slot = m->list_slot;
  const bool browse = m->can_browse && row == (int)m->n_list;
  const bool valid = row >= 0 && row < (int)monitor_list_rows(m);
  monitor_close_list(m);
  if (!valid) {
    return nothing;
  }
  return (view_action){
      .deed = browse ? VIEW_DO_BROWSE : VIEW_DO_CHOOSE, .slot = slot, .index = row};
}

/* What a click on a spot does; also Enter on the one in focus. */
static view_action
activate(view_monitor *m, view_spot spot)
{
  uint32_t slot;
  if (is_slot(spot, SPOT_BACK, &slot)) {
    return (view_action){.deed = VIEW_DO_STEP, .slot = slot, .index = -1};
  }
  if (is_slot(spot, SPOT_NEXT, &slot)) {
    return (view_action){.deed = VIEW_DO_STEP, .slot = slot, .index = 1};
  }
  if (is_slot(spot, SPOT_NAME, &slot)) {
    return (view_action){.deed = VIEW_DO_LIST, .slot = slot};
  }
  if (spot >= SPOT_HORIZON && spot < SPOT_BACK) {
    return (view_action){.deed = VIEW_DO_HORIZON, .index = spot - SPOT_HORIZON};
  }
  switch (spot) {
  case SPOT_FREEZE:
    return freeze(m);
  case SPOT_RESET:
    return (view_action){.deed = VIEW_DO_RESET};
  case SPOT_MODE:
    return change_mode(m);
  default:
    return nothing;
  }
}

static int
row_at(const view_monitor *m, double y)
{
  const view_box b = monitor_over(m);
  const double row = floor((y - b.y - 4) / ROW);
  return row >= 0 && row < monitor_list_shown(m) ? (int)row + (int)m->list_top : -1;
}

/* Bring row `at` of the list into sight and light it. */
static void
light(view_monitor *m, int at)
{
  const int rows = (int)monitor_list_rows(m), shown = (int)monitor_list_shown(m);
  m->list_at = at < 0 ? 0 : at >= rows ? rows - 1 : at;
  int top = (int)m->list_top;
  top = m->list_at < top ? m->list_at : top;
  top = m->list_at >= top + shown ? m->list_at - shown + 1 : top;
  m->list_top = (uint32_t)top;
  monitor_touch(m, VIEW_OVER);
}

static void
move_to(view_monitor *m, const view_input *in)
{
  const view_spot was = m->hover;
  const bool far = fabs(in->x - m->x) + fabs(in->y - m->y) > 3;
  m->x = in->x;
  m->y = in->y;
  m->hover = monitor_find(m, in->x, in->y);
  if (far || was != m->hover) {
    m->rest_s = in->now_s;
    monitor_set_tip(m, false);
  }
  if (was != m->hover) {
    monitor_touch(m, VIEW_HEAD | VIEW_MODELS | VIEW_METERS);
  }
  if (m->hover == SPOT_SPECTRUM || was == SPOT_SPECTRUM) {
    monitor_touch(m, VIEW_SPECTRUM);
  }
  if (m->listed && m->hover == SPOT_LIST && row_at(m, in->y) >= 0) {
    light(m, row_at(m, in->y));
  }
}

static view_action
drag(view_monitor *m, const view_input *in)
{
  return set_threshold(m, monitor_p_at(m, in->y + m->grip), true);
}

static view_action
press_threshold(view_monitor *m, const view_input *in, bool twice)
{
  const double y = monitor_y_of(m, (double)m->threshold);
  if (twice || in->button == 3) {
    m->pressed = SPOT_NONE;
    return own_threshold();
  }
  m->grip = fabs(in->y - y) <= 10 ? y - in->y : 0; /* by the line, or it jumps */
  return drag(m, in);
}

static view_action
press(view_monitor *m, const view_input *in)
{
  if (in->button != 1 && in->button != 3) {
    return nothing;
  }
  move_to(m, in);
  monitor_set_tip(m, false);
  m->rest_s = INFINITY;
  m->focus = SPOT_NONE;
  if (m->listed) {
    const int row = m->hover == SPOT_LIST ? row_at(m, in->y) : -1;
    return choose(m, row);
  }
  const bool twice = m->hover == m->clicked && in->now_s - m->press_s < double_click_s;
  m->pressed = m->clicked = m->hover;
  m->press_s = in->now_s;
  monitor_touch(m, VIEW_HEAD | VIEW_MODELS | VIEW_METERS);
  if (m->hover == SPOT_THRESHOLD) {
    return press_threshold(m, in, twice);
  }
  return in->button == 1 ? activate(m, m->hover) : nothing;
}

static view_action
release(view_monitor *m, const view_input *in)
{
  const view_spot was = m->pressed;
  m->pressed = SPOT_NONE;
  m->rest_s = in->now_s;
  monitor_touch(m, VIEW_HEAD | VIEW_MODELS | VIEW_METERS);
  return was == SPOT_THRESHOLD ? set_threshold(m, (double)m->threshold, false) : nothing;
}

static view_action
wheel(view_monitor *m, const view_input *in)
{
  uint32_t slot;
  const view_spot spot = monitor_find(m, in->x, in->y);
  monitor_set_tip(m, false);
  if (m->listed) {
    light(m, m->list_at - in->steps);
    return nothing;
  }
  if (spot == SPOT_THRESHOLD) {
    const double step = in->fine ? 0.01 : 0.02;
    return set_threshold(m, (double)m->threshold + step * in->steps, false);
  }
  if (is_slot(spot, SPOT_NAME, &slot)) {
    return (view_action){
        .deed = VIEW_DO_STEP, .slot = slot, .index = in->steps > 0 ? -1 : 1};
  }
  if (spot == SPOT_SPECTRUM) {
    m->gain_db = fmin(fmax(m->gain_db + 3 * in->steps, -30), 30);
    m->roll.valid = false;
    monitor_touch(m, VIEW_SPECTRUM);
  }
  return nothing;
}

static void
move_focus(view_monitor *m, int step)
{
  for (int i = 0; i < FIRST_PASSED; ++i) {
    m->focus = (view_spot)((m->focus + step + FIRST_PASSED) % FIRST_PASSED);
    if (m->focus != SPOT_NONE && monitor_spot(m, m->focus).w > 0) {
      break;
    }
  }
  m->dirty = VIEW_ALL;
}

static view_action
key_in_list(view_monitor *m, uint32_t key)
{
  switch (key) {
  case VIEW_KEY_UP:
    light(m, m->list_at - 1);
    return nothing;
  case VIEW_KEY_DOWN:
    light(m, m->list_at + 1);
    return nothing;
  case VIEW_KEY_HOME:
    light(m, 0);
    return nothing;
  case VIEW_KEY_ENTER:
    return choose(m, m->list_at);
  default:
    monitor_close_list(m);
    return nothing;
  }
}

/* Keys that do the same wherever the focus is. */
static view_action
key_anywhere(view_monitor *m, uint32_t key)
{
  switch (key) {
  case 'f':
    return freeze(m);
  case 'r':
    return (view_action){.deed = VIEW_DO_RESET};
  case 't':
    return change_mode(m);
  case 'm':
  case 's':
  case 'i':
    return (view_action){.deed = VIEW_DO_HORIZON,
                         .index = key == 'm'   ? EAR_MOMENTARY
                                  : key == 's' ? EAR_SHORT
                                               : EAR_INTEGRATED};
  case 'o':
  case '0':
    return own_threshold();
  case 'l':
  case 'k':
    return (view_action){.deed = VIEW_DO_LIST, .slot = key == 'k'};
  default:
    return nothing;
  }
}

static view_action
key(view_monitor *m, const view_input *in)
{
  uint32_t slot = 0;
  monitor_set_tip(m, false);
  if (m->listed) {
    return key_in_list(m, in->key);
  }
  const double step = in->fine ? 0.01 : 0.05;
  const bool of_slot = is_slot(m->focus, SPOT_BACK, &slot) ||
                       is_slot(m->focus, SPOT_NAME, &slot) ||
                       is_slot(m->focus, SPOT_NEXT, &slot);
  switch (in->key) {
  case VIEW_KEY_TAB:
  case VIEW_KEY_BACK_TAB:
    move_focus(m, in->key == VIEW_KEY_TAB ? 1 : -1);
    return nothing;
  case VIEW_KEY_ESCAPE:
    m->focus = SPOT_NONE;
    m->dirty = VIEW_ALL;
    return nothing;
  case VIEW_KEY_ENTER:
    return activate(m, m->focus);
  case VIEW_KEY_UP:
  case VIEW_KEY_DOWN:
    return set_threshold(
        m, (double)m->threshold + (in->key == VIEW_KEY_UP ? step : -step), false);
  case VIEW_KEY_LEFT:
  case VIEW_KEY_RIGHT:
    return (view_action){.deed = VIEW_DO_STEP,
                         .slot = of_slot ? slot : 0,
                         .index = in->key == VIEW_KEY_LEFT ? -1 : 1};
  default:
    return key_anywhere(m, in->key);
  }
}

view_action
view_monitor_input(view_monitor *m, const view_input *in)
{
  switch (in->kind) {
  case VIEW_MOVE:
    move_to(m, in);
    return m->pressed == SPOT_THRESHOLD ? drag(m, in) : nothing;
  case VIEW_PRESS:
    return press(m, in);
  case VIEW_RELEASE:
    return release(m, in);
  case VIEW_WHEEL:
    return wheel(m, in);
  case VIEW_KEY:
    return key(m, in);
  default:
    m->hover = m->pressed == SPOT_THRESHOLD ? m->hover : SPOT_NONE;
    monitor_set_tip(m, false);
    monitor_touch(m, VIEW_HEAD | VIEW_MODELS | VIEW_METERS | VIEW_SPECTRUM);
    return nothing;
  }
}
