/* SPDX-License-Identifier: ISC */
/* The harshness task keeps artists and processors apart, renders the same units for the
   same plan, and counts its figures as their names say. */
#include "folder.h"

#include "../train/harsh_cache.h"
#include "../train/harsh_judge.h"
#include "../train/harsh_split.h"
#include "../train/loudness.h"

#include <math.h>

enum { RATE = 22050, SECONDS = 5 };

/* A chord with noise in it, another one for each seed. */
static void
put_track(const char *name, uint64_t seed, double seconds)
{
  static float x[RATE * SECONDS];
  rng r = rng_stream(seed, 1, 2);
  const double f0 = rng_range(&r, 110, 440);
  for (int i = 0; i < RATE * SECONDS; ++i) {
    const double t = i / (double)RATE;
    double y = 0.03 * rng_normal(&r);
    for (int k = 1; k <= 9; ++k) {
      y += 0.2 / k * sin(6.283185307 * f0 * k * t);
    }
    x[i] = (float)(y * (0.6 + 0.4 * sin(9 * t)));
  }
  const audio a = {
      .x = x, .n_frames = (size_t)(RATE * seconds), .n_channels = 1, .rate_hz = RATE};
  ear_error err;
  assert_int_equal(audio_write(&a, folder_path(name), &err), EAR_OK);
}

enum { N_ARTISTS = 60, N_TRACKS = 4 };

/* Sixty artists with four tracks each, one of them known as a package's holder only; and
   a track by unknown hands in the packages of the first three. */
static void
put_corpus(dataset *ds)
{
  FILE *f = fopen(folder_path("clean.csv"), "w");
  assert_non_null(f);
  fputs("path,label,group\n", f);
  for (int a = 0; a < N_ARTISTS; ++a) {
    for (int t = 0; t < N_TRACKS; ++t) {
      char name[64];
      const int package = a < 3 ? 0 : a;
      snprintf(name, sizeof name, "pack%d-data/%d-%d.wav", package, a, t);
      put_track(name, (uint64_t)(a * N_TRACKS + t), 0.2);
      fprintf(f, "%s,clean,artist %d%s\n", name, a, a == 7 ? " [package holder]" : "");
    }
  }
  put_track("pack0-music/x.wav", 999, 0.2);
  fputs("pack0-music/x.wav,clean,unknown (pack0-music)\n", f);
  fclose(f);
  ear_error err = {""};
  const dataset_source source = {.csv = folder_path("clean.csv")};
  assert_int_equal(dataset_read(ds, folder, &source, &err), EAR_OK);
}

static harsh_side
side_of_artist(const harsh_split *split, const char *artist, bool *seen)
{
  harsh_side found = HARSH_UNUSED;
  *seen = false;
  for (int s = HARSH_UNUSED; s < HARSH_METAL; ++s) {
    for (uint32_t i = 0; i < split->n[s]; ++i) {
      if (!strcmp(split->track[s][i].artist, artist)) {
        if (s == HARSH_SEEN) {
          *seen = true;
          continue;
        }
        assert_true(found == HARSH_UNUSED || found == (harsh_side)s);
        found = (harsh_side)s;
      }
    }
  }
  return found;
}

static void
no_artist_stands_on_two_sides(void **state)
{
  dataset ds;
  (void)state;
  put_corpus(&ds);
  for (uint64_t seed = 1; seed < 30; ++seed) {
    harsh_split split;
    ear_error err = {""};
    assert_int_equal(harsh_split_make(&split, &ds, seed, &err), EAR_OK);
    uint32_t n = 0;
    for (int s = 0; s < HARSH_N_SIDES; ++s) {
      n += split.n[s];
    }
    assert_int_equal(n, ds.n_clips);
    harsh_side named[3];
    for (int a = 0; a < N_ARTISTS; ++a) {
      char artist[32];
      bool seen;
      snprintf(artist, sizeof artist, "artist %d", a);
      const harsh_side s = side_of_artist(&split, artist, &seen);
      assert_true(s != HARSH_UNUSED);
      assert_true(!seen || s == HARSH_TRAIN);
      if (a < 3) {
        named[a] = s;
      }
    }
    bool seen;
    const harsh_side unknown = side_of_artist(&split, "unknown (pack0-music)", &seen);
    const bool together = named[0] == named[1] && named[1] == named[2];
    assert_int_equal(unknown, together ? named[0] : HARSH_UNUSED);
    harsh_split_free(&split);
  }
  dataset_free(&ds);
}

