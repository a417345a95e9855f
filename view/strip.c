/* SPDX-License-Identifier: ISC */
/* Every rectangle is cut to the picture, however small that is. */
#include "strip.h"

#include <math.h>

typedef struct {
  uint32_t *pixel;
  int w, h, stride;
} picture;

static uint32_t
packed(view_rgb c)
{
  return 0xff000000u | (uint32_t)(255 * c.r + 0.5) << 16 |
         (uint32_t)(255 * c.g + 0.5) << 8 | (uint32_t)(255 * c.b + 0.5);
}

/* x0 <= x < x1, y0 <= y < y1. */
static void
fill(const picture *p, int x0, int y0, int x1, int y1, view_rgb c)
{
  for (int y = y0 > 0 ? y0 : 0; y < y1 && y < p->h; ++y) {
    for (int x = x0 > 0 ? x0 : 0; x < x1 && x < p->w; ++x) {
      p->pixel[y * p->stride + x] = packed(c);
    }
  }
}

static double
share(double v)
{
  return isfinite(v) ? fmin(fmax(v, 0), 1) : 0;
}

void
view_strip(uint32_t *pixel, int w, int h, int stride, const view_theme *th, double p,
           double threshold, bool flag)
{
  const picture all = {pixel, w, h, stride};
  const int gap = h < 12 ? 1 : 2, lamp = h - 2 * gap, ring = lamp > 8 ? 3 : 2;
  const int x0 = lamp + 3 * gap, x1 = w - gap, bar = x1 - x0;
  fill(&all, 0, 0, w, h, th->page);
  fill(&all, gap, gap, gap + lamp, gap + lamp, flag ? th->bad : th->good);
  if (!flag) {
    fill(&all, gap + ring, gap + ring, gap + lamp - ring, gap + lamp - ring, th->page);
  }
  const bool over = share(p) >= share(threshold);
  fill(&all, x0, gap, x1, h - gap, th->grid);
  fill(&all, x0, gap, x0 + (int)lround(bar * share(p)), h - gap,
       over ? th->bad : th->good);
  const int at = x0 + (int)lround(bar * share(threshold));
  fill(&all, at - 1, 0, at + 1, h, th->ink);
}
