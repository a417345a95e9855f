/* SPDX-License-Identifier: ISC */
/* All columns but the newest hold the same number of pushes, a power of two. */
#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool
series_init(series *c, series_kind kind, uint32_t width)
{
  *c = (series){.kind = kind, .width = width, .per = 1};
  c->v = calloc((size_t)MOST_COLUMNS * width, sizeof *c->v);
  return c->v != NULL;
}

void
series_free(series *c)
{
  free(c->v);
  *c = (series){0};
}

static void
keep_larger(float *to, const float *v, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) {
    to[i] = fmaxf(to[i], v[i]);
  }
}

/* Two full columns become one. */
static void
halve(series *c)
{
  for (size_t t = 0; t < MOST_COLUMNS / 2; t++) {
    float *to = c->v + t * c->width;
    const float *a = c->v + 2 * t * c->width, *b = a + c->width;
    for (uint32_t i = 0; i < c->width; i++) {
      to[i] = c->kind == SERIES_MEAN ? (a[i] + b[i]) / 2 : fmaxf(a[i], b[i]);
    }
  }
  c->n = MOST_COLUMNS / 2;
  c->per *= 2;
  c->in_last = c->per;
}

void
series_push(series *c, const float *v)
{
  if (c->n == MOST_COLUMNS && c->in_last == c->per) {
    halve(c);
  }
  if (c->n == 0 || c->in_last == c->per) {
    memcpy(c->v + (size_t)c->n * c->width, v, c->width * sizeof *v);
    c->n++;
    c->in_last = 1;
    return;
  }
  float *to = c->v + (size_t)(c->n - 1) * c->width;
  c->in_last++;
  if (c->kind == SERIES_LARGEST) {
    keep_larger(to, v, c->width);
    return;
  }
  for (uint32_t i = 0; i < c->width; i++) {
    to[i] += (v[i] - to[i]) / (float)c->in_last;
  }
}

bool
lane_init(lane *l, series_kind kind, uint32_t width, double step_s)
{
  *l = (lane){.step_s = step_s};
  l->last = calloc(width, sizeof *l->last);
  return series_init(&l->c, kind, width) && l->last;
}

void
lane_free(lane *l)
{
  series_free(&l->c);
  free(l->last);
  *l = (lane){0};
}

void
lane_at(lane *l, double t_s, const float *v)
{
  const uint64_t step = (uint64_t)fmax(0, floor(t_s / l->step_s + 1e-6));
  if (step < l->n_steps && l->c.kind == SERIES_LARGEST) {
    keep_larger(l->c.v + (size_t)(l->c.n - 1) * l->c.width, v, l->c.width);
  }
  for (; l->n_steps <= step; l->n_steps++) {
    series_push(&l->c, v);
  }
  memcpy(l->last, v, l->c.width * sizeof *v);
}

void
lane_close(lane *l, double length_s)
{
  const uint64_t n = (uint64_t)fmax(0, ceil(length_s / l->step_s - 1e-6));
  for (; l->n_steps > 0 && l->n_steps < n; l->n_steps++) {
    series_push(&l->c, l->last);
  }
}
