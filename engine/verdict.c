/* SPDX-License-Identifier: ISC */
/* While a state is on: start_s <= last_s, and peak_p is the largest p since start_s. What
   a state does depends on its own fields and the arguments alone, never on a clock. */
#include "verdict.h"

#include <math.h>

/* Times are sums of many ticks: what differs by less than this is equal. */
static const double slack_ms = 1e-6;

ear_flag_config
ear_flag_config_default(const ear_model *model)
{
  const ear_model_info *info = ear_model_info_get(model);
  ear_flag_config config = {
      .hysteresis = 0.1f, .hold_ms = 500, .min_ms = 300, .event_horizon = EAR_SHORT};
  for (uint32_t l = 0; l < EAR_MAX_LABELS; ++l) {
    config.threshold[l] = l < info->n_labels ? info->threshold[l] : 2.0f;
  }
  return config;
}

float
ear_flag_off_level(const ear_flag_config *config, uint32_t label)
{
  const float threshold = config->threshold[label];
  return fmaxf(threshold - config->hysteresis, threshold / 2);
}

float
ear_margin(const float *p, uint32_t n_labels)
{
  float first = 0, second = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    second = fmaxf(second, fminf(first, p[l]));
    first = fmaxf(first, p[l]);
  }
  return first - second;
}

const char *
ear_flag_config_problem(const ear_flag_config *config, uint32_t n_labels)
{
  for (uint32_t l = 0; l < n_labels; ++l) {
    if (isnan(config->threshold[l])) {
      return "a threshold is not a number";
    }
  }
  if (!(config->hysteresis >= 0)) {
    return "the hysteresis must be 0 or more";
  }
  if (!(config->hold_ms >= 0) || !(config->min_ms >= 0)) {
    return "hold and minimum duration must be 0 ms or more";
  }
  if ((unsigned)config->event_horizon >= EAR_N_HORIZONS) {
    return "the event horizon must be momentary, short or integrated";
  }
  return NULL;
}

bool
ear_flag_too_short(const ear_flag_config *config, double duration_s)
{
  return 1000 * duration_s < config->min_ms - slack_ms;
}

/* The stretch becomes an event; the state is off. */
static void
close_stretch(ear_flag_state *state, const ear_flag_config *config, double end_s,
              ear_event *event)
{
  *event = (ear_event){.start_s = state->start_s,
                       .end_s = end_s,
                       .peak_p = state->peak_p,
                       .low_hz = state->low_hz,
                       .high_hz = state->high_hz,
                       .rejected = ear_flag_too_short(config, end_s - state->start_s)};
  *state = (ear_flag_state){.on = false};
}

bool
ear_flag_step(ear_flag_state *state, const ear_flag_config *config, uint32_t label,
              double t_s, double tick_s, float p, float low_hz, float high_hz,
              ear_event *event)
{
  const float threshold = config->threshold[label];
  const bool never = !(threshold <= 1);
  const float needed = state->on ? ear_flag_off_level(config, label) : threshold;
  if (!never && p >= needed) {
    if (!state->on) {
      const double start_s = t_s > tick_s ? t_s - tick_s : 0;
      *state = (ear_flag_state){.on = true, .start_s = start_s, .peak_p = -1};
    }
    state->last_s = t_s;
    if (p > state->peak_p) {
      state->peak_p = p;
      state->low_hz = low_hz;
      state->high_hz = high_hz;
    }
    return false;
  }
  const double below_ms = 1000 * (t_s - state->last_s);
  if (!state->on || (!never && below_ms < config->hold_ms - slack_ms)) {
    return false;
  }
  close_stretch(state, config, state->last_s, event);
  return true;
}

bool
ear_flag_finish(ear_flag_state *state, const ear_flag_config *config, double t_s,
                ear_event *event)
{
  if (!state->on) {
    return false;
  }
  close_stretch(state, config, t_s < state->last_s ? t_s : state->last_s, event);
  return true;
}
