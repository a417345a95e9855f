/* SPDX-License-Identifier: ISC */
/* A search tries the same values for the same seed, halves as it says, goes on after any
   interruption to the same end, and its best recipe can be read. */
#include "folder.h"

#include <math.h>
#include <unistd.h>

#include "../train/search_report.h"

static recipe
shipped(const char *name)
{
  recipe r;
  ear_error err = {""};
  assert_int_equal(recipe_read(&r, name, &err), EAR_OK);
  return r;
}

static search_range
range_of(const char *text)
{
  search_range g;
  ear_error err = {""};
  if (search_range_read(&g, text, &err)) {
    fail_msg("%s", err.text);
  }
  return g;
}

static void
ranges_are_read_and_their_mistakes_named(void **state)
{
  static const char *const bad[] = {
      "rate",          "=1..2",     "rate=2..1", "rate=1..1", "rate=0..1:log",
      "rate=1..2:lag", "rate=a..b", "rate=1..",  "rate=",     "rate=a||b"};
  search_range g = range_of("rate=1e-4..1e-2:log");
  ear_error err;
  (void)state;
  assert_true(g.log && !g.whole && g.low == 1e-4 && g.high == 1e-2);
  g = range_of("batch=8..64 log");
  assert_true(g.log && g.whole && g.low == 8 && g.high == 64);
  g = range_of("timemask=1 8|2 24");
  assert_int_equal(g.n_choices, 2);
  assert_string_equal(g.choice[1], "2 24");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    assert_int_equal(search_range_read(&g, bad[i], &err), EAR_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "rate") ? err.text : strstr(err.text, "--range"));
  }
}

static void
values_fill_their_range_evenly_and_never_leave_it(void **state)
{
  enum { N = 20000 };
  const search_range real = range_of("rate=1e-4..1e-2:log"),
                     whole = range_of("batch=3..6");
  const search_range word = range_of("optimizer=sgd|adam|adamw");
  uint32_t low = 0, count[4] = {0}, words[3] = {0};
  (void)state;
  for (uint64_t i = 0; i < N; ++i) {
    char value[SEARCH_VALUE];
    rng r = rng_stream(1, 2, i);
    search_range_draw(&real, &r, value);
    const double v = strtod(value, NULL);
    assert_true(v >= 1e-4 && v <= 1e-2);
    low += v < 1e-3;
    search_range_draw(&whole, &r, value);
    const int n = atoi(value);
    assert_in_range(n, 3, 6);
    ++count[n - 3];
    search_range_draw(&word, &r, value);
    ++words[(uint32_t)search_range_place(&word, value) - 1];
  }
  assert_in_range(low, N / 2 - 400, N / 2 + 400);
  for (int i = 0; i < 4; ++i) {
    assert_in_range(count[i], N / 4 - 400, N / 4 + 400);
  }
  for (int i = 0; i < 3; ++i) {
    assert_in_range(words[i], N / 3 - 400, N / 3 + 400);
  }
}

typedef struct {
  char text[8192];
} told;

static void
tell(void *user, const char *key, const char *value)
{
  told *t = user;
  const size_t n = strlen(t->text);
  snprintf(t->text + n, sizeof t->text - n, "%s %s\n", key, value);
}

/* Written without a change a recipe says the same; with one, only that differs. */
static void
every_shipped_recipe_survives_being_written(void **state)
{
  static const char *const name[] = {
      "genre",           "harshness",     "features-cnn",     "published-gtzan-augmented",
      "simple-cnn-adam", "deep-cnn-adam", "raw-audio-to-mel", "tiny"};
  (void)state;
  for (size_t i = 0; i < sizeof name / sizeof *name; ++i) {
    const recipe r = shipped(name[i]);
    told before = {""}, after = {""};
    ear_error err = {""};
    recipe again;
    search s;
    assert_int_equal(search_new(&s, &r, NULL, 0, 1, false, 1, &err), EAR_OK);
    if (search_recipe(&s, 0, 0, &again, &err)) {
      fail_msg("%s: %s", name[i], err.text);
    }
    recipe_tell(&r, tell, &before);
    recipe_tell(&again, tell, &after);
    assert_string_equal(before.text, after.text);
    search_free(&s);
  }
}

