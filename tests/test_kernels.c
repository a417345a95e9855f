/* SPDX-License-Identifier: ISC */
/* Every kernel variant of this CPU returns the bits of kernels_ref.c: all kernel sizes
   1..7, rows 1..40, channels 1..200, pools 1..2, and the extreme values 255, 127 and
   -127. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels.h"
#include "random_model.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 0xa5 };

/* FNV-1a of everything that the reference gave, the same on every machine. */
static uint64_t digest = UINT64_C(0xcbf29ce484222325);
static const char *best; /* the variant that this machine must choose; NULL: any */

static void
digest_bytes(const void *p, size_t n)
{
  const uint8_t *q = p;
  for (size_t i = 0; i < n; ++i) {
    digest = (digest ^ q[i]) * UINT64_C(0x100000001b3);
  }
}

/* Windows of pool_t * kt columns with slack, and all that a filter needs. */
typedef struct {
  ear_filter k;
  uint8_t *column;
  const uint8_t *window[7 * EAR_MAX_POOL];
  int8_t *weight;
  int32_t *bias, *multiplier, *shift;
} bed;

static void *
take(size_t n)
{
  void *p = aligned_alloc(64, (n + 127) / 64 * 64);
  assert_non_null(p);
  memset(p, 0, (n + 127) / 64 * 64);
  return p;
}

/* Values: 0: random; 1: all 255 x 127; 2: all 255 x -127; 3: zeros and extremes;
   4: small ones and powers of two, so that halves must be rounded. */
static void
fill_bed(bed *b, uint64_t *s, uint32_t kind, size_t n_weights, size_t column)
{
  for (size_t i = 0; i < b->k.pool_t * b->k.kt * column; ++i) {
    b->column[i] = kind == 0   ? (uint8_t)random_next(s)
                   : kind == 3 ? (uint8_t)(random_in(s, 0, 1) * 255)
                   : kind == 4 ? (uint8_t)random_in(s, 0, 3)
                               : 255;
  }
  for (size_t i = 0; i < n_weights; ++i) {
    const int32_t w = kind == 3 ? (int32_t)random_in(s, 0, 1) * 254 - 127
                                : (int32_t)random_in(s, 0, 254) - 127;
    b->weight[i] = (int8_t)(kind == 1 ? 127 : kind == 2 ? -127 : kind == 4 ? w % 2 : w);
  }
  for (uint32_t o = 0; o < b->k.c_out; ++o) {
    b->bias[o] = (int32_t)(random_next(s) & 0x3fffff) - 0x1fffff;
    b->multiplier[o] = (int32_t)random_in(s, 1u << 30, INT32_MAX);
    const uint32_t wide = random_in(s, 0, 9);
    b->shift[o] = wide ? (int32_t)random_in(s, 4, 16) : (int32_t)random_in(s, 0, 51) - 20;
    if (kind == 4) {
      b->bias[o] = (int32_t)random_in(s, 0, 40) - 20;
      b->multiplier[o] = 1 << 30;
      b->shift[o] = (int32_t)random_in(s, 0, 2);
    }
  }
}

static bed
new_bed(uint64_t *s, const ear_filter *k, bool full)
{
  bed b = {.k = *k};
  const size_t column = (size_t)k->rows_in * k->c_in;
  const size_t n_weights = (size_t)k->kt * k->kf * k->c_out * (full ? k->c_in : 1);
  const size_t lanes =
      (k->c_out + EAR_LANES - 1) / EAR_LANES * EAR_LANES * sizeof(int32_t);
  b.column = take(k->pool_t * k->kt * column + EAR_SLACK);
  b.weight = take(n_weights);
  b.bias = take(lanes);
  b.multiplier = take(lanes);
  b.shift = take(lanes);
  for (uint32_t t = 0; t < k->pool_t * k->kt; ++t) {
    b.window[t] = b.column + t * column;
  }
  fill_bed(&b, s, random_in(s, 0, 6) % 5, n_weights, column);
  b.k.weight = b.weight;
  b.k.bias = b.bias;
  b.k.multiplier = b.multiplier;
  b.k.shift = b.shift;
  b.k.zero_point = random_in(s, 0, 2) ? (int32_t)random_in(s, 0, 255) : 0;
  b.k.scratch = take(k->pool_t * k->kt * (column + EAR_SLACK) * sizeof(int16_t));
  return b;
}

