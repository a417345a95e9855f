/* SPDX-License-Identifier: ISC */
/* For people: what each model heard, then where.  Lines of events wait in a temporary
   file for the summary above them, so that memory does not grow with the input.  No line
   is longer than 80 columns, unless a name is. */
#include "json.h"
#include "output.h"
#include "words.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 80, TOP_LABELS = 3, UNSURE_LABELS = 2 };

static bool
begin(report *r)
{
  r->events = tmpfile();
  return r->events != NULL;
}

/* ", severity 41, resonance" */
static void
say_event_heads(const report *r, const ear_event *e)
{
  if (e->severity >= 0) {
    (void)fprintf(r->events, ", severity %.0f", (double)e->severity);
  }
  if (event_kind(r, e)) {
    (void)fputs(", ", r->events);
    plain_string(r->events, event_kind(r, e));
  }
  (void)fputs(e->unsure ? ", unsure" : "", r->events);
}

static void
event(report *r, const ear_event *e)
{
  char start[WORD_SIZE], stop[WORD_SIZE], peak[WORD_SIZE], range[WORD_SIZE] = "";
  word_time(start, e->start_s, 1);
  word_time(stop, e->end_s, 1);
  if (e->peak_p < 0.01f) {
    (void)snprintf(peak, sizeof peak, "<1 %%");
  } else {
    word_share(peak, (double)e->peak_p);
  }
  if (range_known(e->low_hz, e->high_hz)) {
    word_range(range, e->low_hz, e->high_hz);
  }
  (void)fprintf(r->events, "  %9s  %9s  %5s  %-13s  ", start, stop, peak, range);
  plain_string(r->events, event_label(r, e));
  if (!e->rejected) {
    say_event_heads(r, e);
  } else {
    (void)fprintf(r->events, " (too short: under %g ms)",
                  r->models->flag[e->model].min_ms);
  }
  (void)fputc('\n', r->events);
}

/* The label nearest to a flag at this horizon; n_labels if none can be flagged. */
static uint32_t
likeliest_flag(const report *r, uint32_t m, ear_horizon h)
{
  const uint32_t n_labels = ear_model_info_get(r->models->model[m])->n_labels;
  const float *p = r->tally[m].last.p[h];
  uint32_t likeliest = n_labels;
  for (uint32_t l = 0; l < n_labels; l++) {
    if (can_flag(r->models, m, l) && (likeliest == n_labels || p[l] > p[likeliest])) {
      likeliest = l;
    }
  }
  return likeliest;
}

/* Nothing was flagged: how near it came.  "clean (likelihood of harsh 4 %)" */
static void
say_clean(const report *r, uint32_t m)
{
  const model_tally *t = &r->tally[m];
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  const uint32_t likeliest = likeliest_flag(r, m, EAR_INTEGRATED);
  const char *words = "clean";
  if (t->n_flagged > 0) {
    words = "only moments too short to count";
  } else if (can_flag(r->models, m, t->last.label[EAR_INTEGRATED])) {
    words = "under the threshold throughout";
  }
  (void)fputs(words, r->out);
  if (likeliest < info->n_labels) {
    char share[WORD_SIZE];
    word_share(share, (double)t->last.p[EAR_INTEGRATED][likeliest]);
    (void)fputs(" (likelihood of ", r->out);
    plain_string(r->out, info->label[likeliest]);
    (void)fprintf(r->out, " %s)", share);
  }
}

/* "harsh 83 % of the time, worst 0:12-0:15, 2.9-4.1 kHz" or "clean" */
static void
say_harshness(const report *r, uint32_t m)
{
  const model_tally *t = &r->tally[m];
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  const ear_horizon h = r->models->flag[m].event_horizon;
  const bool now = r->ongoing && t->last.flag[h];
  char share[WORD_SIZE], start[WORD_SIZE], stop[WORD_SIZE], range[WORD_SIZE];
  if (t->n_events == 0 && !now) {
    say_clean(r, m);
    return;
  }
  plain_string(r->out, t->n_events ? event_label(r, &t->worst)
                                   : info->label[likeliest_flag(r, m, h)]);
  word_share(share, (double)t->n_flagged / (double)t->n_ticks);
  (void)fprintf(r->out, " %s of the time%s", share, now ? ", now too" : "");
  if (t->n_events > 0) {
    word_time(start, t->worst.start_s, 0);
    word_time(stop, t->worst.end_s, 0);
    (void)fprintf(r->out, ", worst %s-%s", start, stop);
  }
  if (t->n_events > 0 && range_known(t->worst.low_hz, t->worst.high_hz)) {
    word_range(range, t->worst.low_hz, t->worst.high_hz);
    (void)fprintf(r->out, ", %s", range);
  }
}

/* The likeliest label that is not in used[] yet. */
static uint32_t
next_best(const float *p, uint32_t n_labels, bool *used)
{
  uint32_t best = n_labels;
  for (uint32_t l = 0; l < n_labels; l++) {
    if (!used[l] && (best == n_labels || p[l] > p[best])) {
      best = l;
    }
  }
  used[best] = true;
  return best;
}

/* "rock 61 %, metal 22 %, blues 5 %", as many of the first three as fit; or
   "unsure (metal 31 %, rock 28 %)" */
