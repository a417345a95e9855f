/* SPDX-License-Identifier: ISC */
/* Frames from the audio callback to the thread that sends them: one writer, one reader,
   neither ever waits. */
#ifndef CAPTURE_RING_H
#define CAPTURE_RING_H

#include "cli.h"

#include <stdatomic.h>

typedef struct {
  float *x;        /* [n_frames][n_channels] */
  size_t n_frames; /* a power of two */
  uint32_t n_channels;
  atomic_size_t n_written; /* frames ever; the writer's */
  atomic_size_t n_read;    /* the reader's */
  atomic_ullong n_lost;    /* frames that found no room; the writer's */
} capture_ring;

/* Room for at least n frames.  [setup] */
bool capture_ring_make(capture_ring *r, uint32_t n_channels, size_t n);
void capture_ring_free(capture_ring *r);

/* All n frames of in[n_channels][n], or none, counted as lost.  [audio] */
void capture_ring_write(capture_ring *r, const float *const *in, size_t n) EAR_RT;

/* Up to n frames, channels apart: x[n_channels][returned].  [reader] */
size_t capture_ring_read(capture_ring *r, float *x, size_t n);

#endif
