/* SPDX-License-Identifier: ISC */
/* A desk with the plugin and its window on it, on an X server. */
#ifndef EAR_TESTS_UI_DESK_H
#define EAR_TESTS_UI_DESK_H

#include "ui_stand.h"

#include <X11/Xlib.h>
#include <cairo.h>
#include <lv2/ui/ui.h>

typedef struct {
  stand st;
  Window parent;
  LV2UI_Handle ui;
  LV2UI_Widget widget;
  int asked_w, asked_h; /* the size that the window asked for */
  uint32_t n_writes[N_PORTS];
  uint32_t n_requests; /* for a file of the host's choice */
} desk;

/* Set by main, before the rest is called. */
extern const LV2UI_Descriptor *desk_face;
extern const LV2UI_Idle_Interface *desk_idler;
extern Display *desk_display;
extern const char *desk_pictures; /* folder for what is looked at, NULL: none */

void desk_begin(desk *d); /* the plugin, and a window of the host's */
void desk_end(desk *d);
void desk_open(desk *d, float scale); /* the plugin's window in the host's */
void desk_close(desk *d);
/* What it writes goes to the plugin; the controller is the desk. */
void desk_write(LV2UI_Controller controller, uint32_t index, uint32_t size,
                uint32_t format, const void *buffer);

void desk_tell_ports(desk *d);
/* Sound, and the window at its pace for as long: at least one picture. */
void desk_play(desk *d, double seconds, bool harsh);
void desk_point(const desk *d, int type, unsigned button, double x, double y);
void desk_click(desk *d, double x, double y);

/* The window's pixels, to be destroyed; kept as NAME.png if there is a folder. */
cairo_surface_t *desk_look(const desk *d, const char *name);
int desk_count_orange(cairo_surface_t *image); /* pixels much more red than blue */
uint32_t desk_pixel_at(cairo_surface_t *image, int x, int y);
uint32_t desk_last_pixel(cairo_surface_t *image);

#endif
