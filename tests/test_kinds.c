/* SPDX-License-Identifier: ISC */
/* MFCC, chroma, spectral contrast and tonnetz equal librosa 0.11 in double precision:
   MFCC within 1e-2, chroma and tonnetz within 1e-4, contrast within 1e-2 dB; every
   mixture of kinds is its parts side by side, whatever the split; contrast is its
   definition for every window; and silence says nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chroma.h"
#include "contrast.h"
#include "frontend.h"

#define GOLDEN_PART "/librosa-features/"
#include "npy.h"

enum { ALL_KINDS = 31 };

typedef struct {
  uint32_t n_values;
  size_t n_frames, n_room;
  float *x; /* [n_frames][n_values] */
} frames;

static void
keep_frame(void *user, uint64_t t, const float *value)
{
  frames *f = user;
  assert_int_equal(t, f->n_frames);
  if (f->n_frames == f->n_room) {
    f->n_room = 2 * f->n_room + 64;
    f->x = realloc(f->x, f->n_room * f->n_values * sizeof *f->x);
    assert_non_null(f->x);
  }
  memcpy(f->x + f->n_frames++ * f->n_values, value, f->n_values * sizeof *value);
}

static ear_front_end
front_end_of(uint32_t kinds)
{
  ear_front_end c = ear_front_end_default();
  c.kinds = kinds;
  return c;
}

/* x[0..n) in blocks of `split`. */
static frames
compute(const ear_front_end *config, const float *x, size_t n, size_t split)
{
  ear_frontend *fe;
  frames f = {.n_values = ear_front_end_values(config)};
  assert_int_equal(ear_frontend_new(&fe, config, NULL), EAR_OK);
  for (size_t at = 0; at < n; at += split) {
    ear_frontend_push(fe, x + at, n - at < split ? n - at : split, keep_frame, &f);
  }
  ear_frontend_free(fe);
  return f;
}

static const struct {
  const char *name;
  ear_kind kind;
  double tolerance;
} golden[] = {{"mfcc", EAR_KIND_MFCC, 1e-2},
              {"chroma", EAR_KIND_CHROMA, 1e-4},
              {"contrast", EAR_KIND_CONTRAST, 1e-2},
              {"tonnetz", EAR_KIND_TONNETZ, 1e-4}};
enum { N_GOLDEN = sizeof golden / sizeof *golden };

static void
check_signal(const char *name)
{
  size_t n;
  float *x = read_wav(name, &n);
  for (int i = 0; i < N_GOLDEN; i++) {
    char suffix[32];
    snprintf(suffix, sizeof suffix, "_%s_f64.npy", golden[i].name);
    npy_matrix ref = read_npy(name, suffix);
    const ear_front_end c = front_end_of(golden[i].kind);
    frames f = compute(&c, x, n, n);
    double error = 0;
    assert_int_equal(f.n_frames, ref.n_columns);
    assert_int_equal(f.n_values, ref.n_rows);
    for (size_t k = 0; k < ref.n_rows * ref.n_columns; k++) {
      const size_t v = k / ref.n_columns, t = k % ref.n_columns;
      error = fmax(error, fabs((double)f.x[t * f.n_values + v] - ref.x[k]));
    }
    print_message("%s: %s within %.2g of librosa, %zu frames\n", name, golden[i].name,
                  error, f.n_frames);
    assert_true(error <= golden[i].tolerance);
    free(f.x);
    free(ref.x);
  }
  free(x);
}

static void
every_kind_equals_librosa(void **state)
{
  (void)state;
  check_signal("noise");
  check_signal("chords");
}

static void
chroma_filters_equal_librosa(void **state)
{
  (void)state;
  const ear_front_end c = ear_front_end_default();
  npy_matrix ref = read_npy("chroma_filter_12x1025", "_f64.npy");
  assert_int_equal(ref.n_rows, EAR_N_CHROMA);
  double error = 0;
  for (uint32_t k = 0; k < ref.n_columns; k++) {
    double weight[EAR_N_CHROMA];
    ear_chroma_weights(&c, k, weight);
    for (size_t i = 0; i < EAR_N_CHROMA; i++) {
      error = fmax(error, fabs(weight[i] - ref.x[i * ref.n_columns + k]));
    }
  }
  print_message("chroma filters within %.2g\n", error);
  assert_true(error <= 1e-12);
  free(ref.x);
}

