/* SPDX-License-Identifier: ISC */
/* The resampler gives the same bits for every split and after every reset, the right
   number of samples at the right time, and allocates nothing between new and finish. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "resample.h"

/* Every allocation of this program, soxr's too, passes here and is counted. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTING 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||               \
    __has_feature(memory_sanitizer)
#undef COUNTING
#endif
#endif

#ifdef COUNTING
static long n_allocations;

void *
malloc(size_t n)
{
  n_allocations++;
  return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
  n_allocations++;
  return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
  n_allocations++;
  return __libc_realloc(p, n);
}
#endif

typedef struct {
  size_t n, n_room;
  float *x;
} samples;

static void
keep_samples(void *user, const float *y, size_t n)
{
  samples *s = user;
  assert_true(n > 0 && s->n + n <= s->n_room);
  memcpy(s->x + s->n, y, n * sizeof *y);
  s->n += n;
}

static samples
room(size_t n)
{
  samples s = {.n_room = n, .x = calloc(n, sizeof(float))};
  assert_non_null(s.x);
  return s;
}

static ear_resampler *
new_resampler(double in_rate_hz, double out_rate_hz)
{
  ear_resampler *rs;
  ear_error err;
  assert_int_equal(ear_resampler_new(&rs, in_rate_hz, out_rate_hz, &err), EAR_OK);
  return rs;
}

/* A tone in noise: no two stretches are alike. */
static float *
signal_at(double rate_hz, size_t n)
{
  float *x = calloc(n, sizeof *x);
  assert_non_null(x);
  srand(1);
  for (size_t i = 0; i < n; i++) {
    x[i] = (float)(0.5 * sin(2765.0 * (double)i / rate_hz)) +
           0.2f * ((float)rand() / (float)RAND_MAX - 0.5f);
  }
  return x;
}

/* Push x[0..n) in blocks of `split`, 0: at random, and finish. */
static samples
run(ear_resampler *rs, const float *x, size_t n, size_t split, size_t n_room)
{
  samples s = room(n_room);
  for (size_t at = 0; at < n;) {
    const size_t wish = split ? split : (size_t)rand() % 3000;
    const size_t n_now = wish < n - at ? wish : n - at;
    ear_resampler_push(rs, x + at, n_now, keep_samples, &s);
    at += n_now;
  }
  ear_resampler_finish(rs, keep_samples, &s);
  return s;
}

static const double rates[] = {8000,  11025, 16000,   22050, 32000, 44100,
                               48000, 96000, 44100.5, 47999, 192000};
enum { N_RATES = sizeof rates / sizeof *rates };

static void
every_split_gives_the_same_bits(void **state)
{
  (void)state;
  static const size_t split[] = {1, 7, 64, 441, 8192, 0, SIZE_MAX};
  for (int r = 0; r < N_RATES; r++) {
    const size_t n = 50021;
    float *x = signal_at(rates[r], n);
    samples first = {0};
    for (size_t k = 0; k < sizeof split / sizeof *split; k++) {
      ear_resampler *rs = new_resampler(rates[r], 22050.0);
      samples s = run(rs, x, n, split[k], 4 * n);
      if (k == 0) {
        first = s;
      } else {
        assert_int_equal(s.n, first.n);
        assert_memory_equal(s.x, first.x, s.n * sizeof *s.x);
        free(s.x);
      }
      ear_resampler_free(rs);
    }
    free(first.x);
    free(x);
  }
}

static void
reset_gives_the_bits_of_new(void **state)
{
  (void)state;
  for (int r = 0; r < N_RATES; r++) {
    const size_t n = 30011;
    float *x = signal_at(rates[r], n);
    ear_resampler *rs = new_resampler(rates[r], 22050.0);
    samples first = run(rs, x, n, 441, 4 * n);
    ear_resampler_reset(rs);
    samples part = room(4 * n);
    ear_resampler_push(rs, x + 1000, 12345, keep_samples, &part);
    ear_resampler_reset(rs);
    samples again = run(rs, x, n, 64, 4 * n);
    assert_int_equal(first.n, again.n);
    assert_memory_equal(first.x, again.x, first.n * sizeof *first.x);
    free(first.x);
    free(part.x);
    free(again.x);
    free(x);
    ear_resampler_free(rs);
  }
}