static const char *const ranges[] = {"rate=1e-4..1e-1:log", "batch=8..32",
                                     "dropout=0.1..0.6"};

static void
open_search(search *s, const recipe *r, uint32_t n_trials, bool halving, uint64_t seed)
{
  search_range g[3];
  ear_error err = {""};
  for (int i = 0; i < 3; ++i) {
    g[i] = range_of(ranges[i]);
  }
  assert_int_equal(search_new(s, r, g, 3, n_trials, halving, seed, &err), EAR_OK);
}

static void
the_first_trial_is_the_recipe_and_the_seed_gives_the_others(void **state)
{
  const recipe r = shipped("genre");
  recipe tried;
  search a, b, c;
  ear_error err = {""};
  uint32_t same = 0;
  (void)state;
  open_search(&a, &r, 10, false, 3);
  open_search(&b, &r, 30, true, 3);
  open_search(&c, &r, 10, false, 4);
  assert_string_equal(a.trial[0].value[0], "0.003");
  assert_string_equal(a.trial[0].value[2], "0.5");
  for (int t = 0; t < 10; ++t) {
    for (int i = 0; i < 3; ++i) {
      assert_string_equal(a.trial[t].value[i], b.trial[t].value[i]);
    }
    same += !strcmp(a.trial[t].value[0], c.trial[t].value[0]);
  }
  assert_int_equal(same, 1);
  assert_int_equal(search_recipe(&a, 4, 0, &tried, &err), EAR_OK);
  assert_true(fabsf(tried.train.learning_rate - strtof(a.trial[4].value[0], NULL)) <
              1e-9f);
  assert_int_equal(tried.train.batch, atoi(a.trial[4].value[1]));
  uint32_t n_dropouts = 0;
  for (uint32_t i = 0; i < tried.n_layers; ++i) {
    if (tried.layer[i].is_dropout) {
      assert_true(tried.layer[i].dropout == strtof(a.trial[4].value[2], NULL));
      ++n_dropouts;
    }
  }
  assert_int_equal(n_dropouts, 1);
  search_free(&a);
  search_free(&b);
  search_free(&c);
  const search_range none = range_of("momentun=0.1..0.9");
  assert_int_equal(search_new(&a, &r, &none, 1, 3, false, 1, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "momentun"));
}

/* What a trial would give: later trials are better, one in seven fails. */
static void
pretend(search *s, uint32_t t, uint32_t rung)
{
  recipe r;
  ear_error err = {""};
  search_trial *x = &s->trial[t];
  assert_int_equal(search_recipe(s, t, rung, &r, &err), EAR_OK);
  x->rung = rung;
  x->epochs = r.train.epochs;
  x->score = t % 7 == 5 ? NAN : 0.5 + 0.01 * t;
  x->loss = 1 - 0.01 * t;
}

static void
halving_sends_on_the_best_third_three_times_as_long(void **state)
{
  const recipe r = shipped("genre"); /* 16 epochs */
  uint32_t t, rung, n[4] = {0}, least[4] = {100, 100, 100, 100};
  search s;
  (void)state;
  open_search(&s, &r, 20, true, 1);
  assert_int_equal(s.n_rungs, 3);
  while (search_next(&s, &t, &rung)) {
    pretend(&s, t, rung);
    assert_int_equal(s.trial[t].epochs, rung == 2 ? 16 : rung == 1 ? 5 : 1);
    assert_true(++n[rung] <= 20);
    least[rung] = t < least[rung] ? t : least[rung];
  }
  assert_int_equal(n[0], 20);
  assert_int_equal(n[1], 6);
  assert_int_equal(n[2], 2);
  assert_int_equal(least[1], 13); /* 18 to 13: 19 has failed */
  assert_int_equal(least[2], 17);
  search_free(&s);
}

static json_t *
settings_of(const char *seed)
{
  return json_pack("{s:s, s:s}", "seed", seed, "recipe", "genre");
}