static void
free_bed(bed *b)
{
  free(b->column);
  free(b->weight);
  free(b->bias);
  free(b->multiplier);
  free(b->shift);
  free(b->k.scratch);
}

/* All variants on one filter; nothing may be written past the end. */
static void
compare_filter(bed *b, bool full)
{
  const size_t n = (size_t)b->k.rows_out * b->k.c_out;
  uint8_t *want = take(n), *got = take(n + EAR_SLACK);
  (full ? ear_kernels_ref.conv : ear_kernels_ref.depthwise)(&b->k, b->window, want);
  digest_bytes(want, n);
  for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
    ear_filter k = b->k;
    const size_t size =
        full ? (*v)->conv_packed_size(&k) : (*v)->depthwise_packed_size(&k);
    void *packed = take(size);
    (full ? (*v)->conv_pack : (*v)->depthwise_pack)(&k, packed);
    k.packed = packed;
    memset(got, GUARD, n + EAR_SLACK);
    (full ? (*v)->conv : (*v)->depthwise)(&k, b->window, got);
    assert_memory_equal(got, want, n);
    assert_int_equal(got[n], GUARD);
    free(packed);
  }
  free(want);
  free(got);
}

/* Two thirds of the full ones pooled, rows_out being the convolution's then. */
static void
check_filter(uint64_t *s, uint32_t kt, uint32_t kf, uint32_t sf, uint32_t rows_out,
             uint32_t c_in, uint32_t c_out, bool full)
{
  const bool pooled = full && random_in(s, 0, 2);
  const uint32_t pool_t = pooled ? random_in(s, 1, EAR_MAX_POOL) : 1;
  const uint32_t pool_f = pooled ? random_in(s, 1, EAR_MAX_POOL) : 1;
  const uint32_t more = random_in(s, 0, sf - 1);
  const ear_filter k = {.kt = kt,
                        .kf = kf,
                        .sf = sf,
                        .rows_in = (rows_out + pool_f - 2) * sf + kf + more,
                        .rows_out = (rows_out + pool_f - 1) / pool_f,
                        .pool_t = pool_t,
                        .pool_f = pool_f,
                        .c_in = c_in,
                        .c_out = full ? c_out : c_in};
  bed b = new_bed(s, &k, full);
  compare_filter(&b, full);
  free_bed(&b);
}

static void
conv_equals_reference_for_every_size(void **state)
{
  uint64_t s = 1;
  (void)state;
  for (uint32_t kt = 1; kt <= 7; ++kt) {
    for (uint32_t kf = 1; kf <= 7; ++kf) {
      const uint32_t sf = random_in(&s, 1, 3), rows = random_in(&s, 1, 14);
      const uint32_t c_in = random_in(&s, 1, 20), c_out = random_in(&s, 1, 40);
      check_filter(&s, kt, kf, sf, rows, c_in, c_out, true);
    }
  }
  for (uint32_t c = 1; c <= 70; ++c) {
    const uint32_t kt = random_in(&s, 1, 3), kf = random_in(&s, 1, 3);
    check_filter(&s, kt, kf, 1, 7, c, 5, true);
    check_filter(&s, kf, kt, 1, 7, 3, c, true);
  }
  for (uint32_t c = 71; c <= 200; c += 3) { /* several groups of channels */
    check_filter(&s, 2, 1, 1, random_in(&s, 1, 9), 6, c, true);
  }
  for (uint32_t rows = 1; rows <= 40; ++rows) {
    check_filter(&s, 3, 3, random_in(&s, 1, 2), rows, 4, 17, true);
    check_filter(&s, 1, 1, 1, rows, 33, 16, true);
    check_filter(&s, 3, 3, 1, rows, 1, rows + 8, true); /* as the first of a network */
    check_filter(&s, 5, 5, 2, rows, 1, rows + 8, true);
  }
}

