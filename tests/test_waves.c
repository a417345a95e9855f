/* SPDX-License-Identifier: ISC */
/* Changes of training sounds do what they say, by measurement; variants stay with their
   clips and the training side, and come again bit for bit. */
#include "folder.h"

#include <math.h>

#include "../train/audio.h"
#include "../train/dsp.h"
#include "../train/source.h"
#include "../train/variants.h"
#include "../train/waves.h"

static const double rate = 22050;

/* A tone of amplitude 0.5 between two silences, by seconds. */
static audio
tone(double hz, double before_s, double tone_s, double after_s)
{
  const size_t from = (size_t)lround(before_s * rate), n = (size_t)lround(tone_s * rate);
  audio a = {.n_frames = from + n + (size_t)lround(after_s * rate),
             .n_channels = 1,
             .rate_hz = rate};
  a.x = calloc(a.n_frames + 1, sizeof *a.x);
  assert_non_null(a.x);
  for (size_t i = 0; i < n; ++i) {
    a.x[from + i] = 0.5f * (float)sin(6.283185307179586 * hz * (double)i / rate);
  }
  return a;
}

/* Of the strongest bin of the middle 32,768 samples, between bins by a parabola. */
static double
frequency(const audio *a)
{
  enum { N = 32768 };
  dsp_fft *f;
  double level[N / 2 + 1];
  uint32_t best = 1;
  assert_true(a->n_frames > N);
  assert_int_equal(dsp_fft_new(&f, N), EAR_OK);
  for (int i = 0; i < N; ++i) {
    const float window = 0.5f - 0.5f * cosf(6.2831853f * (float)i / N);
    dsp_fft_time(f)[i] = window * a->x[(a->n_frames - N) / 2 + (size_t)i];
  }
  dsp_fft_forward(f);
  for (uint32_t k = 0; k <= N / 2; ++k) {
    const float *bin = dsp_fft_spectrum(f) + 2 * (size_t)k;
    level[k] = log(hypot((double)bin[0], (double)bin[1]) + 1e-12);
    best = k > 0 && k < N / 2 && level[k] > level[best] ? k : best;
  }
  dsp_fft_free(f);
  const double lo = level[best - 1], mid = level[best], hi = level[best + 1];
  return (best + 0.5 * (lo - hi) / (lo - 2 * mid + hi)) * a->rate_hz / N;
}

static void
a_stretch_changes_the_duration_and_not_the_pitch(void **state)
{
  static const double ratio[] = {0.8, 1.0, 1.25};
  (void)state;
  for (int i = 0; i < 3; ++i) {
    audio a = tone(440, 0, 3, 0);
    const size_t n = a.n_frames;
    assert_int_equal(waves_stretch(&a, ratio[i], 0), EAR_OK);
    assert_true(fabs((double)a.n_frames / (double)n - ratio[i]) < 1e-4);
    assert_true(fabs(frequency(&a) / 440 - 1) < 0.001);
    assert_true(fabs(gain_to_db(dsp_rms(&a) / (0.5 * sqrt(0.5)))) < 0.5);
    audio_free(&a);
  }
}

static void
a_pitch_shift_changes_the_pitch_and_not_the_duration(void **state)
{
  static const double semitones[] = {-3, 1, 4};
  (void)state;
  for (int i = 0; i < 3; ++i) {
    audio a = tone(440, 0, 3, 0);
    const size_t n = a.n_frames;
    assert_int_equal(waves_stretch(&a, 1, semitones[i]), EAR_OK);
    assert_int_equal(a.n_frames, n);
    assert_true(fabs(frequency(&a) / (440 * pow(2, semitones[i] / 12)) - 1) < 0.001);
    audio_free(&a);
  }
}

static void
trimming_cuts_the_ends_and_nothing_within(void **state)
{
  (void)state;
  audio a = tone(440, 0.5, 1, 0.8);
  memset(a.x + (size_t)(rate * 0.9), 0, (size_t)(rate * 0.2) * sizeof *a.x);
  assert_int_equal(waves_trim(&a, 40), EAR_OK);
  assert_true(fabs((double)a.n_frames / rate - 1) < 2 * 0.047);
  assert_true(fabsf(a.x[a.n_frames / 2]) < 1e-9f); /* the hole within */
  audio_free(&a);
  for (int db = 37; db <= 43; db += 6) { /* a tail 40 dB under the tone */
    audio b = tone(440, 0, 1, 0), tail = tone(440, 1, 1, 0);
    assert_int_equal(dsp_fit(&b, tail.n_frames), EAR_OK);
    for (size_t i = 0; i < b.n_frames; ++i) {
      b.x[i] += 0.01f * tail.x[i];
    }
    assert_int_equal(waves_trim(&b, db), EAR_OK);
    assert_true(fabs((double)b.n_frames / rate - (db < 40 ? 1 : 2)) < 0.047);
    audio_free(&b);
    audio_free(&tail);
  }
  audio silent = tone(440, 1, 0, 0);
  assert_int_equal(waves_trim(&silent, 40), EAR_OK);
  assert_int_equal(silent.n_frames, (size_t)rate);
  audio_free(&silent);
}

