/* SPDX-License-Identifier: ISC */
/* A slot runs what was asked for last, says so in a sentence, and saves what was asked
   for; what cannot run leaves the built-in model running. */
#include "slot_world.h"

#include <unistd.h>

static void
starts_with_the_built_in_model(void **state)
{
  world *w = *state;
  const slot_result *r = take(w);
  assert_int_equal(r->request, 0);
  assert_int_equal(r->status, SLOT_BUILT_IN);
  assert_string_equal(r->path, "");
  assert_null(r->part);
  assert_int_equal(r->n_labels, 2);
  assert_string_equal(r->label[1], "harsh");
  assert_sentence(r, "built-in", "harshness");
  assert_null(slot_take(w->slot));
  assert_false(slot_is_loading(w->slot, 0));
}

static void
file_asked_for_runs_and_says_so(void **state)
{
  world *w = *state;
  const char *path = put_toy("a.safetensors", 1, true);
  const uint32_t number = slot_request(w->slot);
  assert_true(slot_is_loading(w->slot, 0));
  slot_put(w->slot, number, &(slot_memo){.path = ""});
  const slot_result *r = ask(w, path, "", "");
  assert_true(number < r->request);
  assert_false(slot_is_loading(w->slot, r->request));
  assert_int_equal(r->status, SLOT_OWN);
  assert_string_equal(r->path, path);
  assert_string_equal(r->label[1], "b");
  assert_int_equal(r->flag.hold_ms, 500);
  assert_sentence(r, "toy", path);
  char hash[65];
  toy_hash(path, hash);
  assert_saved(w, path, hash, "a.safetensors");
}

static void
empty_path_brings_the_built_in_model_back(void **state)
{
  world *w = *state;
  ask(w, put_toy("a.safetensors", 1, true), "", "");
  const slot_result *r = ask(w, "", "no", "matter");
  assert_int_equal(r->status, SLOT_BUILT_IN);
  assert_string_equal(r->label[1], "harsh");
  assert_saved(w, "", "", "");
}

static void
link_is_shown_resolved_and_saved_as_it_is(void **state)
{
  world *w = *state;
  const char *path = put_toy("real.safetensors", 1, true);
  const char *link = folder_path("session/F.safetensors");
  assert_int_equal(symlink(path, link), 0);
  const slot_result *r = ask(w, link, "", "");
  char hash[65];
  toy_hash(path, hash);
  assert_int_equal(r->status, SLOT_OWN);
  assert_string_equal(r->path, path);
  assert_saved(w, link, hash, "real.safetensors");
}

static void
relative_path_is_saved_absolute(void **state)
{
  world *w = *state;
  const char *path = put_toy("rel.safetensors", 1, true);
  char hash[65], was[PATH_MAX];
  toy_hash(path, hash);
  assert_non_null(getcwd(was, sizeof was));
  assert_int_equal(chdir(folder), 0);
  assert_int_equal(ask(w, "rel.safetensors", "", "")->status, SLOT_OWN);
  assert_int_equal(chdir(was), 0);
  assert_saved(w, path, hash, "rel.safetensors");
}

static void
missing_file_is_kept_and_the_built_in_model_runs(void **state)
{
  world *w = *state;
  char hash[65] = {0}, path[PATH_MAX];
  memset(hash, 'a', 64);
  strcpy(path, folder_path("a.safetensors"));
  ask(w, put_toy("b.safetensors", 1, true), "", "");
  const char *const gone[] = {"gone/a.safetensors", "b.safetensors/a.safetensors"};
  for (int i = 0; i < 2; ++i) {
    snprintf(path, sizeof path, "%s/%s", folder, gone[i]);
    const slot_result *r = ask(w, path, hash, "a.safetensors");
    assert_int_equal(r->status, SLOT_MISSING);
    assert_string_equal(r->path, path);
    assert_string_equal(r->label[1], "harsh");
    assert_sentence(r, "missing", path);
    assert_saved(w, path, hash, "a.safetensors");
    assert_int_equal(ask(w, path, "", "")->status, SLOT_MISSING);
    assert_saved(w, path, "", "");
  }
}