static void
depthwise_equals_reference_for_every_size(void **state)
{
  uint64_t s = 2;
  (void)state;
  for (uint32_t kt = 1; kt <= 7; ++kt) {
    for (uint32_t kf = 1; kf <= 7; ++kf) {
      const uint32_t sf = random_in(&s, 1, 3), rows = random_in(&s, 1, 14);
      check_filter(&s, kt, kf, sf, rows, random_in(&s, 1, 70), 0, false);
    }
  }
  for (uint32_t c = 1; c <= 70; ++c) {
    check_filter(&s, 3, 3, 1, random_in(&s, 1, 40), c, 0, false);
  }
  for (uint32_t rows = 1; rows <= 40; ++rows) {
    check_filter(&s, 2, 3, 2, rows, random_in(&s, 1, 200), 0, false);
  }
}

/* Both pools of all variants on one random window. */
static void
check_pool(uint64_t *s, uint32_t kt, uint32_t kf, uint32_t rows, uint32_t channels)
{
  ear_pool k = {.kt = kt,
                .kf = kf,
                .sf = random_in(s, 1, 3),
                .rows_out = rows,
                .channels = channels};
  const size_t column = (size_t)((rows - 1) * k.sf + kf) * channels;
  const size_t n = (size_t)rows * channels;
  uint8_t *x = take(kt * column + EAR_SLACK), *want = take(n), *got = take(n + EAR_SLACK);
  const uint8_t *window[7];
  assert_int_equal(ear_quantize_multiplier(1.0 / (kt * kf), &k.multiplier, &k.shift), 0);
  const bool extreme = random_in(s, 0, 3) == 0;
  for (size_t i = 0; i < kt * column; ++i) {
    x[i] = extreme ? 255 : (uint8_t)random_next(s);
  }
  for (uint32_t t = 0; t < kt; ++t) {
    window[t] = x + t * column;
  }
  for (uint32_t average = 0; average < 2; ++average) {
    (average ? ear_kernels_ref.avgpool : ear_kernels_ref.maxpool)(&k, window, want);
    digest_bytes(want, n);
    for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
      memset(got, GUARD, n + EAR_SLACK);
      (average ? (*v)->avgpool : (*v)->maxpool)(&k, window, got);
      assert_memory_equal(got, want, n);
      assert_int_equal(got[n], GUARD);
    }
  }
  free(x);
  free(want);
  free(got);
}

static void
pools_equal_reference_for_every_size(void **state)
{
  uint64_t s = 3;
  (void)state;
  for (uint32_t kt = 1; kt <= 7; ++kt) {
    for (uint32_t kf = 1; kf <= 7; ++kf) {
      const uint32_t rows = random_in(&s, 1, 40);
      check_pool(&s, kt, kf, rows, random_in(&s, 1, 70));
    }
  }
  for (uint32_t c = 1; c <= 70; ++c) {
    check_pool(&s, 2, 2, random_in(&s, 1, 40), c);
  }
}

