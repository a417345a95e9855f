/* SPDX-License-Identifier: ISC */
/* What comes in changes the state and notes the parts that show it; a change that would
   not be seen notes nothing. */
#include "monitor_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double hold_s = 3, fall_per_s = 0.25; /* of a peak */
static const double tip_s = 0.7;                   /* of rest before a tooltip */

view_monitor *
view_monitor_new(view_mode mode)
{
  view_monitor *m = calloc(1, sizeof *m);
  view_column *column = calloc(VIEW_COLUMNS, sizeof *column);
  if (!m || !column) {
    free(m);
    free(column);
    return NULL;
  }
  m->mode = mode;
  m->column = column;
  m->threshold = 0.5f;
  m->own = true;
  m->horizon = EAR_SHORT;
  m->rest_s = INFINITY;
  view_monitor_size(m, VIEW_MONITOR_W, VIEW_MONITOR_H);
  return m;
}

void
view_monitor_free(view_monitor *m)
{
  if (m) {
    monitor_roll_free(&m->roll);
    free(m->column);
    free(m);
  }
}

void
monitor_touch(view_monitor *m, uint32_t parts)
{
  m->dirty |= parts;
}

void
view_monitor_size(view_monitor *m, double w, double h)
{
  m->w = fmax(1, w);
  m->h = fmax(1, h);
  monitor_close_list(m);
  monitor_place(m);
  m->dirty = VIEW_ALL;
}

void
view_monitor_set_mode(view_monitor *m, view_mode mode)
{
  m->mode = mode;
  m->roll.valid = false;
  m->dirty = VIEW_ALL;
}

view_mode
view_monitor_mode(const view_monitor *m)
{
  return m->mode;
}

bool
view_monitor_frozen(const view_monitor *m)
{
  return m->frozen;
}

static bool
looks_equal(const view_spectrum *a, const view_spectrum *b)
{
  const size_t rows =
      sizeof(float) * (a->n_rows < EAR_MAX_ROWS ? a->n_rows : EAR_MAX_ROWS);
  return a->n_bands == b->n_bands && a->scale == b->scale && a->n_rows == b->n_rows &&
         !(a->low_hz < b->low_hz || a->low_hz > b->low_hz) &&
         !(a->high_hz < b->high_hz || a->high_hz > b->high_hz) &&
         !(a->column_s < b->column_s || a->column_s > b->column_s) &&
         !memcmp(a->row_low_hz, b->row_low_hz, rows) &&
         !memcmp(a->row_high_hz, b->row_high_hz, rows);
}

void
view_monitor_set_spectrum(view_monitor *m, const view_spectrum *s)
{
  if (looks_equal(&m->spectrum, s)) {
    return;
  }
  m->spectrum = *s;
  m->spectrum.n_bands = s->n_bands <= EAR_MAX_BANDS ? s->n_bands : 0;
  m->spectrum.n_rows = s->n_rows <= EAR_MAX_ROWS ? s->n_rows : 0;
  m->n_columns = 0;
  m->roll.valid = false;
  monitor_touch(m, VIEW_SPECTRUM);
}

void
view_monitor_column(view_monitor *m, const view_column *c)
{
  if (!m->frozen) {
    m->column[m->n_columns++ % VIEW_COLUMNS] = *c;
    monitor_touch(m, VIEW_SPECTRUM);
  }
}

static int
percent(float p)
{
  return (int)(100 * fminf(fmaxf(p, 0), 1) + 0.5f);
}

double
monitor_p(const view_monitor *m)
{
  return m->heard ? (double)m->verdict.p[m->horizon] : 0;
}

