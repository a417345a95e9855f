/* SPDX-License-Identifier: ISC */
/* Numbers under 1e-38 cost a hundred times more than others.  Between begin and end they
   count as zero on this thread; the caller's setting comes back with end.  Between
   begin_results and end only results do: for sums that an analyzer gets, where they count
   as zero anyway. */
#ifndef EAR_DENORMAL_H
#define EAR_DENORMAL_H

#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>

/* MXCSR: results to zero, inputs as zero */
enum { EAR_FTZ = 0x8000, EAR_FTZ_DAZ = 0x8040 };

static inline uint64_t
ear_denormal_begin(void)
{
  const unsigned was = _mm_getcsr();
  _mm_setcsr(was | EAR_FTZ_DAZ);
  return was;
}

static inline uint64_t
ear_denormal_begin_results(void)
{
  const unsigned was = _mm_getcsr();
  _mm_setcsr(was | EAR_FTZ);
  return was;
}

static inline void
ear_denormal_end(uint64_t was)
{
  _mm_setcsr((unsigned)was);
}

#elif defined(__aarch64__)

static inline uint64_t
ear_denormal_begin(void)
{
  uint64_t was;
  __asm__ volatile("mrs %0, fpcr" : "=r"(was));
  __asm__ volatile("msr fpcr, %0" : : "r"(was | UINT64_C(1) << 24)); /* FZ */
  return was;
}

/* No bit for results alone: as above. */
static inline uint64_t
ear_denormal_begin_results(void)
{
  return ear_denormal_begin();
}

static inline void
ear_denormal_end(uint64_t was)
{
  __asm__ volatile("msr fpcr, %0" : : "r"(was));
}

#else

static inline uint64_t
ear_denormal_begin(void)
{
  return 0;
}

static inline uint64_t
ear_denormal_begin_results(void)
{
  return 0;
}

static inline void
ear_denormal_end(uint64_t was)
{
  (void)was;
}

#endif
#endif
