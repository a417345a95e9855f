/* SPDX-License-Identifier: ISC */
/* What is made to be no music is what its name says, and what judges was made in ways
   that training never met. */
#include "folder.h"

#include <math.h>
#include <unistd.h>

#include "../train/background.h"
#include "../train/cmd.h"
#include "../train/file.h"
#include "../train/split.h"

enum { N = 3 * BACKGROUND_RATE };

static float *
make(uint32_t family, uint32_t number, uint64_t seed)
{
  float *x = malloc(N * sizeof *x);
  assert_int_equal(background_make(x, N, family, number, seed), EAR_OK);
  return x;
}

static uint32_t
family_named(const char *name)
{
  uint32_t k = 0;
  while (strcmp(background_family(k), name) != 0) {
    ++k;
  }
  return k;
}

static void
every_sound_is_finite_at_its_level_and_follows_from_its_number(void **state)
{
  (void)state;
  for (uint32_t k = 0; k < background_n_families(); ++k) {
    const char *name = background_family(k);
    const bool quiet = !strcmp(name, "silence") || !strcmp(name, "room");
    float *a = make(k, 3, 9), *same = make(k, 3, 9), *other = make(k, 4, 9);
    double peak = 0;
    for (uint32_t i = 0; i < N; ++i) {
      assert_true(isfinite(a[i]));
      peak = fmax(peak, fabs((double)a[i]));
    }
    const double db = 20 * log10(peak);
    assert_true(quiet ? db > -60.01 && db < -34.99 : db > -30.01 && db < -5.99);
    assert_memory_equal(a, same, N * sizeof *a);
    assert_memory_not_equal(a, other, N * sizeof *a);
    free(a);
    free(same);
    free(other);
  }
}

/* Mean power at a frequency and some around it, dB. */
static double
power_at(const float *x, double hz)
{
  double sum = 0;
  for (int k = 0; k < 40; ++k) {
    const double w = 6.283185307179586 * hz * (1 + 0.01 * (k - 20)) / BACKGROUND_RATE;
    double re = 0, im = 0;
    for (uint32_t i = 0; i < N; ++i) {
      re += (double)x[i] * cos(w * i);
      im += (double)x[i] * sin(w * i);
    }
    sum += re * re + im * im;
  }
  return 10 * log10(sum);
}

static void
noises_have_their_colours(void **state)
{
  static const struct {
    const char *name;
    double low_db, high_db; /* from 500 to 4000 Hz */
  } colour[] = {{"white", -3, 3}, {"pink", -12, -6}, {"brown", -21, -14}};
  (void)state;
  for (int k = 0; k < 3; ++k) {
    float *x = make(family_named(colour[k].name), 0, 1);
    const double fall = power_at(x, 4000) - power_at(x, 500);
    if (fall < colour[k].low_db || fall > colour[k].high_db) {
      fail_msg("%s: %.1f dB", colour[k].name, fall);
    }
    free(x);
  }
}

static double
power_exactly(const float *x, double hz)
{
  double re = 0, im = 0;
  for (uint32_t i = 0; i < N; ++i) {
    re += (double)x[i] * cos(6.283185307179586 * hz * i / BACKGROUND_RATE);
    im += (double)x[i] * sin(6.283185307179586 * hz * i / BACKGROUND_RATE);
  }
  return 10 * log10(re * re + im * im + 1e-30);
}

static void
hum_is_that_of_a_mains(void **state)
{
  (void)state;
  for (uint32_t number = 0; number < 6; ++number) {
    float *x = make(family_named("hum"), number, 1);
    const double mains =
        fmax(power_exactly(x, 50), power_exactly(x, 60)) - power_exactly(x, 55);
    assert_true(mains > 20);
    free(x);
  }
}

/* A twentieth of the 20 ms stretches, or more, are 20 dB under the loudest. */
static bool
pauses(const float *x)
{
  enum { STEP = BACKGROUND_RATE / 50, STEPS = N / STEP };
  double level[STEPS] = {0}, most = 0;
  uint32_t soft = 0;
  for (uint32_t k = 0; k < STEPS; ++k) {
    for (uint32_t i = 0; i < STEP; ++i) {
      level[k] += (double)x[k * STEP + i] * (double)x[k * STEP + i];
    }
    most = fmax(most, level[k]);
  }
  for (uint32_t k = 0; k < STEPS; ++k) {
    soft += level[k] < 0.01 * most;
  }
  return soft > STEPS / 20;
}

static void
speech_pauses_and_steady_noise_does_not(void **state)
{
  (void)state;
  for (uint32_t number = 0; number < 3; ++number) {
    float *voice = make(family_named("voice"), number, 1);
    float *murmur = make(family_named("murmur"), number, 1);
    float *white = make(family_named("white"), number, 1);
    assert_true(pauses(voice) && pauses(murmur));
    assert_false(pauses(white));
    free(voice);
    free(murmur);
    free(white);
  }
}

