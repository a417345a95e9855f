/* SPDX-License-Identifier: ISC */
/* What the window writes reaches the plugin at the next run, what that tells the window.
 */
#include "ui_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cairo-xlib.h>
#include <cmocka.h>
#include <lv2/options/options.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const LV2UI_Descriptor *desk_face;
const LV2UI_Idle_Interface *desk_idler;
const char *desk_pictures;
Display *desk_display;

void
desk_write(LV2UI_Controller controller, uint32_t index, uint32_t size, uint32_t format,
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
    desk_face->port_event(d->ui, PORT_NOTIFY, (uint32_t)sizeof *atom + atom->size,
                          transfer, atom);
  }
}

static int
ask_size(LV2UI_Feature_Handle handle, int w, int h)
{
  desk *d = handle;
  d->asked_w = w;
  d->asked_h = h;
  XResizeWindow(desk_display, d->parent, (unsigned)w, (unsigned)h);
  XSync(desk_display, False);
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

void
desk_open(desk *d, float scale)
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
  d->ui = desk_face->instantiate(desk_face, EARSHOT_STEREO, "/", desk_write, d,
                                 &d->widget, features);
  assert_non_null(d->ui);
  assert_non_null(d->widget);
}

void
desk_close(desk *d)
{
  desk_face->cleanup(d->ui);
  d->ui = NULL;
}

void
desk_begin(desk *d)
{
  memset(d, 0, sizeof *d);
  stand_start(&d->st, 44100);
  d->st.hear = hand_on;
  d->st.user = d;
  static int n_begun; /* two at once do not cover each other */
  const int y = ++n_begun % 2 ? 0 : 600;
  d->parent = XCreateSimpleWindow(desk_display, DefaultRootWindow(desk_display), 0, y,
                                  100, 100, 0, 0, 0);
  XMapWindow(desk_display, d->parent);
  XSync(desk_display, False);
}

void
desk_end(desk *d)
{
  stand_stop(&d->st);
  XDestroyWindow(desk_display, d->parent);
  XSync(desk_display, False);
}

void
desk_tell_ports(desk *d)
{
  for (uint32_t i = PORT_ENABLED; i < N_PORTS; ++i) {
    desk_face->port_event(d->ui, i, sizeof(float), 0, &d->st.port[i]);
  }
}

void
desk_play(desk *d, double seconds, bool harsh)
{
  const int n = seconds > 0.1 ? (int)(seconds / 0.1) : 1;
  for (int i = 0; i < n; ++i) {
    stand_play(&d->st, seconds / n, harsh);
    desk_tell_ports(d);
    stand_watch(&d->st, WIRE_OPEN); /* sound passes faster than the window's clock */
    assert_int_equal(desk_idler->idle(d->ui), 0);
  }
  nanosleep(&(struct timespec){.tv_nsec = 45000000}, NULL);
  assert_int_equal(desk_idler->idle(d->ui), 0);
}

cairo_surface_t *
desk_look(const desk *d, const char *name)
{
  XWindowAttributes a;
  XGetWindowAttributes(desk_display, (Window)(uintptr_t)d->widget, &a);
  cairo_surface_t *window = cairo_xlib_surface_create(
      desk_display, (Window)(uintptr_t)d->widget, a.visual, a.width, a.height);
  cairo_surface_t *image =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, a.width, a.height);
  cairo_t *cr = cairo_create(image);
  cairo_set_source_surface(cr, window, 0, 0);
  cairo_paint(cr);
  cairo_destroy(cr);
  cairo_surface_destroy(window);
  if (desk_pictures && name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.png", desk_pictures, name);
    cairo_surface_write_to_png(image, path);
  }
  return image;
}

int
desk_count_orange(cairo_surface_t *image)
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

uint32_t
desk_pixel_at(cairo_surface_t *image, int x, int y)
{
  uint32_t pixel;
  const unsigned char *data = cairo_image_surface_get_data(image);
  memcpy(&pixel, data + (ptrdiff_t)y * cairo_image_surface_get_stride(image) + 4 * x,
         sizeof pixel);
  return pixel & 0xffffff;
}

uint32_t
desk_last_pixel(cairo_surface_t *image)
{
  return desk_pixel_at(image, cairo_image_surface_get_width(image) - 1,
                       cairo_image_surface_get_height(image) - 1);
}

void
desk_point(const desk *d, int type, unsigned button, double x, double y)
{
  XEvent e = {.xbutton = {.type = type,
                          .window = (Window)(uintptr_t)d->widget,
                          .x = (int)x,
                          .y = (int)y,
                          .button = button,
                          .same_screen = True}};
  XSendEvent(desk_display, (Window)(uintptr_t)d->widget, False,
             type == ButtonPress ? ButtonPressMask : ButtonReleaseMask, &e);
  XSync(desk_display, False);
}

void
desk_click(desk *d, double x, double y)
{
  desk_point(d, ButtonPress, 1, x, y);
  desk_point(d, ButtonRelease, 1, x, y);
  desk_play(d, 0.1, false);
}
