/* SPDX-License-Identifier: ISC */
/* Audacity labels: start, end, label; then a line with the range in Hz where it is known.
   Audacity: File > Import > Labels. */
#include "json.h"
#include "output.h"

static void
event(report *r, const ear_event *e)
{
  (void)fprintf(r->out, "%.6f\t%.6f\t", e->start_s, e->end_s);
  plain_string(r->out, event_label(r, e));
  (void)fputc('\n', r->out);
  if (range_known(e->low_hz, e->high_hz)) {
    (void)fprintf(r->out, "\\\t%.6f\t%.6f\n", (double)e->low_hz, (double)e->high_hz);
  }
}

const output_format out_audacity = {
    .name = "audacity", .ending = ".labels.txt", .by_line = true, .event = event};