/* More music only trains, but for what is by artists that are kept apart. */
static void
more_music_trains_and_judges_nothing(void **state)
{
  (void)state;
  dataset ds;
  ear_error err = {""};
  harsh_split split;
  char hash[2][65];
  put_corpus(&ds);
  assert_int_equal(harsh_split_make(&split, &ds, 7, &err), EAR_OK);
  const uint32_t before = split.n[HARSH_TRAIN], tested = split.n[HARSH_TEST];
  put_track("more/a.wav", 5001, 0.2);
  put_track("more/b.wav", 5002, 0.2);
  put_track("more/c, d.wav", 5003, 0.2);
  FILE *f = fopen(folder_path("more/index.csv"), "w");
  assert_non_null(f);
  const harsh_track *judges = &split.track[HARSH_TEST][0];
  fprintf(f, "path,artist\na.wav,Ann\n./a.wav,Eve\nb.wav,\nb.wav,%s [x]\n../%s,Eve\n",
          judges->artist, judges->path + strlen(folder_path("")));
  fprintf(f, "\"c, d.wav\",%s\ngone.wav,Bob\n", split.track[HARSH_TRAIN][0].artist);
  fclose(f);
  const char *to = folder_path("split.csv");
  assert_int_equal(harsh_split_write(&split, &ds, to, hash[0], &err), EAR_OK);
  assert_int_equal(harsh_split_more(&split, folder_path("more/index.csv"), &err), EAR_OK);
  to = folder_path("split.csv");
  assert_int_equal(harsh_split_write(&split, &ds, to, hash[1], &err), EAR_OK);
  assert_int_equal(split.n[HARSH_TRAIN], before + 2);
  assert_int_equal(split.n[HARSH_TEST], tested);
  assert_int_equal(split.n_more, 2);
  assert_true(split.track[HARSH_TRAIN][before].weight > 0);
  assert_string_not_equal(hash[0], hash[1]);
  harsh_split_free(&split);
  dataset_free(&ds);
}

static void
a_table_without_more_music_or_artists_is_refused(void **state)
{
  (void)state;
  static const char *const table[][2] = {{"path\na.wav\n", "group or artist"},
                                         {"path,artist\ngone.wav,Ann\n", "no track"}};
  for (int i = 0; i < 2; ++i) {
    ear_error err = {""};
    harsh_split split = {.strings = NULL};
    folder_put("bare.csv", table[i][0]);
    assert_int_equal(harsh_split_more(&split, folder_path("bare.csv"), &err),
                     EAR_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, table[i][1]));
    harsh_split_free(&split);
  }
}

static harsh_plan
plan_of(const harsh_track *track, uint32_t n)
{
  return (harsh_plan){.track = track,
                      .n_tracks = n,
                      .excerpt_s = 1.2,
                      .n_neutral = 1,
                      .n_harsh = 2,
                      .harsh_splits = DEGRADE_TEST,
                      .neutral_splits = DEGRADE_TRAIN,
                      .seed = 5};
}

