/* SPDX-License-Identifier: ISC */
/* What a user does to a window of the display, for test scripts.

   usage: x_hand wait TITLE          until it is mapped, 10 s at most
          x_hand key TITLE KEYSYM    such as q or Up
          x_hand resize TITLE W H
          x_hand close TITLE         as a window manager asks for it
          x_hand shot TITLE OUT.png  and prints how many colours there are */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <cairo-xlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Window
find(Display *d, Window in, const char *title)
{
  Window root, parent, *child = NULL, found = 0;
  unsigned n = 0;
  char *name = NULL;
  XWindowAttributes a;
  if (XFetchName(d, in, &name) && name) {
    const bool is_it = strcmp(name, title) == 0;
    XFree(name);
    if (is_it && XGetWindowAttributes(d, in, &a) && a.map_state == IsViewable) {
      return in;
    }
  }
  if (XQueryTree(d, in, &root, &parent, &child, &n)) {
    for (unsigned i = 0; i < n && !found; ++i) {
      found = find(d, child[i], title);
    }
    XFree(child);
  }
  return found;
}

static void
press(Display *d, Window w, const char *keysym)
{
  XEvent e = {.xkey = {.display = d,
                       .window = w,
                       .root = DefaultRootWindow(d),
                       .same_screen = True,
                       .keycode = XKeysymToKeycode(d, XStringToKeysym(keysym))}};
  e.type = KeyPress;
  XSendEvent(d, w, False, KeyPressMask, &e);
}

static void
ask_to_close(Display *d, Window w)
{
  XEvent e = {.xclient = {.window = w,
                          .message_type = XInternAtom(d, "WM_PROTOCOLS", False),
                          .format = 32}};
  e.type = ClientMessage;
  e.xclient.data.l[0] = (long)XInternAtom(d, "WM_DELETE_WINDOW", False);
  XSendEvent(d, w, False, NoEventMask, &e);
}

static int
by_value(const void *a, const void *b)
{
  const uint32_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static int
shoot(Display *d, Window w, const char *path)
{
  XWindowAttributes a;
  XGetWindowAttributes(d, w, &a);
  cairo_surface_t *on = cairo_xlib_surface_create(d, w, a.visual, a.width, a.height);
  cairo_surface_t *image =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, a.width, a.height);
  cairo_t *cr = cairo_create(image);
  cairo_set_source_surface(cr, on, 0, 0);
  cairo_paint(cr);
  cairo_destroy(cr);
  cairo_surface_destroy(on);
  cairo_surface_flush(image);
  const cairo_status_t status = cairo_surface_write_to_png(image, path);
  const size_t n = (size_t)a.width * (size_t)a.height; /* rows of RGB24 have no gaps */
  uint32_t *pixel = malloc(n * sizeof *pixel);
  memcpy(pixel, cairo_image_surface_get_data(image), n * sizeof *pixel);
  qsort(pixel, n, sizeof *pixel, by_value);
  size_t n_colours = 1;
  for (size_t i = 1; i < n; ++i) {
    n_colours += pixel[i] != pixel[i - 1];
  }
  printf("%zu\n", n_colours);
  free(pixel);
  cairo_surface_destroy(image);
  return status != CAIRO_STATUS_SUCCESS;
}

int
main(int argc, char **argv)
{
  Display *d = argc > 2 ? XOpenDisplay(NULL) : NULL;
  if (!d) {
    fprintf(stderr, "see the top of x_hand.c; a display is needed\n");
    return 2;
  }
  Window w = 0;
  int wrong = 0;
  for (int i = 0; i < 100 && !w; ++i) {
    w = find(d, DefaultRootWindow(d), argv[2]);
    usleep(w ? 0 : 100000);
  }
  if (!w) {
    fprintf(stderr, "there is no window %s\n", argv[2]);
    return 1;
  }
  if (strcmp(argv[1], "key") == 0 && argc > 3) {
    press(d, w, argv[3]);
  } else if (strcmp(argv[1], "resize") == 0 && argc > 4) {
    XResizeWindow(d, w, (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));
  } else if (strcmp(argv[1], "close") == 0) {
    ask_to_close(d, w);
  } else if (strcmp(argv[1], "shot") == 0 && argc > 3) {
    wrong = shoot(d, w, argv[3]);
  }
  XSync(d, False);
  XCloseDisplay(d);
  return wrong;
}
