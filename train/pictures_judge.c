/* SPDX-License-Identifier: ISC */
/* ROC and reliability count what metrics.c counts: its area and its calibration error
   stand beside them. */
#include "../view/reliability.h"
#include "../view/roc.h"
#include "pictures.h"

#include <math.h>
#include <stdlib.h>

enum {
  N_BINS = 15,  /* as metrics.c */
  N_GRID = 101, /* of the mean curve, over the false rate */
  MOST_POINTS = 400,
};

typedef struct {
  float score;
  bool positive;
} scored;

static int
by_score(const void *a, const void *b)
{
  const float x = ((const scored *)a)->score, y = ((const scored *)b)->score;
  return x > y ? -1 : x < y;
}

typedef struct {
  uint32_t n;
  double *x, *y; /* [n] false rate, true rate; near ones left out */
  double area;   /* of the whole curve; NaN: none */
} points;

/* The curve of one class; no points if it has no positives or no negatives. */
static points
curve_of(const predictions *pr, uint32_t label, scored *s)
{
  points c = {0, malloc((pr->n + 2u) * sizeof *c.x), malloc((pr->n + 2u) * sizeof *c.y),
              NAN};
  double positives = 0, found = 0, taken = 0, x = 0, y = 0;
  for (uint32_t i = 0; i < pr->n; ++i) {
    s[i] =
        (scored){pr->p[(size_t)i * pr->n_labels + label], prediction_true(pr, i, label)};
    positives += s[i].positive;
  }
  const double others = pr->n - positives;
  if (!c.x || !c.y || positives < 1 || others < 1) {
    return c;
  }
  qsort(s, pr->n, sizeof *s, by_score);
  c.x[0] = c.y[0] = c.area = 0;
  c.n = 1;
  for (uint32_t i = 0; i < pr->n; ++i) {
    found += s[i].positive;
    taken += !s[i].positive;
    if (i + 1 < pr->n && !(s[i + 1].score < s[i].score)) {
      continue; /* equal scores are one point */
    }
    c.area += (taken / others - x) * (found / positives + y) / 2;
    x = taken / others;
    y = found / positives;
    if (x - c.x[c.n - 1] + y - c.y[c.n - 1] > 1.0 / MOST_POINTS || i + 1 == pr->n) {
      c.x[c.n] = x;
      c.y[c.n++] = y;
    }
  }
  return c;
}

/* Height of the curve at x, its upper end where it rises straight. */
static double
height(const points *c, double x)
{
  uint32_t i = 0;
  while (i + 1 < c->n && c->x[i + 1] <= x) {
    ++i;
  }
  if (i + 1 == c->n) {
    return c->y[i];
  }
  return c->y[i] + (x - c->x[i]) / (c->x[i + 1] - c->x[i]) * (c->y[i + 1] - c->y[i]);
}

static void
draw_roc(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page *pg = data;
  const predictions none = {0}, *pr = pg->clips ? pg->clips : &none;
  points c[EAR_MAX_LABELS];
  view_roc_curve shown[EAR_MAX_LABELS];
  double grid[N_GRID], mean[N_GRID] = {0};
  uint32_t n = 0, counted = 0;
  scored *s = malloc((pr->n + 1u) * sizeof *s);
  for (; s && n < pr->n_labels; ++n) {
    c[n] = curve_of(pr, n, s);
    shown[n] = (view_roc_curve){pg->label[n], c[n].n, c[n].x, c[n].y, c[n].area};
    counted += c[n].n > 0;
    for (int g = 0; c[n].n && g < N_GRID; ++g) {
      mean[g] += height(&c[n], g / (N_GRID - 1.0));
    }
  }
  for (int g = 0; g < N_GRID; ++g) {
    grid[g] = g / (N_GRID - 1.0);
    mean[g] /= counted ? counted : 1;
  }
  const double area = pg->judged ? pg->judged->int8.auroc : NAN;
  view_draw_roc(cr, th, box,
                &(view_roc){.n = n,
                            .curve = shown,
                            .mean = {"mean", counted ? N_GRID : 0, grid, mean, area}});
  for (uint32_t l = 0; l < n; ++l) {
    free(c[l].x);
    free(c[l].y);
  }
  free(s);
}

picture
picture_roc(const page *pg)
{
  return (picture){640, 420, draw_roc, pg};
}

static void
draw_reliability(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page *pg = data;
  const predictions none = {0}, *pr = pg->clips ? pg->clips : &none;
  double said[N_BINS] = {0}, right[N_BINS] = {0};
  uint32_t count[N_BINS] = {0};
  for (uint32_t i = 0; i < pr->n; ++i) {
    const float *p = pr->p + (size_t)i * pr->n_labels;
    const uint32_t l = label_of(p, pr->n_labels);
    const double sure = l < pr->n_labels ? (double)p[l] : 0;
    const int bin = (int)fmin(fmax(ceil(sure * N_BINS) - 1, 0), N_BINS - 1);
    said[bin] += sure;
    right[bin] += l == pr->truth[i];
    ++count[bin];
  }
  for (int b = 0; b < N_BINS; ++b) {
    said[b] /= count[b] ? count[b] : 1;
    right[b] /= count[b] ? count[b] : 1;
  }
  view_draw_reliability(
      cr, th, box,
      &(view_reliability){.n = N_BINS,
                          .said = said,
                          .right = right,
                          .count = count,
                          .error = pg->judged ? pg->judged->int8.ece : NAN});
}

picture
picture_reliability(const page *pg)
{
  return (picture){560, 460, draw_reliability, pg};
}
