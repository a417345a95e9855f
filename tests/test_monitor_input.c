/* SPDX-License-Identifier: ISC */
/* What a pointer, a wheel and keys do to the live view is done once, and can be done by
   keys alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>

#include "../view/monitor_parts.h"
#include "monitor_world.h"

static double now_s = 100;

static view_monitor *
make(void)
{
  view_monitor *m = monitor_scene_new(&monitor_scenes[3]);
  assert_non_null(m);
  now_s += 10;
  view_monitor_tick(m, now_s);
  return m;
}

static view_action
at(view_monitor *m, view_input_kind kind, double x, double y, uint32_t button)
{
  now_s += 0.05;
  return view_monitor_input(
      m, &(view_input){.kind = kind, .x = x, .y = y, .button = button, .now_s = now_s});
}

static view_action
click(view_monitor *m, view_spot spot)
{
  const view_box b = monitor_spot(m, spot);
  assert_true(b.w > 0);
  now_s += 2; /* no double click */
  const view_action a = at(m, VIEW_PRESS, b.x + b.w / 2, b.y + b.h / 2, 1);
  at(m, VIEW_RELEASE, b.x + b.w / 2, b.y + b.h / 2, 1);
  return a;
}

static view_action
press_key(view_monitor *m, uint32_t key)
{
  now_s += 0.1;
  return view_monitor_input(m,
                            &(view_input){.kind = VIEW_KEY, .key = key, .now_s = now_s});
}

static view_action
turn(view_monitor *m, view_spot spot, int steps)
{
  const view_box b = monitor_spot(m, spot);
  return view_monitor_input(m, &(view_input){.kind = VIEW_WHEEL,
                                             .x = b.x + b.w / 2,
                                             .y = b.y + b.h / 2,
                                             .steps = steps,
                                             .now_s = now_s});
}

static bool
near(double a, double b)
{
  return fabs(a - b) < 1e-6;
}

static void
every_spot_is_found_where_it_is_drawn(void **state)
{
  (void)state;
  view_monitor *m = make();
  for (int s = SPOT_FREEZE; s < SPOT_LIST; ++s) {
    const view_box b = monitor_spot(m, (view_spot)s);
    assert_true(b.w > 0);
    const view_spot found = monitor_find(m, b.x + b.w / 2, b.y + b.h / 2);
    assert_int_equal(found, s);
  }
  assert_int_equal(monitor_find(m, -5, 10), SPOT_NONE);
  view_monitor_free(m);
}

static void
a_click_does_what_the_button_says(void **state)
{
  (void)state;
  view_monitor *m = make();
  assert_int_equal(click(m, SPOT_RESET).deed, VIEW_DO_RESET);
  view_action a = click(m, SPOT_FREEZE);
  assert_true(a.deed == VIEW_DO_FREEZE && a.index == 1 && view_monitor_frozen(m));
  a = click(m, SPOT_FREEZE);
  assert_true(a.index == 0 && !view_monitor_frozen(m));
  a = click(m, SPOT_MODE);
  assert_true(a.deed == VIEW_DO_MODE && view_monitor_mode(m) == VIEW_LIGHT);
  for (int h = 0; h < EAR_N_HORIZONS; ++h) {
    a = click(m, (view_spot)(SPOT_HORIZON + h));
    assert_true(a.deed == VIEW_DO_HORIZON && a.index == h);
  }
  for (uint32_t slot = 0; slot < VIEW_SLOTS; ++slot) {
    a = click(m, (view_spot)(SPOT_BACK + slot));
    assert_true(a.deed == VIEW_DO_STEP && a.slot == slot && a.index == -1);
    a = click(m, (view_spot)(SPOT_NEXT + slot));
    assert_true(a.deed == VIEW_DO_STEP && a.slot == slot && a.index == 1);
    a = click(m, (view_spot)(SPOT_NAME + slot));
    assert_true(a.deed == VIEW_DO_LIST && a.slot == slot);
  }
  view_monitor_free(m);
}

