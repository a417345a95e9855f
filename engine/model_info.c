/* SPDX-License-Identifier: ISC */
/* What a model says of itself, all of it derived, nothing stored twice. */
#include "model_file.h"

#include "frontend.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

uint32_t
ear_layer_tensors(const ear_model_spec *spec, const ear_shape *shape, uint32_t l,
                  ear_tensor_plan plan[3])
{
  const ear_layer *y = &spec->layer[l];
  const ear_shape in = ear_layer_input_shape(spec, shape, l);
  const uint32_t n_out = shape[l].channels;
  if (!ear_op_has_weights(y->op)) {
    return 0;
  }
  plan[0] = (ear_tensor_plan){.dtype = EAR_I8, .dim = {n_out, y->kt, y->kf, in.channels}};
  plan[0].n_dims = y->op == EAR_OP_CONV ? 4 : y->op == EAR_OP_DEPTHWISE ? 3 : 2;
  plan[0].n = ear_layer_n_weights(spec, shape, l);
  if (y->op == EAR_OP_DENSE) {
    plan[0].dim[1] = in.rows * in.channels;
  }
  plan[1] = (ear_tensor_plan){.dtype = EAR_I32, .n_dims = 1, .dim = {n_out}, .n = n_out};
  plan[2] = (ear_tensor_plan){.dtype = EAR_F32, .n_dims = 1, .dim = {n_out}, .n = n_out};
  snprintf(plan[0].name, sizeof plan[0].name, "layer%u.weight", l);
  snprintf(plan[1].name, sizeof plan[1].name, "layer%u.bias", l);
  snprintf(plan[2].name, sizeof plan[2].name, "layer%u.scale", l);
  return 3;
}

/* Edge in Hz between band b - 1 and band b: halfway between their peaks. */
static float
edge_hz(const ear_front_end *fe, uint32_t b)
{
  float low, centre, high, before;
  if (b >= fe->n_bands) {
    ear_front_end_band_hz(fe, fe->n_bands - 1, &low, &centre, &high);
    return high;
  }
  ear_front_end_band_hz(fe, b, &low, &centre, &high);
  if (b == 0) {
    return low;
  }
  ear_front_end_band_hz(fe, b - 1, &low, &before, &high);
  return (before + centre) / 2;
}

/* Row r of a column is centred on band r * step + offset. */
typedef struct {
  double step, offset;
} place;

/* Of layer l's input; false if the same row is of other bands in either branch. */
static bool
find_place(const ear_model_spec *spec, uint32_t end, place *p)
{
  place before = {1, 0};
  *p = before;
  for (uint32_t l = 0; l < end; ++l) {
    const ear_layer *y = &spec->layer[l];
    if (y->frames) {
      before = *p;
      *p = (place){1, 0};
    }
    if (y->op == EAR_OP_CONCAT &&
        (p->step != before.step || p->offset != before.offset)) {
      return false;
    }
    if (y->op != EAR_OP_ADD && y->op != EAR_OP_CONCAT) {
      const uint32_t lead = y->op <= EAR_OP_DEPTHWISE ? y->pad_lo : 0;
      p->offset += p->step * ((y->kf - 1) / 2.0 - lead);
      p->step *= y->sf;
    }
  }
  return true;
}

/* Row r of the last column is centred on band r * step + offset; its own share is step
   bands wide, and the outermost rows reach to the ends of the range. */
static void
describe_rows(const ear_model_spec *spec, const ear_shape *shape, ear_model_info *info)
{
  const uint32_t mean = ear_model_mean(spec);
  const ear_front_end *fe = &spec->front_end;
  place p;
  info->n_rows = 0;
  if (mean == spec->n_layers || fe->kinds != EAR_KIND_MEL) {
    return;
  }
  const ear_shape in = ear_layer_input_shape(spec, shape, mean);
  if (in.rows > EAR_MAX_ROWS || (!find_place(spec, mean, &p) && in.rows > 1)) {
    return;
  }
  info->n_rows = in.rows;
  const double last = fe->n_bands - 1;
  for (uint32_t r = 0; r < in.rows; ++r) {
    const double begin = p.offset + r * p.step - (p.step - 1) / 2;
    const double low = fmin(fmax(floor(begin), 0), last);
    const double high = fmin(fmax(floor(begin + p.step), low + 1), last + 1);
    info->row_low_hz[r] = edge_hz(fe, r ? (uint32_t)low : 0);
    info->row_high_hz[r] = edge_hz(fe, r + 1 < in.rows ? (uint32_t)high : fe->n_bands);
  }
}

void
ear_model_describe(const ear_model_spec *spec, const ear_shape *shape,
                   ear_model_info *info)
{
  const ear_front_end *fe = &spec->front_end;
  const ear_shape *s = &shape[spec->n_layers - 1];
  const double frames_per_s = (double)fe->rate_hz / fe->hop;
  info->name = spec->name;
  info->task = spec->task;
  info->license = spec->license;
  info->card = spec->card;
  info->n_labels = spec->n_labels;
  memcpy(info->label, spec->label, sizeof info->label);
  memcpy(info->threshold, spec->threshold, sizeof info->threshold);
  info->unsure = spec->unsure;
  info->has_severity = spec->severity;
  info->n_harsh_kinds = spec->n_harsh_kinds;
  memcpy(info->harsh_kind, spec->harsh_kind, sizeof info->harsh_kind);
  info->front_end = *fe;
  info->tick_s = s->stride / frames_per_s;
  info->receptive_s =
      ((double)(s->receptive - 1) * fe->hop + fe->n_fft) / (double)fe->rate_hz;
  info->macs_per_s = (uint64_t)(ear_model_macs(spec, shape) * frames_per_s);
  info->n_parameters = 0;
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    info->n_parameters += ear_layer_n_weights(spec, shape, l);
    info->n_parameters += ear_op_has_weights(spec->layer[l].op) ? shape[l].channels : 0;
  }
  describe_rows(spec, shape, info);
}
