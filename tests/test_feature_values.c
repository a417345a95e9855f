/* SPDX-License-Identifier: ISC */
/* What the trainer keeps of a clip is what the engine computes, to half a unit, whatever
   the kinds; gain added to kept values is gain of the sound; and clips of different kinds
   never meet in the cache. */
#include "folder.h"

#include <math.h>

#include "../train/augment.h"
#include "../train/band_norm.h"
#include "../train/feature_cache.h"
#include "../train/featureset.h"

enum { N = 30000, FRAMES = 20, ALL_KINDS = 31 };

/* A chord in noise. */
static void
make_sound(float *x, float gain)
{
  rng r = rng_stream(1, 2, 3);
  for (int i = 0; i < N; ++i) {
    const double t = i / 22050.0;
    const double chord = sin(1727.9 * t) + sin(2177.0 * t) + sin(2588.6 * t);
    x[i] = gain * (float)(0.1 * chord + 0.01 * rng_normal(&r));
  }
}

static ear_front_end
front_end_of(uint32_t kinds)
{
  ear_front_end fe = ear_front_end_default();
  fe.kinds = kinds;
  return fe;
}

typedef struct {
  uint32_t n_values, n_frames;
  float x[64][EAR_MAX_BANDS];
} exact;

static void
keep(void *user, uint64_t t, const float *value)
{
  exact *e = user;
  assert_true(t < 64);
  memcpy(e->x[t], value, e->n_values * sizeof *value);
  e->n_frames = (uint32_t)t + 1;
}

/* How far the kept value v of a frame may be off: 0.01 dB of level, and the like. */
static double
tolerance(const ear_front_end *fe, uint32_t v)
{
  static const double of_kind[EAR_N_KINDS] = {0.006, 0.011, 6e-5, 0.006, 6e-5};
  uint32_t end = 0;
  for (uint32_t i = 0; i < EAR_N_KINDS; ++i) {
    ear_front_end alone = *fe;
    alone.kinds = fe->kinds & 1u << i;
    const bool first_mfcc = i == 1 && v == end;
    end += ear_front_end_values(&alone);
    if (v < end) {
      return first_mfcc ? 0.006 * sqrt(fe->n_bands) : of_kind[i];
    }
  }
  return 0;
}

static void
compare_kept(const float *x)
{
  static float patch[64 * EAR_MAX_BANDS];
  static exact e;
  for (uint32_t kinds = 1; kinds <= ALL_KINDS; ++kinds) {
    const ear_front_end fe = front_end_of(kinds);
    ear_features *fx;
    feature_clip c;
    feature_units u;
    e.n_values = ear_front_end_values(&fe);
    assert_int_equal(ear_features_new(&fx, 22050, &fe, NULL), EAR_OK);
    ear_features_push(fx, x, N, keep, &e);
    ear_features_free(fx);
    feature_units_of(&u, &fe);
    assert_int_equal(u.n_values, e.n_values);
    assert_int_equal(features_of(&c, x, N, 22050, &fe, NULL), EAR_OK);
    assert_int_equal(c.n_frames, e.n_frames);
    feature_patch(&c, &u, 0, c.n_frames, patch);
    for (size_t k = 0; k < (size_t)c.n_frames * u.n_values; ++k) {
      const uint32_t v = k % u.n_values;
      const double error = (double)patch[k] - (double)e.x[k / u.n_values][v];
      assert_true(fabs(error) <= tolerance(&fe, v));
    }
    free(c.kept);
  }
}

static void
kept_values_are_the_engines_to_half_a_unit(void **state)
{
  static float x[N], silence[N];
  (void)state;
  make_sound(x, 1);
  compare_kept(x);
  compare_kept(silence); /* the first MFCC is far down there: -1131 */
}

static void
values_are_centred_and_scaled_by_what_they_are(void **state)
{
  static float x[N], patch[64 * EAR_MAX_BANDS];
  const ear_front_end fe = front_end_of(ALL_KINDS);
  feature_clip c;
  const feature_clip *clips[1] = {&c};
  band_norm norm;
  (void)state;
  make_sound(x, 1);
  assert_int_equal(features_of(&c, x, N, 22050, &fe, NULL), EAR_OK);
  band_norm_of(&norm, clips, 1, &fe);
  feature_patch(&c, &norm.units, 0, c.n_frames, patch);
  band_norm_apply(&norm, patch, c.n_frames);
  uint32_t n_chroma = 0;
  for (uint32_t v = 0; v < norm.units.n_values; ++v) {
    const bool small = v >= 148 && (v < 160 || v >= 167); /* chroma, tonnetz */
    double mean = 0, square = 0;
    for (uint32_t t = 0; t < c.n_frames; ++t) {
      const double y = (double)patch[t * norm.units.n_values + v];
      mean += y / c.n_frames;
      square += y * y / c.n_frames;
    }
    const double most = small ? 100 : 1; /* 1 / the least deviation */
    assert_true(fabs(mean) < 1e-3);
    assert_true((double)norm.inverse_std[v] <= most);
    assert_true(fabs(square - 1) < 1e-3 || (double)norm.inverse_std[v] == most);
    n_chroma += small && norm.inverse_std[v] > 1;
  }
  assert_true(n_chroma > 10);
  free(c.kept);
}

