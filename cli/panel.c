/* SPDX-License-Identifier: ISC */
/* First it is decided which rows there is room for, then each is drawn: what matters
   least is left out first, and the order of those that stay is always the same. */
#include "panel.h"

#include "panel_lamp.h"
#include "panel_rows.h"

#include <math.h>
#include <string.h>

/* ---- what is held ---- */

static const double hold_s = 3;
static const float mean_s = 0.3f;             /* of the RMS shown, as a VU meter */
static const float fall_db_per_s = 20 / 1.7f; /* of a peak meter: IEC 60268-10, type I */

void
panel_reset(panel *p)
{
  *p = (panel){0};
  for (uint32_t c = 0; c < MAX_CHANNELS; c++) {
    p->peak[c] = (panel_hold){.now = -200, .held = -200, .max = -200};
  }
}

void
panel_changed(panel *p)
{
  memset(p->harsh, 0, sizeof p->harsh);
}

static void
hold(panel_hold *h, float value, double clock_s)
{
  h->now = value;
  if (value >= h->held || clock_s - h->since_s >= hold_s) {
    h->held = value;
    h->since_s = clock_s;
  }
  h->max = fmaxf(h->max, value);
}

void
panel_feed_verdict(panel *p, const live_status *s, const ear_verdict *v)
{
  for (unsigned h = 0; h < EAR_N_HORIZONS; h++) {
    const uint32_t l = flag_label(s->report->models, v, (ear_horizon)h);
    if (l < v->n_labels && !v->gated) {
      hold(&p->harsh[v->model][h], v->p[h][l], s->clock_s);
    }
  }
}

void
panel_feed(panel *p, const live_status *s)
{
  const float fallen_db = fall_db_per_s * (float)(s->clock_s - p->clock_s);
  for (uint32_t c = 0; c < s->n_peaks; c++) {
    const float new_db = s->peak[c] > 0 ? fmaxf(20 * log10f(s->peak[c]), -200) : -200;
    hold(&p->peak[c], fmaxf(new_db, p->peak[c].now - fallen_db), s->clock_s);
  }
  const float share = 1 - expf((float)(p->clock_s - s->clock_s) / mean_s);
  p->n_rms = s->n_rms > p->n_rms ? s->n_rms : p->n_rms;
  for (uint32_t c = 0; c < s->n_rms; c++) {
    p->mean_square[c] += share * (s->rms[c] * s->rms[c] - p->mean_square[c]);
  }
  p->clock_s = s->clock_s;
}

/* ---- which rows ---- */

typedef enum {
  ROW_BLANK,
  ROW_HEADER,
  ROW_LAMP,
  ROW_HARSH_SCALE,
  ROW_HARSH,
  ROW_LEVEL_SCALE,
  ROW_LEVEL,
  ROW_KIND,
  ROW_COUNTS,
} row_kind_of;

typedef struct {
  row_kind_of kind;
  uint32_t model, i;
  int keep; /* the smaller, the sooner it is left out */
} row;

enum { MAX_PLAN = 128, TOP_KINDS = 3, MAX_LEVELS = 8 };

typedef struct {
  unsigned n;
  unsigned n_lamp; /* rows */
  row row[MAX_PLAN];
} plan;

static void
add(plan *l, row_kind_of kind, uint32_t model, uint32_t i, int keep)
{
  if (l->n < MAX_PLAN) {
    l->row[l->n++] = (row){.kind = kind, .model = model, .i = i, .keep = keep};
  }
}

static void
add_meters(plan *l, const model_set *models)
{
  static const int keep[EAR_N_HORIZONS] = {75, 90, 70};
  int first = 1;
  for (uint32_t m = 0; m < models->n; m++) {
    if (has_meters(models, m)) {
      add(l, ROW_HARSH_SCALE, m, 0, first ? 40 : 45);
      for (uint32_t h = 0; h < EAR_N_HORIZONS; h++) {
        add(l, ROW_HARSH, m, h, first ? keep[h] : keep[h] - 35);
      }
      first = 0;
    }
  }
  if (!first) {
    add(l, ROW_BLANK, 0, 0, 12);
  }
}

