/* SPDX-License-Identifier: ISC */
/* Streams that share the threads of a pool say the bits that they say alone, whoever
   comes and goes meanwhile; a pool that is full says so, and has room again when one
   left. */
#include "live_stand.h"

#include <time.h>

enum { STREAMS = 24, BLOCK = 2205 };

static ear_live *
join(ear_live_pool *pool, uint32_t first, ear_status wanted, ear_error *err)
{
  const ear_analyzer_config config = settings(22050, first, 1, NULL);
  ear_live *live = NULL;
  assert_int_equal(ear_live_new_in(&live, pool, &config, 1, err), wanted);
  return live;
}

/* Stream i hears another stretch; every third comes later, when others have left. */
static void
streams_in_a_pool_say_what_they_say_alone(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 4, &n);
  const size_t n_each = n / 2;
  ear_live *live[STREAMS] = {NULL}, *passing = NULL;
  record heard[STREAMS];
  size_t begin[STREAMS], fed[STREAMS] = {0};
  ear_live_pool *pool;
  ear_error err;
  memset(heard, 0, sizeof heard);
  assert_int_equal(ear_live_pool_new(&pool, 3, STREAMS + 1, 0.1, &err), EAR_OK);
  for (size_t k = 0, n_open = STREAMS; n_open; ++k) {
    ear_live_free(passing); /* with work in its tape */
    passing = k < 12 ? join(pool, 1, EAR_OK, &err) : NULL;
    for (size_t i = 0; i < STREAMS; ++i) {
      if (k == (i % 3 ? 0 : 5)) {
        begin[i] = i * 811 % n_each;
        live[i] = join(pool, i % 2, EAR_OK, &err);
      }
      if (live[i] && fed[i] < n_each) {
        const size_t n_now = n_each - fed[i] < BLOCK ? n_each - fed[i] : BLOCK;
        wait_for_room(live[i], n_now, 22050);
        push_block(live[i], x + begin[i] + fed[i], n_now);
        fed[i] += n_now;
        fetch(live[i], &heard[i]);
      } else if (live[i]) {
        finish_live(live[i], &heard[i]);
        live[i] = NULL;
        --n_open;
      }
    }
    if (passing) {
      push_block(passing, x, BLOCK);
    }
  }
  for (size_t i = 0; i < STREAMS; ++i) {
    record expected = analyse(22050, i % 2, 1, x + begin[i], n_each, 4096);
    assert_true(record_n_verdicts(&expected, 0) > 10);
    record_assert_equal(&expected, &heard[i]);
    record_free(&expected);
    record_free(&heard[i]);
  }
  ear_live_pool_free(pool);
  free(x);
}

static void
a_full_pool_says_so_until_one_leaves(void **state)
{
  (void)state;
  ear_live_pool *pool;
  ear_error err = {""};
  assert_int_equal(ear_live_pool_new(&pool, 2, 2, 0, &err), EAR_OK);
  ear_live *a = join(pool, 0, EAR_OK, &err), *b = join(pool, 1, EAR_OK, &err);
  assert_null(join(pool, 0, EAR_BAD_ARGUMENT, &err));
  assert_non_null(strstr(err.text, "pool"));
  ear_live_free(a);
  a = join(pool, 0, EAR_OK, &err);
  push_block(b, (float[64]){0}, 64);
  ear_live_drain(b);
  ear_live_free(a);
  ear_live_free(b);
  ear_live_pool_free(pool);
}

/* The thread must not sleep on for who left, here 10 s. */
static void
who_takes_the_only_seat_anew_is_heard_at_once(void **state)
{
  (void)state;
  const ear_analyzer_config config = settings(22050, 0, 1, NULL);
  const struct timespec nap = {.tv_nsec = 200000000};
  struct timespec from, to;
  ear_live_pool *pool;
  ear_live *live;
  ear_error err = {""};
  assert_int_equal(ear_live_pool_new(&pool, 1, 1, 10, &err), EAR_OK);
  assert_int_equal(ear_live_new_in(&live, pool, &config, 60, &err), EAR_OK);
  nanosleep(&nap, NULL); /* it has looked, and found nothing to do yet */
  ear_live_free(live);
  clock_gettime(CLOCK_MONOTONIC, &from);
  live = join(pool, 0, EAR_OK, &err);
  push_block(live, (float[BLOCK]){0}, BLOCK);
  ear_live_drain(live);
  clock_gettime(CLOCK_MONOTONIC, &to);
  assert_true(to.tv_sec - from.tv_sec < 5);
  ear_live_free(live);
  ear_live_pool_free(pool);
}

static void
a_pool_that_makes_no_sense_is_refused_with_a_sentence(void **state)
{
  static const double bad[][3] = {{0, 1, 0},     {1, 0, 0},  {2, 1, 0},   {257, 1000, 0},
                                  {1, 65537, 0}, {1, 1, -1}, {1, 1, NAN}, {1, 1, 11}};
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    ear_live_pool *pool;
    ear_error err = {""};
    assert_int_equal(ear_live_pool_new(&pool, (uint32_t)bad[i][0], (uint32_t)bad[i][1],
                                       bad[i][2], &err),
                     EAR_BAD_ARGUMENT);
    assert_null(pool);
    assert_true(strlen(err.text) > 20);
  }
  ear_live_pool_free(NULL);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams_in_a_pool_say_what_they_say_alone),
      cmocka_unit_test(a_full_pool_says_so_until_one_leaves),
      cmocka_unit_test(who_takes_the_only_seat_anew_is_heard_at_once),
      cmocka_unit_test(a_pool_that_makes_no_sense_is_refused_with_a_sentence),
  };
  srand(1);
  return cmocka_run_group_tests(tests, make_models, free_models);
}
