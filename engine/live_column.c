/* SPDX-License-Identifier: ISC */
/* A column is whole frames of one model; one that finds no room is dropped, for a picture
   can miss one. */
#include "live.h"

#include <math.h>

static const double shortest_s = 0.02; /* faster than any picture is drawn */
static const double steps_per_db = 2, lowest_db = -70;

static uint32_t
frames_in(const ear_front_end *fe)
{
  const double n = ceil(shortest_s * (double)fe->rate_hz / fe->hop - 1e-6);
  return n > 1 ? (uint32_t)n : 1;
}

double
ear_column_s(const ear_front_end *fe)
{
  const bool has_mel = fe->kinds & EAR_KIND_MEL;
  return has_mel ? frames_in(fe) * (double)fe->hop / (double)fe->rate_hz : 0;
}

static uint8_t
level_of(const ear_front_end *fe, double value)
{
  const double db = fe->power ? 10 * log10(fmax(value, 1e-30)) : value;
  const double longer_db = 20 * log10(fe->n_fft / 2048.0);
  return (uint8_t)(fmin(fmax((db - longer_db - lowest_db) * steps_per_db, 0), 255) + 0.5);
}

void
ear_live_take_frame(void *user, uint32_t index, const ear_front_end *fe,
                    const float *value)
{
  ear_live *live = user;
  ear_column *column = &live->column;
  if (index != atomic_load_explicit(&live->watched, memory_order_relaxed) ||
      !(fe->kinds & EAR_KIND_MEL)) {
    return;
  }
  if (column->model != index || column->n_bands != fe->n_bands) {
    live->n_joined = 0;
  }
  column->model = index;
  column->n_bands = fe->n_bands;
  for (uint32_t b = 0; b < fe->n_bands; ++b) {
    const uint8_t level = level_of(fe, (double)value[b]);
    column->level[b] =
        live->n_joined && column->level[b] > level ? column->level[b] : level;
  }
  if (++live->n_joined >= frames_in(fe)) {
    ear_ring_write(live->columns, column, 1);
    live->n_joined = 0;
  }
}
