/* SPDX-License-Identifier: ISC */
/* Everything that follows from the layer list alone.  Every size is bounded before it is
   multiplied: rows < 2^12 (63 more in each layer at most), channels <= 2^12 or,
   flattened, 2^20, column <= 2^20 bytes, stride <= 2^12 hops, receptive field <= 2^24
   frames, so 32 bits hold every product below. */
#include "model_check.h"

#include "frontend.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum {
  MAX_KERNEL = 64, /* columns */
  MAX_ROWS = 256,  /* of a kernel: all bands */
  MAX_PAD = 63,
  MAX_WINDOW = 4096, /* columns, of summary and flatten */
  MAX_STEP = 64,     /* stride or dilation */
  MAX_CHANNELS = 4096,
  MAX_COLUMN = 1 << 20, /* bytes */
  MAX_STRIDE = 1 << 12,
  MAX_RECEPTIVE = 1 << 24,
};

/* A sentence may quote a hostile file: no control character, of C0 or of C1 (U+0080 to
   U+009F), may reach a terminal. */
static void
blank_controls(char *text)
{
  for (unsigned char *s = (unsigned char *)text; *s; ++s) {
    if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0) {
      *s++ = ' ';
      *s = ' ';
    } else if (s[0] < 0x20 || s[0] == 0x7f) {
      *s = ' ';
    }
  }
}

ear_status
ear_fail(ear_error *err, ear_status st, const char *format, ...)
{
  if (err) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    blank_controls(err->text);
  }
  return st;
}

const char *
ear_op_name(ear_op op)
{
  static const char *const name[] = {"conv", "depthwise", "maxpool", "avgpool", "summary",
                                     "add",  "concat",    "flatten", "mean",    "dense"};
  return (unsigned)op <= EAR_OP_DENSE ? name[op] : "unknown";
}

bool
ear_op_has_weights(ear_op op)
{
  return op == EAR_OP_CONV || op == EAR_OP_DEPTHWISE || op == EAR_OP_DENSE;
}

ear_shape
ear_layer_input_shape(const ear_model_spec *spec, const ear_shape *shape, uint32_t l)
{
  const ear_shape frame = {ear_front_end_values(&spec->front_end), 1, 1, 1};
  const uint32_t source = ear_layer_source(spec, l);
  return source ? shape[source - 1] : frame;
}

/* Kernel, stride, dilation and padding of layer y in the bounds above. */
static bool
window_fits(const ear_layer *y)
{
  const bool filter = y->op == EAR_OP_CONV || y->op == EAR_OP_DEPTHWISE;
  const bool whole = y->op == EAR_OP_FLATTEN || y->op == EAR_OP_SUMMARY;
  const uint32_t max_kt = whole ? MAX_WINDOW : MAX_KERNEL;
  return y->kt >= 1 && y->kt <= max_kt && y->st >= 1 && y->st <= MAX_STEP &&
         (y->op == EAR_OP_FLATTEN ||
          (y->kf >= 1 && y->kf <= MAX_ROWS && y->sf >= 1 && y->sf <= MAX_STEP)) &&
         (y->op != EAR_OP_SUMMARY || (y->kf == 1 && y->sf == 1)) &&
         (!filter || (y->dt >= 1 && y->dt <= MAX_STEP && y->pad_lo < y->kf &&
                      y->pad_hi < y->kf && y->pad_lo <= MAX_PAD && y->pad_hi <= MAX_PAD));
}

/* Shape of a layer with a window: conv, depthwise, pools, summary, flatten. */
static ear_status
window_shape(const ear_layer *y, uint32_t l, ear_shape in, ear_shape *out, ear_error *err)
{
  const bool filter = y->op == EAR_OP_CONV || y->op == EAR_OP_DEPTHWISE;
  if (!window_fits(y)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "layer %u (%s): kernel, stride, dilation or padding out of range", l,
                    ear_op_name(y->op));
  }
  *out = in;
  out->receptive = in.receptive + (y->kt - 1) * (filter ? y->dt : 1) * in.stride;
  out->stride = in.stride * y->st;
  if (y->op == EAR_OP_FLATTEN) {
    out->rows = 1;
    out->channels = y->kt * in.rows * in.channels;
    return EAR_OK;
  }
  const uint32_t rows = in.rows + (filter ? y->pad_lo + y->pad_hi : 0);
  if (rows < y->kf) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (%s): kernel of %u rows on %u rows", l,
                    ear_op_name(y->op), y->kf, rows);
  }
  out->rows = (rows - y->kf) / y->sf + 1;
  out->channels = y->op == EAR_OP_CONV      ? y->n_out
                  : y->op == EAR_OP_SUMMARY ? EAR_SUMMARY_PARTS * in.channels
                                            : in.channels;
  return EAR_OK;
}

