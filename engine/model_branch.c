/* SPDX-License-Identifier: ISC */
/* The second branch of a network: from the layer that reads the frames again to the
   concat.  All before it is one path, all behind it the joined one, and no layer reaches
   from one path into another but the concat. */
#include "model_check.h"

#include "quant.h"

uint32_t
ear_layer_source(const ear_model_spec *spec, uint32_t l)
{
  return spec->layer[l].frames ? 0 : l;
}

uint32_t
ear_model_branch(const ear_model_spec *spec)
{
  uint32_t l = 0;
  while (l < spec->n_layers && !spec->layer[l].frames) {
    ++l;
  }
  return l;
}

uint32_t
ear_model_concat(const ear_model_spec *spec)
{
  uint32_t l = 0;
  while (l < spec->n_layers && spec->layer[l].op != EAR_OP_CONCAT) {
    ++l;
  }
  return l;
}

/* Layer l begins a branch. */
static ear_status
check_begin(const ear_model_spec *spec, uint32_t l, ear_error *err)
{
  const ear_op op = spec->layer[l].op;
  if (l == 0 || ear_model_branch(spec) < l) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "layer %u (%s): a branch may begin once, and not at layer 0", l,
                    ear_op_name(op));
  }
  if (op > EAR_OP_SUMMARY) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (%s): no branch may begin with it", l,
                    ear_op_name(op));
  }
  return EAR_OK;
}

ear_status
ear_branch_check(const ear_model_spec *spec, uint32_t l, ear_error *err)
{
  const ear_layer *y = &spec->layer[l];
  const uint32_t begin = ear_model_branch(spec), end = ear_model_concat(spec);
  const bool inside = begin <= l && l < end;
  if (y->frames) {
    return check_begin(spec, l, err);
  }
  if (y->op == EAR_OP_CONCAT) {
    return begin < l && end == l
               ? EAR_OK
               : ear_fail(err, EAR_BAD_MODEL,
                          "layer %u (concat): it ends no branch: none begins before it",
                          l);
  }
  if (inside && y->op > EAR_OP_CONCAT) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "layer %u (%s): the branch that begins at layer %u must end in a "
                    "concat before it",
                    l, ear_op_name(y->op), begin);
  }
  const uint32_t first = l > end ? end : inside ? begin : 0;
  if (y->op == EAR_OP_ADD && y->from < first) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (add): layer %u is of another branch",
                    l, y->from);
  }
  return EAR_OK;
}

ear_status
ear_concat_shape(const ear_model_spec *spec, uint32_t l, ear_shape *shape, ear_error *err)
{
  const uint32_t from = spec->layer[l].from;
  if (from + 1 != ear_model_branch(spec)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "layer %u (concat): layer %u is not the last before the branch", l,
                    from);
  }
  const ear_shape *a = &shape[from], *b = &shape[l - 1];
  if (a->rows != b->rows || a->stride != b->stride) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "layer %u (concat): %u rows every %u frames and, of the branch, %u "
                    "rows every %u: both must be the same",
                    l, a->rows, a->stride, b->rows, b->stride);
  }
  shape[l] =
      (ear_shape){.rows = a->rows,
                  .channels = a->channels + b->channels,
                  .stride = a->stride,
                  .receptive = a->receptive > b->receptive ? a->receptive : b->receptive};
  return EAR_OK;
}

uint32_t
ear_layer_lag(const ear_model_spec *spec, const ear_shape *shape, uint32_t l)
{
  const ear_shape *from = &shape[spec->layer[l].from];
  const uint32_t a = shape[l - 1].receptive, b = from->receptive;
  const uint32_t between = (a > b ? a - b : b - a) / from->stride;
  return between - between / 2;
}

int
ear_concat_tables(const ear_model_spec *spec, uint32_t l, uint8_t table[2][256])
{
  const ear_layer *y = &spec->layer[l];
  for (uint32_t side = 0; side < 2; ++side) {
    float scale;
    int32_t zero_point, multiplier;
    int shift;
    ear_layer_output(spec, side ? l - 1 : y->from, &scale, &zero_point);
    if (ear_quantize_multiplier((double)scale / (double)y->scale, &multiplier, &shift)) {
      return -1;
    }
    for (int32_t q = 0; q < 256; ++q) {
      table[side][q] =
          ear_clamp_u8(y->zero_point + ear_requantize(q - zero_point, multiplier, shift));
    }
  }
  return 0;
}
