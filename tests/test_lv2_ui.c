/* SPDX-License-Identifier: ISC */
/* The plugin's window in a host: it shows what the plugin hears, does what is clicked,
   and comes and goes without a trace.  Needs an X server: run by test_lv2_ui.sh.

   usage: test_lv2_ui earshot.so earshot_ui.so [FOLDER for pictures] */
#include "ui_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <math.h>
#include <time.h>

enum { CYCLES = 200, WARM = 60 };

static void
it_shows_what_the_plugin_hears(void **state)
{
  static desk d;
  (void)state;
  desk_begin(&d);
  stand_play(&d.st, 3, false);
  desk_open(&d, 1);
  assert_true(d.asked_w == 860 && d.asked_h == 500);
  desk_play(&d, 5, false);
  cairo_surface_t *quiet = desk_look(&d, "quiet");
  desk_play(&d, 6, true);
  assert_true(d.st.port[PORT_FLAG] > 0);
  cairo_surface_t *loud = desk_look(&d, "harsh");
  assert_true(desk_count_orange(quiet) < 3000);
  assert_true(desk_count_orange(loud) > 2 * desk_count_orange(quiet) + 5000);
  cairo_surface_destroy(quiet);
  cairo_surface_destroy(loud);
  desk_close(&d);
  const uint32_t n = d.st.n_columns;
  stand_play(&d.st, 1, true);
  assert_int_equal(d.st.n_columns, n);
  desk_end(&d);
}

static void
clicks_reach_the_plugin(void **state)
{
  static desk d;
  (void)state;
  desk_begin(&d);
  desk_open(&d, 1);
  desk_play(&d, 1, false);
  desk_click(&d, 707, 110); /* the scale of the meters */
  assert_true(d.st.port[PORT_THRESHOLD] > 60 && d.st.port[PORT_THRESHOLD] < 100);
  desk_point(&d, ButtonPress, 5, 707, 110); /* wheel down */
  const float was = d.st.port[PORT_THRESHOLD];
  desk_play(&d, 0.1, false);
  assert_true(fabsf(was - 2 - d.st.port[PORT_THRESHOLD]) < 0.01f);
  desk_click(&d, 676, 272);
  assert_true(d.st.port[PORT_HORIZON] < 0.5f);
  desk_click(&d, 783, 26); /* reset */
  assert_true(d.st.port[PORT_RESET] > 0);
  nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
  desk_play(&d, 0.1, false);
  assert_true(d.st.port[PORT_RESET] < 0.5f);
  desk_end((desk_close(&d), &d));
}

/* The line across the meters is where a preset, or automation, puts it. */
static void
a_preset_is_seen(void **state)
{
  static desk d;
  const int x = 653, y_30 = 209;
  const uint32_t ink = 0xeceff3;
  (void)state;
  desk_begin(&d);
  desk_open(&d, 1);
  desk_play(&d, 0.5, false);
  cairo_surface_t *own = desk_look(&d, NULL);
  d.st.port[PORT_THRESHOLD] = 30;
  desk_play(&d, 0.5, false);
  cairo_surface_t *preset = desk_look(&d, "preset");
  assert_int_not_equal(desk_pixel_at(own, x, y_30), ink);
  assert_int_equal(desk_pixel_at(preset, x, y_30), ink);
  cairo_surface_destroy(own);
  cairo_surface_destroy(preset);
  desk_close(&d);
  desk_end(&d);
}

static void
models_are_listed_and_chosen(void **state)
{
  static desk d;
  (void)state;
  desk_begin(&d);
  desk_open(&d, 1);
  desk_play(&d, 1, false);
  desk_click(&d, 250, 476); /* the harshness model's name */
  cairo_surface_destroy(desk_look(&d, "list"));
  /* built in, own (EARSHOT_MODEL_PATH), choose a file: from above */
  desk_click(&d, 250, 462 - 4 - 12 - 24);
  desk_play(&d, 1, false);
  cairo_surface_destroy(desk_look(&d, "own"));
  assert_true(fabsf(d.st.port[PORT_HARSHNESS_STATUS] - SLOT_OWN) < 0.1f);
  desk_click(&d, 96, 476); /* the one before: built in again */
  nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
  desk_play(&d, 1, false);
  desk_play(&d, 1, false);
  assert_true(fabsf(d.st.port[PORT_HARSHNESS_STATUS] - SLOT_BUILT_IN) < 0.1f);
  desk_click(&d, 250, 476);
  desk_click(&d, 250, 462 - 4 - 12); /* choose a file */
  assert_int_equal(d.n_requests, 1);
  desk_close(&d);
  desk_end(&d);
}

