/* SPDX-License-Identifier: ISC */
/* The live view draws the same pixels for the same state, whole or part by part, at every
   size; nothing in it is too small to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden_list.h"
#include "monitor_world.h"

static double smallest_px = 1e9; /* asked for since last set */

void __real_cairo_set_font_size(cairo_t *cr, double size);
void __wrap_cairo_set_font_size(cairo_t *cr, double size);
void
__wrap_cairo_set_font_size(cairo_t *cr, double size)
{
  smallest_px = size < smallest_px ? size : smallest_px;
  __real_cairo_set_font_size(cr, size);
}

static cairo_surface_t *
image_of(const monitor_scene *s)
{
  view_monitor *m = monitor_scene_new(s);
  cairo_surface_t *image = monitor_image(m, s->w, s->h, s->scale);
  view_monitor_free(m);
  return image;
}

static void
line_of(char out[128], const monitor_scene *s, cairo_surface_t *image)
{
  snprintf(out, 128, "%s %016llx", s->name, (unsigned long long)monitor_hash(image));
}

/* A picture that differs is written down to be looked at. */
static void
the_same_state_draws_the_same_pixels(void **state)
{
  (void)state;
  int n_wrong = 0;
  for (int i = 0; i < N_MONITOR_SCENES; ++i) {
    char line[128], path[160];
    cairo_surface_t *image = image_of(&monitor_scenes[i]);
    line_of(line, &monitor_scenes[i], image);
    if (!golden_list_has(GOLDEN_DIR "/monitor.txt", line)) {
      snprintf(path, sizeof path, "monitor-%s.png", monitor_scenes[i].name);
      cairo_surface_write_to_png(image, path);
      print_error("not in monitor.txt: %s, see %s\n", line, path);
      ++n_wrong;
    }
    cairo_surface_destroy(image);
  }
  assert_int_equal(n_wrong, 0);
}

static void
no_text_is_smaller_than_nine_units(void **state)
{
  (void)state;
  smallest_px = 1e9;
  for (int i = 0; i < N_MONITOR_SCENES; ++i) {
    cairo_surface_destroy(image_of(&monitor_scenes[i]));
  }
  assert_true(smallest_px >= 9 && smallest_px < 1e9);
}

static void
draw_dirty(view_monitor *m, cairo_surface_t *image, double scale)
{
  cairo_t *cr = cairo_create(image);
  cairo_scale(cr, scale, scale);
  view_monitor_draw(m, cr, view_monitor_dirty(m));
  cairo_destroy(cr);
  cairo_surface_flush(image);
  assert_int_equal(view_monitor_dirty(m), 0);
}

/* Whatever happened and in whatever steps it was drawn, the window shows what a picture
   drawn at once would. */
static void
parts_add_up_to_the_whole(void **state)
{
  (void)state;
  static const double scales[] = {1, 1.5, 2, 3};
  for (int k = 0; k < 4; ++k) {
    const double scale = scales[k], w = 700, h = 420;
    view_monitor *m = monitor_scene_new(&monitor_scenes[3]);
    view_monitor_size(m, w, h);
    cairo_surface_t *window = monitor_image(m, w, h, scale);
    for (int i = 0; i < 21; ++i) {
      const float p = (float)(i % 20) / 20;
      monitor_world_play(m, (uint32_t)(7 * i), (uint32_t)(i % 4), i % 8 > 4);
      view_monitor_verdict(m, &(view_verdict){.p = {p, 1 - p, p / 2}, .flag = i % 6 == 0},
                           20 + 0.1 * i);
      view_monitor_second(m, p, i % 3 == 0);
      view_monitor_input(m, &(view_input){.kind = i % 7 ? VIEW_MOVE : VIEW_KEY,
                                          .key = i % 2 ? VIEW_KEY_TAB : VIEW_KEY_UP,
                                          .x = 17 * i,
                                          .y = 11 * i,
                                          .now_s = 20 + 0.9 * i});
      view_monitor_tick(m, 20 + 0.9 * i + 0.8);
      draw_dirty(m, window, scale);
      view_monitor_set_mode(m, view_monitor_mode(m)); /* nothing kept is used */
      cairo_surface_t *whole = monitor_image(m, w, h, scale);
      if (monitor_hash(whole) != monitor_hash(window)) {
        cairo_surface_write_to_png(window, "monitor-parts.png");
        cairo_surface_write_to_png(whole, "monitor-whole.png");
        fail_msg("after step %d at scale %g the window is another picture", i, scale);
      }
      cairo_surface_destroy(whole);
    }
    cairo_surface_destroy(window);
    view_monitor_free(m);
  }
}