static void
the_threshold_goes_where_it_is_dragged(void **state)
{
  (void)state;
  view_monitor *m = make();
  const view_box p = monitor_plot(m, VIEW_METERS);
  const double x = p.x + 5;
  now_s += 2;
  view_action a = at(m, VIEW_PRESS, x, monitor_y_of(m, 0.62) + 3, 1); /* by the line */
  assert_true(a.deed == VIEW_DO_THRESHOLD && near(a.value, 0.62) && a.more);
  a = at(m, VIEW_MOVE, x + 300, monitor_y_of(m, 0.4) + 3, 0); /* outside, too */
  assert_true(a.deed == VIEW_DO_THRESHOLD && near(a.value, 0.4) && a.more);
  a = at(m, VIEW_MOVE, x, p.y + 5 * p.h, 0);
  assert_true(near(a.value, 0.01)); /* 0 would be the model's own */
  a = at(m, VIEW_MOVE, x, -100, 0);
  assert_true(near(a.value, 1));
  a = at(m, VIEW_RELEASE, x, -100, 1);
  assert_true(a.deed == VIEW_DO_THRESHOLD && near(a.value, 1) && !a.more);
  assert_int_equal(at(m, VIEW_MOVE, x, p.y + 9, 0).deed, VIEW_DO_NOTHING);
  now_s += 2;
  at(m, VIEW_PRESS, x, p.y + p.h / 4, 1); /* elsewhere: it jumps there */
  assert_true(near((double)m->threshold, 0.75));
  at(m, VIEW_RELEASE, x, p.y + p.h / 4, 1);
  a = at(m, VIEW_PRESS, x, p.y + p.h / 4, 1); /* twice */
  assert_true(a.deed == VIEW_DO_THRESHOLD && a.value < 0);
  view_monitor_free(m);
}

static void
the_wheel_turns_what_is_under_it(void **state)
{
  (void)state;
  view_monitor *m = make();
  view_action a = turn(m, SPOT_THRESHOLD, 1);
  assert_true(a.deed == VIEW_DO_THRESHOLD && near(a.value, 0.64) && !a.more);
  a = turn(m, (view_spot)(SPOT_NAME + 1), -1);
  assert_true(a.deed == VIEW_DO_STEP && a.slot == 1 && a.index == 1);
  assert_int_equal(turn(m, SPOT_SPECTRUM, 2).deed, VIEW_DO_NOTHING);
  assert_true(near(m->gain_db, 6));
  turn(m, SPOT_SPECTRUM, -100);
  assert_true(near(m->gain_db, -30));
  view_monitor_free(m);
}

static void
keys_reach_everything(void **state)
{
  (void)state;
  view_monitor *m = make();
  assert_true(near(press_key(m, VIEW_KEY_UP).value, 0.67));
  assert_true(near(press_key(m, VIEW_KEY_DOWN).value, 0.62));
  assert_true(press_key(m, '0').value < 0);
  assert_int_equal(press_key(m, 'r').deed, VIEW_DO_RESET);
  assert_int_equal(press_key(m, 'm').index, EAR_MOMENTARY);
  assert_int_equal(press_key(m, 'i').index, EAR_INTEGRATED);
  assert_int_equal(press_key(m, VIEW_KEY_RIGHT).index, 1);
  bool seen[N_SPOTS] = {false};
  for (int i = 0; i < 2 * N_SPOTS; ++i) {
    press_key(m, VIEW_KEY_TAB);
    seen[m->focus] = true;
  }
  for (int s = SPOT_FREEZE; s < FIRST_PASSED; ++s) {
    assert_true(seen[s]);
  }
  while (m->focus != (view_spot)(SPOT_NAME + 1)) {
    press_key(m, VIEW_KEY_BACK_TAB);
  }
  const view_action a = press_key(m, VIEW_KEY_ENTER);
  assert_true(a.deed == VIEW_DO_LIST && a.slot == 1);
  view_monitor_free(m);
}

