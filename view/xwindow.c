/* SPDX-License-Identifier: ISC */
/* All of the picture lies in an image of ours; the window is a copy of it, so that
   exposure costs no drawing.  The window is never destroyed by hand: closing the
   connection does so, even when the host's window went first. */
#include "xwindow.h"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/keysym.h>
#include <cairo-xlib.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PIXELS = 8192, LEAST_W = 60, LEAST_H = 40, MAX_WINDOWS = 256 };

struct view_window {
  Display *display;
  Window window;
  Atom protocols, delete_window;
  cairo_surface_t *screen; /* the window */
  cairo_surface_t *image;  /* the picture */
  int w, h;                /* pixels */
  double scale;
  bool sized;   /* the monitor does not know the size yet */
  bool exposed; /* all is to be copied */
  bool gone;    /* closed by the user, destroyed by the host, or the server is away */
  bool lost;    /* the server is: nothing may be asked of the display any more */
};

/* ---- errors: ours end a window, others go where they went before ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static view_window *windows[MAX_WINDOWS];
static XErrorHandler before_ours;
static XIOErrorHandler before_loss;

static view_window *
window_of(const Display *display)
{
  view_window *win = NULL;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MAX_WINDOWS && !win; ++i) {
    win = windows[i] && windows[i]->display == display ? windows[i] : NULL;
  }
  pthread_mutex_unlock(&lock);
  return win;
}

static int
take_error(Display *display, XErrorEvent *error)
{
  view_window *win = window_of(display);
  if (!win) {
    return before_ours ? before_ours(display, error) : 0;
  }
  win->gone |= error->error_code == BadWindow || error->error_code == BadDrawable;
  return 0;
}

/* After it Xlib calls lose_server() for ours; its own handler would end the process. */
static int
take_loss(Display *display)
{
  return window_of(display) || !before_loss ? 0 : before_loss(display);
}

static void
lose_server(Display *display, void *user)
{
  view_window *win = user;
  (void)display;
  win->gone = win->lost = true;
}

static bool
enrol(view_window *win)
{
  int i = 0;
  pthread_mutex_lock(&lock);
  for (; i < MAX_WINDOWS && windows[i]; ++i) {
  }
  if (i < MAX_WINDOWS) {
    windows[i] = win;
    const XErrorHandler was = XSetErrorHandler(take_error);
    const XIOErrorHandler lost = XSetIOErrorHandler(take_loss);
    before_ours = was == take_error ? before_ours : was;
    before_loss = lost == take_loss ? before_loss : lost;
  }
  pthread_mutex_unlock(&lock);
  return i < MAX_WINDOWS;
}

static void
strike_off(const view_window *win)
{
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MAX_WINDOWS; ++i) {
    windows[i] = windows[i] == win ? NULL : windows[i];
  }
  pthread_mutex_unlock(&lock);
}

/* ---- open and close ---- */

/* The font resolution that the desktop set, over the usual 96. */
static double
desktop_scale(Display *display)
{
  const char *dpi = XGetDefault(display, "Xft", "dpi");
  const double scale = dpi ? strtod(dpi, NULL) / 96 : 1;
  return scale >= 1 ? scale : 1;
}

static int
pixels(double units, double scale, int least)
{
  return (int)fmin(fmax(round(units * scale), least), MAX_PIXELS);
}

static void
make_window(view_window *win, const view_window_config *c)
{
  const int screen = DefaultScreen(win->display);
  const Window parent = c->parent ? (Window)c->parent : RootWindow(win->display, screen);
  XSetWindowAttributes a = {.event_mask = ExposureMask | StructureNotifyMask |
                                          ButtonPressMask | ButtonReleaseMask |
                                          PointerMotionMask | LeaveWindowMask |
                                          KeyPressMask,
                            .bit_gravity = NorthWestGravity};
  win->window = XCreateWindow(win->display, parent, 0, 0, (unsigned)win->w,
                              (unsigned)win->h, 0, CopyFromParent, InputOutput,
                              CopyFromParent, CWEventMask | CWBitGravity, &a);
  if (!c->parent) {
    XSizeHints hints = {.flags = PMinSize, .min_width = LEAST_W, .min_height = LEAST_H};
    win->protocols = XInternAtom(win->display, "WM_PROTOCOLS", False);
    win->delete_window = XInternAtom(win->display, "WM_DELETE_WINDOW", False);
    XSetWMProtocols(win->display, win->window, &win->delete_window, 1);
    XSetWMNormalHints(win->display, win->window, &hints);
    XStoreName(win->display, win->window, c->title ? c->title : "Earshot");
  }
  XMapWindow(win->display, win->window);
  XSync(win->display, False);
}

