/* SPDX-License-Identifier: ISC */
/* Loudness over time as EBU R128 defines it, by libebur128. */
#ifndef LOUD_H
#define LOUD_H

#include "series.h"

#include <stddef.h>

typedef struct loud loud;

enum { LOUD_STEPS_PER_S = 10 };

/* NULL if memory is short, or if this program was built without libebur128. */
loud *loud_new(double rate_hz, uint32_t n_channels);
void loud_free(loud *l); /* NULL is fine */

/* Interleaved samples x[n][n_channels]. */
void loud_push(loud *l, const float *x, size_t n);

/* The largest of each column, LUFS, -70 at least; step i ends at (i + 1) / 10 s. */
const series *loud_momentary(const loud *l); /* 0.4 s */
const series *loud_short(const loud *l);     /* 3 s */

/* Over all of it, gated; -INFINITY for silence. */
double loud_integrated(const loud *l);

#endif
