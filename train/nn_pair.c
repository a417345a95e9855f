/* SPDX-License-Identifier: ISC */
/* A task is a group of patches with sums of its own; the sums of the groups are added in
   their order.  The groups follow from the number of patches alone, so the bits do not
   depend on the number of threads. */
#include "nn_pair.h"

#include <assert.h>
#include <string.h>

#include "nn_pair_kernels.h"

#if defined(__x86_64__)

enum { N_TASKS = 16, TILE_POSITIONS = 40 };

/* What one task works in. */
typedef struct {
  float *x, *dx; /* a patch, as the kernels want it */
  float *rows;   /* [2][f_conv][o] of the convolution, one channel only */
  float *g;      /* [tile][o] */
  int32_t *at;   /* [tile][o] */
  pair_list *list;
  float *dw, *dbias; /* sums of the task */
} scratch;

struct node_pair {
  nn_node *pool;
  pair_shape shape;
  uint32_t f_conv; /* rows of the convolution's output */
  uint32_t tile;   /* positions worked on at once, whole columns */
  float *weight;   /* as the kernels want them */
  scratch task[N_TASKS];
};

static bool
fits(const nn *net, const nn_node *conv, const nn_node *pool)
{
  const recipe_layer *c = &conv->recipe, *p = &pool->recipe;
  const bool both = conv->kind == NODE_CONV && pool->kind == NODE_MAXPOOL;
  if (!both || c->op != EAR_OP_CONV || !conv->relu) {
    return false;
  }
  for (uint32_t i = 0; i < net->n_nodes; ++i) {
    if (net->node[i].from == conv) {
      return false;
    }
  }
  return c->kt == 3 && c->kf == 3 && c->st == 1 && c->sf == 1 && c->dt == 1 &&
         p->kt == 2 && p->kf == 2 && p->st == 2 && p->sf == 2 &&
         conv->out.c % PAIR_LANES == 0 &&
         (conv->in.c % (2 * PAIR_LANES) == 0 ||
          (conv->in.c == 1 && conv->source->kind == NODE_INPUT));
}

static uint32_t
patch_size(const nn_node *conv, const pair_shape *s)
{
  return conv->in.t * s->f * s->i;
}

/* To whole cache lines. */
static size_t
round_up(size_t n)
{
  return (n + PAIR_LANES - 1) / PAIR_LANES * PAIR_LANES;
}

/* n values for each task, one after the other. */
static float *
take_each(nn *net, size_t n)
{
  return nn_take_floats(net, N_TASKS * n);
}

static ear_status
take_tasks(nn *net, const nn_node *conv, node_pair *p)
{
  const pair_shape *s = &p->shape;
  const bool one = s->i == 1;
  const size_t n_patch = round_up(patch_size(conv, s) + PAIR_LANES);
  const size_t n_rows = one ? (size_t)2 * p->f_conv * s->o : 0;
  const size_t n_values = one ? 0 : (size_t)p->tile * s->o;
  const size_t n_lists = one ? 0 : p->tile * ((s->o + PAIR_GROUP - 1) / PAIR_GROUP);
  float *x = take_each(net, n_patch), *dx = take_each(net, one ? 0 : n_patch);
  float *rows = take_each(net, n_rows), *g = take_each(net, n_values);
  int32_t *at = nn_take(net, N_TASKS * n_values, sizeof *at);
  pair_list *list = nn_take(net, N_TASKS * n_lists, sizeof *list);
  float *dw = take_each(net, conv->n_weights), *dbias = take_each(net, conv->n_biases);
  if (!x || !dx || !rows || !g || !at || !list || !dw || !dbias) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t k = 0; k < N_TASKS; ++k) {
    p->task[k] = (scratch){.x = x + k * n_patch,
                           .dx = one ? NULL : dx + k * n_patch,
                           .rows = rows + k * n_rows,
                           .g = g + k * n_values,
                           .at = at + k * n_values,
                           .list = list + k * n_lists,
                           .dw = dw + k * conv->n_weights,
                           .dbias = dbias + k * conv->n_biases};
  }
  return EAR_OK;
}