void
view_monitor_verdict(view_monitor *m, const view_verdict *v, double now_s)
{
  if (m->frozen) {
    return;
  }
  const view_verdict *was = &m->verdict;
  uint32_t parts = m->heard ? 0 : VIEW_HEAD | VIEW_METERS;
  for (int h = 0; h < EAR_N_HORIZONS; ++h) {
    const bool seen = fabsf(v->p[h] - was->p[h]) >= 0.002f;
    parts |= seen ? VIEW_METERS : 0;
    if (v->p[h] >= m->peak[h]) {
      m->peak[h] = v->p[h];
      m->peak_s[h] = now_s;
    }
  }
  if (v->flag != was->flag || v->silent != was->silent ||
      fabsf(v->low_hz - was->low_hz) > 0 || fabsf(v->high_hz - was->high_hz) > 0) {
    parts |= VIEW_HEAD | VIEW_SPECTRUM;
  }
  if (percent(v->p[m->horizon]) != percent(was->p[m->horizon])) {
    parts |= VIEW_HEAD;
  }
  m->verdict = *v;
  m->heard = true;
  monitor_touch(m, parts);
}

void
view_monitor_labels(view_monitor *m, uint32_t n, const char *const *label)
{
  m->n_labels = n < EAR_MAX_LABELS ? n : EAR_MAX_LABELS;
  m->unsure = false;
  for (uint32_t i = 0; i < m->n_labels; ++i) {
    snprintf(m->label[i], sizeof m->label[i], "%.63s", label[i]); /* or unended */
    m->order[i] = i;
    m->p_integrated[i] = m->p_short[i] = 0;
  }
  monitor_touch(m, VIEW_CLASSES);
}

/* Likeliest first; near equals keep their places, so that rows do not dance. */
static void
sort_classes(view_monitor *m)
{
  const float clear = 0.015f;
  for (uint32_t i = 1; i < m->n_labels; ++i) {
    for (uint32_t k = i; k > 0; --k) {
      const uint32_t a = m->order[k - 1], b = m->order[k];
      if (m->p_integrated[b] <= m->p_integrated[a] + clear) {
        break;
      }
      m->order[k - 1] = b;
      m->order[k] = a;
    }
  }
}

void
view_monitor_classes(view_monitor *m, const float *p_integrated, const float *p_short,
                     bool unsure)
{
  bool seen = unsure != m->unsure && !m->frozen;
  for (uint32_t i = 0; i < m->n_labels && !m->frozen; ++i) {
    seen |= fabsf(p_integrated[i] - m->p_integrated[i]) >= 0.004f ||
            fabsf(p_short[i] - m->p_short[i]) >= 0.004f;
  }
  if (seen) {
    m->unsure = unsure;
    memcpy(m->p_integrated, p_integrated, m->n_labels * sizeof *p_integrated);
    memcpy(m->p_short, p_short, m->n_labels * sizeof *p_short);
    sort_classes(m);
    monitor_touch(m, VIEW_CLASSES);
  }
}

void
view_monitor_model(view_monitor *m, uint32_t slot, const view_model *model)
{
  if (slot < VIEW_SLOTS && memcmp(&m->model[slot], model, sizeof *model) != 0) {
    m->model[slot] = *model;
    monitor_touch(m, VIEW_MODELS | VIEW_HEAD);
  }
}

void
view_monitor_second(view_monitor *m, float p, bool flag)
{
  m->second[m->n_seconds++ % VIEW_SECONDS] = (uint8_t)(percent(p) + (flag ? 128 : 0));
  monitor_touch(m, VIEW_HISTORY);
}

void
view_monitor_settings(view_monitor *m, float threshold, bool own, ear_horizon horizon)
{
  if (percent(threshold) != percent(m->threshold) || own != m->own ||
      horizon != m->horizon || fabsf(threshold - m->threshold) > 0.001f) {
    m->threshold = threshold;
    m->own = own;
    m->horizon = horizon;
    monitor_touch(m, VIEW_HEAD | VIEW_METERS | VIEW_HISTORY);
  }
}

void
view_monitor_dropped(view_monitor *m, uint32_t n)
{
  if (n != m->dropped) {
    m->dropped = n;
    monitor_touch(m, VIEW_HEAD);
  }
}

void
view_monitor_can_browse(view_monitor *m, bool can)
{
  m->can_browse = can;
}

