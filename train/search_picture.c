/* SPDX-License-Identifier: ISC */
/* Numbers lie where they are, choices at 1, 2, 3 in the order given. */
#include "search_report.h"

#include "../view/trials.h"
#include "fail.h"
#include "pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 860, ROW = 240 };

typedef struct {
  const search *s;
  double *score, *value; /* [n_trials], [n_trials][n_ranges] */
  view_axis axis[RECIPE_MAX_RANGES];
  char title[RECIPE_MAX_RANGES][128];
} shown;

static void
draw(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const shown *d = data;
  view_draw_trials(cr, th, box,
                   &(view_trials){.title = "What the search found",
                                  .note = d->s->n_rungs > 1
                                              ? "macro-F1 of validation against each "
                                                "setting; those that went on are higher"
                                              : "macro-F1 of validation against each "
                                                "setting",
                                  .n = d->s->n_trials,
                                  .score = d->score,
                                  .score_name = "macro-F1",
                                  .n_settings = d->s->n_ranges,
                                  .axis = d->axis,
                                  .value = d->value});
}

/* The key, and for words which number stands for which. */
static void
name_axis(shown *d, uint32_t i)
{
  const search_range *g = &d->s->range[i];
  size_t n = (size_t)snprintf(d->title[i], sizeof d->title[i], "%s", g->key);
  for (uint32_t k = 0; k < g->n_choices && n < sizeof d->title[i]; ++k) {
    if (search_range_place(g, g->choice[k]) == k + 1) {
      n += (size_t)snprintf(d->title[i] + n, sizeof d->title[i] - n, " %u %s", k + 1,
                            g->choice[k]);
    }
  }
  d->axis[i] =
      (view_axis){.title = d->title[i], .log = g->log, .whole = g->whole || g->n_choices};
}

ear_status
search_picture(const search *s, const char *path, ear_error *err)
{
  const uint32_t best = search_best(s);
  const size_t n = s->n_trials;
  shown d = {.s = s,
             .score = malloc((n + 1) * sizeof *d.score),
             .value = malloc((n * s->n_ranges + 1) * sizeof *d.value)};
  ear_status st = d.score && d.value
                      ? EAR_OK
                      : fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  for (uint32_t t = 0; t < n && !st; ++t) {
    const search_trial *x = &s->trial[t];
    d.score[t] = x->epochs && best < n ? x->score : NAN;
    if (t != best && best < n && d.score[t] >= s->trial[best].score) {
      d.score[t] = s->trial[best].score - 1e-6; /* after a shorter training */
    }
    for (uint32_t i = 0; i < s->n_ranges; ++i) {
      d.value[(size_t)t * s->n_ranges + i] =
          search_range_place(&s->range[i], x->value[i]);
    }
  }
  for (uint32_t i = 0; i < s->n_ranges; ++i) {
    name_axis(&d, i);
  }
  const uint32_t rows = (s->n_ranges + 2) / 3;
  const picture p = {WIDTH, 60.0 + ROW * (rows < 3 ? rows : 3), draw, &d};
  st = st ? st : picture_save(&p, path, err);
  free(d.score);
  free(d.value);
  return st;
}
