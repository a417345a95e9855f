/* SPDX-License-Identifier: ISC */
/* What a live view is made of: for view/monitor*.c alone.

     monitor.c        what is known, and which parts a change touches
     monitor_place.c  where parts and spots are
     monitor_input.c  pointer and keys to actions
     monitor_tip.c    what a tooltip says
     monitor_draw.c   head, models, list, tooltip
     monitor_level.c  meters, classes, history
     monitor_roll.c   the spectrogram */
#ifndef EAR_VIEW_MONITOR_PARTS_H
#define EAR_VIEW_MONITOR_PARTS_H

#include "monitor.h"
#include "text.h"

/* What a pointer can be on, and Tab goes through, in this order. */
typedef enum {
  SPOT_NONE = 0,
  SPOT_FREEZE,
  SPOT_RESET,
  SPOT_MODE,
  SPOT_THRESHOLD,                            /* the scale of the meters */
  SPOT_HORIZON,                              /* + ear_horizon */
  SPOT_BACK = SPOT_HORIZON + EAR_N_HORIZONS, /* + slot, of these three */
  SPOT_NAME = SPOT_BACK + VIEW_SLOTS,
  SPOT_NEXT = SPOT_NAME + VIEW_SLOTS,
  SPOT_LAMP = SPOT_NEXT + VIEW_SLOTS, /* from here on Tab passes over */
  SPOT_SPECTRUM,
  SPOT_HISTORY,
  SPOT_CLASSES,
  SPOT_LIST,
  N_SPOTS,
} view_spot;

enum { FIRST_PASSED = SPOT_LAMP, ROW = 24, LIST_ROWS = 9, TIP_LINES = 5 };

/* The spectrogram's pixels, kept from one picture to the next. */
typedef struct {
  cairo_surface_t *image;
  int w, h, wide;     /* pixels, of one column */
  uint64_t n_columns; /* drawn, of all that came */
  bool valid;         /* else it is drawn anew */
} view_roll;

struct view_monitor {
  view_mode mode;
  double w, h;
  double now_s;
  uint32_t dirty;
  view_box box[VIEW_N_PARTS]; /* of each part but VIEW_OVER */

  view_spectrum spectrum;
  view_column *column; /* [VIEW_COLUMNS], the n_columns-th newest at n % VIEW_COLUMNS */
  uint64_t n_columns;
  double gain_db; /* of the picture */
  view_roll roll;

  bool heard; /* verdict is one */
  view_verdict verdict;
  float peak[EAR_N_HORIZONS];
  double peak_s[EAR_N_HORIZONS];

  uint32_t n_labels;
  char label[EAR_MAX_LABELS][64];
  float p_integrated[EAR_MAX_LABELS], p_short[EAR_MAX_LABELS];
  uint32_t order[EAR_MAX_LABELS]; /* likeliest first */
  bool unsure;

  uint8_t second[VIEW_SECONDS]; /* %, + 128 if flagged; ring by n_seconds */
  uint64_t n_seconds;

  view_model model[VIEW_SLOTS];
  float threshold;
  bool own;
  ear_horizon horizon;
  uint32_t dropped;
  char notice[256];
  bool can_browse, frozen;

  view_spot hover, pressed, focus;
  view_spot clicked;    /* by the newest press */
  double x, y, rest_s;  /* of the pointer, and since when it rests */
  double press_s, grip; /* of the newest press; threshold - pointer while it is dragged */
  bool tip;             /* a tooltip shows */

  bool listed; /* a list shows */
  uint32_t list_slot, n_list, list_top;
  int list_current, list_at;
  char list[VIEW_CHOICES][96];
};

/* monitor.c */
void monitor_touch(view_monitor *m, uint32_t parts);
double monitor_p(const view_monitor *m); /* at the horizon chosen */
void monitor_close_list(view_monitor *m);
void monitor_set_tip(view_monitor *m, bool on);

/* monitor_place.c */
void monitor_place(view_monitor *m);
uint32_t monitor_part_index(uint32_t part);
view_box monitor_spot(const view_monitor *m, view_spot spot); /* w 0: not shown */
view_spot monitor_find(const view_monitor *m, double x, double y);
bool view_box_has(view_box b, double x, double y);
view_box monitor_plot(const view_monitor *m,
                      uint32_t part);                    /* without titles and scales */
view_box monitor_bar(const view_monitor *m, uint32_t h); /* of a meter */
view_box monitor_over(const view_monitor *m);         /* list or tooltip; w 0: neither */
uint32_t monitor_list_rows(const view_monitor *m);    /* with the one to browse */
uint32_t monitor_list_shown(const view_monitor *m);   /* of these at once */
double monitor_y_of(const view_monitor *m, double p); /* of the meters */
double monitor_p_at(const view_monitor *m, double y);

/* monitor_tip.c: at most n bytes for the spot under the pointer. */
void monitor_tip_text(const view_monitor *m, char *out, size_t n);
void monitor_hz_text(char *out, size_t n, double hz);
/* Frequency and age under the pointer; false if it is not on the spectrogram. */
bool monitor_reading(const view_monitor *m, double *hz, double *age_s);

/* Draw one part into its box, which has the page's colour.  monitor_draw.c */
void monitor_draw_head(const view_monitor *m, cairo_t *cr, const view_theme *th);
void monitor_draw_models(const view_monitor *m, cairo_t *cr, const view_theme *th);
void monitor_draw_over(const view_monitor *m, cairo_t *cr, const view_theme *th);
void monitor_draw_focus(const view_monitor *m, cairo_t *cr, const view_theme *th);
/* monitor_level.c */
void monitor_draw_meters(const view_monitor *m, cairo_t *cr, const view_theme *th);
void monitor_draw_classes(const view_monitor *m, cairo_t *cr, const view_theme *th);
void monitor_draw_history(const view_monitor *m, cairo_t *cr, const view_theme *th);
/* monitor_roll.c */
void monitor_draw_spectrum(view_monitor *m, cairo_t *cr, const view_theme *th);
void monitor_roll_free(view_roll *roll);

#endif