void
view_monitor_notice(view_monitor *m, const char *sentence)
{
  const char *text = sentence ? sentence : "";
  if (strncmp(m->notice, text, sizeof m->notice - 1) != 0) {
    snprintf(m->notice, sizeof m->notice, "%s", text);
    monitor_touch(m, VIEW_HEAD);
  }
}

void
view_monitor_reset(view_monitor *m)
{
  m->heard = false;
  m->n_columns = 0;
  m->roll.valid = false;
  memset(&m->verdict, 0, sizeof m->verdict);
  memset(m->peak, 0, sizeof m->peak);
  memset(m->p_integrated, 0, sizeof m->p_integrated);
  memset(m->p_short, 0, sizeof m->p_short);
  monitor_touch(m, VIEW_HEAD | VIEW_SPECTRUM | VIEW_METERS | VIEW_CLASSES);
}

void
view_monitor_list(view_monitor *m, uint32_t slot, uint32_t n, const char *const *name,
                  int current)
{
  monitor_close_list(m);
  m->listed = true;
  m->list_slot = slot;
  m->n_list = n < VIEW_CHOICES ? n : VIEW_CHOICES;
  m->list_current = current;
  m->list_at = current > 0 ? current : 0;
  for (uint32_t i = 0; i < m->n_list; ++i) {
    snprintf(m->list[i], sizeof m->list[i], "%s", name[i]);
  }
  const uint32_t shown = monitor_list_shown(m), rows = monitor_list_rows(m);
  const uint32_t at = current > 0 ? (uint32_t)current : 0;
  m->list_top = at >= shown ? at - shown + 1 : 0;
  m->list_top = m->list_top + shown > rows ? rows - shown : m->list_top;
  monitor_set_tip(m, false);
  monitor_touch(m, VIEW_OVER);
}

/* What lies over the others is taken away: what was under it is drawn again. */
void
monitor_close_list(view_monitor *m)
{
  if (m->listed) {
    m->listed = false;
    m->dirty = VIEW_ALL;
  }
}

void
monitor_set_tip(view_monitor *m, bool on)
{
  if (m->tip != on) {
    m->tip = on;
    m->dirty = on ? m->dirty | VIEW_OVER : VIEW_ALL;
  }
}

void
view_monitor_tick(view_monitor *m, double now_s)
{
  const double passed_s = fmin(fmax(now_s - m->now_s, 0), 1);
  m->now_s = now_s;
  for (int h = 0; h < EAR_N_HORIZONS && !m->frozen; ++h) {
    const float floor = m->verdict.p[h];
    if (m->peak[h] > floor && now_s - m->peak_s[h] > hold_s) {
      m->peak[h] = fmaxf(floor, m->peak[h] - (float)(fall_per_s * passed_s));
      monitor_touch(m, VIEW_METERS);
    }
  }
  const bool rests = m->hover != SPOT_NONE && m->hover != SPOT_LIST && !m->listed &&
                     m->pressed == SPOT_NONE && now_s - m->rest_s >= tip_s;
  if (rests) {
    monitor_set_tip(m, true);
  }
}

uint32_t
view_monitor_dirty(const view_monitor *m)
{
  return m->dirty;
}

void
view_monitor_tint(view_column *c, uint32_t n_rows, const float *contribution, double p,
                  double threshold)
{
  const double faint = 0.3, full = 0.8; /* shares of the largest row */
  const double sure = fmin(fmax(2 * p / fmax(threshold, 0.01) - 1, 0), 1);
  float most = 0;
  for (uint32_t r = 0; r < n_rows; ++r) {
    most = fmaxf(most, contribution[r]);
  }
  for (uint32_t r = 0; r < EAR_MAX_ROWS; ++r) {
    const double share = r < n_rows && most > 0 ? (double)(contribution[r] / most) : 0;
    const double tint = sure * fmin(fmax((share - faint) / (full - faint), 0), 1);
    c->tint[r] = (uint8_t)(255 * tint + 0.5);
  }
}
