/* SPDX-License-Identifier: ISC */
/* Levels of the input: solid to the RMS, shaded to the peak, a mark at the peak held. */
#include "panel_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIGURE = 16 };

/* IEC 60268-18: how far a meter is deflected, 0..1 */
static float
deflection(float dbfs)
{
  static const float db[] = {-70, -60, -50, -40, -30, -20, 0};
  static const float at[] = {0, 2.5f, 7.5f, 15, 30, 50, 100};
  size_t i = 0;
  if (!(dbfs > db[0])) {
    return 0;
  }
  while (i < 5 && dbfs > db[i + 1]) {
    i++;
  }
  const float percent =
      at[i] + (dbfs - db[i]) * (at[i + 1] - at[i]) / (db[i + 1] - db[i]);
  return fminf(percent / 100, 1);
}

void
row_level_scale(panel_line *l, const panel_canvas *k)
{
  static const int db[] = {0, -20, -40, -10, -30, -60};
  char scale[PANEL_COLUMNS + 1], text[FIGURE];
  memset(scale, ' ', k->bar);
  scale[k->bar] = '\0';
  for (size_t i = 0; i < sizeof db / sizeof db[0] && k->bar > 0; i++) {
    (void)snprintf(text, sizeof text, "%d", db[i]);
    scale_tick(scale, k->bar, deflection((float)db[i]), text);
  }
  row_scale(l, k, "dBFS", scale,
            k->wide        ? "    rms  peak   max"
            : k->right > 6 ? "    rms   peak"
                           : "  peak");
}

/* What a row shows, in dBFS; NAN if it is not known. */
typedef struct {
  float rms, peak, held, max;
} shown;

static float
rms_dbfs(float mean_square)
{
  return mean_square > 0 ? fmaxf(10 * log10f(mean_square), -200) : -200;
}

static void
take_channels(shown *v, const panel_canvas *k, uint32_t channel)
{
  for (uint32_t c = 0; c < k->s->n_peaks; c++) {
    if (channel == c || channel == ALL_CHANNELS) {
      const panel_hold *h = &k->p->peak[c];
      v->peak = fmaxf(v->peak, h->now);
      v->held = fmaxf(v->held, h->held);
      v->max = fmaxf(v->max, h->max);
      v->rms = c < k->p->n_rms ? fmaxf(v->rms, rms_dbfs(k->p->mean_square[c])) : v->rms;
    }
  }
}

/* Of the newest verdict. */
static void
take_mix(shown *v, const panel_canvas *k)
{
  double t_s = -1;
  for (uint32_t m = 0; m < k->s->report->models->n; m++) {
    const model_tally *t = &k->s->report->tally[m];
    if (t->n_ticks > 0 && t->last.t_s > t_s) {
      t_s = t->last.t_s;
      v->rms = t->last.level_dbfs;
    }
  }
}

static void
title_of(panel_line *l, const panel_canvas *k, uint32_t channel)
{
  char text[FIGURE];
  if (channel == THE_MIX) {
    (void)snprintf(text, sizeof text, k->wide ? "mix" : "x");
  } else if (channel == ALL_CHANNELS) {
    (void)snprintf(text, sizeof text, k->wide ? "input" : "i");
  } else if (k->s->n_peaks == 2) {
    (void)snprintf(text, sizeof text, channel ? "R" : "L");
  } else {
    (void)snprintf(text, sizeof text, "%u", channel + 1);
  }
  row_title(l, k, text, STYLE_STRONG);
}

static void
write_db(char text[FIGURE], float db)
{
  if (isnan(db)) {
    (void)snprintf(text, FIGURE, "-");
  } else if (db < -120) {
    (void)snprintf(text, FIGURE, "-inf");
  } else {
    (void)snprintf(text, FIGURE, "%.1f", (double)db);
  }
}

static void
figures(panel_line *l, const panel_canvas *k, const shown *v, bool mix)
{
  char rms[FIGURE], peak[FIGURE], max[FIGURE], text[4 * FIGURE];
  write_db(rms, v->rms);
  write_db(peak, v->held);
  write_db(max, v->max);
  const char *over = v->max >= 0 ? " OVER" : "";
  if (k->right <= 6) {
    (void)snprintf(text, sizeof text, "%6s", mix ? rms : peak);
  } else if (mix) {
    (void)snprintf(text, sizeof text, "%7s", rms);
  } else if (k->wide) {
    (void)snprintf(text, sizeof text, "%7s%6s%6s%s", rms, peak, max, over);
  } else {
    (void)snprintf(text, sizeof text, "%7s%7s%s", rms, peak, over);
  }
  line_style(l, v->max >= 0 ? STYLE_ALARM : STYLE_STRONG);
  line_text(l, text, k->right);
}

void
row_level(panel_line *l, const panel_canvas *k, uint32_t channel)
{
  shown v = {.rms = NAN, .peak = NAN, .held = NAN, .max = NAN};
  if (channel == THE_MIX) {
    take_mix(&v, k);
  } else {
    take_channels(&v, k, channel);
  }
  if (!k->s->running) {
    v.rms = v.peak = v.held = NAN;
  }
  title_of(l, k, channel);
  line_meter(l, &(panel_meter){.width = k->bar,
                               .value = deflection(isnan(v.rms) ? v.peak : v.rms),
                               .over = deflection(v.peak),
                               .held = isnan(v.held) ? -1 : deflection(v.held),
                               .mark = -1,
                               .alarm = deflection(-1)});
  figures(l, k, &v, channel == THE_MIX);
}
