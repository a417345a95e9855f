/* SPDX-License-Identifier: ISC */
/* What was last written of each model and horizon is kept, and nothing else decides:
   so a line says all that was not said before, and the log needs no more memory in a
   month than in a minute. */
#include "live_json.h"

#include "json.h"
#include "json_record.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* The newest line of one model and horizon. */
typedef struct {
  bool any;
  double t_s;
  bool flag, unsure;
  uint8_t label;
  float p[EAR_MAX_LABELS];
} said;

struct live_json {
  double heartbeat_s, next_s;
  bool every;
  said last[EAR_MAX_MODELS][EAR_N_HORIZONS];
  uint32_t n_peaks;
  float peak[MAX_CHANNELS]; /* since the last status line */
};

live_json *
live_json_new(const live_output_options *options)
{
  live_json *j = calloc(1, sizeof *j);
  if (j) {
    j->heartbeat_s = options->heartbeat_s;
    j->every = options->every;
  }
  return j;
}

void
live_json_free(live_json *j)
{
  free(j);
}

/* "t", the clock of the session, and "utc", for people who look for a time of day. */
static void
write_times(FILE *out, const live_status *s)
{
  struct timespec now;
  struct tm utc;
  char text[32] = "";
  (void)clock_gettime(CLOCK_REALTIME, &now);
  if (gmtime_r(&now.tv_sec, &utc)) {
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  }
  json_field_number(out, "t", s->clock_s, 3);
  json_field_string(out, "utc", text);
}

/* Of the mix, by the newest verdict; null before there is one. */
static double
mix_dbfs(const live_status *s)
{
  double t_s = -1, dbfs = NAN;
  for (uint32_t m = 0; m < s->report->models->n; m++) {
    const model_tally *t = &s->report->tally[m];
    if (t->n_ticks > 0 && t->last.t_s > t_s) {
      t_s = t->last.t_s;
      dbfs = (double)t->last.level_dbfs;
    }
  }
  return s->running ? dbfs : NAN;
}

static void
keep_peaks(live_json *j, const live_status *s)
{
  j->n_peaks = s->n_peaks;
  for (uint32_t c = 0; c < s->n_peaks; c++) {
    j->peak[c] = fmaxf(j->peak[c], s->peak[c]);
  }
}

/* Digital silence is -200, as a verdict's level. */
static void
write_peaks(live_json *j, FILE *out)
{
  (void)fputs(",\"peak_dbfs\":[", out);
  for (uint32_t c = 0; c < j->n_peaks; c++) {
    (void)fputs(c ? "," : "", out);
    json_number(out, fmax(20 * log10((double)j->peak[c]), -200), 2);
    j->peak[c] = 0;
  }
  (void)fputc(']', out);
}

static void
write_status(live_json *j, FILE *out, const live_status *s)
{
  (void)fputs("{\"type\":\"status\"", out);
  write_times(out, s);
  (void)fprintf(out, ",\"running\":%s", s->running ? "true" : "false");
  json_field_string(out, "input", s->input->name);
  json_field_number(out, "level_dbfs", mix_dbfs(s), 2);
  write_peaks(j, out);
  (void)fprintf(out, ",\"xruns\":%u,\"overruns\":%u,\"samples_in\":%llu", s->xruns,
                s->stats.overruns, (unsigned long long)s->stats.samples_in);
  (void)fprintf(out, ",\"samples_lost\":%llu,\"lost_reports\":%u,\"reconnects\":%u",
                (unsigned long long)s->stats.samples_lost, s->stats.lost_reports,
                s->n_reconnects);
  json_field_number(out, "age_ms", s->age_s < 0 ? NAN : 1000 * s->age_s, 0);
  (void)fputs("}\n", out);
}

static void
say(live_json *j, FILE *out, const live_status *s, const ear_verdict *v, ear_horizon h)
{
  said *last = &j->last[v->model][h];
  json_verdict(out, s->report, v, h);
  *last = (said){.any = true,
                 .t_s = v->t_s,
                 .flag = v->flag[h],
                 .unsure = v->unsure[h],
                 .label = v->label[h]};
  for (uint32_t l = 0; l < v->n_labels; l++) {
    last->p[l] = v->p[h][l];
  }
}

static bool
differs(const said *last, const ear_verdict *v, ear_horizon h)
{
  float moved = 0;
  for (uint32_t l = 0; l < v->n_labels; l++) {
    moved = fmaxf(moved, fabsf(v->p[h][l] - last->p[l]));
  }
  return !last->any || v->flag[h] != last->flag || v->unsure[h] != last->unsure ||
         v->label[h] != last->label || moved >= LIVE_JSON_MOVED;
}

void
live_json_start(live_json *j, FILE *out, const live_status *s)
{
  for (uint32_t m = 0; m < EAR_MAX_MODELS; m++) {
    for (uint32_t h = 0; h < EAR_N_HORIZONS; h++) {
      j->last[m][h].any = false;
    }
  }
  json_start(out, s->report);
  keep_peaks(j, s);
  write_status(j, out, s);
  j->next_s = s->clock_s + j->heartbeat_s;
}

void
live_json_verdict(live_json *j, FILE *out, const live_status *s, const ear_verdict *v)
{
  for (unsigned h = 0; h < EAR_N_HORIZONS; h++) {
    if (j->every || differs(&j->last[v->model][h], v, (ear_horizon)h)) {
      say(j, out, s, v, (ear_horizon)h);
    }
  }
}

void
live_json_event(live_json *j, FILE *out, const live_status *s, const ear_event *e)
{
  (void)j;
  if (!e->rejected || s->report->explain) {
    json_event(out, s->report, e);
  }
}

/* Newest verdicts that did not differ enough to be written. */
static void
catch_up(live_json *j, FILE *out, const live_status *s)
{
  for (uint32_t m = 0; m < s->report->models->n; m++) {
    const model_tally *t = &s->report->tally[m];
    for (unsigned h = 0; h < EAR_N_HORIZONS && t->n_ticks > 0; h++) {
      if (j->last[m][h].any && j->last[m][h].t_s < t->last.t_s) {
        say(j, out, s, &t->last, (ear_horizon)h);
      }
    }
  }
}

void
live_json_update(live_json *j, FILE *out, const live_status *s)
{
  keep_peaks(j, s);
  if (j->heartbeat_s > 0 && s->clock_s >= j->next_s) {
    write_status(j, out, s);
    catch_up(j, out, s);
    /* a process that slept gives one heartbeat, not all that it missed */
    j->next_s += j->heartbeat_s * ceil((s->clock_s - j->next_s) / j->heartbeat_s + 1e-9);
  }
}

void
live_json_summary(live_json *j, FILE *out, const live_status *s)
{
  (void)j;
  for (uint32_t m = 0; m < s->report->models->n; m++) {
    json_summary(out, s->report, m);
  }
}

void
live_json_message(live_json *j, FILE *out, const live_status *s, const char *text)
{
  (void)j;
  (void)fputs("{\"type\":\"message\"", out);
  write_times(out, s);
  json_field_string(out, "message", text);
  (void)fputs("}\n", out);
}