/* Two classes of music of ten artists each, on sides or not. */
static void
music(dataset *ds, bool sides)
{
  char key[32], group[32];
  *ds = (dataset){.name = strdup("music")};
  for (uint32_t i = 0; i < 40; ++i) {
    snprintf(key, sizeof key, "c%02u", i);
    snprintf(group, sizeof group, "artist %u", i / 2);
    clip *c =
        dataset_add(ds, key, key, dataset_label(ds, i / 2 % 2 ? "rock" : "jazz"), group);
    assert_non_null(c);
    c->side = !sides ? SIDE_NONE : i < 28 ? SIDE_TRAIN : SIDE_VALID;
  }
  assert_int_equal(dataset_sort(ds), EAR_OK);
}

static void
no_family_is_on_two_sides(void **state)
{
  ear_error err = {""};
  (void)state;
  for (int given = 0; given < 2; ++given) {
    dataset ds;
    uint32_t seen[64] = {0}, on[N_SIDES] = {0};
    music(&ds, given);
    if (background_add(&ds, folder_path("made"), 48, 5, &err)) {
      fail_msg("%s", err.text);
    }
    assert_int_equal(ds.n_clips, 88);
    assert_int_equal(ds.n_labels, 3);
    assert_int_equal(given ? split_check(&ds, &err) : split_make(&ds, 1, &err), EAR_OK);
    for (uint32_t i = 0; i < ds.n_clips; ++i) {
      const clip *c = &ds.clip[i];
      if (!strcmp(ds.label[c->label], "background")) {
        assert_true(seen[c->group] == 0 || seen[c->group] == c->side);
        seen[c->group] = c->side;
        ++on[c->side];
        assert_int_equal(access(c->path, R_OK), 0);
      }
    }
    assert_true(on[SIDE_TRAIN] >= 24 && on[SIDE_VALID] >= 6);
    dataset_free(&ds);
  }
}

static char *
report_of(const char *name)
{
  uint8_t *bytes;
  size_t n;
  ear_error err = {""};
  assert_int_equal(file_read(folder_path(name), &bytes, &n, &err), EAR_OK);
  bytes = realloc(bytes, n + 1);
  bytes[n] = '\0';
  return (char *)bytes;
}

/* Sounds of two families as classes: what is trained on is not the point here. */
static void
write_sounds(void)
{
  char name[64];
  ear_error err = {""};
  dataset ds = {.name = strdup("none")};
  assert_int_equal(background_add(&ds, folder_path("made"), 48, 77, &err), EAR_OK);
  for (uint32_t i = 0; i < 6; ++i) {
    for (int k = 0; k < 2; ++k) {
      char from[2 * PATH_MAX];
      snprintf(name, sizeof name, "made/%s-s77-%u.flac",
               background_family(i + 6 * (uint32_t)k), i % 3);
      snprintf(from, sizeof from, "%s", folder_path(name));
      snprintf(name, sizeof name, "set/%s/%u.flac", k ? "high" : "low", i);
      assert_int_equal(link(from, folder_path(name)), 0);
    }
  }
  dataset_free(&ds);
}

static int
train(const char *cache, const char *n)
{
  char set[2 * PATH_MAX], out[2 * PATH_MAX], where[2 * PATH_MAX], count[16];
  snprintf(set, sizeof set, "%s", folder_path("set"));
  snprintf(out, sizeof out, "%s", folder_path("my.safetensors"));
  snprintf(where, sizeof where, "%s", cache);
  snprintf(count, sizeof count, "%s", n);
  char *argv[] = {(char[]){"train"},        set,
                  (char[]){"-o"},           out,
                  (char[]){"--cache"},      where,
                  (char[]){"--epochs"},     (char[]){"1"},
                  (char[]){"--recipe"},     (char[]){"tiny"},
                  (char[]){"--background"}, count};
  return cmd_train(12, argv);
}

static void
a_model_learns_the_class_never_flags_it_and_is_judged_on_it(void **state)
{
  ear_model *model;
  ear_error err = {""};
  (void)state;
  write_sounds();
  assert_int_equal(train("none", "32"), CMD_DONE);
  assert_int_equal(ear_model_open(&model, folder_path("my.safetensors"), &err), EAR_OK);
  const ear_model_info *info = ear_model_info_get(model);
  assert_int_equal(info->n_labels, 3);
  assert_string_equal(info->label[0], "background");
  assert_true(info->threshold[0] > 1 && info->threshold[1] <= 1);
  assert_non_null(strstr(info->card, "--background 32"));
  ear_model_unref(model);
  char *text = report_of("my.safetensors.report.txt");
  assert_non_null(strstr(text, "background called something else: "));
  free(text);
  assert_int_equal(train("none", "2"), CMD_USAGE);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_sound_is_finite_at_its_level_and_follows_from_its_number),
      cmocka_unit_test(noises_have_their_colours),
      cmocka_unit_test(hum_is_that_of_a_mains),
      cmocka_unit_test(speech_pauses_and_steady_noise_does_not),
      IN_FOLDER(no_family_is_on_two_sides),
      IN_FOLDER(a_model_learns_the_class_never_flags_it_and_is_judged_on_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
