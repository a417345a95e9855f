/* SPDX-License-Identifier: ISC */
/* What the ports say is a function of the newest verdicts and results alone, and always
   finite. */
#include "outputs.h"

#include <math.h>

/* Ranges of the ports. */
enum { MAX_DROPPED = 1 << 24 };
static const double max_age_ms = 60000;

void
plugin_forget(plugin *pl, uint32_t which)
{
  pl->verdict[which].n_labels = 0;
  pl->since_s[which] = (double)ear_live_stats_get(pl->live).samples_in / pl->rate_hz;
}

void
outputs_fetch(plugin *pl, uint32_t most)
{
  const double half_sample_s = 0.5 / pl->rate_hz;
  ear_report report;
  while (most-- && ear_live_pop(pl->live, &report)) {
    const uint32_t m = report.u.verdict.model;
    if (report.kind == EAR_REPORT_VERDICT && m < N_SLOTS &&
        report.at_s > pl->since_s[m] + half_sample_s) {
      pl->verdict[m] = report.u.verdict;
      pl->at_s[m] = report.at_s;
    }
  }
}

static void
put(plugin *pl, port_role role, float value)
{
  float *port = pl->port[role];
  if (port) {
    *port = value;
  }
}

/* %: the likeliest of the labels that may flag. */
static float
harshness(const plugin *pl, ear_horizon h)
{
  const ear_verdict *v = &pl->verdict[SLOT_HARSHNESS];
  const slot_result *result = pl->result[SLOT_HARSHNESS];
  float most = 0;
  for (uint32_t l = 0; result && l < v->n_labels; ++l) {
    if (result->flag.threshold[l] <= 1 && v->p[h][l] > most) {
      most = v->p[h][l];
    }
  }
  return most * 100;
}

bool
outputs_flag(const plugin *pl)
{
  const ear_verdict *v = &pl->verdict[SLOT_HARSHNESS];
  return v->n_labels > 0 && v->flag[(ear_horizon)pl->set_horizon];
}

/* Of the verdict on harshness; how long there was none, when there is none. */
static double
age_ms(const plugin *pl)
{
  const uint32_t s = SLOT_HARSHNESS;
  if (!pl->live) {
    return 0;
  }
  const double now_s = (double)ear_live_stats_get(pl->live).samples_in / pl->rate_hz;
  return 1000 * (now_s - (pl->verdict[s].n_labels ? pl->at_s[s] : pl->since_s[s]));
}

static void
put_harshness(plugin *pl)
{
  const ear_verdict *v = &pl->verdict[SLOT_HARSHNESS];
  const ear_horizon h = (ear_horizon)pl->set_horizon;
  const bool heard = v->n_labels > 0;
  for (uint32_t i = 0; i < EAR_N_HORIZONS; ++i) {
    pl->harsh[i] = harshness(pl, (ear_horizon)i);
    put(pl, (port_role)(PORT_HARSH_MOMENTARY + i), pl->harsh[i]);
  }
  put(pl, PORT_FLAG, outputs_flag(pl) ? 1 : 0);
  put(pl, PORT_LOW, heard ? v->low_hz[h] : 0);
  put(pl, PORT_HIGH, heard ? v->high_hz[h] : 0);
  put(pl, PORT_AGE, (float)fmin(fmax(age_ms(pl), 0), max_age_ms));
}

static void
put_class(plugin *pl)
{
  const ear_verdict *v = &pl->verdict[SLOT_CLASSIFIER];
  const uint32_t l = v->n_labels ? v->label[EAR_INTEGRATED] : 0;
  put(pl, PORT_CLASS, (float)l);
  put(pl, PORT_CONFIDENCE, v->n_labels ? v->p[EAR_INTEGRATED][l] * 100 : 0);
}

static slot_status
status(const plugin *pl, uint32_t which)
{
  const slot_result *result = pl->result[which];
  if (!pl->live || !result) {
    return SLOT_NOT_READY;
  }
  return slot_is_loading(pl->slot[which], result->request) ? SLOT_LOADING
                                                           : result->status;
}

void
outputs_write(plugin *pl)
{
  put_harshness(pl);
  put_class(pl);
  const uint32_t overruns = pl->live ? ear_live_stats_get(pl->live).overruns : 0;
  const uint32_t dropped = overruns - pl->overruns_before;
  put(pl, PORT_DROPPED, (float)(dropped < MAX_DROPPED ? dropped : MAX_DROPPED));
  put(pl, PORT_HARSHNESS_STATUS, (float)status(pl, SLOT_HARSHNESS));
  put(pl, PORT_CLASSIFIER_STATUS, (float)status(pl, SLOT_CLASSIFIER));
  put(pl, PORT_LATENCY, 0);
}
