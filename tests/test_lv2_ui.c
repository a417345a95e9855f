/* SPDX-License-Identifier: ISC */
/* The plugin's window in a host: it shows what the plugin hears, does what is clicked,
   and comes and goes without a trace.  Needs an X server: run by test_lv2_ui.sh.

   usage: test_lv2_ui earshot.so earshot_ui.so [FOLDER for pictures] */
#include "ui_stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xlib.h>
#include <cairo-xlib.h>
#include <cmocka.h>
#include <dirent.h>
#include <dlfcn.h>
#include <lv2/options/options.h>
#include <lv2/ui/ui.h>
#include <malloc.h>
#include <math.h>
#include <time.h>

enum { CYCLES = 200, WARM = 60 };

static const LV2UI_Descriptor *face;
static const LV2UI_Idle_Interface *idler;
static const char *folder;
static Display *display;

typedef struct {
  stand st;
  Window parent;
  LV2UI_Handle ui;
  LV2UI_Widget widget;
  int asked_w, asked_h;
  uint32_t n_writes[N_PORTS];
  uint32_t n_requests;
} desk;

static void
write_port(LV2UI_Controller controller, uint32_t index, uint32_t size, uint32_t format,
           const void *buffer)
{
  desk *d = controller;
  assert_true(index < N_PORTS);
  ++d->n_writes[index];
  if (format == 0) {
    assert_int_equal(size, sizeof(float));
    memcpy(&d->st.port[index], buffer, sizeof(float));
  } else {
    assert_int_equal(index, PORT_CONTROL);
    stand_send(&d->st, buffer);
  }
}

static void
hand_on(void *user, const LV2_Atom *atom)
{
  desk *d = user;
  if (d->ui) {
    static LV2_URID transfer;
    transfer = stand_map()->map(NULL, LV2_ATOM__eventTransfer);
    face->port_event(d->ui, PORT_NOTIFY, (uint32_t)sizeof *atom + atom->size, transfer,
                     atom);
  }
}

static int
ask_size(LV2UI_Feature_Handle handle, int w, int h)
{
  desk *d = handle;
  d->asked_w = w;
  d->asked_h = h;
  XResizeWindow(display, d->parent, (unsigned)w, (unsigned)h);
  XSync(display, False);
  return 0;
}

static LV2UI_Request_Value_Status
ask_value(LV2UI_Feature_Handle handle, LV2_URID key, LV2_URID type,
          const LV2_Feature *const *features)
{
  desk *d = handle;
  (void)features;
  assert_int_equal(key, stand_uris.model[0]);
  assert_int_equal(type, stand_uris.atom_Path);
  ++d->n_requests;
  return LV2UI_REQUEST_VALUE_SUCCESS;
}

static void
open_ui(desk *d, float scale)
{
  LV2UI_Resize resize = {d, ask_size};
  LV2UI_Request_Value request = {d, ask_value};
  static LV2UI_Request_Value kept;
  kept = request;
  const LV2_URID_Map *map = stand_map();
  const LV2_Options_Option options[] = {
      {LV2_OPTIONS_INSTANCE, 0, map->map(NULL, LV2_UI__scaleFactor), sizeof scale,
       map->map(NULL, LV2_ATOM__Float), &scale},
      {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, NULL}};
  const LV2_Feature parent = {LV2_UI__parent, (void *)(uintptr_t)d->parent},
                    mapper = {LV2_URID__map, stand_map()},
                    sizer = {LV2_UI__resize, &resize},
                    asker = {LV2_UI__requestValue, &kept},
                    opts = {LV2_OPTIONS__options, (void *)(uintptr_t)options};
  const LV2_Feature *const features[] = {&parent, &mapper, &sizer, &asker, &opts, NULL};
  d->ui =
      face->instantiate(face, EARSHOT_STEREO, "/", write_port, d, &d->widget, features);
  assert_non_null(d->ui);
  assert_non_null(d->widget);
}

static void
close_ui(desk *d)
{
  face->cleanup(d->ui);
  d->ui = NULL;
}

