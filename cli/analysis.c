/* SPDX-License-Identifier: ISC */
/* Results are written as they come and stay whatever happens afterwards; a format's end()
   follows its begin() in every case. */
#include "analysis.h"

#include "progress.h"
#include "segments.h"

#include <string.h>

typedef struct {
  const analysis_config *config;
  const input *in;
  report r;
  trace trace;             /* empty if no pictures are drawn */
  double bytes_per_sample; /* of the file, about */
  uint64_t n_samples;      /* judged */
  uint64_t n_said, n_mute; /* callbacks; of those, not to be told again */
} job;

/* Whether the next callback has been told of before. */
static bool
said(job *j)
{
  return j->n_said++ < j->n_mute;
}

static void
on_verdict(void *user, const ear_verdict *v)
{
  job *j = user;
  if (said(j)) {
    return;
  }
  report_count_verdict(&j->r, v);
  if (j->config->pictures) {
    trace_verdict(&j->trace, v);
  }
  if (j->config->format->verdict) {
    j->config->format->verdict(&j->r, v);
  }
}

static void
on_event(void *user, const ear_event *e)
{
  job *j = user;
  if (said(j)) {
    return;
  }
  report_count_event(&j->r, e);
  if (j->config->pictures) {
    trace_event(&j->trace, e);
  }
  if (j->config->format->event && (!e->rejected || j->config->explain)) {
    j->config->format->event(&j->r, e);
  }
}

static ear_analyzer_config
analyzer_config(job *j)
{
  const model_set *models = &j->config->models;
  ear_analyzer_config config = {.rate_hz = j->r.rate_hz,
                                .n_models = models->n,
                                .on_verdict = on_verdict,
                                .on_event = on_event,
                                .user = j};
  for (uint32_t m = 0; m < models->n; m++) {
    config.model[m] = models->model[m];
    config.flag[m] = models->flag[m];
  }
  return config;
}

/* n samples more have been judged. */
static void
advance(void *user, uint64_t n)
{
  job *j = user;
  j->n_samples += n;
  j->r.analysed_s = (double)j->n_samples / j->r.rate_hz;
  progress_add((double)n / j->r.rate_hz, j->bytes_per_sample * (double)n);
  if (ferror(j->r.out)) {
    stop_all(STOP_WRITE_FAILED);
  }
}

/* A long file on several threads; false: it is still to be analysed in one pass. */
static bool
run_segments(job *j, reader *sound, ear_analyzer *an)
{
  const reader_info *info = reader_info_get(sound);
  const ear_analyzer_config config = analyzer_config(j);
  const segments_job segments = {.path = j->in->path,
                                 .config = &config,
                                 .an = an,
                                 .n_threads = j->config->n_inside,
                                 .judged = advance,
                                 .user = j};
  if (j->config->n_inside < 2 || j->config->pictures || !reader_can_seek(sound)) {
    return false;
  }
  if (segments_run(&segments, info) == SEGMENTS_REFUSED) {
    ear_analyzer_reset(an);
    j->n_mute = j->n_said;
    j->n_said = j->n_samples = 0;
    return false;
  }
  return reader_seek(sound, j->n_samples); /* where one pass would be */
}

/* All samples of sound through the analyzer, until the end or until all is to stop. */
static void
run(job *j, reader *sound, ear_analyzer *an)
{
  float mono[READER_BLOCK];
  size_t n = 0;
  while (!stopping() && (n = reader_read(sound, mono)) > 0) {
    ear_analyzer_push(an, mono, n);
    if (j->config->pictures) {
      trace_push(&j->trace, mono, reader_block(sound), n);
    }
    advance(j, n);
  }
}

/* Did any model have enough audio for a verdict? */
static bool
judged(const job *j, ear_error *err)
{
  double needed_s = 1e9;
  for (uint32_t m = 0; m < j->config->models.n; m++) {
    const ear_model_info *info = ear_model_info_get(j->config->models.model[m]);
    needed_s = info->receptive_s < needed_s ? info->receptive_s : needed_s;
    if (j->r.tally[m].n_ticks > 0) {
      return true;
    }
  }
  return stopping() ||
         fail(err, "is too short to judge: it lasts %.2f s, and %.2f s are needed",
              j->r.analysed_s, needed_s);
}

