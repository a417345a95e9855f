/* SPDX-License-Identifier: ISC */
/* The passes of the front end over one frame, and those over raw samples: a table of
   functions per instruction set, all made from passes_lanes.c, so that the compiler alone
   decides how many values an instruction takes.  Every sum has one fixed order and
   nothing is contracted: all variants return the same bits. window x [n] -> FFT of n / 2
   complex points -> power [n / 2 + 1] -> band -> dB */
#ifndef EAR_PASSES_H
#define EAR_PASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EAR_PASS_LANES = 8 };

/* The weights of one filter: groups of EAR_PASS_LANES from input `first` on. */
typedef struct {
  uint32_t first;
  uint32_t n_groups;
} ear_pass_run;

typedef struct {
  const char *name;
  bool (*runs_here)(void);

  /* y[i] = x[i] w[i], i < n, n a multiple of 8 */
  void (*multiply)(float *restrict y, const float *restrict x, const float *restrict w,
                   uint32_t n);

  /* The power of n + 1 bins of the real FFT of 2 n points, n a multiple of 16, from the
     complex FFT z [n + 1][2], z[n] = z[0], of its points taken in pairs and halved:
     bin k = z[k] + z*[n - k] + turn[k] (z[k] - z*[n - k]), where turn[k] is
     -i exp(-i pi k / n); turn_re, turn_im [n / 2].  */
  void (*power)(float *restrict power, const float *restrict z,
                const float *restrict turn_re, const float *restrict turn_im, uint32_t n);

  /* y[f] = sum of weight[f][i] x[first[f] + i]; weight holds the runs back to back */
  void (*bank)(const ear_pass_run *run, uint32_t n_filters, const float *restrict weight,
               const float *restrict x, float *restrict y);

  /* x[i] = ear_decibels(max(x[i], floor)), floor normal and > 0, x finite */
  void (*decibels)(float *x, uint32_t n, float floor);

  /* y[i] = x[i], 0 if it is not finite, at most limit, at least -limit */
  void (*clean)(float *restrict y, const float *restrict x, size_t n, float limit);

  /* sum[(at + i) % 8] += x[i]^2, in the order of i: the same for every split */
  void (*squares)(double sum[EAR_PASS_LANES], const float *x, size_t n, size_t at);
} ear_passes;

extern const ear_passes ear_passes_base;
extern const ear_passes ear_passes_avx2; /* x86-64 only */
extern const ear_passes ear_passes_avx512;

/* All variants that run on this CPU, the best first, NULL-terminated.  [any] */
const ear_passes *const *ear_passes_all(void);

/* The best, or for tests the one of this name; NULL: the best again.  [any, setup] */
const ear_passes *ear_passes_get(void);
bool ear_passes_force(const char *name);

#endif
