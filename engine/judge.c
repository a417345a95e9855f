/* SPDX-License-Identifier: ISC */
/* One tick is one verdict, and its events follow it.  energy and n_energy cover exactly
   the samples since the last tick. */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "horizons.h"
#include "net.h"
#include "verdict.h"

static const double momentary_s = 0.4, short_s = 3.0; /* EBU R128's */
static const double silence_dbfs = -200;
static const float gate_dbfs = -70; /* EBU R128's absolute gate */
static const float said_p = 0.5f;   /* a kind is told of an event from there */

/* What an event says of its peak beside where. */
typedef struct {
  float severity;
  int32_t harsh_kind;
  bool unsure;
} peak_words;

struct ear_judge {
  const ear_sink *sink;
  ear_model *model;
  const ear_model_info *info;
  ear_net *net;
  ear_notes *notes; /* NULL: ticks are judged */
  ear_horizons *horizons;
  ear_flag_config flag;
  ear_flag_state state[EAR_N_HORIZONS][EAR_MAX_LABELS];
  peak_words peak[EAR_MAX_LABELS]; /* of the event horizon */
  double joined_s, true_s;         /* when it started */
  double t_s;                      /* of the newest tick, from there */
  uint64_t n_ticks;
  double energy;     /* sum of squares */
  uint64_t n_energy; /* samples in it */
  ear_verdict verdict;
};

static uint32_t
ticks_in(double horizon_s, double tick_s)
{
  const double n = round(horizon_s / tick_s);
  return n > 1 ? (uint32_t)n : 1;
}

ear_status
ear_judge_new(ear_judge **judge, const ear_sink *sink, uint32_t index, ear_model *model,
              ear_error *err)
{
  *judge = NULL;
  ear_judge *j = calloc(1, sizeof *j);
  if (!j) {
    return EAR_NO_MEMORY;
  }
  j->sink = sink;
  j->model = ear_model_ref(model);
  j->info = ear_model_info_get(model);
  j->flag = ear_flag_config_default(model);
  j->verdict.model = index;
  j->verdict.n_labels = j->info->n_labels;
  const uint32_t n_short = ticks_in(short_s, j->info->tick_s);
  const uint32_t n_momentary = ticks_in(momentary_s, j->info->tick_s);
  ear_status st = ear_net_new(&j->net, j->model, n_momentary, n_short, err);
  if (!st) {
    j->horizons = ear_horizons_new(j->model, n_momentary, n_short);
    st = j->horizons ? EAR_OK : EAR_NO_MEMORY;
  }
  if (st) {
    ear_judge_free(j);
    return st;
  }
  ear_judge_reset(j);
  *judge = j;
  return EAR_OK;
}

void
ear_judge_free(ear_judge *j)
{
  if (j) {
    ear_horizons_free(j->horizons);
    ear_net_free(j->net);
    ear_model_unref(j->model);
    free(j);
  }
}

void
ear_judge_reset(ear_judge *j)
{
  ear_net_reset(j->net);
  ear_horizons_reset(j->horizons);
  memset(j->state, 0, sizeof j->state);
  for (uint32_t l = 0; l < EAR_MAX_LABELS; ++l) {
    j->peak[l] = (peak_words){-1, -1, false};
  }
  j->n_ticks = j->n_energy = 0;
  j->energy = 0;
  j->joined_s = j->true_s = j->t_s = 0;
}

void
ear_judge_start(ear_judge *j, double joined_s, double true_s)
{
  j->joined_s = joined_s;
  j->true_s = true_s;
}

void
ear_judge_set_flags(ear_judge *j, const ear_flag_config *flag)
{
  if (!ear_flag_config_problem(flag, j->info->n_labels)) {
    j->flag = *flag;
  }
}

void
ear_judge_energy(ear_judge *j, double sum_of_squares, uint64_t n)
{
  j->energy += sum_of_squares;
  j->n_energy += n;
}

/* Level of the samples since the last tick. */
static float
take_level(ear_judge *j)
{
  const double mean = j->n_energy ? j->energy / (double)j->n_energy : 0;
  j->energy = 0;
  j->n_energy = 0;
  return (float)(mean > 1e-20 ? 10 * log10(mean) : silence_dbfs);
}

/* The rows around the largest contribution with at least half of it, in Hz. */
static uint32_t
locate(ear_judge *j, ear_horizon h, uint32_t label, float *row, float *low_hz,
       float *high_hz)
{
  *low_hz = *high_hz = 0;
  const uint32_t n = j->info->n_rows ? ear_net_activation(j->net, h, label, row) : 0;
  uint32_t top = 0;
  for (uint32_t r = 1; r < n; ++r) {
    top = row[r] > row[top] ? r : top;
  }
  if (n < 2 || !(row[top] > 0)) { /* one row says nothing about where */
    return n;
  }
  uint32_t low = top, high = top;
  for (; low > 0 && row[low - 1] >= row[top] / 2; --low) {
  }
  for (; high + 1 < n && row[high + 1] >= row[top] / 2; ++high) {
  }
  *low_hz = j->info->row_low_hz[low];
  *high_hz = j->info->row_high_hz[high];
  return n;
}

