/* SPDX-License-Identifier: ISC */
/* LLVMFuzzerMutate where there is no engine: the same beginning, the same changes. */
#include "fuzz.h"

#include <string.h>

static uint64_t state;

void
fuzz_change_begin(uint64_t seed)
{
  state = seed;
}

static uint8_t
extreme(void)
{
  static const uint8_t value[] = {0, 1, 0x7f, 0x80, 0xff, '"', '\n', '-', '9', ','};
  return value[fuzz_below(&state, sizeof value)];
}

/* Move the tail of data[0..n) that begins at `from` by `by` bytes. */
static size_t
shift(uint8_t *data, size_t n, size_t from, size_t by, size_t most)
{
  if (n + by > most) {
    return n;
  }
  memmove(data + from + by, data + from, n - from);
  return n + by;
}

/* One change: bytes set, flipped, cut out, put in, doubled, or the end cut off. */
static size_t
change(uint8_t *data, size_t n, size_t most)
{
  const size_t at = fuzz_below(&state, (uint32_t)n);
  const size_t left = n - at,
               size = 1 + fuzz_below(&state, left < 16 ? (uint32_t)left : 16);
  switch (n ? fuzz_below(&state, 8) : 6) {
  case 0:
    data[at] = (uint8_t)fuzz_next(&state);
    return n;
  case 1:
    data[at] ^= (uint8_t)(1u << fuzz_below(&state, 8));
    return n;
  case 2:
    data[at] = extreme();
    return n;
  case 3: /* cut out */
    memmove(data + at, data + at + size, left - size);
    return n - size;
  case 4: /* doubled */
    if (n + size <= most) {
      n = shift(data, n, at + size, size, most);
      memcpy(data + at + size, data + at, size);
    }
    return n;
  case 5: /* the end cut off, seldom: little is left to try then */
    return fuzz_below(&state, 16) ? n : at;
  case 6:
    n = shift(data, n, at, 1, most);
    if (n) {
      data[at] = fuzz_below(&state, 2) ? extreme() : (uint8_t)fuzz_next(&state);
    }
    return n;
  default: /* from elsewhere */
    memmove(data + at, data + fuzz_below(&state, (uint32_t)(n - size + 1)), size);
    return n;
  }
}

size_t
LLVMFuzzerMutate(uint8_t *data, size_t n, size_t most)
{
  for (uint32_t times = 1 + fuzz_below(&state, 4); times > 0; --times) {
    n = change(data, n, most);
  }
  return n;
}