static void
add_equals_reference_for_every_length(void **state)
{
  uint64_t s = 4;
  uint8_t a[256], b[256], want[256], got[256];
  (void)state;
  for (uint32_t n = 1; n <= 150; ++n) {
    ear_sum k = {.n = n, .factor_b = 1 << 20};
    k.zero_a = (int32_t)random_in(&s, 0, 255);
    k.zero_b = (int32_t)random_in(&s, 0, 255);
    k.factor_a = (int32_t)random_in(&s, 0, 1 << 20);
    k.multiplier = (int32_t)random_in(&s, 1u << 30, INT32_MAX);
    k.shift = (int32_t)random_in(&s, 15, 31);
    k.zero_point = (int32_t)random_in(&s, 0, 255);
    for (size_t i = 0; i < sizeof a; ++i) {
      a[i] = n % 3 ? (uint8_t)random_next(&s) : 255;
      b[i] = n % 5 ? (uint8_t)random_next(&s) : 255;
    }
    ear_kernels_ref.add(&k, a, b, want);
    digest_bytes(want, n);
    for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
      memset(got, GUARD, sizeof got);
      (*v)->add(&k, a, b, got);
      assert_memory_equal(got, want, n);
      assert_int_equal(got[n], GUARD);
    }
  }
}

/* Vectors of n values under `most`, all alike if n is even. */
static void
fill_vectors(uint64_t *s, int16_t *const *x, uint32_t n_x, uint32_t n, uint32_t most)
{
  for (uint32_t i = 0; i < n_x * n; ++i) {
    x[i / n][i % n] = (int16_t)(n % 2 ? random_in(s, 0, most) : most);
  }
}

/* All variants on one to three vectors of n values. */
static void
check_dense(uint64_t *s, uint32_t n, uint32_t n_out)
{
  const uint32_t n_x = random_in(s, 1, EAR_MAX_VECTORS);
  int8_t *w = malloc((size_t)n * n_out); /* exact: reading past it is an error */
  int32_t *bias = malloc(n_out * sizeof *bias), *want[3], *got[3];
  int16_t *x[3];
  assert_true(w && bias);
  for (uint32_t h = 0; h < 3; ++h) {
    x[h] = take((n + EAR_SLACK) * sizeof *x[h]);
    want[h] = malloc(n_out * sizeof *want[h]);
    got[h] = malloc(n_out * sizeof *got[h]);
    assert_true(want[h] && got[h]);
  }
  for (size_t i = 0; i < (size_t)n * n_out; ++i) {
    w[i] = (int8_t)(n % 4 ? (int32_t)random_in(s, 0, 254) - 127 : n % 8 ? 127 : -127);
  }
  for (uint32_t o = 0; o < n_out; ++o) {
    bias[o] = (int32_t)random_in(s, 0, 1 << 24) - (1 << 23);
  }
  fill_vectors(s, x, n_x, n, random_in(s, 0, 2) ? 4080 : 255);
  ear_product k = {.n_in = n, .n_out = n_out, .weight = w, .bias = bias};
  k.scratch = take((size_t)2 * EAR_MAX_VECTORS * (n + EAR_SLACK));
  const int16_t *const from[3] = {x[0], x[1], x[2]};
  ear_kernels_ref.dense(&k, n_x, from, want);
  for (uint32_t h = 0; h < n_x; ++h) {
    digest_bytes(want[h], n_out * sizeof *want[h]);
  }
  for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
    void *packed = take((*v)->dense_packed_size(&k));
    (*v)->dense_pack(&k, packed);
    k.packed = packed;
    (*v)->dense(&k, n_x, from, got);
    for (uint32_t h = 0; h < n_x; ++h) {
      assert_memory_equal(got[h], want[h], n_out * sizeof *got[h]);
    }
    free(packed);
  }
  for (uint32_t h = 0; h < 3; ++h) {
    free(x[h]);
    free(want[h]);
    free(got[h]);
  }
  free(k.scratch);
  free(w);
  free(bias);
}

static void
dense_equals_reference_for_every_length(void **state)
{
  uint64_t s = 5;
  (void)state;
  for (uint32_t n = 1; n <= 600; n += n < 140 ? 1 : 37) {
    check_dense(&s, n, random_in(&s, 1, 9));
  }
  for (uint32_t n_out = 1; n_out <= 100; ++n_out) {
    check_dense(&s, random_in(&s, 1, 40), n_out);
  }
}

