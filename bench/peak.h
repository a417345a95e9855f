/* SPDX-License-Identifier: ISC */
/* What one core can multiply at all: loops over registers alone, the instruction that
   each kernel variant is made of, in multiply-accumulates a second. */
#ifndef EAR_BENCH_PEAK_H
#define EAR_BENCH_PEAK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static inline double
now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#if defined(__x86_64__)

/* Twelve sums that do not wait for one another. */
#define EAR_TWELVE(one)                                                                  \
  one(0) one(1) one(2) one(3) one(4) one(5) one(6) one(7) one(8) one(9) one(10) one(11)
#define EAR_DPBUSD(i) "vpdpbusd %%zmm12, %%zmm13, %%zmm" #i "\n\t"
#define EAR_MADD(i)                                                                      \
  "vpmaddwd %%ymm12, %%ymm13, %%ymm14\n\tvpaddd %%ymm14, %%ymm" #i ", %%ymm" #i "\n\t"
#define EAR_VECTORS                                                                      \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",        \
      "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "cc"

static inline void
vnni_loop(uint64_t n)
{
  __asm__ volatile("1:\n\t" EAR_TWELVE(EAR_DPBUSD) "dec %0\n\tjnz 1b"
                   : "+r"(n)
                   :
                   : EAR_VECTORS);
}

static inline void
avx2_loop(uint64_t n)
{
  __asm__ volatile("1:\n\t" EAR_TWELVE(EAR_MADD) "dec %0\n\tjnz 1b"
                   : "+r"(n)
                   :
                   : EAR_VECTORS);
}

/* Of the variant called `name`, in one run of about 0.2 ms; 0 if unknown. */
static inline double
peak_macs_per_s(const char *name)
{
  const bool vnni = strcmp(name, "avx512-vnni") == 0;
  const uint64_t n = 50000;
  if (!vnni && strcmp(name, "avx2")) {
    return 0;
  }
  const double start = now_s();
  (vnni ? vnni_loop : avx2_loop)(n);
  return 12.0 * (vnni ? 64 : 16) * (double)n / (now_s() - start);
}

#else

static inline double
peak_macs_per_s(const char *name)
{
  (void)name;
  return 0;
}

#endif
#endif
