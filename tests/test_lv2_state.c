/* SPDX-License-Identifier: ISC */
/* What a session saves brings its models back: any number of times with the same bytes,
   in another folder, on another machine, in any order of loads; and what cannot be
   brought back is said, kept for the next time, and leaves the built-in models running.

   usage: test_lv2_state BUNDLE [ROUNDS] */
#include "lv2_ask.h"
#include "record.h"

#include <fcntl.h>
#include <unistd.h>

static int n_rounds = 300;

/* lilv warns on stderr of every absolute path. */
static char *
text_of(const LilvState *state)
{
  const int was = dup(2), nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, 2);
  char *text = lilv_state_to_string(host_world(), host_map(), host_unmap(), state,
                                    "urn:earshot:state", NULL);
  dup2(was, 2);
  close(was);
  close(nowhere);
  assert_non_null(text);
  return text;
}

/* The state of h as text; to be freed. */
static char *
saved(host *h)
{
  LilvState *state = host_save(h, NULL);
  char *text = text_of(state);
  lilv_state_free(state);
  return text;
}

static void
restore_text(host *h, const char *text, bool with_worker)
{
  LilvState *state = lilv_state_new_from_string(host_world(), host_map(), text);
  assert_non_null(state);
  host_restore(h, state, with_worker);
  lilv_state_free(state);
  settle(h);
}

static void
any_number_of_rounds_saves_the_same_bytes(void **state)
{
  (void)state;
  host *h = host_here(), *next = host_here();
  ask(h, EARSHOT_HARSHNESS_MODEL, put_toy("a b'\"#%.safetensors", 1, true));
  ask(h, EARSHOT_CLASSIFIER_MODEL, put_toy("\xc3\xa4.safetensors", 2, false));
  assert_status(h, SLOT_OWN, SLOT_OWN);
  char *first = saved(h);
  assert_non_null(strstr(first, "harshnessHash"));
  for (int i = 0; i < n_rounds; ++i) {
    restore_text(next, first, i % 2);
    assert_status(next, SLOT_OWN, SLOT_OWN);
    char *again = saved(next);
    assert_string_equal(first, again);
    free(again);
    if (i % 16 == 15) { /* else the model runs already */
      ask(next, EARSHOT_HARSHNESS_MODEL, "");
    }
  }
  print_message("%d rounds, %zu bytes each\n", n_rounds, strlen(first));
  free(first);
  host_free(h);
  host_free(next);
}

static void
default_state_brings_the_built_in_models_back(void **state)
{
  (void)state;
  host *h = host_here();
  char *text = saved(h);
  assert_null(strstr(text, "Model"));
  assert_non_null(strstr(text, "stateVersion"));
  ask(h, EARSHOT_HARSHNESS_MODEL, put_toy("a.safetensors", 1, true));
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  restore_text(h, text, true);
  assert_status(h, SLOT_BUILT_IN, SLOT_BUILT_IN);
  assert_string_equal(host_told(h, EARSHOT_HARSHNESS_MODEL), "");
  char *again = saved(h);
  assert_string_equal(text, again);
  free(text);
  free(again);
  host_free(h);
}

/* ---- files that cannot run ---- */

static void
move(const char *from, const char *to)
{
  assert_int_equal(rename(folder_path(from), folder_path(to)), 0);
}

/* Both analyse the same music at once: every output but the status ports is the same. */
static void
assert_same_verdicts(host *one, host *two)
{
  static const char *const port[] = {"harsh_momentary",
                                     "harsh_short",
                                     "harsh_integrated",
                                     "flag",
                                     "low",
                                     "high",
                                     "class",
                                     "confidence",
                                     "age",
                                     "dropped"};
  enum { N = 4096, BLOCKS = 12 };
  host *const both[] = {one, two};
  float x[N];
  for (uint32_t b = 0; b < BLOCKS; ++b) {
    make_music(x, N, 48000, b);
    for (int i = 0; i < 2; ++i) {
      host_set(both[i], "freewheel", 1);
      memcpy(host_in(both[i], 0), x, sizeof x);
      memcpy(host_in(both[i], 1), x, sizeof x);
      host_run(both[i], N);
    }
    for (size_t i = 0; i < sizeof port / sizeof *port; ++i) {
      const float a = host_get(one, port[i]), c = host_get(two, port[i]);
      assert_memory_equal(&a, &c, sizeof a);
    }
  }
  assert_true(host_get(one, "harsh_momentary") > 0);
}

