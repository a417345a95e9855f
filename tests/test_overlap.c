/* SPDX-License-Identifier: ISC */
/* Resampling by two FFTs: tones below 0.91 of the lower Nyquist frequency pass to
   1.5e-6, tones that the output cannot hold leave less than that (-116 dB), noise comes
   as from libsoxr's HQ, and FFT plans of others change nothing. */
#include <math.h>
#include <setjmp.h>
#include <soxr.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "overlap.h"

#define PI 3.14159265358979323846
#define TOLERANCE 1.5e-6

typedef struct {
  size_t n, n_room;
  float *x;
} samples;

static void
keep_samples(void *user, const float *y, size_t n)
{
  samples *s = user;
  assert_true(s->n + n <= s->n_room);
  memcpy(s->x + s->n, y, n * sizeof *y);
  s->n += n;
}

static samples
resample(const float *x, size_t n, double in_hz, double out_hz)
{
  samples s = {.n_room = (size_t)((double)n * out_hz / in_hz) + 2};
  s.x = calloc(s.n_room, sizeof *s.x);
  ear_overlap *ov = ear_overlap_new(in_hz, out_hz);
  assert_true(ov && s.x);
  ear_overlap_push(ov, x, n, keep_samples, &s);
  ear_overlap_finish(ov, keep_samples, &s);
  ear_overlap_free(ov);
  return s;
}

static const double pairs[][2] = {{44100, 22050}, {48000, 22050}, {48000, 32000},
                                  {44100, 32000}, {96000, 22050}, {96000, 32000},
                                  {88200, 22050}, {44100, 48000}, {192000, 32000}};
enum { N_PAIRS = sizeof pairs / sizeof *pairs };

/* Largest difference of a resampled tone from what it should be, in its middle half. */
static double
tone_error(double in_hz, double out_hz, double hz)
{
  const size_t n = (size_t)in_hz / 2;
  const double nyquist = fmin(in_hz, out_hz) / 2, level = hz < nyquist ? 1 : 0;
  float *x = calloc(n, sizeof *x);
  double error = 0;
  assert_non_null(x);
  for (size_t i = 0; i < n; i++) {
    x[i] = (float)sin(2 * PI * hz * (double)i / in_hz);
  }
  samples s = resample(x, n, in_hz, out_hz);
  for (size_t i = s.n / 4; i < s.n * 3 / 4; i++) {
    const double right = level * sin(2 * PI * hz * (double)i / out_hz);
    error = fmax(error, fabs((double)s.x[i] - right));
  }
  free(s.x);
  free(x);
  return error;
}

static void
tones_pass_below_the_edge_and_are_gone_above(void **state)
{
  (void)state;
  double passed = 0, stopped = 0;
  for (int i = 0; i < N_PAIRS; i++) {
    const double in = pairs[i][0], out = pairs[i][1], nyquist = fmin(in, out) / 2;
    assert_true(ear_overlap_possible(in, out));
    for (double share = 0.001; share < 0.9137; share += 0.0912) {
      passed = fmax(passed, tone_error(in, out, share * nyquist));
    }
    for (double hz = 1.001 * nyquist; hz < in / 2; hz += 0.13 * nyquist) {
      stopped = fmax(stopped, tone_error(in, out, hz));
    }
  }
  print_message("tones: passed within %.2g, stopped to %.2g\n", passed, stopped);
  assert_true(passed < TOLERANCE && stopped < TOLERANCE);
}

/* Noise without what lies in the transition band, which no two filters treat alike. */
static void
fill_noise(float *x, size_t n, double in_hz, double edge_hz)
{
  srand(3);
  for (int tone = 0; tone < 200; tone++) {
    const double hz = edge_hz * rand() / RAND_MAX, phase = rand();
    for (size_t i = 0; i < n; i++) {
      x[i] += 0.02f * (float)sin(2 * PI * hz * (double)i / in_hz + phase);
    }
  }
}

static void
music_comes_as_from_soxr(void **state)
{
  (void)state;
  double worst = 0;
  for (int i = 0; i < 4; i++) {
    const double in = pairs[i][0], out = pairs[i][1];
    const size_t n = (size_t)in / 4;
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, SOXR_ROLLOFF_NONE);
    float *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y);
    size_t n_out = 0;
    assert_true(x && y);
    fill_noise(x, n, in, 0.85 * out / 2);
    assert_null(soxr_oneshot(in, out, 1, x, n, NULL, y, n, &n_out, &io, &quality, NULL));
    samples s = resample(x, n, in, out);
    assert_true(s.n == n_out || s.n == n_out + 1); /* half a sample: up or down */
    for (size_t k = s.n / 4; k < s.n * 3 / 4; k++) {
      worst = fmax(worst, fabs((double)s.x[k] - (double)y[k]));
    }
    free(s.x);
    free(x);
    free(y);
  }
  print_message("apart from soxr by %.2g\n", worst);
  assert_true(worst < TOLERANCE);
}

static void
only_simple_ratios_are_taken(void **state)
{
  (void)state;
  assert_false(ear_overlap_possible(44100, 44100));
  assert_false(ear_overlap_possible(47999, 22050));
  assert_false(ear_overlap_possible(44100.5, 22050));
  assert_false(ear_overlap_possible(11025, 32000)); /* its blocks would last too long */
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tones_pass_below_the_edge_and_are_gone_above),
      cmocka_unit_test(music_comes_as_from_soxr),
      cmocka_unit_test(only_simple_ratios_are_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