static ear_status
pair_new(nn *net, nn_node *conv, nn_node *pool)
{
  node_pair *p = nn_take(net, 1, sizeof *p);
  if (!p) {
    return EAR_NO_MEMORY;
  }
  const uint32_t columns = TILE_POSITIONS / pool->out.f;
  p->pool = pool;
  p->shape = (pair_shape){.t = conv->in.t,
                          .f = conv->in.f + 2 * conv->recipe.pad,
                          .i = conv->in.c,
                          .o = conv->out.c,
                          .t_out = pool->out.t,
                          .f_out = pool->out.f};
  p->f_conv = conv->out.f;
  p->tile = (columns ? columns : 1) * pool->out.f;
  p->weight = nn_take_floats(net, conv->n_weights);
  pool->place = nn_take(net, net->max_batch * node_count(pool->out), sizeof *pool->place);
  conv->pair = p;
  return p->weight && pool->place ? take_tasks(net, conv, p) : EAR_NO_MEMORY;
}

ear_status
pairs_find(nn *net)
{
  ear_status st = EAR_OK;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl")) {
    return EAR_OK;
  }
  for (uint32_t i = 1; i + 1 < net->n_nodes && !st; ++i) {
    if (fits(net, &net->node[i], &net->node[i + 1])) {
      st = pair_new(net, &net->node[i], &net->node[i + 1]);
    }
  }
  return st;
}

/* Patch i of conv's input, or its gradient, to or from the layout of the kernels, row by
   row; the zeros around stay. */
static void
move_patch(const nn_node *conv, const pair_shape *s, float *blocked, float *plain,
           bool pack)
{
  const size_t block = s->i == 1 ? 1 : PAIR_BLOCK, n_f = conv->in.f;
  const size_t plane = (size_t)s->t * s->f * block;
  for (size_t b = 0; b < s->i / block; ++b) {
    for (size_t t = 0; t < s->t; ++t) {
      float *row = blocked + b * plane + (t * s->f + conv->recipe.pad) * block;
      float *out = plain + t * n_f * s->i + b * block;
      const size_t n = s->i == block ? n_f * block : block;
      for (size_t f = 0; f < n_f * block; f += n, row += n, out += s->i) {
        memcpy(pack ? row : out, pack ? out : row, n * sizeof *row);
      }
    }
  }
}

static const float *
padded(const nn_node *conv, const pair_shape *s, scratch *k, uint32_t i)
{
  move_patch(conv, s, k->x, conv->source->y + i * node_count(conv->in), true);
  return k->x;
}

/* [o][9][i] to [9][o] for one channel, else to [i / 16][o][9][16]. */
static void
lay_out_weights(const nn_node *conv, node_pair *p)
{
  const pair_shape *s = &p->shape;
  const size_t lanes = s->i == 1 ? 1 : PAIR_LANES;
  const size_t per_o = s->i == 1 ? 1 : PAIR_TAPS * lanes;
  const size_t per_tap = s->i == 1 ? s->o : lanes;
#pragma omp parallel for schedule(static)
  for (uint32_t o = 0; o < s->o; ++o) {
    for (size_t k = 0; k < PAIR_TAPS; ++k) {
      for (size_t i = 0; i < s->i; i += lanes) {
        memcpy(p->weight + i * s->o * PAIR_TAPS + o * per_o + k * per_tap,
               conv->weight + (o * PAIR_TAPS + k) * s->i + i, lanes * sizeof(float));
      }
    }
  }
}

/* Patch i where the convolution has one channel: two rows of it at a time. */
static void
forward_one(const nn_node *conv, const node_pair *p, scratch *k, uint32_t i)
{
  const pair_shape *s = &p->shape;
  const nn_node *pool = p->pool;
  const float *x = padded(conv, s, k, i);
  const size_t row = (size_t)s->f_out * s->o;
  for (uint32_t t = 0; t < s->t_out; ++t) {
    const size_t to = i * node_count(pool->out) + t * row;
    pair_conv_one(s, x + (size_t)2 * t * s->f, p->weight, conv->bias, k->rows);
    pair_pool(s, k->rows, p->f_conv, pool->y + to, pool->place + to);
  }
}

static void
pool_patch(const nn_node *conv, const node_pair *p, uint32_t i)
{
  const pair_shape *s = &p->shape;
  const size_t row = (size_t)s->f_out * s->o, row_in = (size_t)p->f_conv * s->o;
  for (uint32_t t = 0; t < s->t_out; ++t) {
    const size_t to = i * node_count(p->pool->out) + t * row;
    pair_pool(s, conv->y + i * node_count(conv->out) + 2 * t * row_in, p->f_conv,
              p->pool->y + to, p->pool->place + to);
  }
}

