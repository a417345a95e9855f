/* SPDX-License-Identifier: ISC */
/* Times are those of the sound: what a verdict says of 3 s it says of their middle, as
   events are dated. */
#include "trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BANDS = 96 };

static const double MOST_RATE_HZ = 48000, HIGH_HZ = 16000;
static const double HEARD_S[EAR_N_HORIZONS] = {0.4, 3, 0};

static bool
begin_model(trace *t, uint32_t m)
{
  trace_model *k = &t->model[m];
  const ear_model_info *info = ear_model_info_get(t->models->model[m]);
  for (uint32_t l = 0; l < info->n_labels; l++) {
    k->flags = k->flags || can_flag(t->models, m, l);
  }
  k->evidence = k->flags && info->n_rows > 0;
  k->classes = !k->flags || info->n_labels > 2;
  return (!k->flags || (lane_init(&k->momentary, SERIES_LARGEST, 1, info->tick_s) &&
                        lane_init(&k->short_term, SERIES_LARGEST, 1, info->tick_s))) &&
         (!k->evidence ||
          lane_init(&k->rows, SERIES_LARGEST, info->n_rows, info->tick_s)) &&
         (!k->classes ||
          lane_init(&k->labels, SERIES_MEAN, info->n_labels, info->tick_s));
}

bool
trace_begin(trace *t, const report *r, ear_error *err)
{
  *t = (trace){.models = r->models, .rate_hz = r->rate_hz, .worst_s = -1};
  t->front_end = ear_front_end_default();
  t->front_end.rate_hz = (float)fmin(r->rate_hz, MOST_RATE_HZ);
  t->front_end.hop = t->front_end.n_fft / 2;
  t->front_end.n_bands = BANDS;
  t->front_end.high_hz = fminf((float)HIGH_HZ, t->front_end.rate_hz / 2);
  t->level = loud_new(r->rate_hz, r->n_channels);
  t->event = malloc(MOST_EVENTS * sizeof *t->event);
  bool ok = t->event && series_init(&t->sound, SERIES_MEAN, BANDS);
  for (uint32_t m = 0; ok && m < t->models->n; m++) {
    ok = begin_model(t, m);
  }
  return (ok || fail(err, "there is not enough memory for its picture")) &&
         ear_features_new(&t->features, r->rate_hz, &t->front_end, err) == EAR_OK;
}

void
trace_free(trace *t)
{
  ear_features_free(t->features);
  series_free(&t->sound);
  loud_free(t->level);
  for (uint32_t m = 0; m < EAR_MAX_MODELS; m++) {
    lane_free(&t->model[m].momentary);
    lane_free(&t->model[m].short_term);
    lane_free(&t->model[m].rows);
    lane_free(&t->model[m].labels);
  }
  free(t->event);
  *t = (trace){0};
}

static void
on_frame(void *user, uint64_t i, const float *value)
{
  (void)i;
  series_push(user, value);
}

void
trace_push(trace *t, const float *mono, const float *interleaved, size_t n)
{
  ear_features_push(t->features, mono, n, on_frame, &t->sound);
  if (t->level) {
    loud_push(t->level, interleaved, n);
  }
}

/* The label nearest to a flag. */
static uint32_t
likeliest(const trace *t, uint32_t m, uint32_t n_labels, const float *p)
{
  uint32_t best = n_labels;
  for (uint32_t l = 0; l < n_labels; l++) {
    if (can_flag(t->models, m, l) && (best == n_labels || p[l] > p[best])) {
      best = l;
    }
  }
  return best;
}

static double
middle_s(const ear_model_info *info, ear_horizon h, double t_s)
{
  return t_s - fmin(t_s, HEARD_S[h] + info->receptive_s - info->tick_s) / 2;
}

static void
keep_worst(trace *t, const ear_verdict *v, uint32_t label, double at_s)
{
  const float p = v->p[EAR_SHORT][label];
  /* of equal ones the second that is worst in itself */
  const float score = p + 1e-3f * v->p[EAR_MOMENTARY][label];
  const bool none = t->worst_s < 0;
  if (none || (v->model == t->worst_model && score > t->worst_score)) {
    t->worst_model = v->model;
    t->worst_label = label;
    t->worst_s = at_s;
    t->worst_p = p;
    t->worst_score = score;
    t->worst_low_hz = v->low_hz[EAR_SHORT];
    t->worst_high_hz = v->high_hz[EAR_SHORT];
    t->worst_flagged = v->flag[t->models->flag[v->model].event_horizon];
  }
}

void
trace_verdict(trace *t, const ear_verdict *v)
{
  trace_model *k = &t->model[v->model];
  const ear_model_info *info = ear_model_info_get(t->models->model[v->model]);
  const double short_s = middle_s(info, EAR_SHORT, v->t_s);
  if (k->flags) {
    const uint32_t a = likeliest(t, v->model, v->n_labels, v->p[EAR_MOMENTARY]);
    const uint32_t b = likeliest(t, v->model, v->n_labels, v->p[EAR_SHORT]);
    const float none = 0;
    lane_at(&k->momentary, middle_s(info, EAR_MOMENTARY, v->t_s),
            v->gated ? &none : &v->p[EAR_MOMENTARY][a]);
    lane_at(&k->short_term, short_s, v->gated ? &none : &v->p[EAR_SHORT][b]);
    if (!v->gated) {
      keep_worst(t, v, b, short_s);
    }
  }
  if (k->evidence) {
    static const float nothing[EAR_MAX_ROWS];
    const bool flagged = v->flag[t->models->flag[v->model].event_horizon];
    k->was_flagged = k->was_flagged || flagged;
    lane_at(&k->rows, short_s, flagged ? v->contribution : nothing);
  }
  if (k->classes) {
    lane_at(&k->labels, short_s, v->p[EAR_SHORT]);
  }
}

void
trace_event(trace *t, const ear_event *e)
{
  if (e->rejected) {
    return;
  }
  if (t->n_events == MOST_EVENTS) {
    t->n_dropped++;
    return;
  }
  t->event[t->n_events++] = *e;
}

void
trace_end(trace *t, double length_s)
{
  ear_features_finish(t->features, on_frame, &t->sound);
  for (uint32_t m = 0; m < t->models->n; m++) {
    trace_model *k = &t->model[m];
    if (k->flags) {
      lane_close(&k->momentary, length_s);
      lane_close(&k->short_term, length_s);
    }
    if (k->evidence) {
      lane_close(&k->rows, length_s);
    }
    if (k->classes) {
      lane_close(&k->labels, length_s);
    }
  }
}
