/* SPDX-License-Identifier: ISC */
/* recent_sum[l] is the sum of column l of the last min(n_ticks, n_short) rows, and
   all_sum[l] that of all counted ticks. */
#include "horizons.h"

#include <stdlib.h>
#include <string.h>

struct ear_horizons {
  const ear_model_info *info;
  const ear_model_spec *spec;
  uint32_t n_momentary, n_short;
  uint64_t n_ticks, n_counted;
  uint64_t n_gated; /* in a row, up to now */
  uint32_t n_outputs;
  uint64_t recent_sum[EAR_MAX_OUTPUTS];
  uint64_t all_sum[EAR_MAX_OUTPUTS]; /* 2^33 ticks fit */
  uint32_t row[];                    /* [n_short][n_outputs], p * 2^31 */
};

static const double one = 2147483648.0; /* 2^31: p = 1 fits 32 bits */

ear_horizons *
ear_horizons_new(const ear_model *model, uint32_t n_momentary, uint32_t n_short)
{
  const ear_model_info *info = ear_model_info_get(model);
  const uint32_t n_outputs = ear_model_n_outputs(ear_model_spec_get(model));
  const size_t n_row = (size_t)n_outputs * n_short;
  ear_horizons *hz = calloc(1, sizeof *hz + n_row * sizeof hz->row[0]);
  if (hz) {
    hz->info = info;
    hz->spec = ear_model_spec_get(model);
    hz->n_outputs = n_outputs;
    hz->n_momentary = n_momentary;
    hz->n_short = n_short;
    ear_horizons_reset(hz); /* touches all of it */
  }
  return hz;
}

void
ear_horizons_free(ear_horizons *hz)
{
  free(hz);
}

void
ear_horizons_reset(ear_horizons *hz)
{
  hz->n_ticks = hz->n_counted = hz->n_gated = 0;
  memset(hz->recent_sum, 0, sizeof hz->recent_sum);
  memset(hz->all_sum, 0, sizeof hz->all_sum);
  memset(hz->row, 0, (size_t)hz->n_outputs * hz->n_short * sizeof hz->row[0]);
}

static void
push(ear_horizons *hz, const float *p, bool counted)
{
  uint32_t *row = hz->row + (hz->n_ticks % hz->n_short) * hz->n_outputs;
  for (uint32_t l = 0; l < hz->n_outputs; ++l) {
    const uint32_t q = (uint32_t)((double)p[l] * one);
    hz->recent_sum[l] += (uint64_t)q - row[l];
    row[l] = q;
    hz->all_sum[l] += counted ? q : 0;
  }
}

static void
divide(const uint64_t *sum, uint32_t n_outputs, uint64_t n, float *p)
{
  for (uint32_t l = 0; l < n_outputs; ++l) {
    p[l] = (float)((double)sum[l] / ((double)n * one));
  }
}

/* What a horizon says that has heard nothing, whatever the network makes of silence: of a
   harshness model that nothing is wrong (the first label that never flags), else all
   labels alike; no severity, and of no kind. */
static void
prior(const ear_model_info *info, float p[EAR_MAX_OUTPUTS])
{
  uint32_t clean = info->n_labels;
  if (!strcmp(info->task, "harshness")) {
    for (clean = 0; clean < info->n_labels && info->threshold[clean] <= 1; ++clean) {
    }
  }
  for (uint32_t l = 0; l < info->n_labels; ++l) {
    p[l] = clean == info->n_labels ? 1.0f / (float)info->n_labels : (float)(l == clean);
  }
  for (uint32_t i = info->n_labels; i < EAR_MAX_OUTPUTS; ++i) {
    p[i] = 0;
  }
}

/* Each output to its place in the verdict. */
static void
put(const ear_model_info *info, const float *p, int h, ear_verdict *v)
{
  const float *further = p + info->n_labels;
  memcpy(v->p[h], p, info->n_labels * sizeof *p);
  v->severity[h] = info->has_severity ? 100 * *further++ : -1;
  memcpy(v->harsh_kind[h], further, info->n_harsh_kinds * sizeof *p);
}

void
ear_horizons_tick(ear_horizons *hz, ear_net *net, bool gated, ear_verdict *v)
{
  float p[EAR_N_HORIZONS][EAR_MAX_OUTPUTS];
  ear_net_tick(net, gated);
  ear_net_outputs(hz->spec, ear_net_logits(net, EAR_MOMENTARY), p[EAR_MOMENTARY]);
  const bool by_net = ear_net_averages(net);
  if (!by_net) {
    push(hz, p[EAR_MOMENTARY], !gated);
  }
  ++hz->n_ticks;
  hz->n_counted += !gated;
  hz->n_gated = gated ? hz->n_gated + 1 : 0;
  if (by_net) {
    ear_net_outputs(hz->spec, ear_net_logits(net, EAR_SHORT), p[EAR_SHORT]);
    ear_net_outputs(hz->spec, ear_net_logits(net, EAR_INTEGRATED), p[EAR_INTEGRATED]);
  } else {
    const uint64_t n = hz->n_ticks < hz->n_short ? hz->n_ticks : hz->n_short;
    divide(hz->recent_sum, hz->n_outputs, n, p[EAR_SHORT]);
    divide(hz->all_sum, hz->n_outputs, hz->n_counted, p[EAR_INTEGRATED]);
  }
  for (int h = 0; h < EAR_N_HORIZONS; ++h) {
    if (!ear_horizons_heard(hz, (ear_horizon)h)) {
      prior(hz->info, p[h]);
    }
    put(hz->info, p[h], h, v);
  }
}

bool
ear_horizons_heard(const ear_horizons *hz, ear_horizon h)
{
  if (h == EAR_INTEGRATED) {
    return hz->n_counted > 0;
  }
  const uint64_t n = h == EAR_MOMENTARY ? hz->n_momentary : hz->n_short;
  return hz->n_gated < (hz->n_ticks < n ? hz->n_ticks : n);
}
