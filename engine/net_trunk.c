/* SPDX-License-Identifier: ISC */
/* Every layer keeps exactly the input columns that its next output needs, and output j is
   made of input columns j * st + t * dt, t in [0, kt): so the columns are those of a
   convolution over the whole past, however they come in.  A convolution that is pooled
   waits until the pool's output is due, and then makes all of its columns at once. */
#include "net_parts.h"

#include <string.h>

static bool
is_filter(ear_op op)
{
  return op == EAR_OP_CONV || op == EAR_OP_DEPTHWISE;
}

/* Which later adds take the output of layer l. */
static void
find_shortcuts(ear_trunk_layer *y, const ear_model_spec *spec, uint32_t l)
{
  y->n_shortcuts = 0;
  for (uint32_t a = l + 1; a < spec->n_layers; ++a) {
    if (spec->layer[a].op == EAR_OP_ADD && spec->layer[a].from == l) {
      y->shortcut[y->n_shortcuts++] = a;
    }
  }
}

/* Sizes of layer l, no memory yet. */
static void
measure(ear_trunk_layer *y, const ear_model_spec *spec, const ear_shape *shape,
        uint32_t l)
{
  const ear_layer *given = &spec->layer[l];
  const ear_shape in = ear_layer_input_shape(spec, shape, l);
  const bool filter = is_filter(given->op);
  const uint32_t pads = filter ? given->pad_lo + given->pad_hi : 0;
  const bool joins = given->op == EAR_OP_ADD || given->op == EAR_OP_CONCAT;
  y->op = given->op;
  y->n_in = (size_t)in.rows * in.channels;
  y->n_out = (size_t)shape[l].rows * shape[l].channels;
  y->kt = joins ? 1 : given->kt;
  y->dt = filter ? given->dt : 1;
  y->st = y->period = joins ? 1 : given->st;
  y->n_slots = joins ? ear_layer_lag(spec, shape, l) + 1 : (y->kt - 1) * y->dt + 1;
  y->lead = filter ? (size_t)given->pad_lo * in.channels : 0;
  y->slot = y->n_in + (size_t)pads * in.channels;
  y->filter = (ear_filter){.kt = given->kt,
                           .kf = given->kf,
                           .sf = given->sf,
                           .rows_in = in.rows + pads,
                           .rows_out = shape[l].rows,
                           .c_in = in.channels,
                           .c_out = shape[l].channels,
                           .pool_t = 1,
                           .pool_f = 1,
                           .weight = given->weight,
                           .zero_point = given->zero_point};
  y->pool = (ear_pool){.kt = given->kt,
                       .kf = given->kf,
                       .sf = given->sf,
                       .rows_out = shape[l].rows,
                       .channels = in.channels};
}

/* The concat at layer l: what it keeps is one of two inputs. */
static void
measure_concat(ear_trunk_layer *y, const ear_model_spec *spec, const ear_shape *shape,
               uint32_t l)
{
  const ear_shape *side[2] = {&shape[spec->layer[l].from], &shape[l - 1]};
  ear_join *j = &y->join;
  j->late = side[1]->receptive <= side[0]->receptive;
  j->rows = shape[l].rows;
  j->n[0] = side[0]->channels;
  j->n[1] = side[1]->channels;
  y->n_in = y->slot = j->rows * j->n[j->late];
}

/* Let convolution y do what the pool behind it does, if nothing is computed twice so and
   nothing else takes what y gives. */
static void
absorb(ear_trunk_layer *y, ear_trunk_layer *pool)
{
  if (y->op != EAR_OP_CONV || pool->op != EAR_OP_MAXPOOL || y->n_shortcuts ||
      pool->kt > pool->st || pool->kt > EAR_MAX_POOL || pool->pool.kf != pool->pool.sf ||
      pool->pool.kf > EAR_MAX_POOL) {
    return;
  }
  pool->absorbed = true;
  y->filter.pool_t = pool->kt;
  y->filter.pool_f = pool->pool.kf;
  y->filter.rows_out = pool->pool.rows_out;
  y->n_slots += (pool->kt - 1) * y->st;
  y->period *= pool->st;
  y->n_out = pool->n_out;
}