/* RMS of seconds [from, to). */
static double
rms_db(const audio *a, double from_s, double to_s)
{
  const audio part = {.x = a->x + (size_t)(from_s * rate),
                      .n_frames = (size_t)((to_s - from_s) * rate),
                      .n_channels = 1,
                      .rate_hz = rate};
  return gain_to_db(dsp_rms(&part));
}

static void
the_gate_lowers_noise_and_leaves_the_tone(void **state)
{
  (void)state;
  rng r = rng_stream(1, 2, 3);
  audio a = tone(1000, 1, 2, 1);
  waves_noise(&a, 40, &r);
  const double noise = rms_db(&a, 0.1, 0.9), before = rms_db(&a, 1.2, 2.8);
  assert_int_equal(waves_gate(&a, 18), EAR_OK);
  const double fall = noise - rms_db(&a, 0.1, 0.9);
  assert_true(fall > 15 && fall < 18.5);
  assert_true(fabs(rms_db(&a, 1.2, 2.8) - before) < 0.3);
  audio_free(&a);
}

static void
noise_lies_as_far_under_the_sound_as_asked(void **state)
{
  static const double snr[] = {10, 30};
  (void)state;
  for (int k = 0; k < 2; ++k) {
    rng r = rng_stream(4, 5, 6);
    audio a = tone(440, 0, 4, 0), b = tone(440, 0, 4, 0);
    waves_noise(&a, snr[k], &r);
    for (size_t i = 0; i < a.n_frames; ++i) {
      a.x[i] -= b.x[i];
    }
    assert_true(fabs(gain_to_db(dsp_rms(&b)) - gain_to_db(dsp_rms(&a)) - snr[k]) < 0.1);
    audio_free(&a);
    audio_free(&b);
  }
}

static void
shifting_turns_around_the_ends_and_back(void **state)
{
  static const ptrdiff_t by[] = {7, -7, 100000, 0};
  (void)state;
  for (int k = 0; k < 4; ++k) {
    audio a = tone(440, 0, 1, 0.5), b = tone(440, 0, 1, 0.5);
    const ptrdiff_t n = (ptrdiff_t)a.n_frames;
    assert_int_equal(waves_shift(&a, by[k]), EAR_OK);
    for (ptrdiff_t i = 0; i < n; ++i) {
      assert_true(a.x[(((i + by[k]) % n) + n) % n] == b.x[i]);
    }
    audio_free(&a);
    audio_free(&b);
  }
}

static void
filters_stay_within_their_decibels_and_differ(void **state)
{
  double least = 0, most = 0;
  (void)state;
  for (uint64_t k = 0; k < 40; ++k) {
    rng r = rng_stream(7, 8, k);
    audio a = tone(1000, 0, 0.5, 0), b = tone(1000, 0, 0.5, 0);
    waves_filter(&a, 4, &r);
    const double change = rms_db(&a, 0.1, 0.4) - rms_db(&b, 0.1, 0.4);
    assert_true(fabs(change) < 12.1); /* three filters of 4 dB */
    least = fmin(least, change);
    most = fmax(most, change);
    audio_free(&a);
    audio_free(&b);
  }
  assert_true(least < -1 && most > 1);
}

static void
peaks_become_full_scale_and_short_clips_get_silence(void **state)
{
  (void)state;
  audio a = tone(440, 0, 1, 0), silent = tone(440, 1, 0, 0);
  waves_normalize(&a);
  waves_normalize(&silent);
  assert_true(fabs(dsp_peak(&a) - 1) < 1e-6 && dsp_peak(&silent) == 0);
  assert_int_equal(waves_pad(&a, 1.5), EAR_OK);
  assert_int_equal(a.n_frames, (size_t)(1.5 * rate));
  assert_true(a.x[a.n_frames - 1] == 0);
  assert_int_equal(waves_pad(&a, 1), EAR_OK);
  assert_int_equal(a.n_frames, (size_t)(1.5 * rate));
  audio_free(&a);
  audio_free(&silent);
}