static void
begin(desk *d)
{
  memset(d, 0, sizeof *d);
  stand_start(&d->st, 44100);
  d->st.hear = hand_on;
  d->st.user = d;
  static int n_begun; /* two at once do not cover each other */
  const int y = ++n_begun % 2 ? 0 : 600;
  d->parent =
      XCreateSimpleWindow(display, DefaultRootWindow(display), 0, y, 100, 100, 0, 0, 0);
  XMapWindow(display, d->parent);
  XSync(display, False);
}

static void
end(desk *d)
{
  stand_stop(&d->st);
  XDestroyWindow(display, d->parent);
  XSync(display, False);
}

static void
tell_ports(desk *d)
{
  for (uint32_t i = PORT_ENABLED; i < N_PORTS; ++i) {
    face->port_event(d->ui, i, sizeof(float), 0, &d->st.port[i]);
  }
}

/* Sound, and the window at its pace for as long: at least one picture. */
static void
play(desk *d, double seconds, bool harsh)
{
  const int n = seconds > 0.1 ? (int)(seconds / 0.1) : 1;
  for (int i = 0; i < n; ++i) {
    stand_play(&d->st, seconds / n, harsh);
    tell_ports(d);
    stand_watch(&d->st, WIRE_OPEN); /* sound passes faster than the window's clock */
    assert_int_equal(idler->idle(d->ui), 0);
  }
  nanosleep(&(struct timespec){.tv_nsec = 45000000}, NULL);
  assert_int_equal(idler->idle(d->ui), 0);
}

/* The window's pixels. */
static cairo_surface_t *
look(const desk *d, const char *name)
{
  XWindowAttributes a;
  XGetWindowAttributes(display, (Window)(uintptr_t)d->widget, &a);
  cairo_surface_t *window = cairo_xlib_surface_create(
      display, (Window)(uintptr_t)d->widget, a.visual, a.width, a.height);
  cairo_surface_t *image =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, a.width, a.height);
  cairo_t *cr = cairo_create(image);
  cairo_set_source_surface(cr, window, 0, 0);
  cairo_paint(cr);
  cairo_destroy(cr);
  cairo_surface_destroy(window);
  if (folder && name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.png", folder, name);
    cairo_surface_write_to_png(image, path);
  }
  return image;
}

/* Pixels that are clearly orange: more red than blue. */
static int
count_orange(cairo_surface_t *image)
{
  const int w = cairo_image_surface_get_width(image);
  const int h = cairo_image_surface_get_height(image);
  int n = 0;
  for (int y = 0; y < h; ++y) {
    const uint32_t *row =
        (const void *)(cairo_image_surface_get_data(image) +
                       (ptrdiff_t)y * cairo_image_surface_get_stride(image));
    for (int x = 0; x < w; ++x) {
      n += (int)(row[x] >> 16 & 255) > (int)(row[x] & 255) + 60;
    }
  }
  return n;
}

static uint32_t
pixel_at(cairo_surface_t *image, int x, int y)
{
  uint32_t pixel;
  const unsigned char *data = cairo_image_surface_get_data(image);
  memcpy(&pixel, data + (ptrdiff_t)y * cairo_image_surface_get_stride(image) + 4 * x,
         sizeof pixel);
  return pixel & 0xffffff;
}

static uint32_t
last_pixel(cairo_surface_t *image)
{
  return pixel_at(image, cairo_image_surface_get_width(image) - 1,
                  cairo_image_surface_get_height(image) - 1);
}

static void
point(const desk *d, int type, unsigned button, double x, double y)
{
  XEvent e = {.xbutton = {.type = type,
                          .window = (Window)(uintptr_t)d->widget,
                          .x = (int)x,
                          .y = (int)y,
                          .button = button,
                          .same_screen = True}};
  XSendEvent(display, (Window)(uintptr_t)d->widget, False,
             type == ButtonPress ? ButtonPressMask : ButtonReleaseMask, &e);
  XSync(display, False);
}

static void
click(desk *d, double x, double y)
{
  point(d, ButtonPress, 1, x, y);
  point(d, ButtonRelease, 1, x, y);
  play(d, 0.1, false);
}

