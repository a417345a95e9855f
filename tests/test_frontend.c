/* SPDX-License-Identifier: ISC */
/* Log-mel frames equal librosa 0.11 in double precision: mel power within 3e-7 of the
   file's largest value, dB with an 80 dB floor within 1e-3 (sweep) and 4e-6 (noise), both
   alignments, with FFTW and with KissFFT; and frames do not depend on the split. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frontend.h"
#include "mel.h"
#include "npy.h"

#define POWER_TOLERANCE 3e-7 /* of the largest value; reached by both FFTs */
#define FLOOR_DB 80.0

typedef struct {
  uint32_t n_bands;
  size_t n_frames, n_room;
  float *x; /* [n_frames][n_bands] */
} frames;

static void
keep_frame(void *user, uint64_t t, const float *band)
{
  frames *f = user;
  assert_int_equal(t, f->n_frames);
  if (f->n_frames == f->n_room) {
    f->n_room = 2 * f->n_room + 64;
    f->x = realloc(f->x, f->n_room * f->n_bands * sizeof *f->x);
    assert_non_null(f->x);
  }
  memcpy(f->x + f->n_frames++ * f->n_bands, band, f->n_bands * sizeof *band);
}

static ear_frontend *
new_frontend(const ear_front_end *config)
{
  ear_frontend *fe;
  ear_error err;
  assert_int_equal(ear_frontend_new(&fe, config, &err), EAR_OK);
  return fe;
}

static frames
compute(const char *name, bool centred, bool power)
{
  static const float zero[1024];
  ear_front_end config = ear_front_end_default();
  config.power = power;
  frames f = {.n_bands = config.n_bands};
  ear_frontend *fe = new_frontend(&config);
  size_t n;
  float *x = read_wav(name, &n);
  ear_frontend_push(fe, zero, centred ? 1024 : 0, keep_frame, &f);
  ear_frontend_push(fe, x, n, keep_frame, &f);
  ear_frontend_push(fe, zero, centred ? 1024 : 0, keep_frame, &f);
  ear_frontend_free(fe);
  free(x);
  return f;
}

static double
largest(const npy_matrix *m)
{
  double most = 0.0;
  for (size_t i = 0; i < m->n_rows * m->n_columns; i++) {
    most = fmax(most, m->x[i]);
  }
  return most;
}

/* Largest difference of mel power, of the reference's largest value. */
static double
power_error(const frames *f, const npy_matrix *ref)
{
  double error = 0.0;
  for (size_t t = 0; t < f->n_frames; t++) {
    for (size_t b = 0; b < ref->n_rows; b++) {
      const double x = (double)f->x[t * f->n_bands + b];
      error = fmax(error, fabs(x - ref->x[b * ref->n_columns + t]));
    }
  }
  const double most = largest(ref);
  return most > 0.0 ? error / most : error;
}

/* The same of dB under the file's largest, at least -80. */
static double
db_error(const frames *f, const npy_matrix *ref_db)
{
  double most = -1000.0;
  for (size_t i = 0; i < f->n_frames * f->n_bands; i++) {
    most = fmax(most, (double)f->x[i]);
  }
  double error = 0.0;
  for (size_t t = 0; t < f->n_frames; t++) {
    for (size_t b = 0; b < ref_db->n_rows; b++) {
      const double x = fmax((double)f->x[t * f->n_bands + b] - most, -FLOOR_DB);
      error = fmax(error, fabs(x - ref_db->x[b * ref_db->n_columns + t]));
    }
  }
  return error;
}

/* librosa.power_to_db(mel, ref=max, amin=1e-10, top_db=80), in place. */
static void
to_db(npy_matrix *m)
{
  const double most = 10.0 * log10(fmax(largest(m), 1e-10));
  for (size_t i = 0; i < m->n_rows * m->n_columns; i++) {
    m->x[i] = fmax(10.0 * log10(fmax(m->x[i], 1e-10)) - most, -FLOOR_DB);
  }
}

static void
check_file(const char *name, bool centred, double db_tolerance)
{
  npy_matrix ref =
      read_npy(name, centred ? "_center_zeropad_mel_f64.npy" : "_nocenter_mel_f64.npy");
  frames power = compute(name, centred, true);
  frames db = compute(name, centred, false);
  assert_int_equal(power.n_frames, ref.n_columns);
  assert_int_equal(db.n_frames, ref.n_columns);
  const double of_power = power_error(&power, &ref);
  if (centred) {
    to_db(&ref);
  } else {
    free(ref.x);
    ref = read_npy(name, "_nocenter_dbmax80_f64.npy");
  }
  const double of_db = db_error(&db, &ref);
  print_message("%s%s: power %.3g, dB %.3g\n", name, centred ? " centred" : "", of_power,
                of_db);
  assert_true(of_power <= POWER_TOLERANCE);
  assert_true(of_db <= db_tolerance);
  free(ref.x);
  free(power.x);
  free(db.x);
}

static void
frames_equal_librosa(void **state)
{
  (void)state;
  for (int centred = 0; centred < 2; centred++) {
    check_file("sweep", centred, 1e-3);
    check_file("noise", centred, 4e-6);
    check_file("short", centred, 4e-6);
    check_file("silence", centred, 0.0);
  }
}

static void
filters_equal_librosa(void **state)
{
  (void)state;
  const ear_front_end config = ear_front_end_default();
  npy_matrix ref = read_npy("mel_basis", "_f64.npy");
  for (uint32_t b = 0; b < ref.n_rows; b++) {
    for (uint32_t k = 0; k < ref.n_columns; k++) {
      const double w = ear_mel_weight(&config, b, k);
      assert_true(fabs(w - ref.x[b * ref.n_columns + k]) <= 1e-9);
    }
  }
  free(ref.x);
}

