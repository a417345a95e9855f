/* SPDX-License-Identifier: ISC */
/* Two passes over the patches: the ends of each range first, then its histogram.  What is
   exactly 0 has no error whatever the range, so it is not counted. */
#include "calibrate.h"

#include <math.h>
#include <stdlib.h>

#include "nn_layers.h"

enum { N_BINS = 2048, N_CANDIDATES = 96, N_ROUNDS = 3 };

typedef struct {
  float least, most; /* of all values and 0 */
  uint32_t count[N_BINS];
} histogram;

/* What a node gives, all of it or channel by channel. */
typedef struct {
  const nn_node *node;
  uint32_t n;   /* 1, or channels */
  histogram *h; /* [n] */
} watch;

static void
widen(histogram *h, const float *x, size_t n, uint32_t step)
{
  for (size_t i = 0; i < n; i += step) {
    h->least = x[i] < h->least ? x[i] : h->least;
    h->most = x[i] > h->most ? x[i] : h->most;
  }
}

static void
count(histogram *h, const float *x, size_t n, uint32_t step)
{
  const float width = h->most - h->least;
  const float per_unit = width > 0 ? N_BINS / width : 0;
  for (size_t i = 0; i < n; i += step) {
    if (x[i] != 0 && x[i] == x[i]) {
      const int bin = (int)((x[i] - h->least) * per_unit);
      ++h->count[bin < 0 ? 0 : bin >= N_BINS ? N_BINS - 1 : bin];
    }
  }
}

/* What is cut off is cut off the same way every time and adds up over a mean, while
   rounding to steps cancels out: it counts four times. */
static const double cut_off = 4;

/* Sum of squared errors when 255 steps cover [lo, hi]. */
static double
error(const histogram *h, double lo, double hi)
{
  const double width = ((double)h->most - (double)h->least) / N_BINS;
  const double step = (hi - lo) / 255;
  double sum = 0;
  for (int i = 0; i < N_BINS; ++i) {
    const double x = (double)h->least + (i + 0.5) * width;
    const double beyond = x < lo ? lo - x : x > hi ? x - hi : 0;
    sum +=
        (double)h->count[i] * (beyond > 0 ? cut_off * beyond * beyond : step * step / 12);
  }
  return sum;
}

/* The best of shrunken ends, one end after the other. */
static calibrate_steps
best_steps(const histogram *h, bool relu)
{
  double lo = relu ? 0 : (double)h->least, hi = (double)h->most;
  if (!(hi - lo > 1e-20)) {
    return (calibrate_steps){1.0f / 255, 0}; /* nothing but zeros */
  }
  double best = error(h, lo, hi);
  for (int round = 0; round < N_ROUNDS; ++round) {
    for (int i = 1; i <= N_CANDIDATES; ++i) {
      const double part = pow(0.02, (double)i / N_CANDIDATES);
      const double hi_error = error(h, lo, part * (double)h->most);
      hi = hi_error < best ? part * (double)h->most : hi;
      best = fmin(hi_error, best);
      const double lo_error = relu ? best : error(h, part * (double)h->least, hi);
      lo = lo_error < best ? part * (double)h->least : lo;
      best = fmin(lo_error, best);
    }
  }
  const double scale = (hi - lo) / 255;
  return (calibrate_steps){(float)scale, relu ? 0 : (int32_t)lround(-lo / scale)};
}

static void
add_batch(const watch *w, uint32_t n_patches, bool counting)
{
  void (*take)(histogram *, const float *, size_t, uint32_t) = counting ? count : widen;
  const size_t n = n_patches * node_count(w->node->out);
  for (uint32_t c = 0; c < w->n; ++c) {
    take(&w->h[c], w->node->y + c, n - c, w->n);
  }
}

/* All patches through net, twice. */
static void
look(nn *net, const float *patches, uint32_t n_patches, const watch *w, uint32_t n)
{
  const size_t n_patch = node_count(net->node[0].out);
  for (int counting = 0; counting < 2; ++counting) {
    for (uint32_t i = 0; i < n_patches; i += net->max_batch) {
      const uint32_t left = n_patches - i;
      const uint32_t n_now = left < net->max_batch ? left : net->max_batch;
      nn_forward(net, patches + i * n_patch, n_now, false);
#pragma omp parallel for schedule(dynamic)
      for (uint32_t k = 0; k < n; ++k) {
        add_batch(&w[k], n_now, counting);
      }
    }
  }
}

ear_status
calibrate(nn *net, const float *patches, uint32_t n_patches, const bool *relu,
          uint32_t n_layers, calibrate_steps *steps)
{
  histogram *h = calloc(n_layers + 1, sizeof *h);
  watch w[EAR_MAX_LAYERS + 1];
  if (!h) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i <= n_layers; ++i) {
    w[i] = (watch){i ? net->layer[i - 1] : &net->node[0], 1, &h[i]};
  }
  look(net, patches, n_patches, w, n_layers + 1);
  for (uint32_t i = 0; i <= n_layers; ++i) {
    steps[i] = best_steps(&h[i], i && relu[i - 1]);
  }
  free(h);
  return EAR_OK;
}

ear_status
calibrate_channels(nn *net, const float *patches, uint32_t n_patches, const bool *wanted,
                   calibrate_steps *steps)
{
  uint32_t n = 0, n_channels = 0;
  watch w[EAR_MAX_LAYERS];
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    n_channels += wanted[l] ? net->layer[l]->out.c : 0;
  }
  histogram *h = calloc(n_channels + 1, sizeof *h);
  if (!h) {
    return EAR_NO_MEMORY;
  }
  n_channels = 0;
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    if (wanted[l]) {
      w[n++] = (watch){net->layer[l], net->layer[l]->out.c, h + n_channels};
      n_channels += net->layer[l]->out.c;
    }
  }
  look(net, patches, n_patches, w, n);
#pragma omp parallel for schedule(dynamic)
  for (uint32_t k = 0; k < n; ++k) {
    for (uint32_t c = 0; c < w[k].n; ++c) {
      const size_t i = (size_t)(w[k].h - h) + c;
      const bool relu = w[k].node->relu, any = h[i].most > 0 || (!relu && h[i].least < 0);
      steps[i] = any ? best_steps(&h[i], relu) : (calibrate_steps){0, 0};
    }
  }
  free(h);
  return EAR_OK;
}
