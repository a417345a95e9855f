/* SPDX-License-Identifier: ISC */
/* Recipe lines to the engine's layer list.  Rows and columns are followed along, since
   `full` and `flatten` mean "all that arrives here". */
#include <stdio.h>
#include <string.h>

#include "degrade.h"
#include "recipe.h"

typedef struct {
  uint32_t rows, columns; /* that the next layer reads */
} extent;

/* Where the second branch stands. */
typedef struct {
  extent before;  /* what the layer before it gives */
  uint32_t first; /* its first layer; 0: there is none yet */
  bool waits;     /* for that layer */
} fork;

static ear_status
too_short(const recipe *r, uint32_t span, uint32_t columns, ear_error *err)
{
  if (err) {
    snprintf(
        err->text, sizeof err->text,
        "a span of %u columns, but patches of %u frames leave %u here: use longer ones",
        span, r->frames, columns);
  }
  return EAR_BAD_ARGUMENT;
}

static ear_status
not_one_column(uint32_t columns, ear_error *err)
{
  if (err) {
    snprintf(err->text, sizeof err->text,
             "%u columns arrive here: put `mean` or `flatten` before it", columns);
  }
  return EAR_BAD_ARGUMENT;
}

static ear_status
no_such_layer(uint32_t n_before, ear_error *err)
{
  if (err) {
    snprintf(err->text, sizeof err->text, "there are only %u layers before it", n_before);
  }
  return EAR_BAD_ARGUMENT;
}

static ear_status
no_branch(const char *why, ear_error *err)
{
  if (err) {
    snprintf(err->text, sizeof err->text, "%s", why);
  }
  return EAR_BAD_ARGUMENT;
}

/* The line `branch`. */
static ear_status
begin_branch(const recipe *r, uint32_t n_before, extent *e, fork *f, ear_error *err)
{
  if (n_before == 0 || f->first) {
    return no_branch(n_before ? "one branch is possible, no second"
                              : "no layer stands before it that it could join",
                     err);
  }
  *f = (fork){*e, n_before, true};
  *e = (extent){ear_front_end_values(&r->front_end), r->frames};
  return EAR_OK;
}

/* The line `concat`: what sees more frames has the fewer columns, the other is cropped.
 */
static ear_status
end_branch(const fork *f, ear_layer *y, extent *e, ear_error *err)
{
  if (!f->first || f->waits) {
    return no_branch("no `branch` with layers of its own stands before it", err);
  }
  y->from = f->first - 1;
  e->columns = e->columns < f->before.columns ? e->columns : f->before.columns;
  return EAR_OK;
}

/* What a window leaves of the extent; the kernel becomes known if it was `full`. */
static ear_status
slide(const recipe *r, const recipe_layer *line, ear_layer *y, extent *e, ear_error *err)
{
  const uint32_t rows = e->rows + y->pad_lo + y->pad_hi;
  const uint32_t span = (line->kt - 1) * y->dt + 1;
  y->kf = line->kf == RECIPE_FULL ? rows : line->kf;
  if (span > e->columns) {
    return too_short(r, span, e->columns, err);
  }
  e->columns = (e->columns - span) / y->st + 1;
  e->rows =
      rows >= y->kf ? (rows - y->kf) / y->sf + 1 : 1; /* else ear_model_shapes says */
  return EAR_OK;
}

static ear_status
resolve(const recipe *r, const recipe_layer *line, uint32_t n_outputs, uint32_t index,
        ear_layer *y, extent *e, ear_error *err)
{
  *y = (ear_layer){.op = line->op,
                   .kt = 1,
                   .kf = 1,
                   .st = 1,
                   .sf = 1,
                   .dt = 1,
                   .relu = line->relu,
                   .over_frequency = line->over_frequency,
                   .deviation = line->deviation,
                   .scale = 1};
  switch (line->op) {
  case EAR_OP_CONV:
    y->n_out = line->n_out;
    /* fallthrough */
  case EAR_OP_DEPTHWISE:
    y->dt = line->dt;
    y->pad_lo = y->pad_hi = line->pad;
    /* fallthrough */
  case EAR_OP_MAXPOOL:
  case EAR_OP_AVGPOOL:
  case EAR_OP_SUMMARY:
    y->kt = line->kt;
    y->st = line->st;
    y->sf = line->sf;
    return slide(r, line, y, e, err);
  case EAR_OP_ADD:
    y->from = index - line->back;
    return line->back <= index ? EAR_OK : no_such_layer(index, err);
  case EAR_OP_CONCAT: /* recipe_spec's own */
    return EAR_OK;
  case EAR_OP_FLATTEN:
    y->kt = e->columns;
    e->columns = 1;
    return EAR_OK;
  case EAR_OP_MEAN:
    e->columns = 1;
    return EAR_OK;
  case EAR_OP_DENSE:
    y->n_out = line->n_out ? line->n_out : n_outputs;
    return e->columns == 1 ? EAR_OK : not_one_column(e->columns, err);
  }
  return EAR_BAD_ARGUMENT;
}

uint32_t
recipe_n_extra(const recipe *r)
{
  return (r->train.severity > 0) + (r->train.kinds > 0 ? RECIPE_N_KINDS : 0);
}

/* The heads behind the labels'. */
static void
name_heads(const recipe *r, ear_model_spec *spec)
{
  spec->severity = r->train.severity > 0;
  spec->n_harsh_kinds = r->train.kinds > 0 ? RECIPE_N_KINDS : 0;
  for (uint32_t k = 0; k < spec->n_harsh_kinds; ++k) {
    spec->harsh_kind[k] = degrade_kind_name((degrade_kind)k);
  }
}

ear_status
recipe_spec(const recipe *r, uint32_t n_labels, ear_model_spec *spec, ear_error *err)
{
  extent e = {ear_front_end_values(&r->front_end), r->frames};
  fork f = {.first = 0};
  ear_shape shape[EAR_MAX_LAYERS];
  memset(spec, 0, sizeof *spec);
  spec->front_end = r->front_end;
  spec->n_labels = n_labels;
  spec->activation = r->train.activation == RECIPE_SIGMOID ? EAR_SIGMOID : EAR_SOFTMAX;
  spec->temperature = spec->input_scale = 1;
  name_heads(r, spec);
  for (uint32_t i = 0; i < r->n_layers; ++i) {
    const recipe_layer *line = &r->layer[i];
    if (line->is_dropout) {
      continue;
    }
    if (line->is_branch) {
      const ear_status st = begin_branch(r, spec->n_layers, &e, &f, err);
      if (st) {
        return st;
      }
      continue;
    }
    if (spec->n_layers == EAR_MAX_LAYERS) {
      if (err) {
        snprintf(err->text, sizeof err->text, "more than %d layers", EAR_MAX_LAYERS);
      }
      return EAR_BAD_ARGUMENT;
    }
    ear_layer *y = &spec->layer[spec->n_layers];
    ear_status st = resolve(r, line, (n_labels ? n_labels : 1) + recipe_n_extra(r),
                            spec->n_layers, y, &e, err);
    if (!st && y->op == EAR_OP_CONCAT) {
      st = end_branch(&f, y, &e, err);
    }
    if (st) {
      return st;
    }
    y->frames = f.waits;
    f.waits = false;
    ++spec->n_layers;
  }
  if (!spec->n_layers) {
    return EAR_OK;
  }
  const ear_status st = ear_model_shapes(spec, shape, err);
  for (uint32_t l = 0; l < spec->n_layers && !st; ++l) {
    if (spec->layer[l].op == EAR_OP_DEPTHWISE) {
      spec->layer[l].n_out = shape[l].channels;
    }
  }
  return st;
}
