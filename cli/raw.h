/* SPDX-License-Identifier: ISC */
/* Headerless PCM as named by --raw: sample format, rate, channels. */
#ifndef RAW_H
#define RAW_H

#include "cli.h"

typedef enum { RAW_U8, RAW_S16, RAW_S24, RAW_S32, RAW_F32, RAW_F64 } raw_sample;

typedef struct {
  raw_sample sample; /* little endian */
  uint32_t n_bytes;  /* of one sample */
  double rate_hz;
  uint32_t n_channels;
} raw_format;

/* "f32le,48000,2".  On failure err says what would be right.  [any] */
bool raw_format_parse(const char *text, raw_format *raw, ear_error *err);

/* x[i] = sample i of bytes, full scale +-1, for i in [0, n).  [any] */
void raw_to_float(raw_sample sample, const uint8_t *bytes, float *x, size_t n);

#endif
