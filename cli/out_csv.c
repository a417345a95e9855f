/* SPDX-License-Identifier: ISC */
/* CSV by RFC 4180: one row is one event, the header always, lines end with CR LF. */
#include "json.h"
#include "output.h"

static void
head(FILE *out)
{
  (void)fputs(
      "source,model,label,start_s,end_s,peak_p,low_hz,high_hz,severity,kind,unsure"
      "\r\n",
      out);
}

static void
event(report *r, const ear_event *e)
{
  csv_string(r->out, r->source);
  (void)fputc(',', r->out);
  csv_string(r->out, r->models->name[e->model]);
  (void)fputc(',', r->out);
  csv_string(r->out, event_label(r, e));
  (void)fprintf(r->out, ",%.3f,%.3f,%.4f,", e->start_s, e->end_s, (double)e->peak_p);
  if (range_known(e->low_hz, e->high_hz)) {
    json_number(r->out, e->low_hz, 1);
    (void)fputc(',', r->out);
    json_number(r->out, e->high_hz, 1);
  } else {
    (void)fputc(',', r->out);
  }
  (void)fputc(',', r->out);
  if (e->severity >= 0) {
    json_number(r->out, e->severity, 1);
  }
  (void)fputc(',', r->out);
  if (event_kind(r, e)) {
    csv_string(r->out, event_kind(r, e));
  }
  const bool may_be = ear_model_info_get(r->models->model[e->model])->unsure > 0;
  (void)fputs(!may_be ? "," : e->unsure ? ",yes" : ",no", r->out);
  (void)fputs("\r\n", r->out);
}

const output_format out_csv = {.name = "csv",
                               .ending = ".csv",
                               .one_file_many = true,
                               .by_line = true,
                               .head = head,
                               .event = event};