/* ---- variants ---- */

enum { N_CLIPS = 4, PER_CLIP = 2 };

static recipe
all_of_it(void)
{
  recipe r;
  ear_error err = {""};
  if (recipe_read(&r, "tiny", &err)) {
    fail_msg("%s", err.text);
  }
  r.sound = (recipe_sound){.variants = PER_CLIP,
                           .stretch = 20,
                           .pitch = 2,
                           .filter = 6,
                           .shift = 100,
                           .noise_low = 20,
                           .noise_high = 40,
                           .normalize = true,
                           .trim = 60,
                           .denoise = 12};
  return r;
}

/* Tones of 300, 400, ... Hz, one a clip; the last validates.  Without clip `left_out`. */
static void
tones(dataset *ds, int left_out)
{
  *ds = (dataset){0};
  for (int i = 0; i < N_CLIPS; ++i) {
    char name[32];
    ear_error err;
    if (i == left_out) {
      continue;
    }
    snprintf(name, sizeof name, "tone%d.wav", i);
    audio a = tone(300 + 100 * i, 0.2, 1.5, 0.2);
    assert_int_equal(audio_write(&a, folder_path(name), &err), EAR_OK);
    audio_free(&a);
    clip *c = dataset_add(ds, folder_path(name), name, 0, "");
    assert_non_null(c);
    c->side = i == N_CLIPS - 1 ? SIDE_VALID : SIDE_TRAIN;
  }
  dataset_hash(ds);
}

static variants
load(const dataset *ds, uint64_t seed, const char *cache)
{
  variants v;
  ear_error err = {""};
  const recipe r = all_of_it();
  const featureset_options fo = {cache ? folder_path(cache) : NULL, NULL, NULL};
  if (variants_load(&v, ds, &r, seed, &fo, &err)) {
    fail_msg("%s", err.text);
  }
  return v;
}

static bool
same(const feature_clip *a, const feature_clip *b)
{
  return a->n_frames == b->n_frames && a->n_frames &&
         memcmp(a->kept, b->kept, (size_t)a->n_frames * 32 * sizeof *a->kept) == 0;
}

static void
only_training_clips_have_variants_and_all_differ(void **state)
{
  (void)state;
  dataset ds;
  tones(&ds, -1);
  variants v = load(&ds, 1, NULL);
  assert_int_equal(v.per_clip, PER_CLIP);
  for (int i = 0; i < N_CLIPS * PER_CLIP; ++i) {
    assert_int_equal(v.clip[i].n_frames > 0, i / PER_CLIP < N_CLIPS - 1);
    for (int k = 0; k < i && v.clip[i].n_frames; ++k) {
      assert_false(same(&v.clip[i], &v.clip[k]));
    }
  }
  variants_free(&v);
  dataset_free(&ds);
}

static void
a_variant_depends_on_seed_and_clip_alone_cached_or_not(void **state)
{
  (void)state;
  dataset ds, fewer;
  tones(&ds, -1);
  tones(&fewer, 0);
  mkdir(folder_path("cache"), 0777);
  variants v = load(&ds, 1, "cache"), again = load(&ds, 1, "cache");
  variants plain = load(&fewer, 1, NULL), other = load(&ds, 2, "cache");
  assert_int_equal(v.n_cached, 0);
  assert_int_equal(v.n_made, (N_CLIPS - 1) * PER_CLIP);
  assert_int_equal(again.n_cached, (N_CLIPS - 1) * PER_CLIP);
  assert_int_equal(other.n_cached, 0);
  for (int i = 0; i < (N_CLIPS - 1) * PER_CLIP; ++i) {
    assert_true(same(&v.clip[i], &again.clip[i]));
    assert_false(same(&v.clip[i], &other.clip[i]));
    assert_true(i < PER_CLIP || same(&v.clip[i], &plain.clip[i - PER_CLIP]));
  }
  variants_free(&v);
  variants_free(&again);
  variants_free(&plain);
  variants_free(&other);
  dataset_free(&ds);
  dataset_free(&fewer);
}

/* Clip i is full of 10 i, its variants of 10 i + 1 and 10 i + 2. */
static void
fill(feature_clip *c, int16_t value)
{
  c->n_frames = 40;
  c->kept = malloc((size_t)40 * 32 * sizeof *c->kept);
  for (int k = 0; k < 40 * 32; ++k) {
    c->kept[k] = (int16_t)(100 * value);
  }
}

