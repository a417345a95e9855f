/* SPDX-License-Identifier: ISC */
/* Random numbers that are the same on every machine: splitmix64 (Steele, Lea, Flood,
   OOPSLA 2014).  A stream is one uint64_t; derive streams with rng_stream, so that what
   one part draws never shifts another. */
#ifndef EAR_TRAIN_RNG_H
#define EAR_TRAIN_RNG_H

#include <math.h>
#include <stdint.h>

typedef struct {
  uint64_t state;
} rng;

static inline uint64_t
rng_u64(rng *r)
{
  uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* An independent stream for purpose `a`, item `b` of this seed. */
static inline rng
rng_stream(uint64_t seed, uint64_t a, uint64_t b)
{
  rng r = {seed};
  r.state = rng_u64(&r) ^ (a * UINT64_C(0xd1342543de82ef95));
  r.state = rng_u64(&r) ^ (b * UINT64_C(0xaf251af3b0f025b5));
  r.state = rng_u64(&r);
  return r;
}

/* [0, 1) */
static inline double
rng_uniform(rng *r)
{
  return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

static inline double
rng_range(rng *r, double lo, double hi)
{
  return lo + (hi - lo) * rng_uniform(r);
}

/* [0, n), n >= 1 */
static inline uint32_t
rng_below(rng *r, uint32_t n)
{
  return (uint32_t)(((rng_u64(r) >> 32) * n) >> 32);
}

static inline double
rng_normal(rng *r)
{
  const double u = 1.0 - rng_uniform(r);
  const double v = rng_uniform(r);
  return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

#endif
