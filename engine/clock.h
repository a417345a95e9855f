/* SPDX-License-Identifier: ISC */
/* Time of a stream that has gaps.  Analysis counts the samples it gets, as if they were
   joined; the clock knows where some were lost between them, and says when it truly was.
   Without gaps a time comes back as it went in, bit for bit. */
#ifndef EAR_CLOCK_H
#define EAR_CLOCK_H

#include "earshot.h"

enum { EAR_MAX_GAPS = 32 };

typedef struct {
  double rate_hz;
  uint32_t n_gaps;
  struct {
    uint64_t at;   /* joined samples before it */
    uint64_t lost; /* samples, in this gap and all before it */
  } gap[EAR_MAX_GAPS];
  uint64_t forgotten; /* samples lost in gaps older than gap[0] */
} ear_clock;

/* From the start, without gaps. */
void ear_clock_clear(ear_clock *clock);

/* n samples were lost behind `at` joined samples, not before any gap known.  The oldest
   of more than EAR_MAX_GAPS gaps is forgotten: times before it shift by its length. */
void ear_clock_lose(ear_clock *clock, uint64_t at, uint64_t n);

/* Samples lost in all. */
uint64_t ear_clock_lost(const ear_clock *clock);

/* When the newest of the joined samples up to joined_s has ended. */
double ear_clock_true_s(const ear_clock *clock, double joined_s);

#endif