/* Sample k stands for time k / out_rate: a sine stays in phase, within -110 dB. */
static void
samples_come_at_their_time_and_in_their_number(void **state)
{
  (void)state;
  for (int i = 0; i < N_RATES * N_RATES; i++) {
    const double in = rates[i / N_RATES], out = rates[i % N_RATES];
    const size_t n = (size_t)in / 2 + 13;
    float *x = calloc(n, sizeof *x);
    assert_non_null(x);
    const double step = 2.0 * 3.14159265358979323846 * 997.0;
    for (size_t k = 0; k < n; k++) {
      x[k] = (float)sin(step * (double)k / in);
    }
    ear_resampler *rs = new_resampler(in, out);
    samples s = run(rs, x, n, 512, (size_t)((double)n * out / in) + 2);
    assert_true(fabs((double)s.n - (double)n * out / in) <= 0.5 + 1e-6);
    for (size_t k = s.n / 4; k < s.n * 3 / 4; k++) {
      assert_true(fabs((double)s.x[k] - sin(step * (double)k / out)) < 3e-6);
    }
    ear_resampler_free(rs);
    free(s.x);
    free(x);
  }
}

static void
no_samples_give_none(void **state)
{
  (void)state;
  for (int r = 0; r < N_RATES; r++) {
    ear_resampler *rs = new_resampler(rates[r], 22050.0);
    samples s = run(rs, NULL, 0, 1, 1);
    assert_int_equal(s.n, 0);
    free(s.x);
    ear_resampler_free(rs);
  }
}

static void
pushing_allocates_nothing(void **state)
{
  (void)state;
#ifdef COUNTING
  for (int r = 0; r < N_RATES; r++) {
    const double seconds = rates[r] < 30000.0 ? 60.0 : 10.0; /* 8 kHz grew after 52.8 s */
    const size_t n = (size_t)(seconds * rates[r]);
    float *x = signal_at(rates[r], n);
    samples s = room(22050 * (size_t)(seconds + 1.0));
    ear_resampler *rs = new_resampler(rates[r], 22050.0);
    const long before = n_allocations;
    assert_true(before > 0);
    for (size_t at = 0; at + 441 <= n; at += 441) {
      ear_resampler_push(rs, x + at, 441, keep_samples, &s);
    }
    assert_int_equal(n_allocations, before);
    ear_resampler_free(rs);
    free(s.x);
    free(x);
  }
#else
  skip(); /* the sanitizer has its own malloc */
#endif
}

static void
a_rate_outside_the_range_is_refused_with_a_sentence(void **state)
{
  (void)state;
  const double bad[] = {0.0, 7999.0, 384001.0, NAN, INFINITY, -44100.0};
  for (int i = 0; i < 6; i++) {
    ear_resampler *rs;
    ear_error err = {{0}};
    assert_int_equal(ear_resampler_new(&rs, bad[i], 22050.0, &err), EAR_BAD_ARGUMENT);
    assert_null(rs);
    assert_non_null(strstr(err.text, "8000 to 384000"));
    assert_int_equal(ear_resampler_new(&rs, 22050.0, bad[i], NULL), EAR_BAD_ARGUMENT);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_split_gives_the_same_bits),
      cmocka_unit_test(reset_gives_the_bits_of_new),
      cmocka_unit_test(samples_come_at_their_time_and_in_their_number),
      cmocka_unit_test(no_samples_give_none),
      cmocka_unit_test(pushing_allocates_nothing),
      cmocka_unit_test(a_rate_outside_the_range_is_refused_with_a_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
