/* SPDX-License-Identifier: ISC */
/* All that an analyzer said, kept to be compared bit for bit. */
#ifndef EAR_TESTS_RECORD_H
#define EAR_TESTS_RECORD_H

#include "earshot.h"

typedef struct {
  ear_report *report; /* [n] in the order they came; grows */
  size_t n, room;
} record;

void record_free(record *r);

/* Callbacks of an analyzer whose user is a record. */
void record_verdict(void *user, const ear_verdict *v);
void record_event(void *user, const ear_event *e);
void record_report(record *r, const ear_report *report);

/* Fail the running test unless both are equal in every bit of meaning. */
void record_assert_equal(const record *a, const record *b);

/* Number of verdicts of one model, and of events. */
size_t record_n_verdicts(const record *r, uint32_t model);
size_t record_n_events(const record *r);

/* Noise with a rhythm, loud and quiet by turns: x [n].  The same for the same seed. */
void make_music(float *x, size_t n, double rate_hz, uint32_t seed);

#endif
