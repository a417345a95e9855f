/* SPDX-License-Identifier: ISC */
/* The passes of the front end give the same bits with every instruction set, for every
   length; and the logarithm is off by at most EAR_DECIBELS_ULP units in the last place,
   for every mantissa.  With `full` as argument: at every eighth exponent from 1e-30 to
   1e30. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decibel.h"
#include "frontend.h"
#include "passes.h"

enum { N_MANTISSAS = 1 << 23, CHUNK = 4096 };

static bool full;

static float
float_of(uint32_t bits)
{
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static float
random_float(float scale)
{
  return scale * (2.0f * (float)rand() / (float)RAND_MAX - 1.0f);
}

/* x of both signs, every kind of number among them. */
static void
fill_wild(float *x, size_t n)
{
  static const float wild[] = {0.0f,    -0.0f,    INFINITY, -INFINITY, NAN,
                               FLT_MAX, -FLT_MAX, 32.0f,    -32.0f,    1e-45f};
  for (size_t i = 0; i < n; i++) {
    x[i] = rand() % 4 ? random_float(40) : wild[(size_t)rand() % 10];
  }
}

/* All variants' answer to one question, each compared with the base's. */
typedef void (*ask_fn)(const ear_passes *p, void *answer, size_t n);

static void
all_agree(ask_fn ask, size_t n, size_t n_bytes)
{
  char *base = calloc(1, n_bytes), *other = calloc(1, n_bytes);
  assert_true(base && other);
  const unsigned seed = (unsigned)n;
  srand(seed);
  ask(&ear_passes_base, base, n);
  for (const ear_passes *const *p = ear_passes_all(); *p; p++) {
    srand(seed);
    memset(other, 0, n_bytes);
    ask(*p, other, n);
    if (memcmp(base, other, n_bytes) != 0) {
      fail_msg("%s differs from base at n = %zu", (*p)->name, n);
    }
  }
  free(base);
  free(other);
}

static void
ask_multiply(const ear_passes *p, void *answer, size_t n)
{
  float x[64], w[64];
  for (size_t i = 0; i < n; i++) {
    x[i] = random_float(1);
    w[i] = random_float(1);
  }
  p->multiply(answer, x, w, (uint32_t)n);
}

static void
ask_clean(const ear_passes *p, void *answer, size_t n)
{
  float x[64];
  fill_wild(x, n);
  p->clean(answer, x, n, 32);
}

static void
ask_decibels(const ear_passes *p, void *answer, size_t n)
{
  float *x = answer;
  for (size_t i = 0; i < n; i++) {
    x[i] = fabsf(random_float(1)) * exp2f(random_float(60));
  }
  p->decibels(x, (uint32_t)n, 1e-10f);
}

static void
ask_squares(const ear_passes *p, void *answer, size_t n)
{
  float x[64];
  for (size_t i = 0; i < n; i++) {
    x[i] = random_float(1);
  }
  p->squares(answer, x, n / 3, 0);
  p->squares(answer, x + n / 3, n - n / 3, n / 3);
}

static void
ask_power(const ear_passes *p, void *answer, size_t n)
{
  float z[2 * 4096 + 2], turn[4096];
  for (size_t i = 0; i < 2 * n; i++) {
    z[i] = random_float(1);
  }
  memcpy(z + 2 * n, z, 2 * sizeof *z);
  for (size_t i = 0; i < n; i++) {
    turn[i] = random_float(1);
  }
  p->power(answer, z, turn, turn + n / 2, (uint32_t)n);
}

static void
ask_bank(const ear_passes *p, void *answer, size_t n)
{
  float weight[8 * 64], x[8 * 64];
  for (size_t i = 0; i < 8 * 64; i++) {
    weight[i] = random_float(1);
    x[i] = random_float(1);
  }
  const ear_pass_run run[3] = {{0, (uint32_t)n / 2}, {3, 0}, {5, (uint32_t)n / 2}};
  p->bank(run, 3, weight, x, answer);
}

static void
every_variant_returns_the_same_bits(void **state)
{
  (void)state;
  for (size_t n = 0; n <= 64; n++) {
    all_agree(ask_clean, n, n * sizeof(float) + 1);
    all_agree(ask_decibels, n, n * sizeof(float) + 1);
    all_agree(ask_squares, n, EAR_PASS_LANES * sizeof(double));
    all_agree(ask_bank, n, 3 * sizeof(float));
  }
  for (size_t n = 8; n <= 64; n += 8) {
    all_agree(ask_multiply, n, n * sizeof(float));
  }
  for (size_t n = 32; n <= 4096; n *= 2) {
    all_agree(ask_power, n, (n + 1) * sizeof(float));
  }
}

