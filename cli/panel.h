/* SPDX-License-Identifier: ISC */
/* The panel of a live session as lines of text.  Pure: the same data give the same bytes,
   nothing here knows a terminal or a clock.

     live_status --panel_feed--> what is held (peaks) --panel_draw--> panel_text */
#ifndef PANEL_H
#define PANEL_H

#include "live_output.h"

enum {
  PANEL_COLUMNS = 79,     /* one less than 80: the last column of a terminal wraps */
  PANEL_ROWS = 23,        /* one less than 24: the cursor rests below */
  PANEL_LINE_BYTES = 1200 /* with colours and combining characters */
};

typedef struct {
  unsigned columns, rows; /* to draw in; more than PANEL_* are not used */
  bool utf8;              /* blocks and frames, else ASCII */
  unsigned colours;       /* 0, 16 or 256 */
} panel_look;

typedef struct {
  unsigned n;
  unsigned columns[PANEL_ROWS];            /* that each line takes */
  char line[PANEL_ROWS][PANEL_LINE_BYTES]; /* no newline; each ends without colour */
} panel_text;

/* The largest of the last seconds, and of all. */
typedef struct {
  float now, held, max;
  double since_s; /* when it was held */
} panel_hold;

typedef struct {
  uint32_t n_rms;
  float mean_square[MAX_CHANNELS];                  /* over about the last 0.3 s */
  double clock_s;                                   /* of the last feed */
  panel_hold peak[MAX_CHANNELS];                    /* dBFS */
  panel_hold harsh[EAR_MAX_MODELS][EAR_N_HORIZONS]; /* of what can be flagged, 0..1 */
} panel;

void panel_reset(panel *p);
/* Other models from now on: what was held of the old ones is forgotten. */
void panel_changed(panel *p);
/* Every verdict, so that no peak is missed, and every update. */
void panel_feed_verdict(panel *p, const live_status *s, const ear_verdict *v);
void panel_feed(panel *p, const live_status *s);

void panel_draw(panel_text *text, const panel *p, const live_status *s,
                const panel_look *look);

#endif