void
pair_forward(nn_node *conv, uint32_t n)
{
  node_pair *p = conv->pair;
  if (p->shape.i == 1) {
    lay_out_weights(conv, p);
  } else {
    dnn_conv_forward(conv->conv, conv->source->y, conv->weight, conv->bias, conv->y);
  }
#pragma omp parallel for schedule(static)
  for (uint32_t task = 0; task < N_TASKS; ++task) {
    for (uint32_t i = n * task / N_TASKS; i < n * (task + 1) / N_TASKS; ++i) {
      if (p->shape.i == 1) {
        forward_one(conv, p, &p->task[task], i);
      } else {
        pool_patch(conv, p, i);
      }
    }
  }
}

static void
backward_one(const nn_node *conv, const node_pair *p, scratch *k, uint32_t i)
{
  const pair_shape *s = &p->shape;
  const nn_node *pool = p->pool;
  const float *x = padded(conv, s, k, i);
  for (uint32_t t = 0; t < s->t_out; ++t) {
    const size_t from = i * node_count(pool->out) + (size_t)t * s->f_out * s->o;
    pair_weights_one(s, t, x, pool->dy + from, pool->place + from, k->dw, k->dbias);
  }
}

static void
backward_patch(const nn_node *conv, const node_pair *p, scratch *k, uint32_t i,
               bool input_gradient)
{
  const pair_shape *s = &p->shape;
  const nn_node *pool = p->pool;
  const float *x = padded(conv, s, k, i);
  const uint32_t n_positions = s->t_out * s->f_out;
  if (input_gradient) {
    memset(k->dx, 0, patch_size(conv, s) * sizeof *k->dx);
  }
  for (uint32_t first = 0; first < n_positions; first += p->tile) {
    const uint32_t left = n_positions - first, n = left < p->tile ? left : p->tile;
    const uint32_t t = first / s->f_out;
    const size_t from = i * node_count(pool->out) + (size_t)first * s->o;
    pair_gradients(s, t, n, pool->dy + from, pool->place + from, k->g, k->at, k->dbias);
    pair_weights(s, n, x, k->g, k->at, k->dw);
    if (input_gradient) {
      pair_lists(s, n, k->g, pool->place + from, k->list);
      pair_data(s, t, n, k->list, p->weight, k->dx);
    }
  }
  if (input_gradient) {
    move_patch(conv, s, k->dx, conv->source->dy + i * node_count(conv->in), false);
  }
}

/* The sums of all tasks.  dw of one channel is [9][o]. */
static void
add_tasks(nn_node *conv, const node_pair *p)
{
  const size_t n_o = p->shape.o;
  const bool one = p->shape.i == 1;
#pragma omp parallel for schedule(static)
  for (size_t w = 0; w < conv->n_weights; ++w) {
    const size_t from = one ? w % PAIR_TAPS * n_o + w / PAIR_TAPS : w;
    float sum = 0;
    for (uint32_t k = 0; k < N_TASKS; ++k) {
      sum += p->task[k].dw[from];
    }
    conv->dweight[w] = sum;
  }
  for (size_t o = 0; o < n_o; ++o) {
    conv->dbias[o] = 0;
    for (uint32_t k = 0; k < N_TASKS; ++k) {
      conv->dbias[o] += p->task[k].dbias[o];
    }
  }
}

void
pair_backward(nn_node *conv, uint32_t n, bool input_gradient)
{
  node_pair *p = conv->pair;
  if (p->shape.i > 1) {
    lay_out_weights(conv, p);
  }
#pragma omp parallel for schedule(static)
  for (uint32_t task = 0; task < N_TASKS; ++task) {
    scratch *k = &p->task[task];
    memset(k->dw, 0, conv->n_weights * sizeof *k->dw);
    memset(k->dbias, 0, conv->n_biases * sizeof *k->dbias);
    for (uint32_t i = n * task / N_TASKS; i < n * (task + 1) / N_TASKS; ++i) {
      if (p->shape.i == 1) {
        backward_one(conv, p, k, i);
      } else {
        backward_patch(conv, p, k, i, input_gradient);
      }
    }
  }
  add_tasks(conv, p);
}

#else

ear_status
pairs_find(nn *net)
{
  (void)net;
  return EAR_OK;
}

void
pair_forward(nn_node *conv, uint32_t n)
{
  (void)conv;
  (void)n;
  assert(!"no pairs");
}

void
pair_backward(nn_node *conv, uint32_t n, bool input_gradient)
{
  (void)conv;
  (void)n;
  (void)input_gradient;
  assert(!"no pairs");
}

#endif