/* The kinds of a mixture, computed alone, side by side. */
static void
check_mixture(uint32_t kinds, const frames alone[5], const float *x, size_t n)
{
  static const size_t split[] = {1, 7, 441, 8192};
  const ear_front_end c = front_end_of(kinds);
  frames f = compute(&c, x, n, split[kinds % 4]);
  assert_int_equal(f.n_frames, alone[0].n_frames);
  for (size_t t = 0; t < f.n_frames; t++) {
    const float *value = f.x + t * f.n_values;
    for (uint32_t i = 0; i < 5; i++) {
      const size_t n_part = kinds >> i & 1 ? alone[i].n_values : 0;
      assert_memory_equal(value, alone[i].x + t * alone[i].n_values,
                          n_part * sizeof *value);
      value += n_part;
    }
    assert_ptr_equal(value, f.x + (t + 1) * f.n_values);
  }
  free(f.x);
}

static void
a_mixture_is_its_kinds_side_by_side_for_every_split(void **state)
{
  static const uint32_t n_values[5] = {128, 20, 12, 7, 6};
  frames alone[5];
  size_t n;
  (void)state;
  float *x = read_wav("chords", &n);
  for (uint32_t i = 0; i < 5; i++) {
    const ear_front_end c = front_end_of(1u << i);
    alone[i] = compute(&c, x, n, n);
    assert_int_equal(alone[i].n_values, n_values[i]);
  }
  for (uint32_t kinds = 1; kinds <= ALL_KINDS; kinds++) {
    check_mixture(kinds, alone, x, n);
  }
  ear_front_end few = front_end_of(EAR_KIND_MFCC); /* fewer MFCCs are the first ones */
  few.n_mfcc = 3;
  frames f = compute(&few, x, n, n);
  assert_int_equal(f.n_values, 3);
  for (size_t t = 0; t < f.n_frames; t++) {
    assert_memory_equal(f.x + 3 * t, alone[1].x + 20 * t, 3 * sizeof *f.x);
  }
  free(f.x);
  for (uint32_t i = 0; i < 5; i++) {
    free(alone[i].x);
  }
  free(x);
}

/* Bands at the floor, no pitch, no contrast, and so no direction. */
static void
silence_says_nothing(void **state)
{
  static const float silence[4096], whisper[4096] = {[2000] = 1e-20f, [3000] = -1e-21f};
  (void)state;
  const ear_front_end c = front_end_of(ALL_KINDS);
  for (int i = 0; i < 2; i++) {
    frames f = compute(&c, i ? whisper : silence, 4096, 512);
    assert_int_equal(f.n_frames, 5);
    for (size_t k = 0; k < f.n_frames * f.n_values; k++) {
      const size_t v = k % f.n_values;
      const double wanted = v < 128 ? -100 : v == 128 ? -100 * sqrt(128.0) : 0;
      assert_true(fabs((double)f.x[k] - wanted) < 1e-3);
    }
    free(f.x);
  }
}

/* The mean of x[0..n). */
static double
mean(const double *x, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    sum += x[i] / (double)n;
  }
  return sum;
}