/* The visual is that of the parent, which need not be the screen's own. */
static bool
make_surface(view_window *win)
{
  XWindowAttributes a;
  if (win->gone || !XGetWindowAttributes(win->display, win->window, &a) || win->gone) {
    return false;
  }
  win->screen =
      cairo_xlib_surface_create(win->display, win->window, a.visual, win->w, win->h);
  return cairo_surface_status(win->screen) == CAIRO_STATUS_SUCCESS;
}

view_window *
view_window_open(const view_window_config *c, const char **problem)
{
  view_window *win = calloc(1, sizeof *win);
  *problem = "There is not enough memory for a window: close other programs.";
  if (!win) {
    return NULL;
  }
  win->display = XOpenDisplay(NULL);
  if (!win->display) {
    *problem =
        "There is no X display to open a window on: start it in a desktop session.";
    free(win);
    return NULL;
  }
  XSetIOErrorExitHandler(win->display, lose_server, win);
  win->scale = fmin(fmax(c->scale > 0 ? c->scale : desktop_scale(win->display), 1), 4);
  win->w = pixels(c->w > 0 ? c->w : VIEW_MONITOR_W, win->scale, LEAST_W);
  win->h = pixels(c->h > 0 ? c->h : VIEW_MONITOR_H, win->scale, LEAST_H);
  win->sized = win->exposed = true;
  if (!enrol(win)) {
    *problem = "There are too many windows: close some.";
    view_window_close(win);
    return NULL;
  }
  make_window(win, c);
  if (!make_surface(win)) {
    *problem = "The window could not be made: the host's window may be gone.";
    view_window_close(win);
    return NULL;
  }
  *problem = NULL;
  return win;
}

void
view_window_close(view_window *win)
{
  if (!win) {
    return;
  }
  if (win->image) {
    cairo_surface_destroy(win->image);
  }
  if (!win->lost) { /* else cairo would wait for ever: its memory is given up */
    if (win->screen) {
      cairo_surface_finish(win->screen);
      cairo_surface_destroy(win->screen);
    }
    XCloseDisplay(win->display);
  }
  strike_off(win);
  free(win);
}

unsigned long
view_window_id(const view_window *win)
{
  return win->window;
}

void
view_window_pixels(const view_window *win, int *w, int *h)
{
  *w = win->w;
  *h = win->h;
}

void
view_window_resize(view_window *win, int w, int h)
{
  if (!win->gone && (w != win->w || h != win->h)) {
    XResizeWindow(win->display, win->window, (unsigned)pixels(w, 1, 1),
                  (unsigned)pixels(h, 1, 1));
    XFlush(win->display);
  }
}

/* ---- events ---- */

static uint32_t
key_of(XKeyEvent *e)
{
  static const struct {
    KeySym sym;
    uint32_t key;
  } keys[] = {{XK_Up, VIEW_KEY_UP},         {XK_Down, VIEW_KEY_DOWN},
              {XK_Left, VIEW_KEY_LEFT},     {XK_Right, VIEW_KEY_RIGHT},
              {XK_Tab, VIEW_KEY_TAB},       {XK_ISO_Left_Tab, VIEW_KEY_BACK_TAB},
              {XK_Return, VIEW_KEY_ENTER},  {XK_KP_Enter, VIEW_KEY_ENTER},
              {XK_Escape, VIEW_KEY_ESCAPE}, {XK_Home, VIEW_KEY_HOME}};
  const KeySym sym = XLookupKeysym(e, 0);
  if (sym == XK_Tab && e->state & ShiftMask) {
    return VIEW_KEY_BACK_TAB;
  }
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
    if (sym == keys[i].sym) {
      return keys[i].key;
    }
  }
  return sym < 128 ? (uint32_t)sym : 0;
}

/* Whether an event is input; *in is it then, in units. */
static bool
input_of(const view_window *win, XEvent *e, view_input *in)
{
  int x = 0, y = 0;
  unsigned state = 0;
  switch (e->type) {
  case MotionNotify:
    in->kind = VIEW_MOVE;
    x = e->xmotion.x;
    y = e->xmotion.y;
    state = e->xmotion.state;
    break;
  case ButtonPress:
  case ButtonRelease:
    in->button = e->xbutton.button;
    in->kind = e->type == ButtonRelease ? VIEW_RELEASE : VIEW_PRESS;
    if (in->button >= 4) { /* the wheel: 4 up, 5 down, 6 and 7 to the sides */
      in->kind = VIEW_WHEEL;
      in->steps = e->type != ButtonPress || in->button > 5 ? 0 : in->button == 4 ? 1 : -1;
    }
    x = e->xbutton.x;
    y = e->xbutton.y;
    state = e->xbutton.state;
    break;
  case KeyPress:
    in->kind = VIEW_KEY;
    in->key = key_of(&e->xkey);
    x = e->xkey.x;
    y = e->xkey.y;
    state = e->xkey.state;
    break;
  case LeaveNotify:
    in->kind = VIEW_LEAVE;
    break;
  default:
    return false;
  }
  in->x = x / win->scale;
  in->y = y / win->scale;
  in->fine = state & (ShiftMask | ControlMask);
  return in->kind != VIEW_WHEEL || in->steps != 0;
}