void
ear_trunk_take(ear_trunk *trunk, const ear_model_spec *spec, const ear_shape *shape,
               ear_arena *arena)
{
  const uint32_t n = trunk->n_layers = ear_model_head(spec);
  trunk->branch = ear_model_branch(spec) < n ? ear_model_branch(spec) : n;
  trunk->concat = ear_model_concat(spec) < n ? ear_model_concat(spec) : n;
  for (uint32_t l = 0; l < trunk->n_layers; ++l) {
    measure(&trunk->layer[l], spec, shape, l);
    find_shortcuts(&trunk->layer[l], spec, l);
    if (spec->layer[l].op == EAR_OP_CONCAT) {
      measure_concat(&trunk->layer[l], spec, shape, l);
    }
    if (ear_layer_source(spec, l)) {
      absorb(&trunk->layer[l - 1], &trunk->layer[l]);
    }
  }
  for (uint32_t l = 0; l < trunk->n_layers; ++l) {
    ear_trunk_layer *y = &trunk->layer[l];
    const uint32_t n_taps = y->filter.pool_t * y->kt;
    if (y->absorbed) {
      continue;
    }
    y->ring = ear_arena_take(arena, y->n_slots * y->slot + EAR_SLACK);
    y->tap = ear_arena_take(arena, n_taps * sizeof *y->tap);
    y->out = ear_arena_take(arena, y->n_out + EAR_SLACK);
    if (is_filter(y->op)) {
      y->filter.scratch =
          ear_arena_take(arena, n_taps * (y->slot + EAR_SLACK) * sizeof(int16_t));
    }
  }
}

ear_net_weights *
ear_trunk_weights(const ear_trunk *trunk, const ear_model_spec *spec,
                  const ear_shape *shape)
{
  ear_net_weights *w = ear_net_weights_new(trunk->kernels);
  for (uint32_t l = 0; w && l < trunk->n_layers; ++l) {
    const ear_trunk_layer *y = &trunk->layer[l];
    if (is_filter(y->op) && !ear_net_weights_fill(w, spec, shape, l, y->filter)) {
      ear_net_weights_free(w);
      return NULL;
    }
  }
  return w;
}

static void
prepare_add(ear_trunk_layer *y, const ear_model_spec *spec, uint32_t l)
{
  float scale;
  ear_sum *s = &y->sum;
  const double real = ear_add_multipliers(spec, l, &s->factor_a, &s->factor_b);
  s->n = y->n_in;
  s->zero_point = spec->layer[l].zero_point;
  ear_layer_input(spec, l, &scale, &s->zero_a);
  ear_layer_output(spec, spec->layer[l].from, &scale, &s->zero_b);
  ear_quantize_multiplier(real, &s->multiplier, &s->shift);
}

void
ear_trunk_prepare(ear_trunk *trunk, const ear_model_spec *spec, const ear_net_weights *w)
{
  for (uint32_t l = 0; l < trunk->n_layers; ++l) {
    ear_trunk_layer *y = &trunk->layer[l];
    float scale;
    int32_t zero_point;
    if (y->absorbed) {
      continue;
    }
    ear_layer_input(spec, l, &scale, &zero_point);
    y->fill = (uint8_t)zero_point;
    memset(y->ring, y->fill, y->n_slots * y->slot);
    if (is_filter(y->op)) {
      y->filter.bias = w->layer[l].bias;
      y->filter.multiplier = w->layer[l].multiplier;
      y->filter.shift = w->layer[l].shift;
      y->filter.packed = w->layer[l].packed;
    } else if (y->op == EAR_OP_AVGPOOL || y->op == EAR_OP_SUMMARY) {
      ear_quantize_multiplier(1.0 / (y->pool.kt * y->pool.kf), &y->pool.multiplier,
                              &y->pool.shift);
    } else if (y->op == EAR_OP_ADD) {
      prepare_add(y, spec, l);
    } else if (y->op == EAR_OP_CONCAT) {
      ear_concat_tables(spec, l, y->join.table);
    }
  }
  ear_trunk_reset(trunk);
}

