/* SPDX-License-Identifier: ISC */
/* Raven selection table: tab separated, header always.  Where the range is not known the
   selection spans the whole spectrum. */
#include "json.h"
#include "output.h"

#include <string.h>

static void
head(FILE *out)
{
  (void)fputs("Selection\tView\tChannel\tBegin File\tBegin Time (s)\tEnd Time (s)\t"
              "Low Freq (Hz)\tHigh Freq (Hz)\tLabel\tScore\n",
              out);
}

static void
event(report *r, const ear_event *e)
{
  uint32_t selection = 0;
  for (uint32_t m = 0; m < r->models->n; m++) {
    selection += r->tally[m].n_events; /* this one is counted already */
  }
  const char *slash = strrchr(r->source, '/');
  const bool known = range_known(e->low_hz, e->high_hz);
  (void)fprintf(r->out, "%u\tSpectrogram 1\t1\t", selection);
  plain_string(r->out, slash ? slash + 1 : r->source);
  (void)fprintf(r->out, "\t%.6f\t%.6f\t%.1f\t%.1f\t", e->start_s, e->end_s,
                known ? (double)e->low_hz : 0.0,
                known ? (double)e->high_hz : r->rate_hz / 2);
  plain_string(r->out, event_label(r, e));
  (void)fprintf(r->out, "\t%.4f\n", (double)e->peak_p);
}

const output_format out_raven = {.name = "raven",
                                 .ending = ".selections.txt",
                                 .by_line = true,
                                 .head = head,
                                 .event = event};