/* Sums, averages and the step from one dense layer to the next. */
static void
head_equals_reference_for_every_length(void **state)
{
  enum { MOST = 150 };
  uint64_t s = 6;
  (void)state;
  for (uint32_t n = 1; n <= MOST; ++n) {
    uint8_t in[MOST], out[MOST];
    int64_t sum[MOST], want_sum[MOST], got_sum[MOST];
    int32_t acc[MOST], multiplier[MOST], shift[MOST];
    int16_t got[MOST];
    const uint32_t rows = n % 3 ? 1 : 3;
    const uint64_t ticks = UINT64_C(1) << random_in(&s, 0, 30);
    for (uint32_t i = 0; i < n; ++i) {
      in[i] = (uint8_t)random_next(&s);
      out[i] = (uint8_t)random_next(&s);
      sum[i] = (int64_t)(random_next(&s) % (255 * ticks + 1));
      acc[i] = (int32_t)(n % 4 ? random_next(&s) & 0xffffff : random_next(&s));
      multiplier[i] = (int32_t)random_in(&s, 1u << 30, INT32_MAX);
      shift[i] = (int32_t)random_in(&s, n % 5 ? 8 : 0, 20) - (n % 5 ? 0 : 20);
    }
    const ear_average a = {
        .rows = rows, .n_out = n / rows, .unit = 16, .n = ticks * rows};
    const ear_rescale k = {.n = n,
                           .multiplier = multiplier,
                           .shift = shift,
                           .zero_point = (int32_t)random_in(&s, 0, 4080),
                           .most = n % 2 ? 4080 : 255};
    int16_t average[MOST], rescaled[MOST];
    ear_kernels_ref.average(&a, sum, average);
    ear_kernels_ref.rescale(&k, acc, rescaled);
    digest_bytes(average, n / rows * sizeof *average);
    digest_bytes(rescaled, n * sizeof *rescaled);
    for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
      for (uint32_t part = 0; part < 2; ++part) {
        memcpy(want_sum, sum, sizeof sum);
        memcpy(got_sum, sum, sizeof sum);
        ear_kernels_ref.accumulate(n, in, part ? out : NULL, want_sum);
        (*v)->accumulate(n, in, part ? out : NULL, got_sum);
        assert_memory_equal(got_sum, want_sum, n * sizeof *sum);
      }
      (*v)->widen(n, in, got);
      for (uint32_t i = 0; i < n; ++i) {
        assert_int_equal(got[i], in[i]);
      }
      (*v)->average(&a, sum, got);
      assert_memory_equal(got, average, n / rows * sizeof *got);
      (*v)->rescale(&k, acc, got);
      assert_memory_equal(got, rescaled, n * sizeof *got);
    }
  }
}

static void
a_variant_can_be_forced_and_released(void **state)
{
  (void)state;
  assert_true(ear_kernels_force("ref"));
  assert_string_equal(ear_kernels_name(), "ref");
  assert_false(ear_kernels_force("abacus"));
  assert_true(ear_kernels_force(NULL));
  assert_ptr_equal(ear_kernels_get(), ear_kernels_all()[0]);
  if (best) {
    assert_string_equal(ear_kernels_name(), best);
  }
}

/* Every random number is drawn in a statement of its own, so that compilers agree. */
static void
every_machine_gives_the_same_bits(void **state)
{
  (void)state;
  assert_int_equal(digest, UINT64_C(0xf75825477b0d40e));
}

int
main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(conv_equals_reference_for_every_size),
      cmocka_unit_test(depthwise_equals_reference_for_every_size),
      cmocka_unit_test(pools_equal_reference_for_every_size),
      cmocka_unit_test(add_equals_reference_for_every_length),
      cmocka_unit_test(dense_equals_reference_for_every_length),
      cmocka_unit_test(head_equals_reference_for_every_length),
      cmocka_unit_test(a_variant_can_be_forced_and_released),
      cmocka_unit_test(every_machine_gives_the_same_bits),
  };
  best = argc > 1 ? argv[1] : NULL;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