void
ear_trunk_reset(ear_trunk *trunk)
{
  for (uint32_t l = 0; l < trunk->n_layers; ++l) {
    trunk->layer[l].head = 0;
    trunk->layer[l].until = trunk->layer[l].n_slots;
  }
}

/* Keep column x as the newest. */
static void
keep(ear_trunk_layer *y, const uint8_t *x)
{
  memcpy(y->ring + y->head * y->slot + y->lead, x, y->n_in);
  y->head = y->head + 1 == y->n_slots ? 0 : y->head + 1;
}

static void
flatten(const ear_trunk_layer *y)
{
  for (uint32_t t = 0; t < y->kt; ++t) {
    memcpy(y->out + t * y->n_in, y->tap[t], y->n_in);
  }
}

/* The columns behind the output that is due: of a pooled convolution those of all the
   outputs that it takes the maximum of. */
static void
gather(ear_trunk_layer *y)
{
  const uint8_t **tap = y->tap;
  for (uint32_t a = 0; a < y->filter.pool_t; ++a) {
    for (uint32_t t = 0; t < y->kt; ++t) {
      const uint32_t i = y->head + a * y->st + t * y->dt;
      *tap++ = y->ring + (i < y->n_slots ? i : i - y->n_slots) * y->slot;
    }
  }
}

/* Take column x; true if that completed column y->out. */
static bool
advance(ear_trunk_layer *y, const ear_kernels *kernels, const uint8_t *x)
{
  if (y->op == EAR_OP_ADD) { /* its ring is filled by the layer that it comes from */
    kernels->add(&y->sum, x, y->ring + y->head * y->slot, y->out);
    return true;
  }
  keep(y, x);
  if (--y->until) {
    return false;
  }
  y->until = y->period;
  gather(y);
  switch (y->op) {
  case EAR_OP_CONV:
    kernels->conv(&y->filter, y->tap, y->out);
    break;
  case EAR_OP_DEPTHWISE:
    kernels->depthwise(&y->filter, y->tap, y->out);
    break;
  case EAR_OP_MAXPOOL:
    kernels->maxpool(&y->pool, y->tap, y->out);
    break;
  case EAR_OP_AVGPOOL:
    kernels->avgpool(&y->pool, y->tap, y->out);
    break;
  case EAR_OP_SUMMARY:
    ear_summarise(&y->pool, y->tap, y->out);
    break;
  default:
    flatten(y);
  }
  return true;
}

/* What layer y gave, to the adds that take it too. */
static void
pass_on(ear_trunk *trunk, const ear_trunk_layer *y, const uint8_t *x)
{
  for (uint32_t a = 0; a < y->n_shortcuts; ++a) {
    keep(&trunk->layer[y->shortcut[a]], x);
  }
}

/* Column x through layers [from, to); NULL if none came out. */
static const uint8_t *
run(ear_trunk *trunk, uint32_t from, uint32_t to, const uint8_t *x)
{
  for (uint32_t l = from; l < to; ++l) {
    ear_trunk_layer *y = &trunk->layer[l];
    if (!y->absorbed) {
      if (!advance(y, trunk->kernels, x)) {
        return NULL;
      }
      x = y->out;
    }
    pass_on(trunk, y, x);
  }
  return x;
}

const uint8_t *
ear_trunk_push(ear_trunk *trunk, const uint8_t *q)
{
  const uint8_t *x[2] = {run(trunk, 0, trunk->branch, q), NULL};
  if (trunk->branch == trunk->n_layers) {
    return x[0];
  }
  ear_trunk_layer *y = &trunk->layer[trunk->concat];
  x[1] = run(trunk, trunk->branch, trunk->concat, q);
  const uint8_t *joined = ear_trunk_join(y, x);
  if (!joined) {
    return NULL;
  }
  pass_on(trunk, y, joined);
  return run(trunk, trunk->concat + 1, trunk->n_layers, joined);
}
