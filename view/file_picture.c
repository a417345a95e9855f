/* SPDX-License-Identifier: ISC */
/* All panels share the ends of their time axis, so that one vertical line is one moment
   in each. */
#include "file_picture.h"
#include "axes.h"
#include "file_panels.h"
#include "text.h"

#include <math.h>

enum {
  CALLOUT = 20, /* the line that names the worst second */
  WIDTH = 1120,
  LIKELY_H = 150,
  SOUND_H = 290,
  LOUD_H = 130,
  HEAD = 64,  /* title and note */
  LEAST = 70, /* of a panel with a caption */
};

void
view_file_size(const view_file *d, double *w, double *h)
{
  *w = WIDTH;
  *h = 2 * VIEW_PAD + (d->title ? HEAD : 0) + CALLOUT + SOUND_H + TIME_AXIS +
       (d->n_likelihoods ? LIKELY_H : 0) + view_classes_height(d->n_classes) +
       (d->short_lufs.n ? LOUD_H : 0);
}

void
view_file_span(double w, double *from_x, double *to_x)
{
  *from_x = VIEW_PAD + PANEL_LEFT;
  *to_x = w - VIEW_PAD - PANEL_RIGHT;
}

/* How high each panel is in the room there is; 0: left out. */
typedef struct {
  double likely, sound, classes, loud;
} heights;

static heights
share_out(const view_file *d, double room)
{
  heights h = {d->n_likelihoods ? LIKELY_H : 0, SOUND_H,
               view_classes_height(d->n_classes), d->short_lufs.n ? LOUD_H : 0};
  h.classes = room < h.classes + 3 * LEAST ? 0 : h.classes;
  h.loud = room < h.classes + 3 * LEAST ? 0 : h.loud;
  h.likely = room < h.classes + 2 * LEAST ? 0 : h.likely;
  const double scale = (room - h.classes) / (h.likely + h.sound + h.loud);
  h.likely = floor(h.likely * scale);
  h.loud = floor(h.loud * scale);
  h.sound = room - h.classes - h.likely - h.loud;
  return h;
}

static void
point(cairo_t *cr, const view_theme *th, view_box line, double x, const char *text)
{
  const bool right = x < line.x + line.w / 2; /* where the text goes */
  const double y = line.y + CALLOUT - 5;
  const double room = right ? line.x + line.w - x - 10 : x - line.x - 10;
  const view_style st = {VIEW_TEXT_PX, true, right ? VIEW_LEFT : VIEW_RIGHT, th->ink};
  cairo_move_to(cr, x - 5, y - 7);
  cairo_line_to(cr, x + 5, y - 7);
  cairo_line_to(cr, x, y + 1);
  cairo_close_path(cr);
  view_color(cr, th->bad);
  cairo_fill(cr);
  view_text(cr, &st, right ? x + 10 : x - 10, y, room, text ? text : "");
}

typedef void (*panel_fn)(cairo_t *cr, const view_theme *th, view_box room,
                         const view_file *d);

/* The next panel off the top of the room, and the line through it but for its caption. */
static void
draw_panel(cairo_t *cr, const view_theme *th, view_box *in, double h, panel_fn draw,
           const view_file *d, double worst_x)
{
  if (h > 0) {
    draw(cr, th, (view_box){in->x, in->y, in->w, h}, d);
    *in = view_inset(*in, 0, h, 0, 0);
    if (worst_x >= 0) {
      view_vline(cr, worst_x, in->y - h + CAPTION, in->y - VIEW_GAP, th->ink);
    }
  }
}

void
view_draw_file(cairo_t *cr, const view_theme *th, view_box box, const view_file *d)
{
  view_box in;
  if (!view_begin(cr, th, box, d->title, d->note, CALLOUT + LEAST + TIME_AXIS, &in)) {
    return;
  }
  if (in.w < PANEL_LEFT + PANEL_RIGHT + 40 || !(d->length_s > 0)) {
    view_nothing(cr, th, in, "there is no sound to show");
    view_end(cr);
    return;
  }
  const double w = in.w - PANEL_LEFT - PANEL_RIGHT;
  const bool any = d->worst_s >= 0 && d->worst_s <= d->length_s;
  const double x = any ? in.x + PANEL_LEFT + w * d->worst_s / d->length_s : -1;
  if (any) {
    point(cr, th, in, x, d->worst_text);
  }
  in = view_inset(in, 0, CALLOUT, 0, 0);
  const heights h = share_out(d, in.h - TIME_AXIS);
  draw_panel(cr, th, &in, h.likely, view_likely_panel, d, x);
  draw_panel(cr, th, &in, h.sound, view_sound_panel, d, x);
  draw_panel(cr, th, &in, h.classes, view_classes_panel, d, x);
  draw_panel(cr, th, &in, h.loud, view_loud_panel, d, x);
  view_time_panel(cr, th, in, d);
  view_end(cr);
}
