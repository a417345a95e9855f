/* SPDX-License-Identifier: ISC */
/* Features are the front end behind the resampler, the same bits for every split of the
   same samples and after a reset, finite whatever is pushed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frontend.h"
#include "npy.h"

typedef struct {
  size_t n_frames, n_room;
  float *x; /* [n_frames][128] */
} frames;

enum { N_BANDS = 128 };

static void
keep_frame(void *user, uint64_t t, const float *band)
{
  frames *f = user;
  assert_int_equal(t, f->n_frames);
  if (f->n_frames == f->n_room) {
    f->n_room = 2 * f->n_room + 64;
    f->x = realloc(f->x, f->n_room * N_BANDS * sizeof *f->x);
    assert_non_null(f->x);
  }
  memcpy(f->x + f->n_frames++ * N_BANDS, band, N_BANDS * sizeof *band);
}

static ear_features *
new_features(double rate_hz)
{
  const ear_front_end config = ear_front_end_default();
  ear_features *fx;
  ear_error err;
  assert_int_equal(ear_features_new(&fx, rate_hz, &config, &err), EAR_OK);
  return fx;
}

/* x[0..n) in blocks of `split`, 0: at random. */
static frames
run(ear_features *fx, const float *x, size_t n, size_t split)
{
  frames f = {0};
  for (size_t at = 0; at < n;) {
    const size_t wish = split ? split : (size_t)rand() % 3000;
    const size_t n_now = wish < n - at ? wish : n - at;
    ear_features_push(fx, x + at, n_now, keep_frame, &f);
    at += n_now;
  }
  ear_features_finish(fx, keep_frame, &f);
  return f;
}

static void
assert_same(const frames *a, const frames *b)
{
  assert_int_equal(a->n_frames, b->n_frames);
  assert_memory_equal(a->x, b->x, a->n_frames * N_BANDS * sizeof *a->x);
}

static const double rates[] = {8000, 22050, 44100, 48000, 96000};
enum { N_RATES = sizeof rates / sizeof *rates };

static void
every_split_and_a_reset_give_the_same_bits(void **state)
{
  (void)state;
  static const size_t split[] = {1, 7, 64, 441, 8192, 0};
  size_t n;
  float *x = read_wav("noise", &n);
  for (int r = 0; r < N_RATES; r++) {
    ear_features *fx = new_features(rates[r]);
    frames whole = run(fx, x, n, SIZE_MAX);
    const double n_out = round((double)n * 22050.0 / rates[r]);
    assert_int_equal(whole.n_frames, ((size_t)n_out - 2048) / 512 + 1);
    for (size_t s = 0; s < sizeof split / sizeof *split; s++) {
      ear_features_reset(fx);
      frames f = run(fx, x, n, split[s]);
      assert_same(&f, &whole);
      free(f.x);
    }
    ear_features_free(fx);
    free(whole.x);
  }
  free(x);
}

static void
equal_rates_pass_straight_through(void **state)
{
  (void)state;
  size_t n;
  float *x = read_wav("sweep", &n);
  ear_features *fx = new_features(22050.0);
  frames f = run(fx, x, n, 1000);
  const ear_front_end config = ear_front_end_default();
  ear_frontend *fe;
  assert_int_equal(ear_frontend_new(&fe, &config, NULL), EAR_OK);
  frames direct = {0};
  ear_frontend_push(fe, x, n, keep_frame, &direct);
  assert_same(&f, &direct);
  ear_frontend_free(fe);
  ear_features_free(fx);
  free(direct.x);
  free(f.x);
  free(x);
}

/* What is not a number counts as 0, what is beyond +-32 as +-32. */
static void
wild_values_are_cleaned(void **state)
{
  (void)state;
  static const float wild[] = {NAN, INFINITY, -INFINITY, 1e30f, -33.0f, 1e-42f, -NAN};
  static const float tame[] = {0.0f, 0.0f, 0.0f, 32.0f, -32.0f, 1e-42f, 0.0f};
  enum { N = 30000 };
  static float x[N], y[N];
  for (size_t i = 0; i < N; i++) {
    const size_t k = (size_t)rand() % 9;
    x[i] = k < 7 ? wild[k] : 0.25f;
    y[i] = k < 7 ? tame[k] : 0.25f;
  }
  for (int r = 0; r < N_RATES; r++) {
    ear_features *fx = new_features(rates[r]);
    frames f = run(fx, x, N, 441);
    ear_features_reset(fx);
    frames g = run(fx, y, N, 441);
    assert_same(&f, &g);
    for (size_t i = 0; i < f.n_frames * N_BANDS; i++) {
      assert_true(isfinite(f.x[i]));
    }
    ear_features_free(fx);
    free(f.x);
    free(g.x);
  }
}

static void
what_cannot_be_computed_is_refused(void **state)
{
  (void)state;
  ear_front_end config = ear_front_end_default();
  ear_features *fx;
  ear_error err = {{0}};
  assert_int_equal(ear_features_new(&fx, 100.0, &config, &err), EAR_BAD_ARGUMENT);
  assert_null(fx);
  assert_non_null(strstr(err.text, "100 Hz"));
  config.hop = 0;
  assert_int_equal(ear_features_new(&fx, 44100.0, &config, &err), EAR_BAD_ARGUMENT);
  assert_null(fx);
  assert_non_null(strstr(err.text, "hop"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_split_and_a_reset_give_the_same_bits),
      cmocka_unit_test(equal_rates_pass_straight_through),
      cmocka_unit_test(wild_values_are_cleaned),
      cmocka_unit_test(what_cannot_be_computed_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
