/* SPDX-License-Identifier: ISC */
/* How loud each channel is: written by the audio thread, read by the main thread. Samples
   that are not finite count as 0, those beyond +-32 as +-32, but for the peak. */
#ifndef LEVELS_H
#define LEVELS_H

#include "cli.h"

#include <stdatomic.h>

enum { MAX_CHANNELS = 64 };

typedef struct {
  _Atomic uint32_t
      peak[MAX_CHANNELS]; /* bits of the largest |sample| since levels_take */
  _Atomic uint64_t energy[MAX_CHANNELS]; /* sum of squares since the start, may wrap */
  _Atomic uint64_t n_frames;
  uint64_t energy_was[MAX_CHANNELS]; /* at the last levels_take */
  uint64_t n_frames_was;
} levels;

/* All 0 is a good start.  n_channels at most MAX_CHANNELS.  [audio] */
void levels_add(levels *l, const float *const *in, uint32_t n_channels, size_t n) EAR_RT;

/* Peak, and root of the mean square, of each channel since the last call; the latter may
   count one block too early, which the next call makes good.  False, and nothing is
   written, if no sample came.  [setup: the main thread] */
bool levels_take(levels *l, float *peak, float *rms, uint32_t n_channels);

#endif