static void
same_bytes_in_a_model_folder_take_the_place_of_a_missing_file(void **state)
{
  world *w = *state;
  char hash[65], found[PATH_MAX];
  strcpy(found, put_toy("folder/renamed.safetensors", 1, true));
  toy_hash(found, hash);
  put_toy("folder/a.safetensors", 2, true);
  setenv("EARSHOT_MODEL_PATH", folder_path("folder"), 1);
  const char *path = folder_path("gone/a.safetensors");
  const slot_result *r = ask(w, path, hash, "a.safetensors");
  assert_int_equal(r->status, SLOT_OWN);
  assert_string_equal(r->path, found);
  assert_sentence(r, found, path);
  assert_saved(w, found, hash, "renamed.safetensors");
}

static void
other_version_in_a_model_folder_stands_in_and_is_not_saved(void **state)
{
  world *w = *state;
  char hash[65], found[PATH_MAX], path[PATH_MAX];
  strcpy(path, put_toy("gone/a.safetensors", 1, true));
  toy_hash(path, hash);
  remove(path);
  strcpy(found, put_toy("folder/a.safetensors", 2, true));
  setenv("EARSHOT_MODEL_PATH", folder_path("folder"), 1);
  const slot_result *r = ask(w, path, hash, "a.safetensors");
  assert_int_equal(r->status, SLOT_OWN);
  assert_string_equal(r->path, found);
  assert_sentence(r, "another version", path);
  assert_sentence(r, found, "missing");
  assert_saved(w, path, hash, "a.safetensors");
  r = ask(w, path, "", ""); /* from a preset, say: nothing is known but the path */
  assert_int_equal(r->status, SLOT_OWN);
  assert_sentence(r, found, "missing");
  assert_null(strstr(r->text, "version"));
  assert_saved(w, path, "", "");
  put_toy("folder/a.safetensors", 2, false);
  assert_int_equal(ask(w, path, hash, "a.safetensors")->status, SLOT_MISSING);
}

static void
file_that_changed_since_it_was_saved_runs_and_says_so(void **state)
{
  world *w = *state;
  char was[65], is[65];
  toy_hash(put_toy("a.safetensors", 1, true), was);
  const char *path = put_toy("a.safetensors", 2, true);
  toy_hash(path, is);
  const slot_result *r = ask(w, path, was, "a.safetensors");
  assert_int_equal(r->status, SLOT_OWN);
  assert_sentence(r, "not the one that was saved", path);
  assert_saved(w, path, is, "a.safetensors");
  assert_null(strstr(ask(w, path, is, "a.safetensors")->text, "saved"));
}

static void
file_that_is_no_model_is_refused_and_named(void **state)
{
  world *w = *state;
  char path[PATH_MAX], good[PATH_MAX];
  strcpy(good, put_toy("good.safetensors", 1, true));
  strcpy(path, folder_path("bad.safetensors"));
  for (int kind = 0; kind < N_BAD; ++kind) {
    save_bad(path, kind);
    const slot_result *r = ask(w, path, "", "");
    assert_int_equal(r->status, SLOT_REFUSED);
    assert_string_equal(r->path, path);
    assert_string_equal(r->label[1], "harsh");
    assert_sentence(r, path, "built-in");
    assert_sentence(r, bad_word[kind], ": ");
    assert_saved(w, path, "", "");
    assert_int_equal(ask(w, good, "", "")->status, SLOT_OWN); /* and goes on */
  }
}

static void
file_that_may_not_be_read_is_refused(void **state)
{
  world *w = *state;
  const char *path = put_toy("private/a.safetensors", 1, true);
  assert_int_equal(chmod(path, 0), 0);
  const bool root = geteuid() == 0;
  assert_int_equal(root ? seteuid(65534) : 0, 0);
  const slot_result *r = ask(w, path, "", "");
  assert_int_equal(root ? seteuid(0) : 0, 0);
  assert_int_equal(r->status, SLOT_REFUSED);
  assert_sentence(r, path, "ermission");
}

static void
model_for_the_other_slot_is_refused_with_directions(void **state)
{
  world *w = *state;
  const char *path = put_toy("genre.safetensors", 1, false);
  const slot_result *r = ask(w, path, "", "");
  assert_int_equal(r->status, SLOT_REFUSED);
  assert_sentence(r, path, "load it as classifier model");
  assert_int_equal(shelf_n_models(), 1);
  slot *other = slot_new(SLOT_CLASSIFIER, w->builtin);
  assert_non_null(other);
  slot_set_live(other, w->live);
  put_and_load(other, put_toy("harsh.safetensors", 1, true), "", "");
  slot_result *result = slot_take(other);
  assert_int_equal(result->status, SLOT_REFUSED);
  assert_sentence(result, "load it as harshness model", "built-in");
  slot_give_back(other, result);
  slot_free(other);
}

