/* SPDX-License-Identifier: ISC */
/* JSON lines of one input: start, every verdict and event, one summary a model. */
#include "json_record.h"

static bool
begin(report *r)
{
  json_start(r->out, r);
  return true;
}

static void
verdict(report *r, const ear_verdict *v)
{
  for (unsigned h = 0; h < EAR_N_HORIZONS; h++) {
    json_verdict(r->out, r, v, (ear_horizon)h);
  }
}

static void
event(report *r, const ear_event *e)
{
  json_event(r->out, r, e);
}

static void
end(report *r)
{
  for (uint32_t m = 0; m < r->models->n; m++) {
    json_summary(r->out, r, m);
  }
}

const output_format out_jsonl = {.name = "jsonl",
                                 .ending = ".jsonl",
                                 .one_file_many = true,
                                 .explains = true,
                                 .by_line = true,
                                 .begin = begin,
                                 .verdict = verdict,
                                 .event = event,
                                 .end = end,
                                 .error = json_error};
