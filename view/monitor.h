/* SPDX-License-Identifier: ISC */
/* The live view: what the analysis hears, as one picture that is drawn part by part, and
   what a pointer and keys do to it.  It knows neither window nor clock nor plugin:

     columns, verdicts, names --view_monitor_*--> view_monitor --draw--> cairo_t
     pointer, wheel, keys ------view_monitor_input---> view_action, the caller's to do

   Each call notes which parts of the picture it changed: a caller redraws those alone.
   All of one monitor happens on one thread.  Times are seconds of any one clock. */
#ifndef EAR_VIEW_MONITOR_H
#define EAR_VIEW_MONITOR_H

#include "../engine/earshot.h"
#include "paint.h"

enum {
  VIEW_COLUMNS = 2048,  /* of the spectrogram, kept */
  VIEW_SECONDS = 600,   /* of the history */
  VIEW_CHOICES = 64,    /* models in the list */
  VIEW_SLOTS = 2,       /* 0 judges harshness, 1 tells classes */
  VIEW_MONITOR_W = 860, /* a good size, in units; it can be drawn at any */
  VIEW_MONITOR_H = 500,
};

/* Parts of the picture, a bit each. */
enum {
  VIEW_HEAD = 1,     /* lamp, verdict, status in words, buttons */
  VIEW_SPECTRUM = 2, /* scrolling spectrogram */
  VIEW_METERS = 4,   /* three horizons, threshold */
  VIEW_HISTORY = 8,  /* minutes of flags */
  VIEW_CLASSES = 16,
  VIEW_MODELS = 32, /* names, choosers */
  VIEW_OVER = 64,   /* list or tooltip, above the others */
  VIEW_N_PARTS = 7,
  VIEW_ALL = 127,
};

/* What the columns are.  A model without rows has no tint. */
typedef struct {
  uint32_t n_bands;      /* 0: there is no spectrum to show */
  float low_hz, high_hz; /* of the bands, evenly spread on the mel scale */
  ear_mel_scale scale;
  float column_s; /* from one to the next */
  uint32_t n_rows;
  float row_low_hz[EAR_MAX_ROWS], row_high_hz[EAR_MAX_ROWS];
} view_spectrum;

typedef struct {
  uint8_t level[EAR_MAX_BANDS]; /* half dB; as ear_column */
  uint8_t tint[EAR_MAX_ROWS];   /* evidence, 0 none to 255 */
} view_column;

typedef enum {
  VIEW_FINE = 0,
  VIEW_LOADING,
  VIEW_TROUBLE, /* the sentence says what is wrong and what to do */
} view_health;

/* What is known of a model that runs. */
typedef struct {
  view_health health;
  char name[96];      /* "harshness", or a file's name */
  char sentence[512]; /* what runs, or what is wrong */
} view_model;

/* The three horizons by ear_horizon. */
typedef struct {
  float p[EAR_N_HORIZONS]; /* 0..1, of what may flag */
  bool flag;               /* at the horizon chosen */
  float low_hz, high_hz;   /* where; 0, 0: unknown */
  bool silent;
} view_verdict;

typedef enum {
  VIEW_DO_NOTHING = 0,
  VIEW_DO_THRESHOLD, /* value 0..1; negative: the model's own.  `more` while it is dragged
                      */
  VIEW_DO_HORIZON,   /* index: an ear_horizon */
  VIEW_DO_RESET,
  VIEW_DO_FREEZE, /* done already; index: whether it is frozen */
  VIEW_DO_MODE,   /* done already; index: a view_mode */
  VIEW_DO_STEP,   /* slot: to the next model (index 1) or the one before (-1) */
  VIEW_DO_LIST,   /* slot: fill the list with view_monitor_list */
  VIEW_DO_CHOOSE, /* slot: the list's entry `index` */
  VIEW_DO_BROWSE, /* slot: ask for a file */
} view_deed;

typedef struct {
  view_deed deed;
  uint32_t slot;
  int index;
  double value;
  bool more;
} view_action;

