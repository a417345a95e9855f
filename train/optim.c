/* SPDX-License-Identifier: ISC */
/* One loop over the arrays of the network a step; the formulas and the order of their
   operations are PyTorch's. */
#include "optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn_layers.h"

enum { PART = 4096 }; /* values changed at once by one thread */

static const float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;

/* One trainable array or running statistic, and what is kept beside it. */
typedef struct {
  nn_param p;
  float *first;   /* SGD: momentum buffer; Adam: mean of the gradient */
  float *second;  /* Adam: mean of its square */
  float *average; /* NULL without averaging */
} slot;

/* What the schedule remembers: plain bytes for checkpoints, no padding. */
typedef struct {
  uint64_t step;
  uint64_t waited; /* plateau: epochs in a row without better */
  double scale;    /* plateau: of the rate */
  double best;     /* plateau: loss */
} schedule;
_Static_assert(sizeof(schedule) == 2 * sizeof(uint64_t) + 2 * sizeof(double),
               "no padding");

struct optim {
  recipe_train train;
  uint64_t n_steps;
  schedule s;
  uint32_t n_params, n_slots; /* slots past n_params are statistics: averaged only */
  slot *slot;
  float *memory;
  size_t n_floats; /* in memory */
};

static size_t
floats_needed(nn *net, const recipe_train *t)
{
  const size_t moments = t->optimizer == RECIPE_SGD ? 1 : 2;
  const size_t averages = t->averaging > 0 ? 1 : 0;
  size_t n = nn_size(net) * (moments + averages);
  for (uint32_t i = 0; i < nn_n_buffers(net); ++i) {
    n += nn_buffer_get(net, i).n * averages;
  }
  return n;
}

static float *
carve(float **next, size_t n)
{
  float *p = *next;
  *next += n;
  return p;
}

static void
lay_out(optim *o, nn *net)
{
  float *next = o->memory;
  for (uint32_t i = 0; i < o->n_slots; ++i) {
    slot *s = &o->slot[i];
    const bool trained = i < o->n_params;
    s->p = trained ? nn_param_get(net, i) : nn_buffer_get(net, i - o->n_params);
    if (trained) {
      s->first = carve(&next, s->p.n);
      s->second = o->train.optimizer == RECIPE_SGD ? NULL : carve(&next, s->p.n);
    }
    if (o->train.averaging > 0) {
      s->average = carve(&next, s->p.n);
      memcpy(s->average, s->p.value, s->p.n * sizeof(float));
    }
  }
}

ear_status
optim_new(optim **o, nn *net, const recipe_train *t, uint64_t n_steps)
{
  *o = NULL;
  optim *created = calloc(1, sizeof *created);
  if (!created) {
    return EAR_NO_MEMORY;
  }
  created->train = *t;
  created->n_steps = n_steps;
  created->s = (schedule){.scale = 1, .best = INFINITY};
  created->n_params = nn_n_params(net);
  created->n_slots = created->n_params + nn_n_buffers(net);
  created->slot = calloc(created->n_slots, sizeof *created->slot);
  created->n_floats = floats_needed(net, t);
  created->memory = calloc(created->n_floats + 1, sizeof *created->memory);
  if (!created->slot || !created->memory) {
    optim_free(created);
    return EAR_NO_MEMORY;
  }
  lay_out(created, net);
  *o = created;
  return EAR_OK;
}

void
optim_free(optim *o)
{
  if (o) {
    free(o->slot);
    free(o->memory);
    free(o);
  }
}

static double
learning_rate(const optim *o)
{
  const recipe_train *t = &o->train;
  const double rate = (double)t->learning_rate;
  if (o->s.step < t->warmup) {
    return rate * (double)(o->s.step + 1) / (double)t->warmup;
  }
  const double done = (double)o->s.step / (double)(o->n_steps ? o->n_steps : 1);
  const double factor = (double)t->factor;
  if (t->schedule == RECIPE_STEP) {
    return rate * (done < 0.6 ? 1 : done < 0.85 ? factor : factor * factor);
  }
  if (t->schedule == RECIPE_PLATEAU) {
    return rate * o->s.scale;
  }
  if (t->schedule == RECIPE_COSINE && o->n_steps > t->warmup) {
    const double left = (double)(o->n_steps - t->warmup);
    const double part = fmin((double)(o->s.step - t->warmup) / left, 1);
    return rate * 0.5 * (1 + cos(3.14159265358979323846 * part));
  }
  return rate;
}