static void
it_fits_any_size_and_scale(void **state)
{
  static desk d;
  static const float scales[] = {1, 1.5f, 2, 3};
  (void)state;
  for (int i = 0; i < 4; ++i) {
    desk_begin(&d);
    desk_open(&d, scales[i]);
    assert_int_equal(d.asked_w, (int)roundf(860 * scales[i]));
    desk_play(&d, 1, true);
    for (int k = 0; k < 12; ++k) {
      const unsigned w = (unsigned)(40 + 173 * k % 1500),
                     h = (unsigned)(30 + 131 * k % 560);
      XResizeWindow(desk_display, d.parent, w, h);
      XResizeWindow(desk_display, (Window)(uintptr_t)d.widget, w, h);
      XSync(desk_display, False);
      desk_play(&d, 0.1, true);
      desk_play(&d, 0.1, true);
      cairo_surface_t *image = desk_look(&d, NULL);
      assert_int_equal(cairo_image_surface_get_width(image), (int)w);
      assert_int_equal(cairo_image_surface_get_height(image), (int)h);
      assert_int_equal(desk_last_pixel(image), 0x15181d); /* drawn to the end */
      cairo_surface_destroy(image);
    }
    desk_close(&d);
    desk_end(&d);
  }
}

static void
two_instances_do_not_disturb_each_other(void **state)
{
  static desk a, b;
  (void)state;
  desk_begin(&a);
  desk_begin(&b);
  desk_open(&a, 1);
  desk_open(&b, 1);
  for (int i = 0; i < 12; ++i) {
    desk_play(&a, 0.5, true);
    desk_play(&b, 0.5, false);
  }
  cairo_surface_t *harsh = desk_look(&a, NULL), *clean = desk_look(&b, NULL);
  assert_true(desk_count_orange(harsh) > 2 * desk_count_orange(clean) + 5000);
  cairo_surface_destroy(harsh);
  cairo_surface_destroy(clean);
  desk_close(&a);
  desk_play(&b, 0.5, true);
  desk_close(&b);
  desk_end(&b);
  desk_end(&a);
}

static void
a_host_may_destroy_its_window_first(void **state)
{
  static desk d;
  (void)state;
  desk_begin(&d);
  desk_open(&d, 1);
  desk_play(&d, 0.5, true);
  XDestroyWindow(desk_display, d.parent);
  XSync(desk_display, False);
  desk_idler->idle(d.ui);
  stand_play(&d.st, 0.2, true);
  nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  assert_int_equal(desk_idler->idle(d.ui), 1);
  desk_close(&d);
  stand_stop(&d.st);
}

static void
without_a_parent_there_is_no_window(void **state)
{
  static desk d;
  LV2UI_Widget widget = &d;
  const LV2_Feature *const none[] = {NULL};
  (void)state;
  assert_null(desk_face->instantiate(desk_face, EARSHOT_STEREO, "/", desk_write, &d,
                                     &widget, none));
  assert_null(widget);
}

static int
count_files(void)
{
  int n = 0;
  DIR *dir = opendir("/proc/self/fd");
  while (dir && readdir(dir)) {
    ++n;
  }
  closedir(dir);
  return n;
}

static void
two_hundred_windows_leave_nothing_behind(void **state)
{
  static desk d;
  (void)state;
  size_t before = 0;
  int n_files = 0;
  desk_begin(&d);
  for (int i = 0; i < CYCLES + WARM; ++i) {
    if (i == WARM) { /* caches of libraries are filled */
      before = mallinfo2().uordblks + mallinfo2().hblkhd;
      n_files = count_files();
    }
    desk_open(&d, 1);
    stand_play(&d.st, 0.06, i % 2);
    desk_tell_ports(&d);
    desk_idler->idle(d.ui);
    desk_close(&d);
    stand_play(&d.st, 0, false);
  }
  const size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
  print_message("%d windows: %zd bytes, %d files more\n", CYCLES,
                (ssize_t)after - (ssize_t)before, count_files() - n_files);
  assert_int_equal(count_files(), n_files);
  assert_true(after < before + CYCLES); /* less than a byte a window */
  desk_end(&d);
}

int
main(int argc, char **argv)
{
  if (argc < 3 || !(desk_display = XOpenDisplay(NULL))) {
    fprintf(stderr, "usage, with a desk_display: %s earshot.so earshot_ui.so [FOLDER]\n",
            argv[0]);
    return 1;
  }
  desk_pictures = argc > 3 ? argv[3] : NULL;
  stand_open(argv[1]);
  void *library = dlopen(argv[2], RTLD_NOW);
  const LV2UI_DescriptorFunction describe =
      library ? (LV2UI_DescriptorFunction)dlsym(library, "lv2ui_descriptor") : NULL;
  desk_face = describe ? describe(0) : NULL;
  if (!desk_face) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  desk_idler = desk_face->extension_data(LV2_UI__idleInterface);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_shows_what_the_plugin_hears),
      cmocka_unit_test(clicks_reach_the_plugin),
      cmocka_unit_test(a_preset_is_seen),
      cmocka_unit_test(models_are_listed_and_chosen),
      cmocka_unit_test(it_fits_any_size_and_scale),
      cmocka_unit_test(two_instances_do_not_disturb_each_other),
      cmocka_unit_test(a_host_may_destroy_its_window_first),
      cmocka_unit_test(without_a_parent_there_is_no_window),
      cmocka_unit_test(two_hundred_windows_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