/* A configuration of any kind, always valid. */
static ear_front_end
config_number(int i)
{
  static const uint32_t n_fft[] = {64, 512, 2048, 16384};
  static const uint32_t n_bands[] = {1, 40, 128, EAR_MAX_BANDS};
  ear_front_end c = ear_front_end_default();
  c.n_fft = n_fft[i % 4];
  c.n_bands = n_bands[i / 4 % 4];
  c.hop = i % 3 == 0 ? c.n_fft : i % 3 == 1 ? c.n_fft / 4 : c.n_fft / 3;
  c.low_hz = i % 2 ? 0.0f : 30.0f;
  c.high_hz = i % 5 ? 11025.0f : 8000.0f;
  c.scale = i % 2 ? EAR_MEL_HTK : EAR_MEL_SLANEY;
  c.power = i % 7 == 0;
  return c;
}

static void
frames_do_not_depend_on_the_split(void **state)
{
  (void)state;
  static const size_t split[] = {1, 7, 64, 441, 8192, 0};
  size_t n;
  float *x = read_wav("noise", &n);
  for (int i = 0; i < 16; i++) {
    const ear_front_end config = config_number(i);
    ear_frontend *fe = new_frontend(&config);
    frames whole = {.n_bands = config.n_bands};
    ear_frontend_push(fe, x, n, keep_frame, &whole);
    assert_int_equal(whole.n_frames, (n - config.n_fft) / config.hop + 1);
    for (size_t s = 0; s < sizeof split / sizeof *split; s++) {
      frames f = {.n_bands = config.n_bands};
      ear_frontend_reset(fe);
      for (size_t at = 0; at < n;) {
        const size_t wish = split[s] ? split[s] : (size_t)rand() % 5000;
        const size_t n_now = wish < n - at ? wish : n - at;
        ear_frontend_push(fe, x + at, n_now, keep_frame, &f);
        at += n_now;
      }
      assert_int_equal(f.n_frames, whole.n_frames);
      assert_memory_equal(f.x, whole.x, f.n_frames * f.n_bands * sizeof *f.x);
      free(f.x);
    }
    free(whole.x);
    ear_frontend_free(fe);
  }
  free(x);
}

/* The reference computed here, slowly: a sum over bins of weight x |DFT|^2 in double. */
static void
htk_frames_equal_their_definition(void **state)
{
  (void)state;
  ear_front_end c = ear_front_end_default();
  c.n_fft = 256;
  c.hop = 256;
  c.n_bands = 20;
  c.scale = EAR_MEL_HTK;
  c.power = true;
  float x[256];
  for (int i = 0; i < 256; i++) {
    x[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  }
  frames f = {.n_bands = c.n_bands};
  ear_frontend *fe = new_frontend(&c);
  ear_frontend_push(fe, x, 256, keep_frame, &f);
  double band[20] = {0}, most = 0.0;
  for (uint32_t k = 0; k <= 128; k++) {
    double re = 0.0, im = 0.0;
    for (int i = 0; i < 256; i++) {
      const double turn = 2.0 * 3.14159265358979323846 / 256.0;
      const double y = (double)x[i] * (0.5 - 0.5 * cos(turn * i));
      re += y * cos(turn * i * k);
      im += y * sin(turn * i * k);
    }
    for (uint32_t b = 0; b < 20; b++) {
      band[b] += ear_mel_weight(&c, b, k) * (re * re + im * im);
      most = fmax(most, band[b]);
    }
  }
  for (uint32_t b = 0; b < 20; b++) {
    assert_true(fabs((double)f.x[b] - band[b]) <= POWER_TOLERANCE * most);
    float low, centre, high;
    ear_front_end_band_hz(&c, b, &low, &centre, &high);
    const double mel = 2595.0 * log10(1.0 + 11025.0 / 700.0) * (b + 1) / 21.0;
    assert_true(fabs((double)centre - 700.0 * (pow(10.0, mel / 2595.0) - 1.0)) < 0.01);
    assert_true(low < centre && centre < high);
  }
  free(f.x);
  ear_frontend_free(fe);
}

static void
impossible_settings_are_refused_with_a_sentence(void **state)
{
  (void)state;
  ear_front_end bad[14];
  for (int i = 0; i < 14; i++) {
    bad[i] = ear_front_end_default();
    assert_null(ear_front_end_problem(&bad[i]));
  }
  bad[0].rate_hz = NAN;
  bad[1].rate_hz = 7999.0f;
  bad[2].n_fft = 2000;
  bad[3].n_fft = 32;
  bad[4].n_fft = 32768;
  bad[5].hop = 0;
  bad[6].hop = 2049;
  bad[7].n_bands = 0;
  bad[8].n_bands = EAR_MAX_BANDS + 1;
  bad[9].low_hz = -1.0f;
  bad[10].high_hz = 11026.0f;
  bad[11].low_hz = bad[11].high_hz;
  bad[12].floor_power = 0.0f;
  bad[13].scale = (ear_mel_scale)2;
  for (int i = 0; i < 14; i++) {
    ear_frontend *fe;
    ear_error err = {{0}};
    const ear_front_end good = ear_front_end_default();
    assert_false(ear_front_end_equal(&bad[i], &good));
    assert_non_null(ear_front_end_problem(&bad[i]));
    assert_int_equal(ear_frontend_new(&fe, &bad[i], &err), EAR_BAD_ARGUMENT);
    assert_null(fe);
    assert_true(strlen(err.text) > 20);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(filters_equal_librosa),
      cmocka_unit_test(frames_equal_librosa),
      cmocka_unit_test(htk_frames_equal_their_definition),
      cmocka_unit_test(frames_do_not_depend_on_the_split),
      cmocka_unit_test(impossible_settings_are_refused_with_a_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
