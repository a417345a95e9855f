/* SPDX-License-Identifier: ISC */
/* The integers of the network, in one place: real = scale * (q - zero_point).
   Shared by trainer, reference and kernels, so that all of them round alike. */
#ifndef EAR_QUANT_H
#define EAR_QUANT_H

#include <math.h>
#include <stdint.h>

/* round(acc * multiplier / 2^(31 + shift)), halves away from zero.
   multiplier 2^30..2^31-1, shift -20..31: what ear_quantize_multiplier gives. */
static inline int32_t
ear_requantize(int32_t acc, int32_t multiplier, int shift)
{
  const int64_t half = INT64_C(1) << (30 + shift);
  const int64_t p = (int64_t)acc * multiplier;
  const int64_t r = (p + (p < 0 ? half - 1 : half)) >> (31 + shift);
  return r > INT32_MAX ? INT32_MAX : r < INT32_MIN ? INT32_MIN : (int32_t)r;
}

/* multiplier and shift with real ~ multiplier / 2^(31 + shift).  Returns 0, or -1 when
   real is not finite, not > 0, or outside what 32 bits can do (2^-31 .. 2^20). */
static inline int
ear_quantize_multiplier(double real, int32_t *multiplier, int *shift)
{
  int e;
  if (!(real > 0) || !(real < 1048576.0)) {
    return -1;
  }
  int64_t m = llround(frexp(real, &e) * 2147483648.0);
  if (m == INT64_C(1) << 31) {
    m >>= 1;
    ++e;
  }
  if (e < -31 || e > 20) {
    return -1;
  }
  *multiplier = (int32_t)m;
  *shift = -e;
  return 0;
}

static inline uint8_t
ear_clamp_u8(int32_t q)
{
  return (uint8_t)(q < 0 ? 0 : q > 255 ? 255 : q);
}

/* A real value to uint8, halves away from zero.  Not-a-number gives zero_point. */
static inline uint8_t
ear_quantize_u8(float x, float inverse_scale, int32_t zero_point)
{
  const float y = x * inverse_scale;
  if (!(y > -1000.0f)) { /* also not-a-number */
    return y == y ? 0 : ear_clamp_u8(zero_point);
  }
  const double half = y < 0.0f ? -0.5 : 0.5; /* exact in double: halves away from zero */
  return y > 1000.0f ? 255 : ear_clamp_u8((int32_t)((double)y + half) + zero_point);
}

#endif