/* Stop after every single trial, forget everything, go on: the same results. */
static void
a_search_that_is_interrupted_after_every_trial_ends_the_same(void **state)
{
  const recipe r = shipped("genre");
  search s, whole;
  uint32_t t, rung, n_done;
  ear_error err = {""};
  json_t *settings = settings_of("1"), *other = settings_of("2");
  const char *path = folder_path("search.json");
  (void)state;
  open_search(&whole, &r, 9, true, 1);
  while (search_next(&whole, &t, &rung)) {
    pretend(&whole, t, rung);
  }
  for (bool more = true; more;) {
    open_search(&s, &r, 9, true, 1);
    if (!access(path, F_OK)) {
      assert_int_equal(search_load(&s, path, settings, &n_done, &err), EAR_OK);
    }
    more = search_next(&s, &t, &rung);
    if (more) {
      pretend(&s, t, rung);
      assert_int_equal(search_save(&s, path, settings, &err), EAR_OK);
      search_free(&s);
    }
  }
  for (t = 0; t < 9; ++t) {
    assert_int_equal(s.trial[t].rung, whole.trial[t].rung);
    assert_int_equal(s.trial[t].epochs, whole.trial[t].epochs);
    assert_true(s.trial[t].score == whole.trial[t].score || isnan(whole.trial[t].score));
  }
  assert_int_equal(search_best(&s), search_best(&whole));
  assert_int_equal(search_load(&s, path, other, &n_done, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "seed was 1 and is 2"));
  search_free(&s);
  open_search(&s, &r, 9, true, 2); /* other trials */
  assert_int_equal(search_load(&s, path, settings, &n_done, &err), EAR_BAD_ARGUMENT);
  search_free(&s);
  search_free(&whole);
  json_decref(settings);
  json_decref(other);
}

static void
the_best_recipe_has_the_values_of_the_best_trial(void **state)
{
  const recipe r = shipped("genre");
  recipe best;
  search s;
  ear_error err = {""};
  const char *path = folder_path("best.recipe");
  uint32_t t, rung;
  (void)state;
  open_search(&s, &r, 5, false, 1);
  assert_int_equal(search_write_best(&s, path, &err), EAR_BAD_ARGUMENT);
  while (search_next(&s, &t, &rung)) {
    pretend(&s, t, rung);
  }
  assert_int_equal(search_write_best(&s, path, &err), EAR_OK);
  assert_int_equal(recipe_read(&best, path, &err), EAR_OK);
  assert_int_equal(search_best(&s), 4);
  assert_int_equal(best.train.batch, atoi(s.trial[4].value[1]));
  assert_int_equal(best.train.epochs, 16);
  assert_int_equal(search_picture(&s, folder_path("trials.png"), &err), EAR_OK);
  search_free(&s);
}

static void
ranges_may_stand_in_the_recipe(void **state)
{
  recipe r;
  search_range g;
  ear_error err = {""};
  const char *path = folder_path("x.recipe");
  (void)state;
  folder_put("x.recipe", "[input]\n[network]\nmean\ndense labels\n[train]\nrate 0.01\n"
                         "[search]\nrate 1e-3..1e-1 log # good\ntimemask 1 8|2 24\n");
  if (recipe_read(&r, path, &err)) {
    fail_msg("%s", err.text);
  }
  assert_int_equal(r.n_ranges, 2);
  assert_int_equal(search_range_read(&g, r.range[0], &err), EAR_OK);
  assert_true(g.log && g.high == 0.1);
  assert_int_equal(search_range_read(&g, r.range[1], &err), EAR_OK);
  assert_string_equal(g.choice[0], "1 8");
  folder_put("x.recipe", "[input]\n[network]\nmean\ndense labels\n[train]\nrate 0.01\n"
                         "[search]\nrate\n");
  assert_int_equal(recipe_read(&r, path, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "x.recipe:8"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)
      T(ranges_are_read_and_their_mistakes_named),
      T(values_fill_their_range_evenly_and_never_leave_it),
      T(every_shipped_recipe_survives_being_written),
      T(the_first_trial_is_the_recipe_and_the_seed_gives_the_others),
      T(halving_sends_on_the_best_third_three_times_as_long),
      T(a_search_that_is_interrupted_after_every_trial_ends_the_same),
      T(the_best_recipe_has_the_values_of_the_best_trial),
      T(ranges_may_stand_in_the_recipe),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
