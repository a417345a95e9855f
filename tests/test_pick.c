/* SPDX-License-Identifier: ISC */
/* What nobody said is picked from the data and said with the reason; what was said stays.
 */
#include "folder.h"

#include "../train/audio.h"
#include "../train/train_pick.h"

static void
classes(dataset *ds, const char *a, const char *b, const char *c)
{
  const char *const name[] = {a, b, c};
  *ds = (dataset){0};
  for (int i = 0; i < 3 && name[i]; ++i) {
    assert_non_null(dataset_add(ds, name[i], name[i], dataset_label(ds, name[i]), ""));
  }
  assert_int_equal(dataset_sort(ds), EAR_OK);
}

static void
recipe_and_task_follow_from_the_classes(void **state)
{
  static const struct {
    const char *label[3], *recipe, *task;
  } cases[] = {{{"harsh", "clean", NULL}, "harshness", "harshness"},
               {{"clean", "harsh", "loud"}, "genre", "classifier"},
               {{"clean", "dirty", NULL}, "genre", "classifier"},
               {{"kick", "snare", "hat"}, "genre", "classifier"}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    dataset ds;
    options o = {.task = NULL};
    char why[256];
    classes(&ds, cases[i].label[0], cases[i].label[1], cases[i].label[2]);
    pick_recipe(&o, &ds, why);
    assert_string_equal(o.recipe, cases[i].recipe);
    assert_string_equal(o.task, cases[i].task);
    assert_true(o.picked);
    assert_non_null(strstr(why, cases[i].recipe));
    o = (options){.recipe = "tiny"};
    pick_recipe(&o, &ds, why);
    assert_string_equal(o.recipe, "tiny");
    assert_string_equal(o.task, cases[i].task);
    assert_false(o.picked);
    assert_string_equal(why, "");
    o = (options){.task = "classifier"};
    pick_recipe(&o, &ds, why);
    assert_string_equal(o.task, "classifier");
    dataset_free(&ds);
  }
}

static void
sounds_that_genre_could_not_hear_get_a_recipe_for_short_ones(void **state)
{
  static float x[4 * 8000];
  static const double seconds[] = {0.3, 4, 0.5, 4}; /* and one that cannot be read */
  static const char *const recipes[] = {"short", "genre"};
  (void)state;
  for (uint32_t first = 0; first < 2;
       ++first) { /* two of three clips are short, or one */
    dataset ds = {0};
    options o = {.task = NULL};
    char why[256];
    ear_error err;
    assert_non_null(dataset_add(&ds, "none", "none", dataset_label(&ds, "a"), ""));
    for (uint32_t i = first; i < first + 3; ++i) {
      char name[16];
      const audio a = {x, (size_t)(8000 * seconds[i]), 1, 8000};
      snprintf(name, sizeof name, "%u.wav", i);
      const char *path = folder_path(name);
      assert_int_equal(audio_write(&a, path, &err), EAR_OK);
      assert_non_null(dataset_add(&ds, path, name, dataset_label(&ds, "b"), ""));
    }
    assert_int_equal(dataset_sort(&ds), EAR_OK);
    pick_recipe(&o, &ds, why);
    assert_string_equal(o.recipe, recipes[first]);
    assert_true(first || strstr(why, "under 3 s"));
    dataset_free(&ds);
  }
}

static uint64_t
steps(const recipe_train *t, uint32_t n_clips)
{
  const uint64_t n = (uint64_t)n_clips * t->crops / t->batch;
  return (n ? n : 1) * t->epochs;
}

static void
the_number_of_steps_stays_within_bounds_from_two_clips_to_millions(void **state)
{
  const options o = {.picked = true};
  recipe usual, r;
  ear_error err;
  char why[256];
  (void)state;
  assert_int_equal(recipe_read(&usual, "genre", &err), EAR_OK);
  for (double n = 2; n < 4e6; n *= 1.3) {
    r = usual;
    pick_length(&r, &o, (uint32_t)n, why);
    const bool same =
        r.train.epochs == usual.train.epochs && r.train.crops == usual.train.crops;
    assert_int_equal(why[0] == '\0', same);
    assert_in_range(r.train.epochs, 4, 200);
    assert_true(r.train.epochs == 200 || steps(&r.train, (uint32_t)n) >= 630);
    assert_true(r.train.epochs == 4 || steps(&r.train, (uint32_t)n) <= 60000);
  }
  r = usual;
  pick_length(&r, &o, 321, why); /* what the recipe was made with */
  assert_int_equal(r.train.epochs, 16);
  r = usual;
  pick_length(&r, &o, 1000000, why);
  assert_int_equal(r.train.crops, 1);
  r = usual;
  pick_length(&r, &o, 28, why);
  assert_non_null(strstr(why, "28 clips for training"));
  assert_non_null(strstr(why, "--epochs"));
}

static void
what_was_said_stays(void **state)
{
  const options named = {.recipe = "genre"}, epochs = {.picked = true, .epochs = 16};
  recipe r;
  ear_error err;
  char why[256];
  (void)state;
  assert_int_equal(recipe_read(&r, "genre", &err), EAR_OK);
  pick_length(&r, &named, 28, why);
  assert_int_equal(r.train.epochs, 16);
  pick_length(&r, &epochs, 28, why);
  assert_int_equal(r.train.epochs, 16);
  pick_length(&r, &epochs, 4000000, why);
  assert_int_equal(r.train.crops, 4);
  assert_string_equal(why, "");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(recipe_and_task_follow_from_the_classes),
      cmocka_unit_test_setup_teardown(
          sounds_that_genre_could_not_hear_get_a_recipe_for_short_ones, folder_make,
          folder_remove),
      cmocka_unit_test(
          the_number_of_steps_stays_within_bounds_from_two_clips_to_millions),
      cmocka_unit_test(what_was_said_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