/* What was heard, as a picture. */
static void
draw(job *j)
{
  ear_error err = {""};
  trace_end(&j->trace, j->r.analysed_s);
  if (!pictures_keep(j->config->pictures, j->in, &j->r, &j->trace, &err)) {
    complain("%s", err.text);
    stop_all(STOP_WRITE_FAILED);
  }
}

static bool
analyse_open(job *j, reader *sound, double n_bytes, outcome *o, ear_error *err)
{
  const reader_info *info = reader_info_get(sound);
  j->r.rate_hz = info->rate_hz;
  j->r.n_channels = info->n_channels;
  j->r.announced_s = (double)info->n_frames / info->rate_hz;
  j->bytes_per_sample = info->n_frames ? n_bytes / (double)info->n_frames : 0;
  ear_analyzer *an = NULL;
  if (j->config->pictures && !trace_begin(&j->trace, &j->r, err)) {
    return false;
  }
  const ear_analyzer_config config = analyzer_config(j);
  if (ear_analyzer_new(&an, &config, err) != EAR_OK) {
    return false;
  }
  const output_format *format = j->config->format;
  if (format->begin && !format->begin(&j->r)) {
    ear_analyzer_free(an);
    return fail(err,
                "no temporary file could be made for its results; is the disk full?");
  }
  if (!run_segments(j, sound, an)) {
    run(j, sound, an);
  }
  j->r.interrupted = stopping() == STOP_INTERRUPTED;
  ear_analyzer_finish(an);
  progress_wipe();
  const bool whole = stopping() || reader_finished_well(sound, err);
  o->analysed = j->r.analysed_s > 0 && (!whole || judged(j, err));
  if (o->analysed && format->end) {
    format->end(&j->r);
  }
  if (o->analysed && j->config->pictures) {
    draw(j);
  }
  if (j->r.events) {
    (void)fclose(j->r.events);
  }
  ear_analyzer_free(an);
  return whole && (o->analysed || stopping()); /* not begun is not failed */
}

/* The largest integrated posterior of the label that --fail-on names. */
static void
try_gate(const job *j, outcome *o)
{
  const fail_gate *gate = &j->config->gate;
  for (uint32_t m = 0; gate->label[0] && m < j->config->models.n; m++) {
    const ear_model_info *info = ear_model_info_get(j->config->models.model[m]);
    for (uint32_t l = 0; j->r.tally[m].n_ticks > 0 && l < info->n_labels; l++) {
      const double p = (double)j->r.tally[m].last.p[EAR_INTEGRATED][l];
      if (strcmp(info->label[l], gate->label) == 0 &&
          (gate->over ? p > gate->p : p >= gate->p)) {
        o->gate_met = true;
        complain("%s: %s is %.3f, which --fail-on %s%s%g does not allow", j->r.source,
                 gate->label, p, gate->label, gate->over ? ">" : ">=", gate->p);
      }
    }
  }
}

outcome
analyse_input(const analysis_config *config, const input *in, FILE *out)
{
  outcome o = {0};
  job j = {.config = config,
           .in = in,
           .r = {.source = in->path,
                 .models = &config->models,
                 .explain = config->explain,
                 .out = out}};
  ear_error err = {""};
  reader *sound = NULL;
  bool ok = in->problem ? fail(&err, "%s", in->problem)
                        : reader_open(&sound, in->path, config->raw, &err);
  if (ok) {
    ok = analyse_open(&j, sound, in->n_bytes, &o, &err);
  }
  reader_close(sound);
  trace_free(&j.trace);
  if (o.analysed) {
    try_gate(&j, &o);
  }
  if (!ok && stopping() && !o.analysed) {
    return o; /* an open() that Ctrl-C broke off, too */
  }
  if (!ok) {
    o.failed = true;
    complain("%s: %s", strcmp(in->path, "-") == 0 ? "standard input" : in->path,
             err.text);
    if (config->format->error) {
      config->format->error(out, in->path, err.text);
    }
    if (config->pictures) {
      pictures_miss(config->pictures, in, err.text);
    }
  }
  progress_file_done();
  return o;
}