static void
say_kinds(const report *r, uint32_t m, size_t column)
{
  const ear_verdict *v = &r->tally[m].last;
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  bool used[EAR_MAX_LABELS] = {false};
  const bool unsure = v->unsure[EAR_INTEGRATED];
  const uint32_t n_told = unsure ? UNSURE_LABELS : TOP_LABELS;
  (void)fputs(unsure ? "unsure (" : "", r->out);
  column += unsure ? strlen("unsure ()") : 0;
  for (uint32_t k = 0; k < n_told && k < v->n_labels; k++) {
    const uint32_t l = next_best(v->p[EAR_INTEGRATED], v->n_labels, used);
    char share[WORD_SIZE];
    word_share(share, (double)v->p[EAR_INTEGRATED][l]);
    column += columns(info->label[l]) + 1 + strlen(share) + (k ? 2 : 0);
    if (k && column > COLUMNS) {
      break;
    }
    (void)fputs(k ? ", " : "", r->out);
    plain_string(r->out, info->label[l]);
    (void)fprintf(r->out, " %s", share);
  }
  (void)fputs(unsure ? ")" : "", r->out);
}

/* The settings that decided, one line a label: for --explain. */
static void
say_settings(const report *r, uint32_t m, int width)
{
  const ear_flag_config *flag = &r->models->flag[m];
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  bool any = false;
  for (uint32_t l = 0; l < info->n_labels; l++) {
    if (can_flag(r->models, m, l)) {
      (void)fprintf(r->out, "  %*s  ", width, "");
      plain_string(r->out, info->label[l]);
      (void)fprintf(r->out, " from %g, until under %g, hold %g ms, at least %g ms\n",
                    (double)flag->threshold[l], (double)ear_flag_off_level(flag, l),
                    flag->hold_ms, flag->min_ms);
      any = true;
    }
  }
  if (!any) {
    (void)fprintf(r->out, "  %*s  flags nothing; --threshold LABEL=P would\n", width, "");
  }
}

void
say_verdict(const report *r, uint32_t m, size_t column)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  if (r->tally[m].n_ticks == 0) {
    (void)fprintf(r->out, "too short to judge (it needs %.1f s)", info->receptive_s);
  } else if (r->tally[m].n_gated == r->tally[m].n_ticks) {
    (void)fputs("silent throughout (under -70 dBFS)", r->out);
  } else if (strcmp(info->task, "harshness") == 0) {
    say_harshness(r, m);
  } else {
    say_kinds(r, m, column);
  }
}

/* A line of its own: "severity 41 of 100 over all" */
static void
say_severity(const report *r, uint32_t m, int width)
{
  const model_tally *t = &r->tally[m];
  if (t->n_ticks > t->n_gated && t->last.severity[EAR_INTEGRATED] >= 0) {
    (void)fprintf(r->out, "  %*s  severity %.0f of 100 over all\n", width, "",
                  (double)t->last.severity[EAR_INTEGRATED]);
  }
}

static void
say_model(const report *r, uint32_t m, size_t width)
{
  const char *name = r->models->name[m];
  (void)fputs("  ", r->out);
  plain_string(r->out, name);
  (void)fprintf(r->out, "%*s  ", (int)(width - columns(name)), "");
  say_verdict(r, m, width + 4);
  (void)fputc('\n', r->out);
  say_severity(r, m, (int)width);
  if (r->explain) {
    say_settings(r, m, (int)width);
  }
}

void
say_sound(const report *r)
{
  char length[WORD_SIZE];
  word_time(length, r->analysed_s, 0);
  (void)fprintf(r->out, "%s long, %g kHz, ", length, r->rate_hz / 1000);
  if (r->n_channels <= 2) {
    (void)fputs(r->n_channels == 1 ? "mono" : "stereo", r->out);
  } else {
    (void)fprintf(r->out, "%u channels", r->n_channels);
  }
  (void)fputs(r->interrupted ? ", interrupted" : "", r->out);
}

/* The lines that event() has kept, under a heading. */
static void
append_events(report *r)
{
  char bytes[8192];
  size_t n = 0;
  bool any = false;
  if (!r->events) {
    return; /* a live session told them as they ended */
  }
  rewind(r->events);
  while ((n = fread(bytes, 1, sizeof bytes, r->events)) > 0) {
    if (!any) {
      (void)fprintf(r->out, "  %9s  %9s  %5s  %-13s  %s\n", "from", "to", "peak", "where",
                    "what");
    }
    any = true;
    (void)fwrite(bytes, 1, n, r->out);
  }
}

static void
end(report *r)
{
  size_t width = 0;
  for (uint32_t m = 0; m < r->models->n; m++) {
    const size_t n = columns(r->models->name[m]);
    width = n > width ? n : width;
  }
  plain_string(r->out, strcmp(r->source, "-") == 0 ? "standard input" : r->source);
  (void)fputs("\n  ", r->out);
  say_sound(r);
  (void)fputc('\n', r->out);
  for (uint32_t m = 0; m < r->models->n; m++) {
    say_model(r, m, width);
  }
  append_events(r);
  (void)fputc('\n', r->out);
}

const output_format out_text = {.name = "text",
                                .ending = ".earshot.txt",
                                .one_file_many = true,
                                .explains = true,
                                .begin = begin,
                                .event = event,
                                .end = end};
