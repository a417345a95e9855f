/* SPDX-License-Identifier: ISC */
/* ROC and reliability count what metrics.c counts: its area and its calibration error
   stand beside them. */
#include "../view/reliability.h"
#include "../view/roc.h"
#include "page_harsh.h"
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

/* What a curve is drawn of. */
typedef struct {
  const char *name;
  const predictions *clips;
  uint32_t label;
} subject;

/* Each label, or `harsh` in each cell of a harshness model; returns how many. */
static uint32_t
subjects_of(const page *pg, subject s[EAR_MAX_LABELS])
{
  uint32_t n = 0;
  for (uint32_t c = 0; pg->harsh && c < PAGE_N_CELLS; ++c) {
    const page_harsh_cell *cell = &pg->harsh->cell[c];
    if (cell->clips) {
      s[n++] = (subject){cell->name, cell->clips, PAGE_HARSH};
    }
  }
  for (uint32_t l = 0; !pg->harsh && pg->clips && l < pg->clips->n_labels; ++l) {
    s[n++] = (subject){pg->label[l], pg->clips, l};
  }
  return n;
}

static uint32_t
most_clips(const subject *s, uint32_t n)
{
  uint32_t most = 0;
  for (uint32_t i = 0; i < n; ++i) {
    most = s[i].clips->n > most ? s[i].clips->n : most;
  }
  return most;
}

static void
draw_roc(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page *pg = data;
  subject about[EAR_MAX_LABELS];
  points c[EAR_MAX_LABELS];
  view_roc_curve shown[EAR_MAX_LABELS];
  double grid[N_GRID], mean[N_GRID] = {0};
  const uint32_t n_all = subjects_of(pg, about);
  uint32_t n = 0, counted = 0;
  scored *s = malloc((most_clips(about, n_all) + 1u) * sizeof *s);
  for (; s && n < n_all; ++n) {
    c[n] = curve_of(about[n].clips, about[n].label, s);
    shown[n] = (view_roc_curve){about[n].name, c[n].n, c[n].x, c[n].y, c[n].area};
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
  const uint32_t n_mean = counted && !pg->harsh ? N_GRID : 0;
  view_draw_roc(
      cr, th, box,
      &(view_roc){.n = n, .curve = shown, .mean = {"mean", n_mean, grid, mean, area}});
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

/* The diagram's sums, bin by bin. */
typedef struct {
  double said[N_BINS], right[N_BINS];
  uint32_t count[N_BINS];
} bins;

static void
put_in_bin(bins *b, double sure, bool right)
{
  const int bin = (int)fmin(fmax(ceil(sure * N_BINS) - 1, 0), N_BINS - 1);
  b->said[bin] += sure;
  b->right[bin] += right;
  ++b->count[bin];
}

static void
draw_reliability(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page *pg = data;
  const predictions none = {0}, *pr = pg->clips ? pg->clips : &none;
  bins all = {.count = {0}};
  for (uint32_t i = 0; i < pr->n; ++i) {
    const float *p = pr->p + (size_t)i * pr->n_labels;
    const uint32_t best = label_of(p, pr->n_labels);
    for (uint32_t l = 0; pr->truths && l < pr->n_labels; ++l) {
      put_in_bin(&all, (double)p[l], prediction_true(pr, i, l));
    }
    if (!pr->truths) {
      put_in_bin(&all, best < pr->n_labels ? (double)p[best] : 0, best == pr->truth[i]);
    }
  }
  for (int b = 0; b < N_BINS; ++b) {
    all.said[b] /= all.count[b] ? all.count[b] : 1;
    all.right[b] /= all.count[b] ? all.count[b] : 1;
  }
  view_draw_reliability(
      cr, th, box,
      &(view_reliability){.n = N_BINS,
                          .said = all.said,
                          .right = all.right,
                          .count = all.count,
                          .error = pg->judged ? pg->judged->int8.ece : NAN});
}

picture
picture_reliability(const page *pg)
{
  return (picture){560, 460, draw_reliability, pg};
}