static void
it_shows_what_the_plugin_hears(void **state)
{
  static desk d;
  (void)state;
  begin(&d);
  stand_play(&d.st, 3, false);
  open_ui(&d, 1);
  assert_true(d.asked_w == 860 && d.asked_h == 500);
  play(&d, 5, false);
  cairo_surface_t *quiet = look(&d, "quiet");
  play(&d, 6, true);
  assert_true(d.st.port[PORT_FLAG] > 0);
  cairo_surface_t *loud = look(&d, "harsh");
  assert_true(count_orange(quiet) < 3000);
  assert_true(count_orange(loud) > 2 * count_orange(quiet) + 5000);
  cairo_surface_destroy(quiet);
  cairo_surface_destroy(loud);
  close_ui(&d);
  const uint32_t n = d.st.n_columns;
  stand_play(&d.st, 1, true);
  assert_int_equal(d.st.n_columns, n);
  end(&d);
}

static void
clicks_reach_the_plugin(void **state)
{
  static desk d;
  (void)state;
  begin(&d);
  open_ui(&d, 1);
  play(&d, 1, false);
  click(&d, 707, 110); /* the scale of the meters */
  assert_true(d.st.port[PORT_THRESHOLD] > 60 && d.st.port[PORT_THRESHOLD] < 100);
  point(&d, ButtonPress, 5, 707, 110); /* wheel down */
  const float was = d.st.port[PORT_THRESHOLD];
  play(&d, 0.1, false);
  assert_true(fabsf(was - 2 - d.st.port[PORT_THRESHOLD]) < 0.01f);
  click(&d, 676, 272);
  assert_true(d.st.port[PORT_HORIZON] < 0.5f);
  click(&d, 783, 26); /* reset */
  assert_true(d.st.port[PORT_RESET] > 0);
  nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
  play(&d, 0.1, false);
  assert_true(d.st.port[PORT_RESET] < 0.5f);
  end((close_ui(&d), &d));
}

/* The line across the meters is where a preset, or automation, puts it. */
static void
a_preset_is_seen(void **state)
{
  static desk d;
  const int x = 653, y_30 = 209;
  const uint32_t ink = 0xeceff3;
  (void)state;
  begin(&d);
  open_ui(&d, 1);
  play(&d, 0.5, false);
  cairo_surface_t *own = look(&d, NULL);
  d.st.port[PORT_THRESHOLD] = 30;
  play(&d, 0.5, false);
  cairo_surface_t *preset = look(&d, "preset");
  assert_int_not_equal(pixel_at(own, x, y_30), ink);
  assert_int_equal(pixel_at(preset, x, y_30), ink);
  cairo_surface_destroy(own);
  cairo_surface_destroy(preset);
  close_ui(&d);
  end(&d);
}

static void
models_are_listed_and_chosen(void **state)
{
  static desk d;
  (void)state;
  begin(&d);
  open_ui(&d, 1);
  play(&d, 1, false);
  click(&d, 250, 476); /* the harshness model's name */
  cairo_surface_destroy(look(&d, "list"));
  /* built in, own (EARSHOT_MODEL_PATH), choose a file: from above */
  click(&d, 250, 462 - 4 - 12 - 24);
  play(&d, 1, false);
  cairo_surface_destroy(look(&d, "own"));
  assert_true(fabsf(d.st.port[PORT_HARSHNESS_STATUS] - SLOT_OWN) < 0.1f);
  click(&d, 96, 476); /* the one before: built in again */
  nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
  play(&d, 1, false);
  play(&d, 1, false);
  assert_true(fabsf(d.st.port[PORT_HARSHNESS_STATUS] - SLOT_BUILT_IN) < 0.1f);
  click(&d, 250, 476);
  click(&d, 250, 462 - 4 - 12); /* choose a file */
  assert_int_equal(d.n_requests, 1);
  close_ui(&d);
  end(&d);
}