/* Told once, where the classes stand, and taken back with the same pixels. */
static void
being_unsure_is_seen_and_goes_again(void **state)
{
  (void)state;
  static const float p[EAR_MAX_LABELS] = {0.31f, 0.28f, 0.1f};
  const double w = 860, h = 500;
  view_monitor *m = monitor_scene_new(&monitor_scenes[3]);
  view_monitor_classes(m, p, p, false);
  cairo_surface_t *window = monitor_image(m, w, h, 1);
  const uint64_t sure = monitor_hash(window);
  view_monitor_classes(m, p, p, true);
  assert_int_equal(view_monitor_dirty(m), VIEW_CLASSES);
  draw_dirty(m, window, 1);
  assert_true(monitor_hash(window) != sure);
  view_monitor_classes(m, p, p, true);
  assert_int_equal(view_monitor_dirty(m), 0);
  view_monitor_classes(m, p, p, false);
  draw_dirty(m, window, 1);
  assert_true(monitor_hash(window) == sure);
  cairo_surface_destroy(window);
  view_monitor_free(m);
}

static void
every_size_can_be_drawn(void **state)
{
  (void)state;
  for (int w = 1; w < 1300; w += w < 300 ? 23 : 197) {
    for (int h = 1; h < 900; h += h < 300 ? 23 : 197) {
      view_monitor *m = monitor_scene_new(&monitor_scenes[10]);
      view_monitor_size(m, w, h);
      cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
      cairo_t *cr = cairo_create(image);
      view_monitor_draw(m, cr, VIEW_ALL);
      assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
      cairo_destroy(cr);
      cairo_surface_destroy(image);
      for (uint32_t part = 1; part < VIEW_OVER; part <<= 1) {
        const view_box b = view_monitor_box(m, part);
        assert_true(b.w <= 0 ||
                    (b.x >= 0 && b.y >= 0 && b.x + b.w <= w && b.y + b.h <= h));
      }
      view_monitor_free(m);
    }
  }
}

static void
what_is_not_seen_is_not_drawn(void **state)
{
  (void)state;
  view_monitor *m = monitor_scene_new(&monitor_scenes[3]);
  cairo_surface_destroy(monitor_image(m, 860, 500, 1));
  const view_verdict v = {{0.93f, 0.8101f, 0.41f}, true, 2100, 4700, false};
  view_monitor_verdict(m, &v, 10);
  view_monitor_settings(m, 0.62f, true, EAR_SHORT);
  view_monitor_dropped(m, 0);
  view_monitor_tick(m, 10.1);
  assert_int_equal(view_monitor_dirty(m), 0);
  monitor_world_play(m, 0, 1, false);
  assert_int_equal(view_monitor_dirty(m), VIEW_SPECTRUM);
  view_monitor_free(m);
}

static int
print_golden(const char *folder)
{
  for (int i = 0; i < N_MONITOR_SCENES; ++i) {
    char line[128], path[512];
    cairo_surface_t *image = image_of(&monitor_scenes[i]);
    line_of(line, &monitor_scenes[i], image);
    puts(line);
    if (folder) {
      snprintf(path, sizeof path, "%s/%s.png", folder, monitor_scenes[i].name);
      cairo_surface_write_to_png(image, path);
    }
    cairo_surface_destroy(image);
  }
  return 0;
}

/* usage: test_monitor [--print [FOLDER for pictures]] */
int
main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "--print") == 0) {
    return print_golden(argc > 2 ? argv[2] : NULL);
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_state_draws_the_same_pixels),
      cmocka_unit_test(parts_add_up_to_the_whole),
      cmocka_unit_test(no_text_is_smaller_than_nine_units),
      cmocka_unit_test(being_unsure_is_seen_and_goes_again),
      cmocka_unit_test(every_size_can_be_drawn),
      cmocka_unit_test(what_is_not_seen_is_not_drawn),
  };
  const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  cairo_debug_reset_static_data();
  return n_failed;
}