static void
missing_models_are_kept_and_the_built_in_ones_run(void **state)
{
  (void)state;
  char path[PATH_MAX];
  host *h = host_here(), *plain = host_here();
  strcpy(path, put_toy("own.safetensors", 1, true));
  ask(h, EARSHOT_HARSHNESS_MODEL, path);
  ask(h, EARSHOT_CLASSIFIER_MODEL, put_toy("kinds.safetensors", 2, false));
  char *before = saved(h);
  host_free(h);
  move("own.safetensors", "away");
  move("kinds.safetensors", "away too");
  for (int with_worker = 0; with_worker < 2; ++with_worker) {
    h = host_here();
    restore_text(h, before, with_worker);
    assert_status(h, SLOT_MISSING, SLOT_MISSING);
    assert_string_equal(host_told(h, EARSHOT_HARSHNESS_MODEL), path);
    const char *text = host_told(h, EARSHOT_HARSHNESS_TEXT);
    assert_non_null(strstr(text, path));
    assert_non_null(strstr(text, "is missing, so the built-in model"));
    char *after = saved(h);
    assert_string_equal(before, after);
    free(after);
    if (with_worker) {
      settle(plain);
      assert_same_verdicts(h, plain);
    }
    move("away", "own.safetensors");
    restore_text(h, before, with_worker); /* and when it is there again, it runs */
    assert_status(h, SLOT_OWN, SLOT_MISSING);
    move("own.safetensors", "away");
    host_free(h);
  }
  free(before);
  host_free(plain);
}

static void
files_that_are_no_models_are_refused_and_named(void **state)
{
  (void)state;
  host *h = host_here(), *plain = host_here();
  char path[PATH_MAX], good[PATH_MAX];
  strcpy(path, folder_path("bad.safetensors"));
  strcpy(good, put_toy("good.safetensors", 1, true));
  for (int kind = 0; kind < N_BAD; ++kind) {
    save_bad(path, kind);
    ask(h, EARSHOT_HARSHNESS_MODEL, path);
    assert_status(h, SLOT_REFUSED, SLOT_BUILT_IN);
    const char *text = host_told(h, EARSHOT_HARSHNESS_TEXT);
    assert_non_null(strstr(text, path));
    assert_non_null(strstr(text, bad_word[kind]));
    assert_string_equal(host_told(h, EARSHOT_HARSHNESS_MODEL), path);
    char *before = saved(h);
    restore_text(h, before, kind % 2);
    assert_status(h, SLOT_REFUSED, SLOT_BUILT_IN);
    char *after = saved(h);
    assert_string_equal(before, after);
    free(before);
    free(after);
    if (kind == 0) {
      settle(plain);
      settle(plain); /* as often as h */
      assert_same_verdicts(h, plain);
    }
    ask(h, EARSHOT_HARSHNESS_MODEL, good);
    assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  }
  ask(h, EARSHOT_CLASSIFIER_MODEL, good);
  assert_status(h, SLOT_OWN, SLOT_REFUSED);
  assert_non_null(strstr(host_told(h, EARSHOT_CLASSIFIER_TEXT), "as harshness model"));
  host_free(h);
  host_free(plain);
}

/* ---- loads in any order ---- */

static void
late_load_never_replaces_a_newer_one(void **state)
{
  (void)state;
  char path[2][PATH_MAX];
  host *h = host_here(), *other = host_here();
  char *text[2];
  for (int i = 0; i < 2; ++i) {
    strcpy(path[i],
           put_toy(i ? "b.safetensors" : "a.safetensors", 1 + (uint32_t)i, true));
    ask(other, EARSHOT_HARSHNESS_MODEL, path[i]);
    text[i] = saved(other);
  }
  LilvState *first = lilv_state_new_from_string(host_world(), host_map(), text[0]);
  host_restore(h, first, true); /* the worker has it, and works only after a run */
  LilvState *second = lilv_state_new_from_string(host_world(), host_map(), text[1]);
  host_restore(h, second, false); /* newer, and done at once */
  settle(h);
  assert_string_equal(host_told(h, EARSHOT_HARSHNESS_MODEL), path[1]);
  host_refuse_work(h, 2); /* the worker has no room for what the user asks ... */
  host_send_path(h, EARSHOT_HARSHNESS_MODEL, path[1]);
  host_run(h, 64);
  assert_status(h, SLOT_LOADING, SLOT_BUILT_IN);
  host_restore(h, first, false); /* ... before the session is restored */
  settle(h);
  settle(h);
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  assert_string_equal(host_told(h, EARSHOT_HARSHNESS_MODEL), path[0]);
  char *after = saved(h);
  assert_string_equal(after, text[0]);
  free(after);
  for (int i = 0; i < 2; ++i) {
    free(text[i]);
  }
  lilv_state_free(first);
  lilv_state_free(second);
  host_free(h);
  host_free(other);
}

int
main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      ask_test(any_number_of_rounds_saves_the_same_bytes),
      ask_test(default_state_brings_the_built_in_models_back),
      ask_test(missing_models_are_kept_and_the_built_in_ones_run),
      ask_test(files_that_are_no_models_are_refused_and_named),
      ask_test(late_load_never_replaces_a_newer_one),
  };
  if (argc < 2) {
    return 1;
  }
  n_rounds = argc > 2 ? atoi(argv[2]) : n_rounds;
  host_open(argv[1]);
  const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  host_close();
  return n_failed;
}