static ear_status
add_shape(const ear_layer *y, uint32_t l, const ear_shape *shape, ear_error *err)
{
  if (l < 2 || y->from > l - 2) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (add): layer %u is not before it", l,
                    y->from);
  }
  const ear_shape *a = &shape[l - 1], *b = &shape[y->from];
  if (a->rows != b->rows || a->channels != b->channels || a->stride != b->stride) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "layer %u (add): %u x %u and, from layer %u, %u x %u with another "
                    "shape or stride",
                    l, a->rows, a->channels, y->from, b->rows, b->channels);
  }
  return EAR_OK;
}

static ear_status
layer_shape(const ear_model_spec *spec, ear_shape *shape, uint32_t l, ear_error *err)
{
  const ear_layer *y = &spec->layer[l];
  const ear_shape in = ear_layer_input_shape(spec, shape, l);
  shape[l] = in;
  switch (y->op) {
  case EAR_OP_CONV:
  case EAR_OP_DEPTHWISE:
  case EAR_OP_MAXPOOL:
  case EAR_OP_AVGPOOL:
  case EAR_OP_SUMMARY:
  case EAR_OP_FLATTEN:
    return window_shape(y, l, in, &shape[l], err);
  case EAR_OP_ADD:
    return add_shape(y, l, shape, err);
  case EAR_OP_CONCAT:
    return ear_concat_shape(spec, l, shape, err);
  case EAR_OP_MEAN:
    shape[l].rows = (y->deviation ? 2 : 1) * (y->over_frequency ? 1 : in.rows);
    return EAR_OK;
  case EAR_OP_DENSE:
    shape[l].rows = 1;
    shape[l].channels = y->n_out;
    return EAR_OK;
  }
  return ear_fail(err, EAR_BAD_MODEL, "layer %u: unknown kind %d", l, (int)y->op);
}

/* Which layer may stand behind which. */
static ear_status
check_order(const ear_model_spec *spec, uint32_t l, ear_error *err)
{
  const ear_op op = spec->layer[l].op;
  const ear_op before = l ? spec->layer[l - 1].op : EAR_OP_CONV;
  const bool dense_only =
      before == EAR_OP_FLATTEN || before == EAR_OP_MEAN || before == EAR_OP_DENSE;
  if (dense_only && op != EAR_OP_DENSE) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (%s): only dense may follow %s", l,
                    ear_op_name(op), ear_op_name(before));
  }
  return EAR_OK;
}

uint32_t
ear_model_n_outputs(const ear_model_spec *spec)
{
  return spec->n_labels + spec->severity + spec->n_harsh_kinds;
}

ear_status
ear_model_shapes(const ear_model_spec *spec, ear_shape *shape, ear_error *err)
{
  const char *problem = ear_front_end_problem(&spec->front_end);
  if (problem) {
    return ear_fail(err, EAR_BAD_MODEL, "front end: %s", problem);
  }
  if (spec->n_layers < 1 || spec->n_layers > EAR_MAX_LAYERS) {
    return ear_fail(err, EAR_BAD_MODEL, "%u layers: 1 to %d are possible", spec->n_layers,
                    EAR_MAX_LAYERS);
  }
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    const ear_op op = spec->layer[l].op;
    ear_status st = check_order(spec, l, err);
    if (st || (st = ear_branch_check(spec, l, err)) ||
        (st = layer_shape(spec, shape, l, err))) {
      return st;
    }
    const ear_shape *s = &shape[l];
    const uint32_t max_channels = op == EAR_OP_FLATTEN ? MAX_COLUMN : MAX_CHANNELS;
    if (s->channels < 1 || s->channels > max_channels ||
        s->rows * s->channels > MAX_COLUMN || s->stride > MAX_STRIDE ||
        s->receptive > MAX_RECEPTIVE) {
      return ear_fail(err, EAR_BAD_MODEL,
                      "layer %u (%s): %u x %u values each %u hops over %u frames are not "
                      "possible",
                      l, ear_op_name(op), s->rows, s->channels, s->stride, s->receptive);
    }
  }
  return EAR_OK;
}

