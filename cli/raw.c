/* SPDX-License-Identifier: ISC */
/* Integers are divided by 2^(bits - 1), as libsndfile does: a raw stream and the wav file
   of the same samples give the same bits. */
#include "raw.h"

#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  raw_sample sample;
  uint32_t n_bytes;
} formats[] = {{"u8", RAW_U8, 1},     {"s16le", RAW_S16, 2}, {"s24le", RAW_S24, 3},
               {"s32le", RAW_S32, 4}, {"f32le", RAW_F32, 4}, {"f64le", RAW_F64, 8}};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

bool
raw_format_parse(const char *text, raw_format *raw, ear_error *err)
{
  char name[8] = "", rate[16] = "", channels[8] = "";
  int end = 0;
  const int n = sscanf(text, "%7[^,],%15[^,],%7[^,]%n", name, rate, channels, &end);
  if (n != 3 || text[end] != '\0') {
    return fail(
        err, "--raw %s: give format, rate and channels, for example f32le,48000,2", text);
  }
  size_t f = 0;
  while (f < N_FORMATS && strcmp(formats[f].name, name) != 0) {
    f++;
  }
  if (f == N_FORMATS) {
    return fail(err,
                "--raw %s: the format is one of u8, s16le, s24le, s32le, f32le, f64le",
                text);
  }
  raw->sample = formats[f].sample;
  raw->n_bytes = formats[f].n_bytes;
  if (!parse_number(rate, 8000, 384000, &raw->rate_hz)) {
    return fail(err, "--raw %s: the rate is a number from 8000 to 384000 Hz", text);
  }
  unsigned count = 0;
  if (!parse_count(channels, 1, 64, &count)) {
    return fail(err, "--raw %s: the channels are a number from 1 to 64", text);
  }
  raw->n_channels = count;
  return true;
}

/* n bytes, little endian, as an unsigned number */
static uint64_t
load(const uint8_t *bytes, unsigned n)
{
  uint64_t value = 0;
  for (unsigned i = 0; i < n; i++) {
    value |= (uint64_t)bytes[i] << (8 * i);
  }
  return value;
}

/* bytes as a signed number of 8 n bits, over 2^(8 n - 1) */
static float
load_integer(const uint8_t *bytes, unsigned n)
{
  const int64_t half = INT64_C(1) << (8 * n - 1);
  const int64_t value = (int64_t)load(bytes, n);
  return (float)((double)(value >= half ? value - 2 * half : value) / (double)half);
}

static float
load_f32(const uint8_t *bytes)
{
  const uint32_t bits = (uint32_t)load(bytes, 4);
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static float
load_f64(const uint8_t *bytes)
{
  const uint64_t bits = load(bytes, 8);
  double x;
  memcpy(&x, &bits, sizeof x);
  return (float)x;
}

void
raw_to_float(raw_sample sample, const uint8_t *bytes, float *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    switch (sample) {
    case RAW_U8:
      x[i] = (float)(bytes[i] - 128) / 128.0f;
      break;
    case RAW_S16:
      x[i] = load_integer(bytes + 2 * i, 2);
      break;
    case RAW_S24:
      x[i] = load_integer(bytes + 3 * i, 3);
      break;
    case RAW_S32:
      x[i] = load_integer(bytes + 4 * i, 4);
      break;
    case RAW_F32:
      x[i] = load_f32(bytes + 4 * i);
      break;
    case RAW_F64:
      x[i] = load_f64(bytes + 8 * i);
      break;
    }
  }
}