static void
patches_come_from_a_clip_and_its_own_variants_equally_often(void **state)
{
  (void)state;
  dataset ds;
  recipe r = all_of_it();
  feature_clip plain[N_CLIPS] = {{0}}, variant[N_CLIPS * PER_CLIP] = {{0}};
  featureset fs = {.n_clips = N_CLIPS, .clip = plain};
  variants v = {.n_clips = N_CLIPS, .per_clip = PER_CLIP, .clip = variant};
  band_norm norm;
  clip_source cs;
  uint32_t count[N_CLIPS][1 + PER_CLIP] = {{0}};
  tones(&ds, -1);
  dataset_label(&ds, "only");
  r.train.balance = false;
  r.train.crops = 100;
  for (int i = 0; i < N_CLIPS * PER_CLIP; ++i) {
    fill(&variant[i], (int16_t)(10 * (i / PER_CLIP) + 1 + i % PER_CLIP));
  }
  feature_units_of(&norm.units, &r.front_end);
  for (int b = 0; b < 32; ++b) {
    norm.mean[b] = 0;
    norm.inverse_std[b] = 1;
  }
  for (int i = 0; i < N_CLIPS; ++i) {
    fill(&plain[i], (int16_t)(10 * i));
  }
  assert_int_equal(clip_source_new(&cs, &ds, &fs, SIDE_TRAIN, &norm, &r, 3), EAR_OK);
  assert_int_equal(clip_source_vary(&cs, &ds, SIDE_TRAIN, &v), EAR_OK);
  cs.random = true;
  cs.per_clip = 100;
  const example_source all = clip_source_examples(&cs);
  float *patch = malloc((size_t)r.frames * 32 * sizeof *patch), target[EAR_MAX_LABELS];
  for (uint32_t i = 0; i < all.n_examples; ++i) {
    all.draw(all.self, 1, i, patch, target);
    const long value = lroundf(patch[0]);
    assert_true(value >= 0 && value % 10 <= PER_CLIP && value / 10 < N_CLIPS - 1);
    ++count[value / 10][value % 10];
  }
  for (int i = 0; i < N_CLIPS - 1; ++i) {
    for (int k = 0; k <= PER_CLIP; ++k) {
      assert_in_range(count[i][k], 15, 52); /* 33 +- 4 sigma */
    }
  }
  free(patch);
  clip_source_free(&cs);
  for (int i = 0; i < N_CLIPS * PER_CLIP; ++i) {
    free(variant[i].kept);
  }
  for (int i = 0; i < N_CLIPS; ++i) {
    free(plain[i].kept);
  }
  dataset_free(&ds);
}

static void
a_report_names_what_is_not_done_live(void **state)
{
  (void)state;
  char note[256];
  recipe r = all_of_it();
  r.sound.pad = 5;
  variants_note(&r, note);
  assert_string_equal(note,
                      "each training clip was heard as it is and in 2 variants (silence "
                      "trimmed, noise reduced, stretched, pitch shifted, filtered, "
                      "shifted, noise added, peak normalized, padded with silence); none "
                      "of it is done live or below");
  r.sound = (recipe_sound){.normalize = true};
  assert_int_equal(variants_per_clip(&r), 1);
  r.sound = (recipe_sound){0};
  variants_note(&r, note);
  assert_string_equal(note, "");
  assert_int_equal(variants_per_clip(&r), 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stretch_changes_the_duration_and_not_the_pitch),
      cmocka_unit_test(a_pitch_shift_changes_the_pitch_and_not_the_duration),
      cmocka_unit_test(trimming_cuts_the_ends_and_nothing_within),
      cmocka_unit_test(the_gate_lowers_noise_and_leaves_the_tone),
      cmocka_unit_test(noise_lies_as_far_under_the_sound_as_asked),
      cmocka_unit_test(shifting_turns_around_the_ends_and_back),
      cmocka_unit_test(filters_stay_within_their_decibels_and_differ),
      cmocka_unit_test(peaks_become_full_scale_and_short_clips_get_silence),
      cmocka_unit_test(only_training_clips_have_variants_and_all_differ),
      cmocka_unit_test(a_variant_depends_on_seed_and_clip_alone_cached_or_not),
      cmocka_unit_test(patches_come_from_a_clip_and_its_own_variants_equally_often),
      cmocka_unit_test(a_report_names_what_is_not_done_live)};
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