static int
by_size(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* Contrast by its definition: amplitudes sorted, in double. */
static double
sorted_contrast(const ear_contrast_band *band, const float *power)
{
  static double sorted[8193];
  const size_t n = band->end - band->first, m = band->n_extreme;
  for (size_t k = 0; k < n; k++) {
    sorted[k] = sqrt((double)power[band->first + k]);
  }
  qsort(sorted, n, sizeof *sorted, by_size);
  return 10 * log10(fmax(mean(sorted + n - m, m), 1e-10) / fmax(mean(sorted, m), 1e-10));
}

/* The bands by their definition: which bins librosa takes, and how many are extreme. */
static ear_contrast_band
defined_band(const ear_front_end *c, int i)
{
  const double low = i ? 200 * pow(2, i - 1) : 0, high = 200 * pow(2, i);
  uint32_t first = UINT32_MAX, last = 0;
  for (uint32_t k = 0; k <= c->n_fft / 2; k++) {
    const double hz = k * (double)c->rate_hz / c->n_fft;
    if (hz >= low && (hz <= high || i == 6)) {
      first = k < first ? k : first;
      last = k;
    }
  }
  first -= i > 0;
  const double n = fmax(1, rint(0.02 * (last - first + 1)));
  return (ear_contrast_band){first, i < 6 ? last : last + 1, (uint32_t)n};
}

static void
contrast_is_the_sorted_extremes_for_every_window(void **state)
{
  static const struct {
    float rate_hz;
    uint32_t n_fft;
  } sizes[] = {{22050, 2048}, {22050, 128},    {12801, 128},  {25600, 128},
               {48000, 4096}, {384000, 16384}, {25600, 2048}, {384000, 2048}};
  static float power[8193];
  (void)state;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    ear_front_end c = front_end_of(EAR_KIND_CONTRAST);
    ear_contrast_band band[EAR_N_CONTRAST];
    c.rate_hz = sizes[s].rate_hz;
    c.n_fft = sizes[s].n_fft;
    c.hop = 64;
    c.high_hz = c.rate_hz / 2;
    assert_null(ear_front_end_problem(&c));
    ear_contrast_bands(&c, band);
    for (int order = 0; order < 4; order++) { /* rising, falling, none, half silent */
      float contrast[EAR_N_CONTRAST];
      for (uint32_t k = 0; k <= c.n_fft / 2; k++) {
        const float at = (float)k / (float)c.n_fft;
        power[k] = order == 0   ? 0.1f + at
                   : order == 1 ? 1.1f - at
                   : order == 3 ? (float)(k % 2)
                                : (float)(1 + rand() % 1000) / 100;
      }
      ear_contrast(band, power, contrast);
      for (int i = 0; i < EAR_N_CONTRAST; i++) {
        const ear_contrast_band wanted = defined_band(&c, i);
        assert_memory_equal(&band[i], &wanted, sizeof wanted);
        assert_true(fabs((double)contrast[i] - sorted_contrast(&wanted, power)) < 1e-5);
      }
    }
  }
}

static void
kinds_that_cannot_be_are_refused_with_a_sentence(void **state)
{
  ear_front_end bad[9];
  (void)state;
  for (int i = 0; i < 9; i++) {
    bad[i] = front_end_of(ALL_KINDS);
    assert_null(ear_front_end_problem(&bad[i]));
  }
  bad[0].kinds = 0;
  bad[1].kinds = 32;
  bad[2].power = true;
  bad[3].n_mfcc = 0;
  bad[4].kinds = EAR_KIND_MFCC;
  bad[4].n_mfcc = 129;
  bad[5].n_bands = 212; /* 257 values */
  bad[6].rate_hz = 12800;
  bad[6].high_hz = 6400;
  bad[7].n_fft = 64;
  bad[7].hop = 64;
  bad[8].n_bands = bad[8].n_mfcc = 0;
  for (int i = 0; i < 9; i++) {
    ear_frontend *fe;
    ear_error err = {{0}};
    const ear_front_end good = front_end_of(ALL_KINDS);
    assert_false(ear_front_end_equal(&bad[i], &good));
    assert_int_equal(ear_frontend_new(&fe, &bad[i], &err), EAR_BAD_ARGUMENT);
    assert_null(fe);
    assert_true(strlen(err.text) > 40);
  }
  bad[5].n_bands = 211;
  assert_null(ear_front_end_problem(&bad[5]));
  ear_front_end a = front_end_of(EAR_KIND_MEL), b = a;
  b.n_mfcc = 3; /* of no meaning here */
  assert_true(ear_front_end_equal(&a, &b));
  b.kinds = a.kinds = EAR_KIND_MFCC;
  assert_false(ear_front_end_equal(&a, &b));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chroma_filters_equal_librosa),
      cmocka_unit_test(every_kind_equals_librosa),
      cmocka_unit_test(a_mixture_is_its_kinds_side_by_side_for_every_split),
      cmocka_unit_test(silence_says_nothing),
      cmocka_unit_test(contrast_is_the_sorted_extremes_for_every_window),
      cmocka_unit_test(kinds_that_cannot_be_are_refused_with_a_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
