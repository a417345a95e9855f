/* SPDX-License-Identifier: ISC */
/* Sums about the origin while the patches pass; centred, damped and factored once at the
   end. */
#include "moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn_layers.h"

/* Rows of one patch and layer that are looked at: enough with the patches of a
   calibration, a small part of a first layer's. */
enum { N_ROWS = 64 };

/* Of the mean variance, added to each: what the patches did not show stays uncertain. */
static const double damping = 0.01;

/* Scales that are tried, and how much wider than the least the widest is. */
enum { N_SCALES = 48 };
static const float most_wider = 0.5f;

/* The sums of one layer. */
typedef struct {
  const nn_node *node; /* conv or dense; NULL: not followed */
  uint64_t count;      /* rows */
  float *row;          /* [N_ROWS][n], of one patch and group */
  float *square;       /* [n_groups][n][n] */
  double *sum;         /* [n_groups][n] */
} sums;

static const nn_node *
weighted(const nn *net, uint32_t l)
{
  const nn_node *b = net->layer[l];
  b = b->kind == NODE_BN ? b->source : b;
  return b->kind == NODE_CONV || b->kind == NODE_DENSE ? b : NULL;
}

static bool
is_depthwise(const nn_node *b)
{
  return b->kind == NODE_CONV && b->recipe.op == EAR_OP_DEPTHWISE;
}

/* The inputs of output (t, f), one row; of one channel if depthwise. */
static void
gather(const nn_node *b, const float *x, uint32_t t, uint32_t f, uint32_t channel,
       float *row)
{
  const recipe_layer *r = &b->recipe;
  const bool one = is_depthwise(b);
  const uint32_t n_c = one ? 1 : b->in.c;
  for (uint32_t kt = 0; kt < r->kt; ++kt) {
    const float *column = x + ((size_t)t * r->st + kt * r->dt) * b->in.f * b->in.c;
    for (uint32_t kf = 0; kf < r->kf; ++kf, row += n_c) {
      const uint32_t padded = f * r->sf + kf;
      if (padded < r->pad || padded - r->pad >= b->in.f) {
        memset(row, 0, n_c * sizeof *row);
      } else {
        const size_t at = (size_t)(padded - r->pad) * b->in.c + (one ? channel : 0);
        memcpy(row, column + at, n_c * sizeof *row);
      }
    }
  }
}

/* Rows of patch i, spread over it and from another start in every patch. */
static uint32_t
gather_patch(const nn_node *b, const float *x, uint32_t i, uint32_t channel, uint32_t n,
             float *row)
{
  if (b->kind == NODE_DENSE) {
    memcpy(row, x, n * sizeof *row);
    return 1;
  }
  const uint32_t n_places = b->out.t * b->out.f;
  const uint32_t n_rows = n_places < N_ROWS ? n_places : N_ROWS;
  for (uint32_t k = 0; k < n_rows; ++k) {
    const uint32_t place = (k * n_places / n_rows + i * 7919) % n_places;
    gather(b, x, place / b->out.f, place % b->out.f, channel, row + (size_t)k * n);
  }
  return n_rows;
}

static void
add_patch(sums *s, const moments *m, const float *x, uint32_t i)
{
  uint32_t n_rows = 0;
  for (uint32_t g = 0; g < m->n_groups; ++g) {
    n_rows = gather_patch(s->node, x, i, g, m->n, s->row);
    for (uint32_t k = 0; k < n_rows; ++k) {
      for (uint32_t j = 0; j < m->n; ++j) {
        s->sum[(size_t)g * m->n + j] += (double)s->row[(size_t)k * m->n + j];
      }
    }
    dnn_gemm(true, false, m->n, m->n, n_rows, s->row, s->row, 1.0f,
             s->square + (size_t)g * m->n * m->n);
  }
  s->count += n_rows;
}

static ear_status
begin(sums *s, moments *m, const nn_node *b)
{
  *s = (sums){0};
  *m = (moments){0};
  if (!b || b->n_weights / b->out.c > MOMENTS_WIDEST) {
    return EAR_OK;
  }
  s->node = b;
  m->n = (uint32_t)(b->n_weights / b->out.c);
  m->n_groups = is_depthwise(b) ? b->out.c : 1;
  const size_t n = (size_t)m->n_groups * m->n;
  s->row = malloc((size_t)N_ROWS * m->n * sizeof *s->row);
  s->square = calloc(n * m->n, sizeof *s->square);
  s->sum = calloc(n, sizeof *s->sum);
  m->mean = calloc(n, sizeof *m->mean);
  m->factor = calloc(n * m->n, sizeof *m->factor);
  return s->row && s->square && s->sum && m->mean && m->factor ? EAR_OK : EAR_NO_MEMORY;
}

