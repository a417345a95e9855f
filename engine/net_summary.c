/* SPDX-License-Identifier: ISC */
/* Integers: minimum, maximum and sum do not depend on the order in which columns come. */
#include "net_parts.h"

#include <string.h>

enum { LANES = 16 };

typedef uint8_t bytes __attribute__((vector_size(LANES)));
typedef uint32_t sums __attribute__((vector_size(4 * LANES)));

/* Of LANES values, over all columns. */
typedef struct {
  uint8_t least[LANES], most[LANES];
  uint32_t sum[LANES];
} lanes;

static void
look_over(const uint8_t *const *tap, uint32_t kt, size_t at, lanes *found)
{
  bytes least, most;
  sums sum = {0};
  memcpy(&least, tap[0] + at, sizeof least);
  most = least;
  for (uint32_t t = 0; t < kt; ++t) {
    bytes x;
    memcpy(&x, tap[t] + at, sizeof x); /* may reach into the slack */
    const bytes less = (bytes)(x < least), more = (bytes)(x > most);
    least = (x & less) | (least & ~less);
    most = (x & more) | (most & ~more);
    sum += __builtin_convertvector(x, sums);
  }
  memcpy(found->least, &least, sizeof least);
  memcpy(found->most, &most, sizeof most);
  memcpy(found->sum, &sum, sizeof sum);
}

void
ear_summarise(const ear_pool *k, const uint8_t *const *tap, uint8_t *out)
{
  const size_t n = (size_t)k->rows_out * k->channels;
  uint32_t c = 0;
  for (size_t at = 0; at < n; at += LANES) {
    lanes found;
    look_over(tap, k->kt, at, &found);
    for (size_t i = 0; i < LANES && at + i < n; ++i) {
      out[c] = found.least[i];
      out[k->channels + c] = found.most[i];
      out[2 * k->channels + c] =
          ear_output((int32_t)found.sum[i], k->multiplier, k->shift, 0);
      if (++c == k->channels) {
        c = 0;
        out += (size_t)EAR_SUMMARY_PARTS * k->channels;
      }
    }
  }
}