size_t
ear_layer_n_weights(const ear_model_spec *spec, const ear_shape *shape, uint32_t l)
{
  const ear_layer *y = &spec->layer[l];
  const ear_shape in = ear_layer_input_shape(spec, shape, l);
  switch (y->op) {
  case EAR_OP_CONV:
    return (size_t)y->n_out * y->kt * y->kf * in.channels;
  case EAR_OP_DEPTHWISE:
    return (size_t)in.channels * y->kt * y->kf;
  case EAR_OP_DENSE:
    return (size_t)y->n_out * in.rows * in.channels;
  default:
    return 0;
  }
}

void
ear_layer_input(const ear_model_spec *spec, uint32_t l, float *scale, int32_t *zero_point)
{
  const uint32_t source = ear_layer_source(spec, l);
  *scale = spec->input_scale;
  *zero_point = spec->input_zero_point;
  if (source) {
    ear_layer_output(spec, source - 1, scale, zero_point);
  }
}

/* Whether a layer gives values of its input, or averages of them, in the same steps. */
static bool
passes_on(ear_op op)
{
  return op == EAR_OP_MAXPOOL || op == EAR_OP_AVGPOOL || op == EAR_OP_SUMMARY ||
         op == EAR_OP_FLATTEN || op == EAR_OP_MEAN;
}

void
ear_layer_output(const ear_model_spec *spec, uint32_t l, float *scale,
                 int32_t *zero_point)
{
  uint32_t n = l + 1;
  while (n && passes_on(spec->layer[n - 1].op)) {
    n = ear_layer_source(spec, n - 1);
  }
  *scale = n ? spec->layer[n - 1].scale : spec->input_scale;
  *zero_point = n ? spec->layer[n - 1].zero_point : spec->input_zero_point;
}

uint32_t
ear_model_mean(const ear_model_spec *spec)
{
  uint32_t l = 0;
  while (l < spec->n_layers && spec->layer[l].op != EAR_OP_MEAN) {
    ++l;
  }
  return l;
}

uint32_t
ear_model_head(const ear_model_spec *spec)
{
  uint32_t l = 0;
  while (l < spec->n_layers && spec->layer[l].op != EAR_OP_MEAN &&
         spec->layer[l].op != EAR_OP_DENSE) {
    ++l;
  }
  return l;
}

double
ear_layer_multiplier(const ear_model_spec *spec, uint32_t l, uint32_t o)
{
  float scale;
  int32_t zero_point;
  ear_layer_input(spec, l, &scale, &zero_point);
  return (double)scale * (double)spec->layer[l].weight_scale[o] /
         (double)spec->layer[l].scale;
}

double
ear_add_multipliers(const ear_model_spec *spec, uint32_t l, int32_t *trunk,
                    int32_t *shortcut)
{
  float a, b;
  int32_t zero_point;
  ear_layer_input(spec, l, &a, &zero_point);
  ear_layer_output(spec, spec->layer[l].from, &b, &zero_point);
  const double larger = a > b ? (double)a : (double)b;
  *trunk = (int32_t)lround((double)a / larger * (1 << EAR_ADD_BITS));
  *shortcut = (int32_t)lround((double)b / larger * (1 << EAR_ADD_BITS));
  return larger / (double)spec->layer[l].scale / (1 << EAR_ADD_BITS);
}

double
ear_model_macs(const ear_model_spec *spec, const ear_shape *shape)
{
  const uint32_t mean = ear_model_mean(spec);
  double macs = 0;
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    const double n = (double)ear_layer_n_weights(spec, shape, l);
    const uint32_t repeats = spec->layer[l].op != EAR_OP_DENSE ? shape[l].rows
                             : mean < l                        ? EAR_N_HORIZONS
                                                               : 1;
    macs += n * repeats / shape[l].stride;
  }
  return macs;
}