/* The largest posterior, among the labels that can flag or among all; n_labels if none.
 */
static uint32_t
likeliest(const ear_judge *j, ear_horizon h, bool flaggable)
{
  const float *p = j->verdict.p[h];
  uint32_t best = j->info->n_labels;
  for (uint32_t l = 0; l < j->info->n_labels; ++l) {
    if ((!flaggable || j->flag.threshold[l] <= 1) &&
        (best == j->info->n_labels || p[l] > p[best])) {
      best = l;
    }
  }
  return best;
}

static void
fill_places(ear_judge *j)
{
  ear_verdict *v = &j->verdict;
  float row[EAR_MAX_ROWS];
  v->n_rows = 0;
  memset(v->contribution, 0, sizeof v->contribution);
  memset(v->momentary, 0, sizeof v->momentary);
  for (int h = 0; h < EAR_N_HORIZONS; ++h) {
    v->label[h] = (uint8_t)likeliest(j, h, false);
    v->unsure[h] = ear_margin(v->p[h], v->n_labels) < j->info->unsure;
    const uint32_t label = likeliest(j, h, true);
    v->low_hz[h] = v->high_hz[h] = 0;
    if (label == j->info->n_labels || !ear_horizons_heard(j->horizons, (ear_horizon)h)) {
      continue;
    }
    const uint32_t n = locate(j, h, label, row, &v->low_hz[h], &v->high_hz[h]);
    if (h == EAR_SHORT) {
      v->n_rows = n;
    }
    if (h != EAR_INTEGRATED) {
      memcpy(h == EAR_SHORT ? v->contribution : v->momentary, row, n * sizeof *row);
    }
  }
}

/* What a horizon says at t_s it says of all the audio behind it: of its middle, on
   average.  A flag goes on when about half of that audio is as flagged, so a stretch
   began, and ended, about half of it earlier.  The integrated horizon has no middle. */
static double
middle_of(const ear_judge *j, double t_s)
{
  const ear_horizon h = j->flag.event_horizon;
  const double own_s = h == EAR_MOMENTARY ? momentary_s : short_s;
  const double behind_s = own_s + j->info->receptive_s - j->info->tick_s;
  return h == EAR_INTEGRATED ? t_s : t_s - fmin(t_s, behind_s) / 2;
}

/* When it truly was, t_s after the start. */
static double
truly(const ear_judge *j, double t_s)
{
  return ear_clock_true_s(&j->sink->clock, j->joined_s + t_s);
}

/* An event from the clock of ticks to when it was heard: what was flagged from the first
   tick on began with the input. */
static void
date(const ear_judge *j, ear_event *event, bool to_the_end)
{
  /* the first tick starts one tick before receptive_s, the second at it, but for rounding
   */
  const bool from_the_start = event->start_s < j->info->receptive_s - j->info->tick_s / 2;
  const double start_s = from_the_start ? 0 : middle_of(j, event->start_s);
  const double end_s = to_the_end ? event->end_s : middle_of(j, event->end_s);
  event->rejected = ear_flag_too_short(&j->flag, end_s - start_s);
  event->start_s = from_the_start ? j->true_s : truly(j, start_s);
  event->end_s = truly(j, end_s);
}

/* The words for a horizon as it stands. */
static peak_words
words_of(const ear_judge *j, ear_horizon h)
{
  const float *p = j->verdict.harsh_kind[h];
  peak_words w = {j->verdict.severity[h], -1, j->verdict.unsure[h]};
  for (uint32_t k = 0; k < j->info->n_harsh_kinds; ++k) {
    if (p[k] >= said_p && (w.harsh_kind < 0 || p[k] > p[w.harsh_kind])) {
      w.harsh_kind = (int32_t)k;
    }
  }
  return w;
}

/* Whose event it is, and what its peak said. */
static void
label_event(const ear_judge *j, uint32_t label, ear_event *event)
{
  event->model = j->verdict.model;
  event->label = label;
  event->severity = j->peak[label].severity;
  event->harsh_kind = j->peak[label].harsh_kind;
  event->unsure = j->peak[label].unsure;
}

