/* SPDX-License-Identifier: ISC */
/* Fields are compared one by one: padding bytes mean nothing. */
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void
record_free(record *r)
{
  free(r->report);
  *r = (record){.n = 0};
}

void
record_report(record *r, const ear_report *report)
{
  if (r->n == r->room) {
    r->room = r->room ? 2 * r->room : 64;
    r->report = realloc(r->report, r->room * sizeof *r->report);
    assert_non_null(r->report);
  }
  r->report[r->n++] = *report;
}

void
record_verdict(void *user, const ear_verdict *v)
{
  record_report(user, &(ear_report){.kind = EAR_REPORT_VERDICT, .u.verdict = *v});
}

void
record_event(void *user, const ear_event *e)
{
  record_report(user, &(ear_report){.kind = EAR_REPORT_EVENT, .u.event = *e});
}

#define SAME(field) (memcmp(&a->field, &b->field, sizeof a->field) == 0)

static bool
verdict_equal(const ear_verdict *a, const ear_verdict *b)
{
  return SAME(t_s) && SAME(model) && SAME(n_labels) && SAME(level_dbfs) && SAME(gated) &&
         SAME(flag) && SAME(label) && SAME(unsure) && SAME(p) && SAME(low_hz) &&
         SAME(high_hz) && SAME(n_rows) && SAME(contribution) && SAME(severity) &&
         SAME(harsh_kind);
}

static bool
event_equal(const ear_event *a, const ear_event *b)
{
  return SAME(model) && SAME(label) && SAME(start_s) && SAME(end_s) && SAME(peak_p) &&
         SAME(low_hz) && SAME(high_hz) && SAME(rejected) && SAME(severity) &&
         SAME(harsh_kind) && SAME(unsure);
}

void
record_assert_equal(const record *a, const record *b)
{
  const size_t n = a->n < b->n ? a->n : b->n;
  for (size_t i = 0; i < n; ++i) {
    const ear_report *x = &a->report[i], *y = &b->report[i];
    if (x->kind != y->kind ||
        (x->kind == EAR_REPORT_VERDICT && !verdict_equal(&x->u.verdict, &y->u.verdict)) ||
        (x->kind == EAR_REPORT_EVENT && !event_equal(&x->u.event, &y->u.event))) {
      fail_msg("report %zu of %zu differs", i, n);
    }
  }
  assert_int_equal(a->n, b->n);
}

size_t
record_n_verdicts(const record *r, uint32_t model)
{
  size_t n = 0;
  for (size_t i = 0; i < r->n; ++i) {
    const ear_report *x = &r->report[i];
    n += x->kind == EAR_REPORT_VERDICT && x->u.verdict.model == model;
  }
  return n;
}

size_t
record_n_events(const record *r)
{
  size_t n = 0;
  for (size_t i = 0; i < r->n; ++i) {
    n += r->report[i].kind == EAR_REPORT_EVENT;
  }
  return n;
}

void
make_music(float *x, size_t n, double rate_hz, uint32_t seed)
{
  uint32_t random = seed * 747796405u + 12345;
  double held = 0;
  for (size_t i = 0; i < n; ++i) {
    const double t = (double)i / rate_hz;
    random = random * 1664525u + 1013904223u;
    const double noise = (double)(random >> 8) / 8388608.0 - 1;
    const double smooth = 0.5 + 0.49 * sin(2 * 3.14159265358979 * 0.31 * t);
    held += smooth * (noise - held); /* dull and bright by turns */
    const double tone = sin(2 * 3.14159265358979 * (200 + 150 * floor(3 * t)) * t);
    const double loud = fmod(t, 1.7) < 1.2 ? 0.4 : 0.02;
    x[i] = (float)(loud * (held + 0.7 * tone));
  }
}