static void
without_analysis_paths_are_kept(void **state)
{
  world *w = *state;
  const char *path = put_toy("a.safetensors", 1, true);
  slot_set_live(w->slot, NULL);
  assert_int_equal(take(w)->status, SLOT_NOT_READY);
  const slot_result *r = ask(w, path, "hash", "name");
  assert_int_equal(r->status, SLOT_NOT_READY);
  assert_sentence(r, "Nothing is analysed", "audio passes");
  assert_saved(w, path, "hash", "name");
  assert_int_equal(w->n_made, 0);
}

static void
when_memory_is_short_what_ran_runs_on(void **state)
{
  world *w = *state;
  char path[PATH_MAX];
  ask(w, put_toy("a.safetensors", 1, true), "", "");
  ear_model *runs = w->runs;
  w->refuse_parts = true;
  strcpy(path, put_toy("b.safetensors", 2, true));
  const slot_result *r = ask(w, path, "", "");
  assert_int_equal(r->status, SLOT_REFUSED);
  assert_ptr_equal(w->runs, runs);
  assert_string_equal(r->label[1], "b");
  assert_sentence(r, path, "runs on");
  r = ask(w, "", "", "");
  assert_int_equal(r->status, SLOT_REFUSED);
  assert_string_equal(r->label[1], "b");
  w->refuse_parts = false;
  r = ask(w, "", "", "");
  assert_int_equal(r->status, SLOT_BUILT_IN);
  assert_ptr_equal(w->runs, w->builtin);
}

static void
sentences_are_clean_whatever_the_paths(void **state)
{
  world *w = *state;
  char path[SLOT_PATH_SIZE], deep[SLOT_PATH_SIZE];
  memset(path, 'x', sizeof path);
  for (size_t i = 0; i < sizeof path; i += 200) {
    path[i] = '/';
  }
  path[sizeof path - 1] = '\0';
  for (size_t i = 0; i + 2 < sizeof deep; i += 2) { /* its end begins in a character */
    memcpy(deep + i, i % 200 == 0 ? "/a" : "\xc3\xa4", 2);
  }
  strcpy(deep + sizeof deep - 2, "x");
  const char *const bad[] = {
      path,
      deep,
      "/\xff\xfe/\xc3",
      "/new\nline\t\x7f",
      "/\xe2\x82/x",
      "/100%s%n",
      "/\xf5\x80\x80\x80",
      "/\xe0\x80\xaf\xed\xa0\x80\xf0\x80\x80\xaf\xf4\x90\x80\x80\xc2\x9b"};
  const size_t n_bad = sizeof bad / sizeof *bad;
  for (size_t i = 0; i < n_bad; ++i) {
    const slot_result *r = ask(w, bad[i], "", "");
    assert_true(r->status == SLOT_MISSING || r->status == SLOT_REFUSED);
    assert_sentence(r, "built-in", "harshness");
    assert_saved(w, bad[i], "", "");
    if (i == n_bad - 1) { /* overlong, surrogate, overlong, beyond the last, control */
      assert_sentence(r, "/????????????????", "missing");
    }
    if (i < 2) { /* long but fine: the end of it is told */
      assert_sentence(r, bad[i] + sizeof path - 100, "...");
      assert_null(strchr(r->text, '?'));
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      slot_test(starts_with_the_built_in_model),
      slot_test(file_asked_for_runs_and_says_so),
      slot_test(empty_path_brings_the_built_in_model_back),
      slot_test(link_is_shown_resolved_and_saved_as_it_is),
      slot_test(relative_path_is_saved_absolute),
      slot_test(missing_file_is_kept_and_the_built_in_model_runs),
      slot_test(same_bytes_in_a_model_folder_take_the_place_of_a_missing_file),
      slot_test(other_version_in_a_model_folder_stands_in_and_is_not_saved),
      slot_test(file_that_changed_since_it_was_saved_runs_and_says_so),
      slot_test(file_that_is_no_model_is_refused_and_named),
      slot_test(file_that_may_not_be_read_is_refused),
      slot_test(model_for_the_other_slot_is_refused_with_directions),
      slot_test(without_analysis_paths_are_kept),
      slot_test(when_memory_is_short_what_ran_runs_on),
      slot_test(sentences_are_clean_whatever_the_paths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