static void
a_unit_is_the_same_again_and_its_versions_are_labelled(void **state)
{
  (void)state;
  put_track("one.wav", 1, SECONDS);
  put_track("two.wav", 2, SECONDS);
  harsh_track track[2] = {{.path = folder_path("one.wav"), .artist = "A", .seconds = 5},
                          {.path = folder_path("two.wav"), .artist = "B", .seconds = 5}};
  harsh_weigh(track, 2);
  assert_true(fabs(track[0].weight - sqrt(5)) < 1e-12);
  const harsh_plan plan = plan_of(track, 2);
  uint32_t n_harsh = 0;
  for (uint64_t i = 0; i < 6; ++i) {
    harsh_unit a, b;
    ear_error err = {""};
    assert_int_equal(harsh_render(&plan, i, &a, &err), EAR_OK);
    assert_int_equal(harsh_render(&plan, i, &b, &err), EAR_OK);
    assert_true(a.n_versions >= 2 && a.n_versions == b.n_versions);
    assert_false(a.version[0].harsh || a.version[0].neutral);
    assert_true(a.version[1].neutral && !a.version[1].harsh);
    for (uint32_t v = 0; v < a.n_versions; ++v) {
      const harsh_version *x = &a.version[v];
      assert_true(x->sound.n_frames == a.version[0].sound.n_frames);
      assert_memory_equal(x->sound.x, b.version[v].sound.x,
                          x->sound.n_frames * sizeof(float));
      assert_true(!x->harsh || x->severity >= HARSH_MIN_SEVERITY);
      n_harsh += x->harsh;
    }
    harsh_unit_free(&a);
    harsh_unit_free(&b);
  }
  assert_true(n_harsh >= 4);
}

static double
loudness_of(const audio *a)
{
  loudness l;
  assert_int_equal(loudness_measure(a, &l), EAR_OK);
  const double lufs = loudness_lufs(&l, 0);
  loudness_free(&l);
  return lufs;
}

static void
level_does_not_tell_a_clipped_version_from_its_source(void **state)
{
  (void)state;
  put_track("one.wav", 1, SECONDS);
  harsh_track track = {.path = folder_path("one.wav"), .artist = "A", .seconds = 5};
  harsh_weigh(&track, 1);
  harsh_plan plan = plan_of(&track, 1);
  plan.kinds = 1u << DEGRADE_CLIPPING;
  for (uint64_t i = 0; i < 12; ++i) {
    harsh_unit u;
    ear_error err = {""};
    assert_int_equal(harsh_render(&plan, i, &u, &err), EAR_OK);
    const double clean = loudness_of(&u.version[0].sound);
    for (uint32_t v = 2; v < u.n_versions; ++v) {
      assert_true(fabs(loudness_of(&u.version[v].sound) - clean) < 0.3);
    }
    harsh_unit_free(&u);
  }
}

/* What a disk may do to each file of the cache, as a line of shell. */
static const char *const damage[] = {
    "head -c 5000 \"$f\" >\"$f.x\" && mv \"$f.x\" \"$f\"",
    "printf '\\252\\1' | dd of=\"$f\" bs=1 seek=100 conv=notrunc status=none",
    ("n=$(wc -c <\"$f\") && head -c $((n - 2)) \"$f\" >\"$f.x\" && "
     "printf '\\252\\1' >>\"$f.x\" && mv \"$f.x\" \"$f\""),
};

static void
damage_cache(size_t how)
{
  char line[PATH_MAX + 256];
  snprintf(line, sizeof line, "for f in '%s'/*.pool; do %s || exit 1; done", folder,
           damage[how]);
  assert_int_equal(system(line), 0);
}

static void
a_pool_from_the_cache_is_the_pool_that_was_rendered(void **state)
{
  enum { UNITS = 66 /* more than one file */, DAMAGES = sizeof damage / sizeof *damage };
  (void)state;
  put_track("one.wav", 1, SECONDS);
  harsh_track track = {.path = folder_path("one.wav"), .artist = "A", .seconds = 5};
  harsh_weigh(&track, 1);
  harsh_plan plan = plan_of(&track, 1);
  plan.excerpt_s = 0.3;
  const ear_front_end fe = ear_front_end_default();
  const harsh_pool_options o = {.front_end = &fe};
  harsh_pool pool[DAMAGES + 3];
  ear_error err = {""};
  for (size_t k = 0; k < DAMAGES + 2; ++k) {
    if (k >= 2) { /* a damaged file is rendered again */
      damage_cache(k - 2);
    }
    assert_int_equal(harsh_cache_render(&pool[k], &plan, 9, UNITS, &o, folder, &err),
                     EAR_OK);
  }
  assert_int_equal(harsh_pool_render(&pool[DAMAGES + 2], &plan, 9, UNITS, &o, &err),
                   EAR_OK);
  for (size_t k = 1; k < DAMAGES + 3; ++k) {
    assert_int_equal(pool[k].n, pool[0].n);
    for (uint32_t i = 0; i < pool[0].n; ++i) {
      const harsh_example *a = &pool[0].example[i], *b = &pool[k].example[i];
      assert_true(a->severity == b->severity && a->harsh == b->harsh);
      assert_int_equal(a->unit, b->unit);
      assert_int_equal(a->version, b->version);
      assert_int_equal(a->frames.n_frames, b->frames.n_frames);
      assert_memory_equal(a->frames.kept, b->frames.kept,
                          (size_t)a->frames.n_frames * fe.n_bands * sizeof(int16_t));
    }
  }
  for (size_t k = 0; k < DAMAGES + 3; ++k) {
    harsh_pool_free(&pool[k]);
  }
}

