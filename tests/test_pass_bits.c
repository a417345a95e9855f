/* SPDX-License-Identifier: ISC */
/* The passes over samples and frames have the same bits on every machine: their digest
   here is that of x86-64, with every instruction set it has, and of 64-bit ARM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "passes.h"

enum { N = 512 };

static uint32_t seed;

/* -1..1, 24 bits. */
static float
random_value(void)
{
  seed = seed * 1664525u + 1013904223u;
  return (float)((int32_t)seed >> 8) / 8388608.0f;
}

static void
fill(float *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    x[i] = random_value();
  }
}

/* FNV-1a */
static void
take(uint64_t *digest, const void *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    *digest = (*digest ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
  }
}

static uint64_t
digest_of(const ear_passes *p)
{
  static float x[2 * N + 2], w[2 * N], y[2 * N], power[N + 1];
  const ear_pass_run run[3] = {{0, 20}, {3, 1}, {100, 33}};
  double sum[EAR_PASS_LANES] = {0};
  float band[3];
  uint64_t digest = UINT64_C(0xcbf29ce484222325);
  seed = 1;
  fill(x, 2 * N);
  fill(w, 2 * N);
  memcpy(x + 2 * N, x, 2 * sizeof *x);
  p->multiply(y, x, w, 2 * N);
  take(&digest, y, sizeof y);
  p->power(power, x, w, w + N, N);
  take(&digest, power, sizeof power);
  p->bank(run, 3, w, x, band);
  take(&digest, band, sizeof band);
  p->decibels(power, N + 1, 1e-10f);
  take(&digest, power, sizeof power);
  p->clean(y, x, 2 * N - 5, 0.75f);
  take(&digest, y, sizeof y);
  p->squares(sum, x, 2 * N - 3, 5);
  take(&digest, sum, sizeof sum);
  return digest;
}

static void
passes_have_the_same_bits_on_every_machine(void **state)
{
  (void)state;
  for (const ear_passes *const *p = ear_passes_all(); *p; p++) {
    assert_true(digest_of(*p) == UINT64_C(0x2bfe7903a6202366));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(passes_have_the_same_bits_on_every_machine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
