/* SPDX-License-Identifier: ISC */
/* Whoever comes first: late loads change nothing, what the taker is told to run is what
   runs, and nothing that was made is kept or freed twice. */
#include "slot_world.h"

static void
what_runs_already_is_not_disturbed(void **state)
{
  world *w = *state;
  const char *path = put_toy("a.safetensors", 1, true);
  ask(w, path, "", "");
  assert_int_equal(w->n_made, 1);
  const slot_result *r = ask(w, path, "", "");
  assert_int_equal(r->status, SLOT_OWN);
  assert_int_equal(w->n_made, 1);
  const ear_live_part *runs = w->in_live;
  put_and_load(w->slot, "", "", ""); /* changed his mind before it was taken */
  ask(w, path, "", "");
  assert_ptr_equal(w->in_live, runs);
  const int n_made = w->n_made;
  ask(w, "", "", "");
  ask(w, "", "", "");
  assert_int_equal(w->n_made, n_made + 1);
}

static void
loads_in_any_order_end_with_what_was_asked_last(void **state)
{
  world *w = *state;
  char path[2][PATH_MAX], hash[65];
  strcpy(path[0], put_toy("a.safetensors", 1, true));
  strcpy(path[1], put_toy("b.safetensors", 2, true));
  toy_hash(path[1], hash);
  const uint32_t first = slot_request(w->slot), second = slot_request(w->slot);
  put(w->slot, second, path[1]);
  put(w->slot, first, path[0]); /* put late: the worker was slower than restore */
  assert_saved(w, path[1], "", "");
  slot_load(w->slot, first);
  assert_int_equal(take(w)->request, 0);
  assert_int_equal(w->n_made, 0);
  slot_load(w->slot, second);
  slot_load(w->slot, first);
  assert_int_equal(take(w)->request, second);
  assert_saved(w, path[1], hash, "b.safetensors");
  slot_load(w->slot, first);
  assert_null(slot_take(w->slot));
}

static void
load_that_is_overtaken_half_way_changes_nothing(void **state)
{
  world *w = *state;
  char path[2][PATH_MAX], hash[65];
  strcpy(path[0], put_toy("a.safetensors", 1, true));
  strcpy(path[1], put_toy("b.safetensors", 2, true));
  toy_hash(path[1], hash);
  take(w);
  const uint32_t first = slot_request(w->slot);
  put(w->slot, first, path[0]);
  hold_back_parts(w, true);
  pthread_t thread = load_in_a_thread(w, first);
  wait_until_held_back(w);
  hold_back_parts(w, false);
  const slot_result *r = ask(w, path[1], "", "");
  assert_string_equal(r->path, path[1]);
  let_go(w);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_null(slot_take(w->slot));
  assert_saved(w, path[1], hash, "b.safetensors");
  assert_int_equal(w->n_made - w->n_freed, 1); /* the one that runs */
}

static void
results_nobody_took_or_keeps_are_freed(void **state)
{
  world *w = *state;
  char path[2][PATH_MAX];
  strcpy(path[0], put_toy("a.safetensors", 1, true));
  strcpy(path[1], put_toy("b.safetensors", 2, true));
  for (int i = 0; i < 50; ++i) {
    put_and_load(w->slot, path[i % 2], "", "");
    assert_true(shelf_n_models() <= 3);
    assert_true(w->n_made - w->n_freed <= 1);
  }
  for (int i = 0; i < 50; ++i) {
    ask(w, path[i % 2], "", "");
    assert_true(shelf_n_models() <= 3);
    slot_tidy(w->slot);
    assert_int_equal(shelf_n_models(), 2);
    assert_int_equal(w->n_made - w->n_freed, 1);
  }
  ask(w, "", "", "");
  slot_tidy(w->slot);
  assert_int_equal(shelf_n_models(), 1);
}

/* Under AddressSanitizer, which misses none. */
static void
results_given_back_during_a_load_are_all_freed(void **state)
{
  world *w = *state;
  char path[PATH_MAX];
  put_and_load(w->slot, put_toy("a.safetensors", 1, true), "", "");
  strcpy(path, put_toy("b.safetensors", 2, true));
  take(w);
  put_and_load(w->slot, "", "", "");
  const uint32_t number = slot_request(w->slot);
  put(w->slot, number, path);
  hold_back_parts(w, true);
  pthread_t thread = load_in_a_thread(w, number);
  wait_until_held_back(w); /* has freed what was given back so far */
  hold_back_parts(w, false);
  take(w); /* gives the first back */
  let_go(w);
  assert_int_equal(pthread_join(thread, NULL), 0);
  take(w); /* and the second */
  assert_string_equal(w->result->path, path);
}

/* A taker that takes now and then, and requests that come in any order. */
static void
taker_always_runs_what_it_is_told(void **state)
{
  world *w = *state;
  char path[5][PATH_MAX] = {""};
  strcpy(path[1], put_toy("a.safetensors", 1, true));
  strcpy(path[2], put_toy("b.safetensors", 2, true));
  strcpy(path[3], folder_path("missing.safetensors"));
  strcpy(path[4], put_toy("c.safetensors", 3, false)); /* of the other slot */
  uint64_t random = 7;
  uint32_t newest = 1, number[3] = {1, 1, 1};
  for (int i = 0; i < 5000; ++i) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
    const uint32_t dice = (uint32_t)(random >> 40);
    uint32_t *at = &number[dice / 8 % 3];
    w->refuse_parts = dice / 128 % 16 == 0;
    switch (dice % 8) {
    case 0:
    case 1:
      newest = *at = slot_request(w->slot);
      put(w->slot, *at, path[dice / 32 % 5]);
      break;
    case 2:
    case 3:
    case 4:
      slot_load(w->slot, dice / 64 % 4 ? newest : *at);
      break;
    case 5:
      slot_tidy(w->slot);
      break;
    default:
      take(w); /* asserts it */
    }
  }
  print_message("%d taken, %d parts made\n", w->n_taken, w->n_made);
  assert_true(w->n_taken > 300 && w->n_made > 100);
}

/* Loaders, a saver and a taker at once: run under ThreadSanitizer. */
static void
threads_at_once_end_with_what_was_asked_last(void **state)
{
  world *w = *state;
  crowd c = {.world = w};
  strcpy(c.path[1], put_toy("a.safetensors", 1, true));
  strcpy(c.path[2], put_toy("b.safetensors", 2, true));
  crowd_run(&c);
  const slot_result *r = ask(w, c.path[1], "", "");
  assert_string_equal(r->path, c.path[1]);
  assert_true(c.n_taken > 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      slot_test(what_runs_already_is_not_disturbed),
      slot_test(loads_in_any_order_end_with_what_was_asked_last),
      slot_test(load_that_is_overtaken_half_way_changes_nothing),
      slot_test(results_nobody_took_or_keeps_are_freed),
      slot_test(results_given_back_during_a_load_are_all_freed),
      slot_test(taker_always_runs_what_it_is_told),
      slot_test(threads_at_once_end_with_what_was_asked_last),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
