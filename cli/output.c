/* SPDX-License-Identifier: ISC */
/* The list of formats, and what all of them need. */
#include "output.h"

#include <string.h>

const output_format *const output_formats[] = {&out_text,     &out_jsonl, &out_csv,
                                               &out_audacity, &out_raven, NULL};

const char output_help[] =
    "Times are in seconds from the start of the input, frequencies in Hz, likelihoods "
    "from\n"
    "0 to 1; the decimal mark is a dot.  One row or line is one event: a passage over "
    "which\n"
    "a label was flagged.\n"
    "\n"
    "text      for reading: what each model heard, then the events\n"
    "csv       source        the input as named, or as found in its folder\n"
    "          model, label  who said what\n"
    "          start_s       where the passage begins\n"
    "          end_s         and ends\n"
    "          peak_p        the highest likelihood in it\n"
    "          low_hz        the part of the spectrum that made the model say so, at "
    "the\n"
    "          high_hz       peak; empty if it cannot tell\n"
    "          severity      at the peak, 0 to 100, and the likeliest kind of "
    "harshness:\n"
    "          kind          empty if the model does not say\n"
    "audacity  start, end, label; in the next line \\, low, high.  File > Import > "
    "Labels\n"
    "raven     a Raven selection table with label and score\n"
    "jsonl     one JSON object a line: start, verdict (every model, tick and horizon:\n"
    "          momentary 0.4 s, short 3 s, integrated), event, summary, error\n";

const output_format *
output_find(const char *name)
{
  for (size_t i = 0; output_formats[i]; i++) {
    if (strcmp(output_formats[i]->name, name) == 0) {
      return output_formats[i];
    }
  }
  return NULL;
}

void
report_count_verdict(report *r, const ear_verdict *v)
{
  model_tally *t = &r->tally[v->model];
  t->n_ticks++;
  t->n_flagged += v->flag[r->models->flag[v->model].event_horizon];
  t->n_gated += v->gated;
  t->last = *v;
}

void
report_count_event(report *r, const ear_event *e)
{
  model_tally *t = &r->tally[e->model];
  if (!e->rejected) {
    if (t->n_events == 0 || e->peak_p > t->worst.peak_p) {
      t->worst = *e;
    }
    t->n_events++;
  }
}

const char *
event_label(const report *r, const ear_event *e)
{
  return ear_model_info_get(r->models->model[e->model])->label[e->label];
}

const char *
event_kind(const report *r, const ear_event *e)
{
  return e->harsh_kind < 0
             ? NULL
             : ear_model_info_get(r->models->model[e->model])->harsh_kind[e->harsh_kind];
}

bool
range_known(float low_hz, float high_hz)
{
  return high_hz > low_hz && high_hz > 0;
}
