/* SPDX-License-Identifier: ISC */
/* A window of the X Window System that shows a live view: alone on the screen, or inside
   a window of a host.  One connection to the server a window, used by one thread; an
   error of that connection ends the window, never the process. */
#ifndef EAR_VIEW_XWINDOW_H
#define EAR_VIEW_XWINDOW_H

#include "monitor.h"

typedef struct view_window view_window;

typedef struct {
  unsigned long parent; /* X window to be inside of; 0: one of its own */
  const char *title;    /* of one of its own */
  double scale;         /* pixels a unit, 1..4; 0: as the screen says */
  double w, h;          /* in units; 0: VIEW_MONITOR_W x VIEW_MONITOR_H */
} view_window_config;

/* NULL, and in *problem (static) a sentence why: no display, for example. */
view_window *view_window_open(const view_window_config *config, const char **problem);
void view_window_close(view_window *win); /* NULL is fine */

unsigned long view_window_id(const view_window *win);
void view_window_pixels(const view_window *win, int *w, int *h);
void view_window_resize(view_window *win, int w, int h); /* pixels */

/* Take what happened since the last call: sizes, exposure, input.  `act` gets what the
   input asks for.  False when the user closed the window (its own: q
   does, too) or the server.  */
bool view_window_pump(view_window *win, view_monitor *m, double now_s,
                      void (*act)(void *user, const view_action *action), void *user);

/* Draw what changed, and show it.  Call it 25 times a second at most. */
void view_window_show(view_window *win, view_monitor *m);

#endif