/* What one step does to every value of an array. */
typedef struct {
  double exact_rate;
  float rate, momentum;  /* SGD; momentum 0 in the first step */
  float step_size, root; /* Adam: corrected for the moments' start */
  float decay;           /* of the gradient (SGD, Adam) */
  float shrink;          /* of the value, decoupled (AdamW) */
  float follow;          /* of the average towards the value */
} change;

NN_WIDE static void
sgd(const change *c, size_t n, const float *gradient, float *value, float *first)
{
#pragma omp simd
  for (size_t i = 0; i < n; ++i) {
    const float g = gradient[i] + c->decay * value[i];
    first[i] = c->momentum * first[i] + g;
    value[i] -= c->rate * first[i];
  }
}

NN_WIDE static void
adam(const change *c, size_t n, const float *gradient, float *value, float *first,
     float *second)
{
#pragma omp simd
  for (size_t i = 0; i < n; ++i) {
    const float shrunk = value[i] * c->shrink;
    const float g = gradient[i] + c->decay * shrunk;
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    value[i] = shrunk - c->step_size * first[i] / (sqrtf(second[i]) / c->root + epsilon);
  }
}

NN_WIDE static void
average(const change *c, size_t n, const float *value, float *mean)
{
#pragma omp simd
  for (size_t i = 0; i < n; ++i) {
    mean[i] += c->follow * (value[i] - mean[i]);
  }
}

static change
change_of(const optim *o, double rate)
{
  const double t = (double)o->s.step;
  const double start1 = 1 - pow((double)beta1, t + 1);
  const double start2 = 1 - pow((double)beta2, t + 1);
  /* At the start the average follows quickly: the first weights are forgotten. */
  const float keep = (float)fmin((double)o->train.averaging, (2 + t) / (11 + t));
  return (change){.exact_rate = rate,
                  .rate = (float)rate,
                  .momentum = o->s.step == 0 ? 0.0f : o->train.momentum,
                  .step_size = (float)(rate / start1),
                  .root = (float)sqrt(start2),
                  .follow = 1 - keep};
}

/* n values of an array from `first` on, while they are in the cache. */
static void
change_part(const optim *o, const slot *s, change c, size_t first, size_t n)
{
  float *value = s->p.value + first;
  const bool trained = s->p.gradient;
  const float decay = s->p.decay ? o->train.weight_decay : 0.0f;
  const bool decoupled = o->train.optimizer == RECIPE_ADAMW;
  c.decay = decoupled ? 0.0f : decay;
  c.shrink = decoupled ? (float)(1 - c.exact_rate * (double)decay) : 1.0f;
  if (trained && o->train.optimizer == RECIPE_SGD) {
    sgd(&c, n, s->p.gradient + first, value, s->first + first);
  } else if (trained) {
    adam(&c, n, s->p.gradient + first, value, s->first + first, s->second + first);
  }
  if (s->average) {
    average(&c, n, value, s->average + first);
  }
}

float
optim_step(optim *o)
{
  const double rate = learning_rate(o);
  const change c = change_of(o, rate);
  for (uint32_t i = 0; i < o->n_slots; ++i) {
    const slot *s = &o->slot[i];
#pragma omp parallel for schedule(static) if (s->p.n > 4 * PART)
    for (size_t first = 0; first < s->p.n; first += PART) {
      const size_t left = s->p.n - first;
      change_part(o, s, c, first, left < PART ? left : PART);
    }
  }
  ++o->s.step;
  return (float)rate;
}

void
optim_judge(optim *o, double loss)
{
  const bool better = loss < o->s.best * (1 - 1e-4);
  o->s.best = better ? loss : o->s.best;
  o->s.waited = better ? 0 : o->s.waited + 1;
  if (o->s.waited > o->train.wait) {
    o->s.scale *= (double)o->train.factor;
    o->s.waited = 0;
  }
}

void
optim_swap_average(optim *o)
{
  for (uint32_t i = 0; i < o->n_slots && o->train.averaging > 0; ++i) {
    const slot *s = &o->slot[i];
    for (size_t k = 0; k < s->p.n; ++k) {
      const float v = s->p.value[k];
      s->p.value[k] = s->average[k];
      s->average[k] = v;
    }
  }
}

void *
optim_state(optim *o, size_t *n_bytes)
{
  *n_bytes = sizeof o->s;
  return &o->s;
}

float *
optim_values(optim *o, size_t *n)
{
  *n = o->n_floats;
  return o->memory;
}