static void
take_size(view_window *win, int w, int h)
{
  if (w != win->w || h != win->h) {
    win->w = pixels(w, 1, 1);
    win->h = pixels(h, 1, 1);
    cairo_xlib_surface_set_size(win->screen, win->w, win->h);
    win->sized = win->exposed = true;
  }
}

/* What happens to the window itself. */
static void
take_change(view_window *win, const XEvent *e)
{
  switch (e->type) {
  case ConfigureNotify:
    take_size(win, e->xconfigure.width, e->xconfigure.height);
    break;
  case Expose:
    win->exposed = true;
    break;
  case DestroyNotify:
    win->gone = true;
    break;
  case ButtonPress: /* keys come to who was clicked on */
    XSetInputFocus(win->display, win->window, RevertToParent, CurrentTime);
    break;
  case ClientMessage:
    win->gone |= win->protocols && e->xclient.message_type == win->protocols &&
                 (Atom)e->xclient.data.l[0] == win->delete_window;
    break;
  default:
    break;
  }
}

bool
view_window_pump(view_window *win, view_monitor *m, double now_s,
                 void (*act)(void *user, const view_action *action), void *user)
{
  while (!win->gone && XPending(win->display) > 0) {
    XEvent e;
    XNextEvent(win->display, &e);
    while (e.type == MotionNotify && XPending(win->display) > 0) {
      XEvent next; /* of a movement only the end counts */
      XPeekEvent(win->display, &next);
      if (next.type != MotionNotify) {
        break;
      }
      XNextEvent(win->display, &e);
    }
    view_input in = {.now_s = now_s};
    take_change(win, &e);
    if (win->protocols && e.type == KeyPress && key_of(&e.xkey) == 'q') {
      win->gone = true; /* a window of its own */
    }
    if (!win->gone && input_of(win, &e, &in)) {
      const view_action action = view_monitor_input(m, &in);
      if (action.deed != VIEW_DO_NOTHING) {
        act(user, &action);
      }
    }
  }
  if (win->sized) {
    view_monitor_size(m, win->w / win->scale, win->h / win->scale);
    win->sized = false;
  }
  view_monitor_tick(m, now_s);
  return !win->gone;
}

/* ---- pictures ---- */

static bool
fit_image(view_window *win, view_monitor *m)
{
  if (win->image && cairo_image_surface_get_width(win->image) == win->w &&
      cairo_image_surface_get_height(win->image) == win->h) {
    return true;
  }
  if (win->image) {
    cairo_surface_destroy(win->image);
  }
  win->image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, win->w, win->h);
  win->exposed = true;
  view_monitor_size(m, win->w / win->scale, win->h / win->scale);
  return cairo_surface_status(win->image) == CAIRO_STATUS_SUCCESS;
}

/* Add a box to the path, in whole pixels. */
static void
cover(cairo_t *cr, const view_window *win, view_box b)
{
  const double x = floor(b.x * win->scale) - 1, y = floor(b.y * win->scale) - 1;
  cairo_rectangle(cr, x, y, ceil((b.x + b.w) * win->scale) + 1 - x,
                  ceil((b.y + b.h) * win->scale) + 1 - y);
}

/* Copy what was drawn, or all. */
static void
copy(view_window *win, const view_monitor *m, uint32_t parts)
{
  cairo_t *cr = cairo_create(win->screen);
  for (uint32_t part = 1; part <= VIEW_OVER; part <<= 1) {
    const view_box b = view_monitor_box(m, part);
    if (b.w > 0 && (parts & part || part == VIEW_OVER)) {
      cover(cr, win, b);
    }
  }
  if (!win->exposed && parts != VIEW_ALL) {
    cairo_clip(cr);
  }
  cairo_set_source_surface(cr, win->image, 0, 0);
  cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint(cr);
  cairo_destroy(cr);
  cairo_surface_flush(win->screen);
  XFlush(win->display);
  win->exposed = false;
}

void
view_window_show(view_window *win, view_monitor *m)
{
  if (win->gone || !fit_image(win, m)) {
    return;
  }
  const uint32_t parts = view_monitor_dirty(m);
  if (parts) {
    cairo_t *cr = cairo_create(win->image);
    cairo_scale(cr, win->scale, win->scale);
    view_monitor_draw(m, cr, parts);
    cairo_destroy(cr);
    cairo_surface_flush(win->image);
  }
  if (parts || win->exposed) {
    copy(win, m, parts);
  }
}
