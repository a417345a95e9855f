/* SPDX-License-Identifier: ISC */
/* y [t][f]: the channels of `from`, then those of `source`, each from its crop on. Either
   has no other reader, so backward writes all of both gradients, zeros where nothing was
   read. */
#include "nn_layers.h"

#include <string.h>

/* One side: where its channels stand in y, and its own columns. */
typedef struct {
  const nn_node *node;
  uint32_t crop, first; /* columns, channels */
  float share;
} side;

static side
side_of(const nn_node *a, int k)
{
  return k ? (side){a->source, a->crop_source, a->from->out.c, a->share}
           : (side){a->from, a->crop, 0, a->share_from};
}

void
node_concat_forward(nn_node *a, uint32_t n)
{
  const size_t n_rows = (size_t)a->out.t * a->out.f;
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    for (int k = 0; k < 2; ++k) {
      const side s = side_of(a, k);
      const size_t n_c = s.node->out.c;
      const float *x = s.node->y + i * node_count(s.node->out) + s.crop * a->out.f * n_c;
      float *y = a->y + i * node_count(a->out) + s.first;
      for (size_t r = 0; r < n_rows; ++r, x += n_c, y += a->out.c) {
        for (size_t c = 0; c < n_c; ++c) {
          y[c] = s.share * x[c];
        }
      }
    }
  }
}

void
node_concat_backward(nn_node *a, uint32_t n)
{
  const size_t n_rows = (size_t)a->out.t * a->out.f;
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    for (int k = 0; k < 2; ++k) {
      const side s = side_of(a, k);
      const size_t n_c = s.node->out.c, n_patch = node_count(s.node->out);
      const float *dy = a->dy + i * node_count(a->out) + s.first;
      float *dx = s.node->dy + i * n_patch;
      memset(dx, 0, n_patch * sizeof *dx);
      dx += s.crop * a->out.f * n_c;
      for (size_t r = 0; r < n_rows; ++r, dx += n_c, dy += a->out.c) {
        for (size_t c = 0; c < n_c; ++c) {
          dx[c] = s.share * dy[c];
        }
      }
    }
  }
}