typedef enum {
  VIEW_MOVE = 0,
  VIEW_PRESS,
  VIEW_RELEASE,
  VIEW_WHEEL,
  VIEW_KEY,
  VIEW_LEAVE, /* the pointer is elsewhere */
} view_input_kind;

/* A key is its ASCII character, or one of these. */
enum {
  VIEW_KEY_UP = 256,
  VIEW_KEY_DOWN,
  VIEW_KEY_LEFT,
  VIEW_KEY_RIGHT,
  VIEW_KEY_TAB,
  VIEW_KEY_BACK_TAB,
  VIEW_KEY_ENTER,
  VIEW_KEY_ESCAPE,
  VIEW_KEY_HOME,
};

typedef struct {
  view_input_kind kind;
  double x, y;     /* units of the picture */
  uint32_t button; /* 1 left, 2 middle, 3 right */
  int steps;       /* of the wheel, up is positive */
  uint32_t key;
  bool fine; /* Shift or Control is held */
  double now_s;
} view_input;

typedef struct view_monitor view_monitor;

/* NULL when memory is short. */
view_monitor *view_monitor_new(view_mode mode);
void view_monitor_free(view_monitor *m); /* NULL is fine */

/* ---- what happens ---- */

void view_monitor_size(view_monitor *m, double w, double h); /* in units */
void view_monitor_set_mode(view_monitor *m, view_mode mode);
view_mode view_monitor_mode(const view_monitor *m);
bool view_monitor_frozen(const view_monitor *m);

/* Another model or front end: the spectrogram starts anew if it is shown otherwise. */
void view_monitor_set_spectrum(view_monitor *m, const view_spectrum *s);
/* The newest column.  While frozen it is passed over. */
void view_monitor_column(view_monitor *m, const view_column *c);
void view_monitor_verdict(view_monitor *m, const view_verdict *v, double now_s);
/* c->tint from the class activation of a tick (ear_verdict.momentary), whose class has
   posterior p, flagged from `threshold` on: no tint at half of it, all at it.  [any] */
void view_monitor_tint(view_column *c, uint32_t n_rows, const float *contribution,
                       double p, double threshold);
/* Names are copied and may hold anything; label may be NULL when n is 0. */
void view_monitor_labels(view_monitor *m, uint32_t n, const char *const *label);
/* [n labels]; unsure: the likeliest since the reset is hardly ahead of the next. */
void view_monitor_classes(view_monitor *m, const float *p_integrated,
                          const float *p_short, bool unsure);
void view_monitor_model(view_monitor *m, uint32_t slot, const view_model *model);
/* One more second of history: its largest short-term p, and whether it was flagged. */
void view_monitor_second(view_monitor *m, float p, bool flag);
/* What is set: p from which harshness is flagged (own: by the model), and where. */
void view_monitor_settings(view_monitor *m, float threshold, bool own,
                           ear_horizon horizon);
/* Blocks lost in all; whether a file can be asked for; a sentence instead of the status,
   NULL for none. */
void view_monitor_dropped(view_monitor *m, uint32_t n);
void view_monitor_can_browse(view_monitor *m, bool can);
void view_monitor_notice(view_monitor *m, const char *sentence);
/* Forget what was heard: peaks, spectrogram, classes; the history stays. */
void view_monitor_reset(view_monitor *m);
/* The answer to VIEW_DO_LIST; n at most VIEW_CHOICES, current: index or -1. */
void view_monitor_list(view_monitor *m, uint32_t slot, uint32_t n,
                       const char *const *name, int current);

/* Time passes: peaks fall, tooltips appear.  Call it at the pace of the pictures. */
void view_monitor_tick(view_monitor *m, double now_s);
view_action view_monitor_input(view_monitor *m, const view_input *in);

/* ---- the picture ---- */

/* Parts that changed since they were drawn last, and where a part is (w 0: not shown at
   this size). */
uint32_t view_monitor_dirty(const view_monitor *m);
view_box view_monitor_box(const view_monitor *m, uint32_t part);

/* Draw `parts` on a cairo_t in units, from (0, 0) on: for scale 2 the caller scales it.
   The picture of one state is the same pixels however it came about. */
void view_monitor_draw(view_monitor *m, cairo_t *cr, uint32_t parts);

#endif