static void
a_list_is_chosen_from_by_pointer_and_by_keys(void **state)
{
  (void)state;
  static const char *const name[] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                     "i", "j", "k", "l", "m", "n", "o", "p"};
  view_monitor *m = make();
  view_monitor_can_browse(m, true);
  view_monitor_list(m, 1, 16, name, 3);
  const view_box b = view_monitor_box(m, VIEW_OVER);
  view_action a = at(m, VIEW_PRESS, b.x + 20, b.y + 4 + 1.5 * ROW, 1);
  assert_true(a.deed == VIEW_DO_CHOOSE && a.slot == 1 && a.index == 1);
  assert_true(view_monitor_box(m, VIEW_OVER).w <= 0);
  view_monitor_list(m, 0, 16, name, 15); /* the end of it shows */
  press_key(m, VIEW_KEY_UP);
  a = press_key(m, VIEW_KEY_ENTER);
  assert_true(a.deed == VIEW_DO_CHOOSE && a.slot == 0 && a.index == 14);
  view_monitor_list(m, 0, 16, name, -1);
  for (int i = 0; i < 12; ++i) {
    press_key(m, VIEW_KEY_DOWN); /* below what showed: it scrolls */
  }
  const view_box o = view_monitor_box(m, VIEW_OVER);
  assert_int_equal(at(m, VIEW_PRESS, o.x + 20, o.y + o.h - 10, 1).index, 12);
  view_monitor_list(m, 0, 16, name, -1);
  for (int i = 0; i < 40; ++i) {
    press_key(m, VIEW_KEY_DOWN);
  }
  assert_int_equal(press_key(m, VIEW_KEY_ENTER).deed, VIEW_DO_BROWSE);
  view_monitor_list(m, 0, 16, name, 2);
  assert_int_equal(at(m, VIEW_PRESS, 5, 5, 1).deed, VIEW_DO_NOTHING); /* beside it */
  view_monitor_list(m, 0, 16, name, 2);
  assert_int_equal(press_key(m, VIEW_KEY_ESCAPE).deed, VIEW_DO_NOTHING);
  assert_true(view_monitor_box(m, VIEW_OVER).w <= 0);
  view_monitor_list(m, 0, 0, NULL, -1);
  assert_int_equal(press_key(m, VIEW_KEY_ENTER).deed, VIEW_DO_BROWSE);
  view_monitor_free(m);
}

static void
every_spot_has_a_tooltip_and_it_goes(void **state)
{
  (void)state;
  view_monitor *m = make();
  for (int s = SPOT_FREEZE; s < SPOT_LIST; ++s) {
    char text[600];
    const view_box b = monitor_spot(m, (view_spot)s);
    at(m, VIEW_MOVE, b.x + b.w / 2, b.y + b.h / 2, 0);
    view_monitor_tick(m, now_s + 0.1);
    assert_true(view_monitor_box(m, VIEW_OVER).w <= 0);
    view_monitor_tick(m, now_s + 1);
    assert_true(view_monitor_box(m, VIEW_OVER).w > 0);
    monitor_tip_text(m, text, sizeof text);
    assert_true(text[0]);
    at(m, VIEW_MOVE, b.x + b.w / 2 + 10, b.y + b.h / 2, 0);
    assert_true(view_monitor_box(m, VIEW_OVER).w <= 0);
  }
  at(m, VIEW_LEAVE, 0, 0, 0);
  view_monitor_tick(m, now_s + 5);
  assert_true(view_monitor_box(m, VIEW_OVER).w <= 0);
  view_monitor_free(m);
}

/* Whatever comes in, at any size: no crash, and values within their ranges. */
static void
any_input_is_survived(void **state)
{
  (void)state;
  static const char *const name[] = {"a", "b", "c"};
  uint32_t seed = 7;
  view_monitor *m = make();
  for (int i = 0; i < 200000; ++i) {
    seed = seed * 1664525 + 1013904223;
    const uint32_t r = seed >> 8;
    const view_action a =
        view_monitor_input(m, &(view_input){.kind = (view_input_kind)(r % 6),
                                            .x = r % 1009 - 50.0,
                                            .y = r % 613 - 50.0,
                                            .button = r % 4,
                                            .steps = (int)(r % 5) - 2,
                                            .key = r % 41 ? VIEW_KEY_UP + r % 9 : r % 300,
                                            .fine = r & 64,
                                            .now_s = now_s += 0.01});
    assert_true(a.deed != VIEW_DO_THRESHOLD || (a.value >= -1 && a.value <= 1));
    assert_true(a.slot < VIEW_SLOTS);
    assert_true(a.deed != VIEW_DO_CHOOSE || (a.index >= 0 && a.index < 3));
    if (a.deed == VIEW_DO_LIST) {
      view_monitor_list(m, a.slot, 3, name, (int)(r % 4) - 1);
    }
    if (i % 1000 == 0) {
      view_monitor_size(m, r % 1200, r % 800);
    }
    view_monitor_tick(m, now_s);
  }
  view_monitor_free(m);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_spot_is_found_where_it_is_drawn),
      cmocka_unit_test(a_click_does_what_the_button_says),
      cmocka_unit_test(the_threshold_goes_where_it_is_dragged),
      cmocka_unit_test(the_wheel_turns_what_is_under_it),
      cmocka_unit_test(keys_reach_everything),
      cmocka_unit_test(a_list_is_chosen_from_by_pointer_and_by_keys),
      cmocka_unit_test(every_spot_has_a_tooltip_and_it_goes),
      cmocka_unit_test(any_input_is_survived),
  };
  const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  cairo_debug_reset_static_data();
  return n_failed;
}