/* Step the flag of one label; true if an event of the event horizon ended. */
static bool
step(ear_judge *j, ear_horizon h, uint32_t label, ear_event *event)
{
  ear_flag_state *state = &j->state[h][label];
  /* nothing that is silent is flagged, whatever a network makes of silence */
  const bool silent = j->verdict.gated && h != EAR_INTEGRATED;
  const float p = silent ? 0 : j->verdict.p[h][label];
  float row[EAR_MAX_ROWS], low_hz = 0, high_hz = 0;
  const bool peak = state->on ? p > state->peak_p : p >= j->flag.threshold[label];
  if (peak && h == j->flag.event_horizon) {
    locate(j, h, label, row, &low_hz, &high_hz);
    j->peak[label] = words_of(j, h);
  }
  const bool ended = ear_flag_step(state, &j->flag, label, j->t_s, j->info->tick_s, p,
                                   low_hz, high_hz, event);
  if (!ended || h != j->flag.event_horizon) {
    return false;
  }
  label_event(j, label, event);
  date(j, event, false);
  return true;
}

/* Flags of all horizons, then the verdict, then the events that it ended. */
static void
flag_and_report(ear_judge *j)
{
  const ear_sink *sink = j->sink;
  ear_event event[EAR_MAX_LABELS + 1]; /* one more to step into */
  uint32_t n_events = 0;
  for (int h = 0; h < EAR_N_HORIZONS; ++h) {
    j->verdict.flag[h] = false;
    if (h == EAR_INTEGRATED && !ear_horizons_heard(j->horizons, EAR_INTEGRATED)) {
      continue;
    }
    for (uint32_t l = 0; l < j->info->n_labels; ++l) {
      n_events += step(j, h, l, &event[n_events]);
      j->verdict.flag[h] |= j->state[h][l].on;
    }
  }
  if (sink->on_verdict) {
    sink->on_verdict(sink->user, &j->verdict);
  }
  for (uint32_t e = 0; e < n_events && sink->on_event; ++e) {
    sink->on_event(sink->user, &event[e]);
  }
}

/* The net has a new column, of a tick at t_s. */
static void
judge_tick(ear_judge *j, double t_s)
{
  j->t_s = t_s;
  j->verdict.t_s = truly(j, t_s);
  j->verdict.level_dbfs = take_level(j);
  j->verdict.gated = j->verdict.level_dbfs < gate_dbfs;
  ++j->n_ticks;
  ear_horizons_tick(j->horizons, j->net, j->verdict.gated, &j->verdict);
  fill_places(j);
  flag_and_report(j);
}

/* For a judge of the same model to take. */
static void
note(ear_judge *j, double t_s)
{
  size_t n;
  const uint8_t *column = ear_net_column(j->net, &n);
  ear_notes_add(j->notes,
                &(ear_note){.model = j->verdict.model,
                            .t_s = t_s,
                            .energy = j->energy,
                            .n_energy = j->n_energy,
                            .column = column},
                n);
  j->energy = 0;
  j->n_energy = 0;
  ++j->n_ticks;
}

void
ear_judge_push(ear_judge *j, double t_s, const float *band)
{
  if (j->sink->on_frame) {
    j->sink->on_frame(j->sink->user, j->verdict.model, &j->info->front_end, band);
  }
  if (ear_net_push(j->net, band)) {
    if (j->notes) {
      note(j, t_s);
    } else {
      judge_tick(j, t_s);
    }
  }
}

void
ear_judge_take(ear_judge *j, const ear_note *n)
{
  ear_net_put_column(j->net, n->column);
  j->energy = n->energy;
  j->n_energy = n->n_energy;
  judge_tick(j, n->t_s);
}

void
ear_judge_set_notes(ear_judge *j, ear_notes *notes)
{
  j->notes = notes;
}

double
ear_judge_behind_s(const ear_judge *j)
{
  return j->info->receptive_s + 4 * j->info->tick_s;
}

size_t
ear_judge_column_bytes(const ear_judge *j)
{
  size_t n;
  (void)ear_net_column(j->net, &n);
  return n;
}

uint32_t
ear_judge_stride(const ear_judge *j)
{
  const ear_front_end *fe = &j->info->front_end;
  return (uint32_t)lround(j->info->tick_s * (double)fe->rate_hz / fe->hop);
}

bool
ear_judge_has_ticked(const ear_judge *j)
{
  return j->n_ticks > 0;
}

void
ear_judge_finish(ear_judge *j, double t_s)
{
  const ear_sink *sink = j->sink;
  ear_event event;
  for (uint32_t l = 0; l < j->info->n_labels; ++l) {
    ear_flag_state *state = &j->state[j->flag.event_horizon][l];
    const bool to_the_end = state->last_s >= j->t_s;
    if (ear_flag_finish(state, &j->flag, t_s, &event) && sink->on_event) {
      event.end_s = to_the_end ? t_s : event.end_s;
      date(j, &event, to_the_end);
      label_event(j, l, &event);
      sink->on_event(sink->user, &event);
    }
  }
}
