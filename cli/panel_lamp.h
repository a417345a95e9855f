/* SPDX-License-Identifier: ISC */
/* The lamp of the panel: a bright bar across the whole width while anything is flagged,
   a hatched frame while there is no input, else an empty one.  Its area tells it from
   afar, without colour. */
#ifndef PANEL_LAMP_H
#define PANEL_LAMP_H

#include "panel_line.h"

enum { LAMP_ROWS = 4 };

typedef enum { LAMP_DARK = 0, LAMP_LIT, LAMP_WAITING } lamp_state;

typedef struct {
  lamp_state state;
  char text[PANEL_LINE_BYTES];   /* "HARSH", "nothing flagged", "no input" */
  char detail[PANEL_LINE_BYTES]; /* "2.9-4.1 kHz"; may be empty */
} panel_lamp;

void lamp_of(panel_lamp *lamp, const live_status *s);

/* Row i of the lamp, which has LAMP_ROWS rows or one. */
void lamp_line(panel_line *l, const panel_lamp *lamp, unsigned i, unsigned n_rows);

/* The label of a model that its flag is about: the likeliest that can be flagged;
   n_labels if none can. */
uint32_t flag_label(const model_set *models, const ear_verdict *v, ear_horizon h);

#endif
