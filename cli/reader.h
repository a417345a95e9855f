/* SPDX-License-Identifier: ISC */
/* Any input as mono blocks: a file of libsndfile's, headerless PCM, or a pipe.
   file or stdin -> interleaved block [READER_BLOCK][channels] -> mono block */
#ifndef READER_H
#define READER_H

#include "raw.h"

enum { READER_BLOCK = 8192 }; /* samples a channel; memory does not grow with the input */

typedef struct reader reader;

typedef struct {
  double rate_hz; /* 8000..384000 */
  uint32_t n_channels;
  uint64_t n_frames; /* samples a channel as announced; 0: unknown */
} reader_info;

/* Open path, or standard input for "-" (raw only).  raw is NULL for files with a header.
   On failure err says in a sentence, without the path, why.  [setup] */
bool reader_open(reader **r, const char *path, const raw_format *raw, ear_error *err);
const reader_info *reader_info_get(const reader *r);

/* The next samples into mono[0..READER_BLOCK).  Returns how many; 0 at the end, after a
   read error, or when all work is to stop. */
size_t reader_read(reader *r, float *mono);

/* The same, at most n <= READER_BLOCK. */
size_t reader_read_some(reader *r, float *mono, size_t n);

/* Whether any sample can be gone to and is the same however it was reached: a whole file
   without lossy compression.  Go to sample `at`; false if that failed. */
bool reader_can_seek(const reader *r);
bool reader_seek(reader *r, uint64_t at);

/* What the last reader_read read, before the downmix: [n][n_channels], readable until the
   next call. */
const float *reader_block(const reader *r);

/* reader_read ends soon and returns 0 from now on, even if it waits for a pipe.  [any] */
void reader_stop(reader *r);

/* After the end: false, and err says why, if the input broke off or held nothing. */
bool reader_finished_well(const reader *r, ear_error *err);
void reader_close(reader *r);

#endif