/* Every channel if there are few, else the loudest of all. */
static void
add_levels(plan *l, const panel *p, const live_status *s, bool each)
{
  add(l, ROW_LEVEL_SCALE, 0, 0, 35);
  for (uint32_t c = 0; each && c < s->n_peaks; c++) {
    add(l, ROW_LEVEL, 0, c, 85);
  }
  if (!each) {
    add(l, ROW_LEVEL, 0, ALL_CHANNELS, 85);
  }
  if (p->n_rms == 0) {
    add(l, ROW_LEVEL, 0, THE_MIX, 33);
  }
  add(l, ROW_BLANK, 0, 0, 11);
}

static void
add_kinds(plan *l, const model_set *models)
{
  static const int keep[TOP_KINDS] = {65, 50, 48};
  bool any = false;
  for (uint32_t m = 0; m < models->n; m++) {
    const uint32_t n = ear_model_info_get(models->model[m])->n_labels;
    for (uint32_t k = 0; k < TOP_KINDS && k < n && !has_meters(models, m); k++) {
      add(l, ROW_KIND, m, k, keep[k]);
      any = true;
    }
  }
  if (any) {
    add(l, ROW_BLANK, 0, 0, 10);
  }
}

static void
make_plan(plan *l, const panel *p, const live_status *s, unsigned n_lamp,
          bool each_channel)
{
  *l = (plan){.n_lamp = n_lamp};
  add(l, ROW_HEADER, 0, 0, 60);
  add(l, ROW_BLANK, 0, 0, 9);
  for (uint32_t i = 0; i < n_lamp; i++) {
    add(l, ROW_LAMP, 0, i, 100);
  }
  add(l, ROW_BLANK, 0, 0, 13);
  add_meters(l, s->report->models);
  add_levels(l, p, s, each_channel);
  add_kinds(l, s->report->models);
  add(l, ROW_COUNTS, 0, 0, 80);
}

/* Rows that a smaller lamp or fewer channels would make room for. */
static unsigned
n_wanted(const plan *l)
{
  unsigned n = 0;
  for (unsigned i = 0; i < l->n; i++) {
    n += l->row[i].keep > 45;
  }
  return n;
}

static void
leave_out(plan *l, unsigned n_rows)
{
  while (l->n > n_rows) {
    unsigned least = 0;
    for (unsigned i = 1; i < l->n; i++) {
      least = l->row[i].keep <= l->row[least].keep ? i : least;
    }
    l->n--;
    memmove(&l->row[least], &l->row[least + 1], (l->n - least) * sizeof l->row[0]);
  }
}

static void
plan_rows(plan *l, const panel *p, const live_status *s, unsigned n_rows)
{
  const bool few = s->n_peaks >= 1 && s->n_peaks <= MAX_LEVELS;
  make_plan(l, p, s, LAMP_ROWS, few);
  if (n_wanted(l) > n_rows) {
    make_plan(l, p, s, 1, few);
  }
  if (n_wanted(l) > n_rows) {
    make_plan(l, p, s, 1, false);
  }
  leave_out(l, n_rows);
}

/* ---- drawing ---- */

static void
draw_row(panel_line *l, const panel_canvas *k, const plan *all, const row *r,
         const panel_lamp *lamp)
{
  switch (r->kind) {
  case ROW_BLANK:
    break;
  case ROW_HEADER:
    row_header(l, k);
    break;
  case ROW_LAMP:
    lamp_line(l, lamp, r->i, all->n_lamp);
    break;
  case ROW_HARSH_SCALE:
    row_harsh_scale(l, k, r->model);
    break;
  case ROW_HARSH:
    row_harsh(l, k, r->model, (ear_horizon)r->i);
    break;
  case ROW_LEVEL_SCALE:
    row_level_scale(l, k);
    break;
  case ROW_LEVEL:
    row_level(l, k, r->i);
    break;
  case ROW_KIND:
    row_kind(l, k, r->model, r->i);
    break;
  case ROW_COUNTS:
    row_counts(l, k);
    break;
  }
}

void
panel_draw(panel_text *text, const panel *p, const live_status *s, const panel_look *look)
{
  const panel_canvas k = canvas_of(p, s, look);
  plan rows;
  panel_lamp lamp;
  plan_rows(&rows, p, s, look->rows < PANEL_ROWS ? look->rows : PANEL_ROWS);
  lamp_of(&lamp, s);
  text->n = rows.n;
  for (unsigned i = 0; i < rows.n; i++) {
    panel_line l;
    line_begin(&l, look, text->line[i]);
    draw_row(&l, &k, &rows, &rows.row[i], &lamp);
    line_end(&l);
    text->columns[i] = l.column;
  }
}
