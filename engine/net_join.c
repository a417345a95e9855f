/* SPDX-License-Identifier: ISC */
/* The ring of a concat holds what is kept, the oldest where the next goes: after that one
   was kept, the oldest is lag columns behind it, at the moment of the other input. */
#include "net_parts.h"

#include <string.h>

static void
translate(uint8_t *out, const uint8_t *x, size_t n, const uint8_t table[256])
{
  for (size_t i = 0; i < n; ++i) {
    out[i] = table[x[i]];
  }
}

const uint8_t *
ear_trunk_join(ear_trunk_layer *y, const uint8_t *const x[2])
{
  const ear_join *j = &y->join;
  const uint8_t *side[2] = {x[0], x[1]};
  uint8_t *out = y->out;
  if (side[j->late]) {
    memcpy(y->ring + y->head * y->slot, side[j->late], y->n_in);
    y->head = y->head + 1 == y->n_slots ? 0 : y->head + 1;
  }
  if (!side[!j->late]) {
    return NULL;
  }
  side[j->late] = y->ring + y->head * y->slot;
  for (size_t r = 0; r < j->rows; ++r) {
    for (uint32_t k = 0; k < 2; ++k) {
      translate(out, side[k] + r * j->n[k], j->n[k], j->table[k]);
      out += j->n[k];
    }
  }
  return y->out;
}
