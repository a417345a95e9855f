/* SPDX-License-Identifier: ISC */
/* Sums are in doubles, and each clip is by itself: the same on any number of threads. */
#include "clip_stats.h"

#include <math.h>
#include <stdlib.h>

enum { REACH = 4 }; /* frames on either side that a slope is fitted to */

ear_front_end
clip_stats_front_end(void)
{
  ear_front_end fe = ear_front_end_default();
  fe.kinds = EAR_KIND_MFCC;
  fe.n_mfcc = CLIP_STATS_MFCC;
  return fe;
}

/* Of the straight line through the frames around t; frames beyond the ends are like the
   last one. */
static double
slope(const feature_clip *c, uint32_t t, uint32_t v)
{
  double sum = 0, squares = 0;
  for (uint32_t d = 1; d <= REACH; ++d) {
    const uint32_t before = t < d ? 0 : t - d;
    const uint32_t after = t + d < c->n_frames ? t + d : c->n_frames - 1;
    sum += d * ((double)c->kept[(size_t)after * CLIP_STATS_MFCC + v] -
                c->kept[(size_t)before * CLIP_STATS_MFCC + v]);
    squares += 2.0 * d * d;
  }
  return sum / squares;
}

static double
deviation(double sum, double squares, double n)
{
  const double variance = squares / n - sum / n * (sum / n);
  return variance > 0 ? sqrt(variance) : 0;
}

static void
describe(const feature_clip *c, const feature_units *u, double *x)
{
  const double n = c->n_frames;
  for (uint32_t v = 0; v < CLIP_STATS_MFCC; ++v) {
    double sum = 0, squares = 0, slopes = 0, slope_squares = 0;
    for (uint32_t t = 0; t < c->n_frames; ++t) {
      const double a = c->kept[(size_t)t * CLIP_STATS_MFCC + v], b = slope(c, t, v);
      sum += a;
      squares += a * a;
      slopes += b;
      slope_squares += b * b;
    }
    x[v] = u->unit[v] * sum / n;
    x[CLIP_STATS_MFCC + v] = u->unit[v] * deviation(sum, squares, n);
    x[2 * CLIP_STATS_MFCC + v] = u->unit[v] * deviation(slopes, slope_squares, n);
  }
}

double *
clip_stats_of(const featureset *fs)
{
  feature_units u;
  double *x = calloc((size_t)fs->n_clips * CLIP_STATS_N + 1, sizeof *x);
  feature_units_of(&u, &fs->front_end);
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < fs->n_clips; ++i) {
    if (x && fs->clip[i].n_frames > 0) {
      describe(&fs->clip[i], &u, x + (size_t)i * CLIP_STATS_N);
    }
  }
  return x;
}
