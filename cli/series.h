/* SPDX-License-Identifier: ISC */
/* As much of a long series as a picture has columns for: once all are full, two at a time
   become one.  Memory does not grow with what is pushed. */
#ifndef SERIES_H
#define SERIES_H

#include <stdbool.h>
#include <stdint.h>

enum { MOST_COLUMNS = 2048 };

typedef enum { SERIES_MEAN, SERIES_LARGEST } series_kind;

typedef struct {
  series_kind kind;
  uint32_t width;   /* values in a column */
  uint32_t n;       /* columns so far, at most MOST_COLUMNS */
  uint64_t per;     /* pushes that make a column */
  uint64_t in_last; /* pushes in the newest, 1..per */
  float *v;         /* [n][width] */
} series;

bool series_init(series *c, series_kind kind, uint32_t width); /* false: no memory */
void series_free(series *c);
void series_push(series *c, const float *v);

/* Values that come at times of their own, onto a grid of steps from 0 on. */
typedef struct {
  series c;
  double step_s;
  uint64_t n_steps; /* filled so far */
  float *last;      /* [width] */
} lane;

bool lane_init(lane *l, series_kind kind, uint32_t width, double step_s);
void lane_free(lane *l);

/* v holds from the end of what came before to the step of t_s; a second value for one
   step counts if it is larger and the lane is SERIES_LARGEST. */
void lane_at(lane *l, double t_s, const float *v);

/* The last value holds until length_s. */
void lane_close(lane *l, double length_s);

#endif
