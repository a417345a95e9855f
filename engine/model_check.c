/* SPDX-License-Identifier: ISC */
/* A model that passes here cannot overflow an accumulator or say something that cannot be
   shown; what it may cost is for model_cost.c. */
#include "model_check.h"

#include "quant.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 character at s, 0 if it is none: RFC 3629, table in section 4. */
static size_t
character(const unsigned char *s)
{
  if (s[0] < 0x80) {
    return 1;
  }
  const size_t n = s[0] < 0xc2   ? 0
                   : s[0] < 0xe0 ? 2
                   : s[0] < 0xf0 ? 3
                   : s[0] < 0xf5 ? 4
                                 : 0;
  const unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
  if (n && (s[1] < low || s[1] > high)) {
    return 0;
  }
  for (size_t i = 2; i < n; ++i) {
    if ((s[i] & 0xc0) != 0x80) {
      return 0; /* the final NUL too, so nothing behind it is read */
    }
  }
  return n;
}

/* UTF-8 of min to max bytes; line breaks and tabs only where lines is set. */
static bool
is_text(const char *text, size_t min, size_t max, bool lines)
{
  const size_t n = text ? strlen(text) : 0;
  if (!text || n < min || n > max) {
    return false;
  }
  for (size_t i = 0; i < n;) {
    const unsigned char *s = (const unsigned char *)text + i;
    const bool c1 = s[0] == 0xc2 && s[1] < 0xa0; /* U+0080 to U+009F */
    const bool control = s[0] < 0x20 || s[0] == 0x7f || c1;
    const size_t step = character(s);
    if (!step || (control && !(lines && strchr("\n\r\t", s[0])))) {
      return false;
    }
    i += step;
  }
  return true;
}

static ear_status
check_labels(const ear_model_spec *spec, ear_error *err)
{
  if (spec->n_labels < 1 || spec->n_labels > EAR_MAX_LABELS) {
    return ear_fail(err, EAR_BAD_MODEL, "%u labels: 1 to %d are possible", spec->n_labels,
                    EAR_MAX_LABELS);
  }
  for (uint32_t i = 0; i < spec->n_labels; ++i) {
    if (!is_text(spec->label[i], 1, EAR_MAX_NAME, false)) {
      return ear_fail(err, EAR_BAD_MODEL, "label %u is not 1 to %d bytes of UTF-8", i,
                      EAR_MAX_NAME);
    }
    for (uint32_t j = 0; j < i; ++j) {
      if (!strcmp(spec->label[i], spec->label[j])) {
        return ear_fail(err, EAR_BAD_MODEL, "label \"%s\" stands twice", spec->label[i]);
      }
    }
    if (!(spec->threshold[i] >= 0)) {
      return ear_fail(err, EAR_BAD_MODEL, "label \"%s\": threshold under 0",
                      spec->label[i]);
    }
  }
  return EAR_OK;
}

/* Names of the kinds of harshness, and who may have such heads. */
static ear_status
check_kinds(const ear_model_spec *spec, ear_error *err)
{
  const uint32_t n = spec->n_harsh_kinds;
  if (n > EAR_MAX_HARSH_KINDS) {
    return ear_fail(err, EAR_BAD_MODEL, "%u kinds of harshness: up to %d are possible", n,
                    EAR_MAX_HARSH_KINDS);
  }
  if ((n || spec->severity) && strcmp(spec->task, "harshness")) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "heads of severity and kinds: only a harshness model has them");
  }
  for (uint32_t i = 0; i < n; ++i) {
    if (!is_text(spec->harsh_kind[i], 1, EAR_MAX_NAME, false)) {
      return ear_fail(err, EAR_BAD_MODEL, "kind %u is not 1 to %d bytes of UTF-8", i,
                      EAR_MAX_NAME);
    }
    for (uint32_t j = 0; j < i; ++j) {
      if (!strcmp(spec->harsh_kind[i], spec->harsh_kind[j])) {
        return ear_fail(err, EAR_BAD_MODEL, "kind \"%s\" stands twice",
                        spec->harsh_kind[i]);
      }
    }
  }
  return EAR_OK;
}

/* Who may be unsure: one that chooses one of its labels. */
static ear_status
check_unsure(const ear_model_spec *spec, ear_error *err)
{
  if (!(spec->unsure >= 0 && spec->unsure <= 1)) {
    return ear_fail(err, EAR_BAD_MODEL, "unsure: the margin is not between 0 and 1");
  }
  if (spec->unsure > 0 &&
      (strcmp(spec->task, "classifier") || spec->activation != EAR_SOFTMAX)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "unsure: only a classifier with a softmax has such a margin");
  }
  return EAR_OK;
}

static ear_status
check_texts(const ear_model_spec *spec, ear_error *err)
{
  if (!is_text(spec->name, 1, EAR_MAX_NAME, false)) {
    return ear_fail(err, EAR_BAD_MODEL, "name is not 1 to %d bytes of UTF-8",
                    EAR_MAX_NAME);
  }
  if (!spec->task ||
      (strcmp(spec->task, "harshness") && strcmp(spec->task, "classifier"))) {
    return ear_fail(err, EAR_BAD_MODEL, "task is not \"harshness\" or \"classifier\"");
  }
  if (!is_text(spec->license, 0, EAR_MAX_CARD, true) ||
      !is_text(spec->card, 0, EAR_MAX_CARD, true)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "card or license is not at most %d bytes of UTF-8", EAR_MAX_CARD);
  }
  const ear_status st = check_labels(spec, err);
  return st ? st : check_kinds(spec, err);
}

