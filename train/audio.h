/* SPDX-License-Identifier: ISC */
/* Whole sound files in memory, through libsndfile. */
#ifndef EAR_TRAIN_AUDIO_H
#define EAR_TRAIN_AUDIO_H

#include "../engine/earshot.h"

typedef struct {
  float *x;        /* [n_frames][n_channels] interleaved, full scale +-1 */
  size_t n_frames; /* here: sample instants */
  uint32_t n_channels;
  double rate_hz;
} audio;

/* False for a pipe or device, which may never end or answer.  [any] */
bool audio_may_open(const char *path);

/* Read frames [first, first + max_frames) (max_frames 0: to the end).  Lossy decoders
   that do not know their length are read to their true end.  err names the file.  [setup]
 */
ear_status audio_read(audio *a, const char *path, size_t first, size_t max_frames,
                      ear_error *err);

/* The same, mixed down to one channel with ear_downmix_interleaved. */
ear_status audio_read_mono(audio *a, const char *path, size_t first, size_t max_frames,
                           ear_error *err);

/* Write by the ending of path: wav (32-bit float), flac (24 bit), ogg, opus, mp3.
   Temporary name, flush, rename.  [setup] */
ear_status audio_write(const audio *a, const char *path, ear_error *err);

/* Duration by the header, 0 if the file cannot be opened.  [any] */
double audio_seconds(const char *path);

void audio_free(audio *a);

#endif