static void
a_sound_that_was_changed_is_rendered_again(void **state)
{
  enum { UNITS = 2 };
  (void)state;
  put_track("one.wav", 1, SECONDS);
  harsh_track track = {.path = folder_path("one.wav"), .artist = "A", .seconds = 5};
  harsh_weigh(&track, 1);
  harsh_plan plan = plan_of(&track, 1);
  plan.excerpt_s = 0.3;
  const ear_front_end fe = ear_front_end_default();
  const harsh_pool_options o = {.front_end = &fe};
  harsh_pool pool[3];
  ear_error err = {""};
  for (int k = 0; k < 2; ++k) { /* as long, and of the same name */
    put_track("one.wav", (unsigned)k + 1, SECONDS);
    assert_int_equal(harsh_cache_render(&pool[k], &plan, 3, UNITS, &o, folder, &err),
                     EAR_OK);
  }
  assert_int_equal(harsh_pool_render(&pool[2], &plan, 3, UNITS, &o, &err), EAR_OK);
  const feature_clip *a = &pool[1].example[0].frames, *b = &pool[2].example[0].frames;
  assert_int_equal(a->n_frames, b->n_frames);
  assert_memory_equal(a->kept, b->kept,
                      (size_t)a->n_frames * fe.n_bands * sizeof(int16_t));
  for (int k = 0; k < 3; ++k) {
    harsh_pool_free(&pool[k]);
  }
}

/* Two units of clean, neutral, harsh, harsh. */
static void
figures_are_what_a_hand_counts(void **state)
{
  (void)state;
  const harsh_track track[2] = {{.artist = "A"}, {.artist = "B"}};
  harsh_example e[8] = {
      {.unit = 0, .track = 0},
      {.unit = 0, .track = 0, .neutral = true},
      {.unit = 0, .track = 0, .harsh = true, .kinds = 1, .severity = 10},
      {.unit = 0, .track = 0, .harsh = true, .kinds = 3, .severity = 60},
      {.unit = 1, .track = 1},
      {.unit = 1, .track = 1, .neutral = true},
      {.unit = 1, .track = 1, .harsh = true, .kinds = 1, .severity = 20},
      {.unit = 1, .track = 1, .harsh = true, .kinds = 2, .severity = 30}};
  const harsh_pool pool = {8, e};
  const double score[8] = {0.1, 0.6, 0.3, 0.9, 0.2, 0.1, 0.1, 0.8};
  harsh_figures f;
  assert_int_equal(harsh_judge(&f, &pool, track, score, 0.5, 1), EAR_OK);
  /* harsh .3 .9 .1 .8 against .1 .6 .2 .1: wins 3 + 4 + 2 * half + 4 of 16 */
  assert_true(fabs(f.auroc - 12.0 / 16) < 1e-12);
  assert_true(fabs(f.balanced - 0.5 * (2.0 / 4 + 3.0 / 4)) < 1e-12);
  assert_true(fabs(f.pair - 3.0 / 4) < 1e-12);
  assert_true(fabs(f.neutral_alarms - 0.5) < 1e-12 && f.clean_alarms == 0);
  assert_true(fabs(f.rank - 0.5 * (1 + 0.5)) < 1e-12);
  assert_true(f.recall[0] == 0 && f.recall[1] == 1 && isnan(f.recall[2]));
  assert_true(f.n_artists == 2 && f.n_harsh == 4 && f.n_clean == 2 && f.n_neutral == 2);
  assert_true(f.auroc_low <= f.auroc && f.auroc <= f.auroc_high);
}