static void
clean_samples_are_finite_and_limited(void **state)
{
  (void)state;
  float x[64], y[64];
  fill_wild(x, 64);
  ear_passes_get()->clean(y, x, 64, 32);
  for (int i = 0; i < 64; i++) {
    const float right =
        isnan(x[i]) || isinf(x[i]) ? 0.0f : fminf(fmaxf(x[i], -32.0f), 32.0f);
    assert_memory_equal(&y[i], &right, sizeof right);
  }
}

static void
squares_are_summed_alike_for_every_split(void **state)
{
  (void)state;
  float x[100];
  double whole[EAR_PASS_LANES] = {0};
  for (int i = 0; i < 100; i++) {
    x[i] = random_float(1);
    whole[i % EAR_PASS_LANES] += (double)x[i] * (double)x[i];
  }
  for (size_t n = 0; n <= 100; n++) {
    double split[EAR_PASS_LANES] = {0};
    ear_passes_get()->squares(split, x, n, 0);
    ear_passes_get()->squares(split, x + n, 100 - n, n);
    assert_memory_equal(split, whole, sizeof whole);
  }
}

/* Units in the last place of y that it is off from the decibels of x. */
static double
error_ulp(float x, float y)
{
  const double right = 10.0 * log10((double)x);
  int exponent;
  (void)frexp(right, &exponent);
  return fabs((double)y - right) / ldexp(1.0, exponent - 24);
}

/* Largest error over all mantissas at one exponent, all variants agreeing. */
static double
worst_at(uint32_t exponent)
{
  static float x[CHUNK], y[CHUNK], z[CHUNK];
  double worst = 0;
  for (uint32_t m = 0; m < N_MANTISSAS; m += CHUNK) {
    for (uint32_t i = 0; i < CHUNK; i++) {
      x[i] = float_of(exponent << 23 | (m + i));
      y[i] = ear_decibels(x[i]);
    }
    for (const ear_passes *const *p = ear_passes_all(); *p; p++) {
      memcpy(z, x, sizeof z);
      (*p)->decibels(z, CHUNK, 1e-37f);
      assert_memory_equal(y, z, sizeof z);
    }
    for (uint32_t i = 0; i < CHUNK; i++) {
      if (x[i] == 1.0f) {
        assert_true(y[i] == 0.0f);
      } else {
        worst = fmax(worst, error_ulp(x[i], y[i]));
      }
    }
  }
  return worst;
}

static void
decibels_are_within_their_bound_for_every_mantissa(void **state)
{
  (void)state;
  static const uint32_t some[] = {126, 127, 94};
  double worst = 0;
  for (uint32_t i = 0; i < (full ? 25 : 3); i++) {
    worst = fmax(worst, worst_at(full ? 27 + 8 * i : some[i]));
  }
  print_message("decibels: %.9f units in the last place\n", worst);
  assert_true(worst <= EAR_DECIBELS_ULP);
}

static void
keep(void *user, uint64_t t, const float *value)
{
  memcpy((float *)user + t * 128, value, 128 * sizeof *value);
}

static void
frames_have_the_same_bits_with_every_variant(void **state)
{
  (void)state;
  enum { N_FRAMES = 20, N = 2048 + (N_FRAMES - 1) * 512 };
  static float x[N], frames[N_FRAMES * 128], base[N_FRAMES * 128];
  const ear_front_end config = ear_front_end_default();
  for (int i = 0; i < N; i++) {
    x[i] = random_float(0.5f);
  }
  for (const ear_passes *const *p = ear_passes_all(); *p; p++) {
    ear_frontend *fe;
    assert_true(ear_passes_force((*p)->name));
    assert_int_equal(ear_frontend_new(&fe, &config, NULL), EAR_OK);
    ear_frontend_push(fe, x, N, keep, frames);
    ear_frontend_free(fe);
    if (p == ear_passes_all()) {
      memcpy(base, frames, sizeof base);
    }
    assert_memory_equal(base, frames, sizeof base);
  }
  assert_true(ear_passes_force(NULL));
  assert_false(ear_passes_force("abacus"));
}

int
main(int argc, char **argv)
{
  full = argc > 1 && strcmp(argv[1], "full") == 0;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_variant_returns_the_same_bits),
      cmocka_unit_test(clean_samples_are_finite_and_limited),
      cmocka_unit_test(squares_are_summed_alike_for_every_split),
      cmocka_unit_test(decibels_are_within_their_bound_for_every_mantissa),
      cmocka_unit_test(frames_have_the_same_bits_with_every_variant),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