static void
gain_of_the_values_is_gain_of_the_sound(void **state)
{
  static float x[N], patch[FRAMES * EAR_MAX_BANDS], loud[FRAMES * EAR_MAX_BANDS];
  (void)state;
  for (uint32_t kinds = 1; kinds <= ALL_KINDS; ++kinds) {
    const ear_front_end fe = front_end_of(kinds);
    const recipe_train t = {.gain_db = 12};
    rng r = rng_stream(4, kinds, 1), same = r;
    const double gain_db = 12 * rng_range(&same, -1, 1);
    feature_clip quiet_clip, loud_clip;
    feature_units u;
    feature_units_of(&u, &fe);
    make_sound(x, 1);
    assert_int_equal(features_of(&quiet_clip, x, N, 22050, &fe, NULL), EAR_OK);
    make_sound(x, (float)pow(10, gain_db / 20));
    assert_int_equal(features_of(&loud_clip, x, N, 22050, &fe, NULL), EAR_OK);
    feature_patch(&quiet_clip, &u, 5, FRAMES, patch);
    feature_patch(&loud_clip, &u, 5, FRAMES, loud);
    augment_gain(patch, FRAMES, &fe, &t, &r);
    for (uint32_t k = 0; k < FRAMES * u.n_values; ++k) {
      assert_true(fabs((double)patch[k] - (double)loud[k]) <
                  1.1 * u.unit[k % u.n_values] + 1e-3);
    }
    free(quiet_clip.kept);
    free(loud_clip.kept);
  }
}

/* A tilt of the bands is the same tilt of what the MFCCs are made of. */
static void
a_curve_over_the_bands_reaches_the_mfccs(void **state)
{
  const recipe_train t = {.gain_db = 6, .eq_db = 10};
  float value[2 * 8] = {0};
  ear_front_end fe = front_end_of(EAR_KIND_MEL | EAR_KIND_MFCC);
  rng r = rng_stream(9, 9, 9);
  (void)state;
  fe.n_bands = fe.n_mfcc = 8;
  augment_gain(value, 1, &fe, &t, &r);
  double square[2] = {0};
  for (int b = 0; b < 8; ++b) { /* back from the coefficients: the inverse DCT */
    double sum = 0;
    for (int i = 0; i < 8; ++i) {
      const double angle = 3.14159265358979 * i * (b + 0.5) / 8;
      sum += sqrt((i ? 2.0 : 1.0) / 8) * cos(angle) * (double)value[8 + i];
    }
    assert_true(fabs(sum - (double)value[b]) < 1e-5);
    square[0] += (double)(value[b] * value[b]);
    square[1] += (double)(value[8 + b] * value[8 + b]);
  }
  assert_true(square[0] > 1 && fabs(square[0] - square[1]) < 1e-3);
}

static void
clips_of_other_kinds_are_not_found_in_the_cache(void **state)
{
  static float x[N];
  const uint32_t kinds[] = {EAR_KIND_CHROMA, EAR_KIND_MFCC, EAR_KIND_MEL};
  (void)state;
  make_sound(x, 1);
  for (int i = 0; i < 3; ++i) {
    ear_front_end fe = front_end_of(kinds[i]);
    feature_clip c, found;
    fe.n_bands = fe.n_mfcc = 12; /* 12 values of each kind */
    assert_false(feature_cache_get(&found, folder, "abc", &fe));
    assert_int_equal(features_of(&c, x, N, 22050, &fe, NULL), EAR_OK);
    feature_cache_put(&c, folder, "abc", &fe);
    assert_true(feature_cache_get(&found, folder, "abc", &fe));
    assert_int_equal(found.n_frames, c.n_frames);
    assert_memory_equal(found.kept, c.kept,
                        c.n_frames * ear_front_end_values(&fe) * sizeof *c.kept);
    free(found.kept);
    free(c.kept);
    fe.n_mfcc = 7;
    assert_true(feature_cache_get(&found, folder, "abc", &fe) == (i != 1));
    if (i != 1) {
      free(found.kept);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kept_values_are_the_engines_to_half_a_unit),
      cmocka_unit_test(values_are_centred_and_scaled_by_what_they_are),
      cmocka_unit_test(gain_of_the_values_is_gain_of_the_sound),
      cmocka_unit_test(a_curve_over_the_bands_reaches_the_mfccs),
      cmocka_unit_test_setup_teardown(clips_of_other_kinds_are_not_found_in_the_cache,
                                      folder_make, folder_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
