/* SPDX-License-Identifier: ISC */
/* What the models say: likelihoods as meters, the likeliest labels as a list.  A meter
   shows the label that its flag would be about. */
#include "panel_lamp.h"
#include "panel_rows.h"
#include "words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIGURE = 16 };

/* Of a likelihood; 100 % only if it is. */
static void
write_percent(char text[FIGURE], float p)
{
  const float percent = p >= 1 ? 100 : fminf(floorf(100 * p + 0.5f), 99);
  (void)snprintf(text, FIGURE, "%.0f %%", (double)percent);
}

/* Silence is neither harsh nor music; what was said of all before it still holds. */
static bool
is_known(const panel_canvas *k, uint32_t m, ear_horizon h)
{
  const model_tally *t = &k->s->report->tally[m];
  const bool heard = h == EAR_INTEGRATED ? t->n_ticks > t->n_gated : !t->last.gated;
  return k->s->running && t->n_ticks > 0 && heard;
}

/* Of the label that a meter shows; before the first verdict, of the first there is. */
static float
threshold_of(const panel_canvas *k, uint32_t m, ear_horizon h)
{
  const report *r = k->s->report;
  ear_verdict none = {.model = m,
                      .n_labels = ear_model_info_get(r->models->model[m])->n_labels};
  const ear_verdict *v = r->tally[m].n_ticks > 0 ? &r->tally[m].last : &none;
  const uint32_t l = flag_label(r->models, v, h);
  return l < v->n_labels ? r->models->flag[m].threshold[l] : 2;
}

void
row_harsh_scale(panel_line *l, const panel_canvas *k, uint32_t m)
{
  char scale[PANEL_COLUMNS + 1], text[FIGURE];
  const float threshold = threshold_of(k, m, k->s->report->models->flag[m].event_horizon);
  memset(scale, ' ', k->bar);
  scale[k->bar] = '\0';
  if (k->bar > 0 && threshold <= 1) {
    /* the mark stands in the column where the meter has its own */
    const unsigned at = (unsigned)fminf(threshold * (float)k->bar, (float)k->bar - 1);
    scale[at] = 'v';
    const int n = snprintf(text, sizeof text, "%.0f", 100 * (double)threshold);
    if (n > 0 && at + 1 + (unsigned)n <= k->bar) {
      memcpy(scale + at + 1, text, (size_t)n);
    }
  }
  scale_tick(scale, k->bar, 0, "0");
  scale_tick(scale, k->bar, 1, "100");
  row_scale(l, k, k->s->report->models->name[m], scale,
            k->wide ? "   now   max  where" : "  now        where");
}

void
row_harsh(panel_line *l, const panel_canvas *k, uint32_t m, ear_horizon h)
{
  static const char *const names[EAR_N_HORIZONS] = {"M  0.4 s", "S  3 s", "I  all"};
  const panel_hold *hold = &k->p->harsh[m][h];
  const ear_verdict *v = &k->s->report->tally[m].last;
  const float threshold = threshold_of(k, m, h);
  char now[FIGURE] = "-", max[FIGURE] = "", range[WORD_SIZE] = "", text[96];
  const bool known = is_known(k, m, h);
  const uint32_t label = known ? flag_label(k->s->report->models, v, h) : 0;
  const float p = known && label < v->n_labels ? v->p[h][label] : 0;
  if (known) {
    write_percent(now, p);
    if (range_known(v->low_hz[h], v->high_hz[h])) {
      word_range(range, v->low_hz[h], v->high_hz[h]);
    }
  }
  if (h != EAR_INTEGRATED && hold->max > 0) {
    write_percent(max, hold->max);
  }
  row_title(l, k, k->wide ? names[h] : (const char[2]){names[h][0], '\0'}, STYLE_STRONG);
  line_meter(l, &(panel_meter){.width = k->bar,
                               .value = p,
                               .held = known && h != EAR_INTEGRATED ? hold->held : -1,
                               .mark = threshold <= 1 ? threshold : -1,
                               .alarm = threshold});
  (void)snprintf(text, sizeof text, k->wide ? "%6s%6s  %s" : "%5s%.0s %13s", now, max,
                 range);
  line_style(l, known && v->flag[h] ? STYLE_ALARM : STYLE_STRONG);
  line_text(l, text, k->right);
}

/* The label of this rank at the short-term horizon, 0 the likeliest; n_labels if there
   are fewer. */
static uint32_t
ranked(const ear_verdict *v, uint32_t rank)
{
  const float *p = v->p[EAR_SHORT];
  for (uint32_t l = 0; l < v->n_labels; l++) {
    uint32_t n_before = 0;
    for (uint32_t i = 0; i < v->n_labels; i++) {
      n_before += p[i] > p[l] || (p[i] == p[l] && i < l);
    }
    if (n_before == rank) {
      return l;
    }
  }
  return v->n_labels;
}

void
row_kind(panel_line *l, const panel_canvas *k, uint32_t m, uint32_t rank)
{
  const report *r = k->s->report;
  const ear_verdict *v = &r->tally[m].last;
  const bool known = is_known(k, m, EAR_SHORT);
  const uint32_t label = known ? ranked(v, rank) : v->n_labels;
  row_title(l, k, k->wide && rank == 0 ? r->models->name[m] : "", STYLE_STRONG);
  if (!known || label == v->n_labels) {
    return;
  }
  char now[FIGURE];
  const float threshold = r->models->flag[m].threshold[label];
  const bool flags = can_flag(r->models, m, label);
  write_percent(now, v->p[EAR_SHORT][label]);
  line_meter(l, &(panel_meter){.width = k->bar,
                               .value = v->p[EAR_SHORT][label],
                               .held = -1,
                               .mark = flags ? threshold : -1,
                               .alarm = flags ? threshold : 2});
  line_style(l, STYLE_STRONG);
  line_right(l, now, k->wide ? 6 : 5);
  line_to(l, l->column + (k->wide ? 2 : 1));
  line_text(l, ear_model_info_get(r->models->model[m])->label[label], line_left(l));
  if (rank == 0 && v->unsure[EAR_SHORT]) {
    line_text(l, ", unsure", line_left(l));
  }
}
