/* SPDX-License-Identifier: ISC */
/* Minimum, maximum and mean over time: output column t covers columns t st .. t st + kt -
   1 of the input, [f][c] becomes [f][3][c].  The first of equal values takes the
   gradient. */
#include "nn_layers.h"

#include <string.h>

/* One row of one window: x and the columns after it, to y [3][c]. */
static void
summarise(const nn_node *s, const float *x, float *y, uint32_t *arg)
{
  const uint32_t n_c = s->in.c, kt = s->recipe.kt;
  const size_t column = (size_t)s->in.f * n_c;
  for (uint32_t c = 0; c < n_c; ++c) {
    float least = x[c], most = x[c], sum = 0;
    uint32_t at_least = 0, at_most = 0;
    for (uint32_t k = 0; k < kt; ++k) {
      const float v = x[k * column + c];
      at_least = v < least ? k : at_least;
      least = v < least ? v : least;
      at_most = v > most ? k : at_most;
      most = v > most ? v : most;
      sum += v;
    }
    y[c] = least;
    y[n_c + c] = most;
    y[2 * n_c + c] = sum / (float)kt;
    arg[c] = at_least;
    arg[n_c + c] = at_most;
  }
}

static void
summarise_backward(const nn_node *s, const float *dy, const uint32_t *arg, float *dx)
{
  const uint32_t n_c = s->in.c, kt = s->recipe.kt;
  const size_t column = (size_t)s->in.f * n_c;
  for (uint32_t c = 0; c < n_c; ++c) {
    const float share = dy[2 * n_c + c] / (float)kt;
    for (uint32_t k = 0; k < kt; ++k) {
      dx[k * column + c] += share;
    }
    dx[arg[c] * column + c] += dy[c];
    dx[arg[n_c + c] * column + c] += dy[n_c + c];
  }
}

/* Offset of row f in the first column of window t of patch i. */
static size_t
window(const nn_node *s, uint32_t i, uint32_t t, uint32_t f)
{
  return i * node_count(s->in) + ((size_t)t * s->recipe.st * s->in.f + f) * s->in.c;
}

void
node_summary_forward(nn_node *s, uint32_t n)
{
  const size_t n_out = node_count(s->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t k = 0; k < s->out.t * s->out.f; ++k) {
      const size_t to = i * n_out + (size_t)k * s->out.c;
      summarise(s, s->source->y + window(s, i, k / s->out.f, k % s->out.f), s->y + to,
                s->argmax + to);
    }
  }
}

void
node_summary_backward(nn_node *s, uint32_t n)
{
  const size_t n_in = node_count(s->in), n_out = node_count(s->out);
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    memset(s->source->dy + i * n_in, 0, n_in * sizeof(float));
    for (uint32_t k = 0; k < s->out.t * s->out.f; ++k) {
      const size_t from = i * n_out + (size_t)k * s->out.c;
      summarise_backward(s, s->dy + from, s->argmax + from,
                         s->source->dy + window(s, i, k / s->out.f, k % s->out.f));
    }
  }
}