static void
it_fits_any_size_and_scale(void **state)
{
  static desk d;
  static const float scales[] = {1, 1.5f, 2, 3};
  (void)state;
  for (int i = 0; i < 4; ++i) {
    begin(&d);
    open_ui(&d, scales[i]);
    assert_int_equal(d.asked_w, (int)roundf(860 * scales[i]));
    play(&d, 1, true);
    for (int k = 0; k < 12; ++k) {
      const unsigned w = (unsigned)(40 + 173 * k % 1500),
                     h = (unsigned)(30 + 131 * k % 560);
      XResizeWindow(display, d.parent, w, h);
      XResizeWindow(display, (Window)(uintptr_t)d.widget, w, h);
      XSync(display, False);
      play(&d, 0.1, true);
      play(&d, 0.1, true);
      cairo_surface_t *image = look(&d, NULL);
      assert_int_equal(cairo_image_surface_get_width(image), (int)w);
      assert_int_equal(cairo_image_surface_get_height(image), (int)h);
      assert_int_equal(last_pixel(image), 0x15181d); /* drawn to the end */
      cairo_surface_destroy(image);
    }
    close_ui(&d);
    end(&d);
  }
}

static void
two_instances_do_not_disturb_each_other(void **state)
{
  static desk a, b;
  (void)state;
  begin(&a);
  begin(&b);
  open_ui(&a, 1);
  open_ui(&b, 1);
  for (int i = 0; i < 12; ++i) {
    play(&a, 0.5, true);
    play(&b, 0.5, false);
  }
  cairo_surface_t *harsh = look(&a, NULL), *clean = look(&b, NULL);
  assert_true(count_orange(harsh) > 2 * count_orange(clean) + 5000);
  cairo_surface_destroy(harsh);
  cairo_surface_destroy(clean);
  close_ui(&a);
  play(&b, 0.5, true);
  close_ui(&b);
  end(&b);
  end(&a);
}

static void
a_host_may_destroy_its_window_first(void **state)
{
  static desk d;
  (void)state;
  begin(&d);
  open_ui(&d, 1);
  play(&d, 0.5, true);
  XDestroyWindow(display, d.parent);
  XSync(display, False);
  idler->idle(d.ui);
  stand_play(&d.st, 0.2, true);
  nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  assert_int_equal(idler->idle(d.ui), 1);
  close_ui(&d);
  stand_stop(&d.st);
}

static void
without_a_parent_there_is_no_window(void **state)
{
  static desk d;
  LV2UI_Widget widget = &d;
  const LV2_Feature *const none[] = {NULL};
  (void)state;
  assert_null(
      face->instantiate(face, EARSHOT_STEREO, "/", write_port, &d, &widget, none));
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
  begin(&d);
  for (int i = 0; i < CYCLES + WARM; ++i) {
    if (i == WARM) { /* caches of libraries are filled */
      before = mallinfo2().uordblks + mallinfo2().hblkhd;
      n_files = count_files();
    }
    open_ui(&d, 1);
    stand_play(&d.st, 0.06, i % 2);
    tell_ports(&d);
    idler->idle(d.ui);
    close_ui(&d);
    stand_play(&d.st, 0, false);
  }
  const size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
  print_message("%d windows: %zd bytes, %d files more\n", CYCLES,
                (ssize_t)after - (ssize_t)before, count_files() - n_files);
  assert_int_equal(count_files(), n_files);
  assert_true(after < before + CYCLES); /* less than a byte a window */
  end(&d);
}

int
main(int argc, char **argv)
{
  if (argc < 3 || !(display = XOpenDisplay(NULL))) {
    fprintf(stderr, "usage, with a display: %s earshot.so earshot_ui.so [FOLDER]\n",
            argv[0]);
    return 1;
  }
  folder = argc > 3 ? argv[3] : NULL;
  stand_open(argv[1]);
  void *library = dlopen(argv[2], RTLD_NOW);
  const LV2UI_DescriptorFunction describe =
      library ? (LV2UI_DescriptorFunction)dlsym(library, "lv2ui_descriptor") : NULL;
  face = describe ? describe(0) : NULL;
  if (!face) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  idler = face->extension_data(LV2_UI__idleInterface);
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