/* In place, the upper triangle of a [n][n]: a = R^T R.  Positive definite by damping. */
static void
cholesky(double *a, uint32_t n)
{
  for (uint32_t i = 0; i < n; ++i) {
    double *row = a + (size_t)i * n;
    for (uint32_t k = 0; k < i; ++k) {
      const double *above = a + (size_t)k * n, by = above[i];
#pragma omp simd
      for (uint32_t j = i; j < n; ++j) {
        row[j] -= by * above[j];
      }
    }
    const double root = sqrt(fmax(row[i], 1e-30));
    for (uint32_t j = i; j < n; ++j) {
      row[j] /= root;
    }
  }
}

static void
finish(const sums *s, moments *m)
{
  for (uint32_t g = 0; g < m->n_groups; ++g) {
    double *mean = m->mean + (size_t)g * m->n, trace = 0;
    double *r = m->factor + (size_t)g * m->n * m->n;
    const float *square = s->square + (size_t)g * m->n * m->n;
    for (uint32_t i = 0; i < m->n; ++i) {
      mean[i] = s->sum[(size_t)g * m->n + i] / (double)s->count;
    }
    for (uint32_t i = 0; i < m->n; ++i) {
      for (uint32_t j = i; j < m->n; ++j) {
        const size_t at = (size_t)i * m->n + j;
        r[at] = (double)square[at] / (double)s->count - mean[i] * mean[j];
      }
      trace += r[(size_t)i * m->n + i];
    }
    const double more = fmax(damping * trace / m->n, 1e-12);
    for (uint32_t i = 0; i < m->n; ++i) {
      r[(size_t)i * m->n + i] += more;
    }
    cholesky(r, m->n);
  }
}

ear_status
moments_of(moments *m, nn *net, const float *patches, uint32_t n_patches)
{
  const size_t n_patch = node_count(net->node[0].out);
  const uint32_t n_layers = net->n_layers;
  sums s[RECIPE_MAX_LAYERS];
  ear_status st = EAR_OK;
  for (uint32_t l = 0; l < n_layers; ++l) {
    const ear_status each = begin(&s[l], &m[l], weighted(net, l));
    st = st ? st : each;
  }
  for (uint32_t i = 0; i < n_patches && !st; i += net->max_batch) {
    const uint32_t left = n_patches - i;
    const uint32_t n = left < net->max_batch ? left : net->max_batch;
    nn_forward(net, patches + i * n_patch, n, false);
    for (uint32_t l = 0; l < n_layers; ++l) {
      for (uint32_t k = 0; k < n && s[l].node; ++k) {
        const nn_node *from = s[l].node->source;
        add_patch(&s[l], &m[l], from->y + k * node_count(from->out), i + k);
      }
    }
  }
  for (uint32_t l = 0; l < n_layers; ++l) {
    if (!st && s[l].node) {
      finish(&s[l], &m[l]);
    }
    free(s[l].row);
    free(s[l].square);
    free(s[l].sum);
  }
  return st;
}

void
moments_free(moments *m, uint32_t n_layers)
{
  for (uint32_t l = 0; l < n_layers; ++l) {
    free(m[l].mean);
    free(m[l].factor);
    m[l] = (moments){0};
  }
}

static int8_t
whole(double w, double scale)
{
  const double r = round(w / scale);
  return (int8_t)(r > 127 ? 127 : r < -127 ? -127 : r);
}

double
moments_round(const moments *m, uint32_t group, const float *w, size_t n, float scale,
              int8_t *q)
{
  double error[MOMENTS_WIDEST], mean = 0;
  if (m->n != n) {
    for (size_t i = 0; i < n; ++i) {
      q[i] = whole((double)w[i], (double)scale);
    }
    return 0;
  }
  const double *r = m->factor + group * n * n;
  for (size_t i = n; i-- > 0;) {
    const double *row = r + i * n;
    double target = (double)w[i];
    for (size_t j = i + 1; j < n; ++j) {
      target += row[j] / row[i] * error[j];
    }
    q[i] = whole(target, (double)scale);
    error[i] = (double)w[i] - (double)scale * q[i];
    mean += error[i] * m->mean[group * n + i];
  }
  return mean;
}

double
moments_harm(const moments *m, uint32_t group, const float *w, size_t n, float scale,
             const int8_t *q)
{
  const double *r = m->factor + group * n * n;
  double error[MOMENTS_WIDEST], sum = 0;
  for (size_t i = 0; i < n; ++i) {
    error[i] = (double)w[i] - (double)scale * q[i];
  }
  for (size_t i = 0; i < n; ++i) {
    double along = 0;
    for (size_t j = i; j < n; ++j) {
      along += r[i * n + j] * error[j];
    }
    sum += along * along;
  }
  return sum;
}

float
moments_scale(const moments *m, uint32_t group, const float *w, size_t n, float least)
{
  int8_t q[MOMENTS_WIDEST];
  float best = least;
  double least_harm = INFINITY;
  for (int i = 0; i < N_SCALES && m->n == n; ++i) {
    const float scale = least * (1 + most_wider * (float)i / N_SCALES);
    moments_round(m, group, w, n, scale, q);
    const double h = moments_harm(m, group, w, n, scale, q);
    best = h < least_harm ? scale : best;
    least_harm = fmin(h, least_harm);
  }
  return best;
}
