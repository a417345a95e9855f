/* SPDX-License-Identifier: ISC */
/* All functions add the channels in the same order, so they return the same bits.  Each
   sample is read before it is written: mono may be one of the channels. */
#include "downmix.h"

/* Four floats at once, on every machine: gcc 12 at -O2 leaves plain loops as they are. */
typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

static void
mean_of_two(float *mono, const float *a, const float *b, size_t n)
{
  for (size_t i = 0; i < n; ++i) {
    mono[i] = (a[i] + b[i]) / 2;
  }
}

void
ear_downmix_at(float *mono, const float *const *in, uint32_t n_channels, size_t first,
               size_t n)
{
  if (n_channels == 2) {
    mean_of_two(mono, in[0] + first, in[1] + first, n);
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    float sum = n_channels ? in[0][first + i] : 0;
    for (uint32_t c = 1; c < n_channels; ++c) {
      sum += in[c][first + i];
    }
    mono[i] = n_channels > 1 ? sum / (float)n_channels : sum;
  }
}

void
ear_downmix(float *mono, const float *const *in, uint32_t n_channels, size_t n)
{
  ear_downmix_at(mono, in, n_channels, 0, n);
}

static void
mean_of_pairs(float *mono, const float *x, size_t n)
{
  for (; n >= 4; n -= 4, x += 8, mono += 4) {
    const quad a = *(const quad *)x, b = *(const quad *)(x + 4);
    *(quad *)mono = (__builtin_shufflevector(a, b, 0, 2, 4, 6) +
                     __builtin_shufflevector(a, b, 1, 3, 5, 7)) /
                    2;
  }
  for (size_t i = 0; i < n; ++i) {
    mono[i] = (x[2 * i] + x[2 * i + 1]) / 2;
  }
}

void
ear_downmix_interleaved(float *mono, const float *x, uint32_t n_channels, size_t n)
{
  if (n_channels == 2) {
    mean_of_pairs(mono, x, n);
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    const float *frame = x + i * n_channels;
    float sum = n_channels ? frame[0] : 0;
    for (uint32_t c = 1; c < n_channels; ++c) {
      sum += frame[c];
    }
    mono[i] = n_channels > 1 ? sum / (float)n_channels : sum;
  }
}
