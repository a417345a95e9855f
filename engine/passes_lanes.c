/* SPDX-License-Identifier: ISC */
/* Built once per instruction set, PASSES naming the table.  Lanes never meet but in sums
   written out here, so a machine of 4, 8 or 16 lanes computes the same values. */
#include "passes.h"

#include "decibel.h"

typedef float lanes __attribute__((vector_size(32), aligned(4), may_alias));

#define SHUFFLE __builtin_shufflevector
#define RE(a, b) SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define IM(a, b) SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define MIRROR(a) SHUFFLE(a, a, 7, 6, 5, 4, 3, 2, 1, 0)

static void
multiply(float *restrict y, const float *restrict x, const float *restrict w, uint32_t n)
{
  for (uint32_t i = 0; i < n; i += EAR_PASS_LANES) {
    *(lanes *)(y + i) = *(const lanes *)(x + i) * *(const lanes *)(w + i);
  }
}

static void
power(float *restrict to, const float *restrict z, const float *restrict turn_re,
      const float *restrict turn_im, uint32_t n)
{
  for (uint32_t k = 0; k < n / 2; k += EAR_PASS_LANES) {
    const float *low = z + 2 * k, *high = z + 2 * (n - k - 7); /* bin n - k the last */
    const lanes a = *(const lanes *)low, b = *(const lanes *)(low + 8);
    const lanes c = *(const lanes *)high, d = *(const lanes *)(high + 8);
    const lanes re = RE(a, b), im = IM(a, b);
    const lanes back_re = RE(c, d), back_im = IM(c, d);
    const lanes mirror_re = MIRROR(back_re), mirror_im = MIRROR(back_im);
    const lanes even_re = re + mirror_re, even_im = im - mirror_im;
    const lanes odd_re = re - mirror_re, odd_im = im + mirror_im;
    const lanes w_re = *(const lanes *)(turn_re + k),
                w_im = *(const lanes *)(turn_im + k);
    const lanes t_re = odd_re * w_re - odd_im * w_im;
    const lanes t_im = odd_re * w_im + odd_im * w_re;
    const lanes x_re = even_re + t_re, x_im = even_im + t_im;
    const lanes y_re = even_re - t_re, y_im = even_im - t_im;
    const lanes y = y_re * y_re + y_im * y_im;
    *(lanes *)(to + k) = x_re * x_re + x_im * x_im;
    *(lanes *)(to + n - k - 7) = MIRROR(y);
  }
  const float re = 2 * z[n], im = 2 * z[n + 1]; /* bin n / 2 is its own mirror */
  to[n / 2] = re * re + im * im;
}

static void
bank(const ear_pass_run *run, uint32_t n_filters, const float *restrict weight,
     const float *restrict x, float *restrict y)
{
  const float *w = weight;
  for (uint32_t f = 0; f < n_filters; f++) {
    const float *p = x + run[f].first;
    lanes s = {0};
    for (uint32_t g = run[f].n_groups; g > 0; g--) {
      s += *(const lanes *)w * *(const lanes *)p;
      w += EAR_PASS_LANES;
      p += EAR_PASS_LANES;
    }
    y[f] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
  }
}

static void
decibels(float *x, uint32_t n, float floor)
{
  for (uint32_t i = 0; i < n; i++) {
    x[i] = ear_decibels(x[i] > floor ? x[i] : floor);
  }
}

static void
clean(float *restrict y, const float *restrict x, size_t n, float limit)
{
  for (size_t i = 0; i < n; i++) {
    const float v = x[i] - x[i] == 0 ? x[i] : 0; /* inf - inf is nan */
    const float low = v < -limit ? -limit : v;
    y[i] = low > limit ? limit : low;
  }
}

static void
squares(double sum[EAR_PASS_LANES], const float *x, size_t n, size_t at)
{
  double s[EAR_PASS_LANES];
  for (; n > 0 && at % EAR_PASS_LANES; x++, n--, at++) {
    sum[at % EAR_PASS_LANES] += (double)*x * (double)*x;
  }
  memcpy(s, sum, sizeof s);
  for (; n >= EAR_PASS_LANES; n -= EAR_PASS_LANES, x += EAR_PASS_LANES) {
    for (int i = 0; i < EAR_PASS_LANES; i++) {
      s[i] += (double)x[i] * (double)x[i];
    }
  }
  for (size_t i = 0; i < n; i++) {
    s[i] += (double)x[i] * (double)x[i];
  }
  memcpy(sum, s, sizeof s);
}

static bool
runs_here(void)
{
#if defined(__AVX512F__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#elif defined(__AVX2__)
  return __builtin_cpu_supports("avx2");
#else
  return true;
#endif
}

const ear_passes PASSES = {.name = PASSES_NAME,
                           .runs_here = runs_here,
                           .multiply = multiply,
                           .power = power,
                           .bank = bank,
                           .decibels = decibels,
                           .clean = clean,
                           .squares = squares};
