/* SPDX-License-Identifier: ISC */
/* The words of --raw, and bytes as samples of whatever format they name: finite words for
   finite samples, and as many samples as there are bytes for. */
#include "fuzz.h"

#include "raw.h"

#include <math.h>
#include <string.h>

enum { MOST_TEXT = 48 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  char text[MOST_TEXT + 1] = "";
  static float x[FUZZ_MOST];
  raw_format raw;
  ear_error err = {""};
  const size_t n_text = n < MOST_TEXT ? n : MOST_TEXT;
  memcpy(text, data, n_text);
  if (!raw_format_parse(text, &raw, &err)) {
    fuzz_sentence(err.text);
    return 0;
  }
  fuzz_taken();
  if (raw.n_channels < 1 || !(raw.rate_hz > 0) || !isfinite(raw.rate_hz) ||
      raw.n_bytes < 1 || raw.n_bytes > 8) {
    fuzz_broken("a raw format has channels, a rate and a size");
  }
  const size_t at = strlen(text) < n ? strlen(text) + 1 : n;
  raw_to_float(raw.sample, data + at, x, (n - at) / raw.n_bytes);
  return 0;
}

static const char *const seed[] = {"f32le,48000,2",    "s16le,44100,1",
                                   "u8,8000,1",        "s24le,96000,2",
                                   "f64le,192000.5,8", "s32le,384000,32"};

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  if (i >= sizeof seed / sizeof *seed) {
    return 0;
  }
  const size_t n = fuzz_text(data, seed[i]);
  memset(data + n, 0, 1);
  for (uint8_t k = 0; k < 16; ++k) {
    data[n + 1 + k] = (uint8_t)(k * 31);
  }
  return n + 17;
}
