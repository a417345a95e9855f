/* SPDX-License-Identifier: ISC */
/* The meter is read every tenth of a second, however the samples were split. */
#include "loud.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>

struct loud {
  ebur128_state *meter;
  uint32_t n_channels;
  size_t step, to_go; /* samples a channel between readings, and until the next */
  series momentary, short_term;
};

loud *
loud_new(double rate_hz, uint32_t n_channels)
{
  loud *l = calloc(1, sizeof *l);
  if (!l) {
    return NULL;
  }
  l->n_channels = n_channels;
  l->step = l->to_go = (size_t)lrint(rate_hz / LOUD_STEPS_PER_S);
  l->meter = ebur128_init(n_channels, (unsigned long)lrint(rate_hz),
                          EBUR128_MODE_S | EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM);
  if (!l->meter || !series_init(&l->momentary, SERIES_LARGEST, 1) ||
      !series_init(&l->short_term, SERIES_LARGEST, 1)) {
    loud_free(l);
    return NULL;
  }
  return l;
}

void
loud_free(loud *l)
{
  if (!l) {
    return;
  }
  if (l->meter) {
    ebur128_destroy(&l->meter);
  }
  series_free(&l->momentary);
  series_free(&l->short_term);
  free(l);
}

static void
note_down(series *c, int status, double lufs)
{
  const float v = status == EBUR128_SUCCESS && lufs > -70 ? (float)lufs : -70;
  series_push(c, &v);
}

void
loud_push(loud *l, const float *x, size_t n)
{
  while (n > 0) {
    const size_t now = n < l->to_go ? n : l->to_go;
    double lufs = -70;
    (void)ebur128_add_frames_float(l->meter, x, now);
    x += now * l->n_channels;
    n -= now;
    l->to_go -= now;
    if (l->to_go == 0) {
      l->to_go = l->step;
      const int status = ebur128_loudness_momentary(l->meter, &lufs);
      note_down(&l->momentary, status, lufs);
      const int status_short = ebur128_loudness_shortterm(l->meter, &lufs);
      note_down(&l->short_term, status_short, lufs);
    }
  }
}

const series *
loud_momentary(const loud *l)
{
  return &l->momentary;
}

const series *
loud_short(const loud *l)
{
  return &l->short_term;
}

double
loud_integrated(const loud *l)
{
  double lufs = -INFINITY;
  return ebur128_loudness_global(l->meter, &lufs) == EBUR128_SUCCESS ? lufs : -INFINITY;
}