/* A denormal number is a 0 where the analyzer runs (denormal.h). */
static bool
is_scale(float x)
{
  return isnormal(x) && x > 0;
}

static ear_status
check_input(const ear_model_spec *spec, ear_error *err)
{
  if (spec->front_end.power) {
    return ear_fail(err, EAR_BAD_MODEL, "front end: a model's frames are dB, not power");
  }
  for (uint32_t v = 0; v < ear_front_end_values(&spec->front_end); ++v) {
    if (!isfinite(spec->mean[v]) || !is_scale(spec->inverse_std[v])) {
      return ear_fail(err, EAR_BAD_MODEL, "band %u: mean or inverse_std is not possible",
                      v);
    }
  }
  if (!is_scale(spec->input_scale) || !isnormal(1 / spec->input_scale) ||
      spec->input_zero_point < 0 || spec->input_zero_point > 255) {
    return ear_fail(err, EAR_BAD_MODEL, "input_scale or input_zero_point out of range");
  }
  if (!is_scale(spec->temperature) ||
      (spec->activation != EAR_SOFTMAX && spec->activation != EAR_SIGMOID)) {
    return ear_fail(err, EAR_BAD_MODEL, "activation or temperature is not possible");
  }
  return EAR_OK;
}

/* Weights, bias and scales of layer l: nothing can overflow whatever the input is. */
static ear_status
check_weights(const ear_model_spec *spec, const ear_shape *shape, uint32_t l,
              ear_error *err)
{
  const ear_layer *y = &spec->layer[l];
  const uint32_t n_out = shape[l].channels;
  const size_t n_in = ear_layer_n_weights(spec, shape, l) / n_out;
  const int64_t unit = ear_model_mean(spec) < l ? EAR_HEAD_ONE : 1;
  float scale_in;
  int32_t zero_point, multiplier;
  int shift;
  ear_layer_input(spec, l, &scale_in, &zero_point);
  if (!y->weight || !y->bias || !y->weight_scale) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (%s) has no weights", l,
                    ear_op_name(y->op));
  }
  for (uint32_t o = 0; o < n_out; ++o) {
    int64_t sum = 0;
    int8_t least = 0;
    for (size_t i = 0; i < n_in; ++i) {
      const int8_t w = y->weight[o * n_in + i];
      sum += w < 0 ? -w : w;
      least = w < least ? w : least;
    }
    const int64_t bias = y->bias[o] < 0 ? -(int64_t)y->bias[o] : y->bias[o];
    if (least < -127 || unit * (sum * (255 + zero_point) + bias) > INT32_MAX) {
      return ear_fail(
          err, EAR_BAD_MODEL,
          "layer %u (%s), output %u: a weight is -128 or the sum could exceed "
          "32 bits",
          l, ear_op_name(y->op), o);
    }
    const bool last = l + 1 == spec->n_layers;
    const double real = last ? (double)scale_in * (double)y->weight_scale[o]
                             : ear_layer_multiplier(spec, l, o);
    if (!is_scale(y->weight_scale[o]) ||
        ear_quantize_multiplier(real, &multiplier, &shift)) {
      return ear_fail(err, EAR_BAD_MODEL, "layer %u (%s), output %u: scale out of range",
                      l, ear_op_name(y->op), o);
    }
  }
  return EAR_OK;
}

static ear_status
check_layer(const ear_model_spec *spec, const ear_shape *shape, uint32_t l,
            ear_error *err)
{
  const ear_layer *y = &spec->layer[l];
  int32_t trunk, shortcut, multiplier;
  int shift;
  uint8_t table[2][256];
  const bool requantizes = y->op == EAR_OP_ADD || y->op == EAR_OP_CONCAT ||
                           (ear_op_has_weights(y->op) && l + 1 < spec->n_layers);
  if (requantizes && (!is_scale(y->scale) || y->zero_point < 0 || y->zero_point > 255 ||
                      (y->relu && y->zero_point))) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (%s): scale or zero_point out of range",
                    l, ear_op_name(y->op));
  }
  if (y->op == EAR_OP_ADD &&
      ear_quantize_multiplier(ear_add_multipliers(spec, l, &trunk, &shortcut),
                              &multiplier, &shift)) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (add): scales too far apart", l);
  }
  if (y->op == EAR_OP_CONCAT && ear_concat_tables(spec, l, table)) {
    return ear_fail(err, EAR_BAD_MODEL, "layer %u (concat): scales too far apart", l);
  }
  return ear_op_has_weights(y->op) ? check_weights(spec, shape, l, err) : EAR_OK;
}

ear_status
ear_model_check(const ear_model_spec *spec, const ear_shape *shape, ear_error *err)
{
  const uint32_t last = spec->n_layers - 1;
  ear_status st = check_texts(spec, err);
  if (st || (st = check_unsure(spec, err)) || (st = check_input(spec, err))) {
    return st;
  }
  if (spec->layer[last].op != EAR_OP_DENSE || spec->layer[last].relu ||
      shape[last].channels != ear_model_n_outputs(spec)) {
    return ear_fail(err, EAR_BAD_MODEL,
                    "the last layer is not a dense without relu and with one output for "
                    "each of the %u labels%s",
                    spec->n_labels,
                    spec->severity || spec->n_harsh_kinds ? ", severity and kinds" : "");
  }
  for (uint32_t l = 0; l <= last; ++l) {
    if ((st = check_layer(spec, shape, l, err))) {
      return st;
    }
  }
  return ear_model_check_cost(spec, shape, err);
}