static void
thresholds_let_their_share_through(void **state)
{
  (void)state;
  harsh_example e[200] = {{.unit = 0}};
  double score[200];
  for (int i = 0; i < 200; ++i) {
    e[i].harsh = i >= 100;
    score[i] = i < 100 ? i / 100.0 : 0.5 + (i - 100) / 100.0;
  }
  const harsh_pool pool = {200, e};
  assert_true(fabs(harsh_alarm_threshold(&pool, score, 0.10) - 0.90) < 0.011);
  assert_true(fabs(harsh_recall_threshold(&pool, score, 0.95) - 0.55) < 0.011);
  const double best = harsh_best_threshold(&pool, score);
  assert_true(best > 0.49 && best < 1.0);
}

static void
the_regression_finds_what_tells_the_classes_apart(void **state)
{
  enum { N = 600 };
  static float f[N][BASELINE_N];
  static uint8_t harsh[N];
  (void)state;
  rng r = rng_stream(3, 1, 1);
  for (int i = 0; i < N; ++i) {
    harsh[i] = i % 2;
    for (int k = 0; k < BASELINE_N; ++k) {
      f[i][k] = (float)(rng_normal(&r) + (k == BASELINE_CREST ? 3.0 * harsh[i] : 0));
    }
  }
  baseline_regression b;
  baseline_fit(&b, f[0], harsh, N);
  int right = 0;
  for (int i = 0; i < N; ++i) {
    right += (baseline_score(&b, f[i]) > 0) == harsh[i];
  }
  assert_true(right > 0.9 * N);
  for (int k = 0; k < BASELINE_N; ++k) {
    assert_true(k == BASELINE_CREST || fabs(b.weight[k]) < b.weight[BASELINE_CREST] / 3);
  }
}

static void
measures_see_a_boost_a_clip_and_stay_finite(void **state)
{
  (void)state;
  float plain[BASELINE_N], clipped[BASELINE_N], silent[BASELINE_N];
  audio a;
  ear_error err;
  put_track("one.wav", 1, SECONDS);
  assert_int_equal(audio_read_mono(&a, folder_path("one.wav"), 0, 0, &err), EAR_OK);
  assert_int_equal(baseline_measure(&a, plain), EAR_OK);
  for (size_t i = 0; i < a.n_frames; ++i) {
    a.x[i] = fmaxf(-0.1f, fminf(0.1f, a.x[i]));
  }
  assert_int_equal(baseline_measure(&a, clipped), EAR_OK);
  assert_true(clipped[BASELINE_CREST] < plain[BASELINE_CREST] - 3);
  assert_true(clipped[BASELINE_FLAT_TOPS] > plain[BASELINE_FLAT_TOPS] + 1);
  memset(a.x, 0, a.n_frames * sizeof *a.x);
  assert_int_equal(baseline_measure(&a, silent), EAR_OK);
  for (int k = 0; k < BASELINE_N; ++k) {
    assert_true(isfinite(plain[k]) && isfinite(clipped[k]) && isfinite(silent[k]));
  }
  audio_free(&a);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(more_music_trains_and_judges_nothing),
      cmocka_unit_test(a_table_without_more_music_or_artists_is_refused),
      cmocka_unit_test(no_artist_stands_on_two_sides),
      cmocka_unit_test(a_unit_is_the_same_again_and_its_versions_are_labelled),
      cmocka_unit_test(level_does_not_tell_a_clipped_version_from_its_source),
      cmocka_unit_test(a_pool_from_the_cache_is_the_pool_that_was_rendered),
      cmocka_unit_test(a_sound_that_was_changed_is_rendered_again),
      cmocka_unit_test(figures_are_what_a_hand_counts),
      cmocka_unit_test(thresholds_let_their_share_through),
      cmocka_unit_test(the_regression_finds_what_tells_the_classes_apart),
      cmocka_unit_test(measures_see_a_boost_a_clip_and_stay_finite),
  };
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
