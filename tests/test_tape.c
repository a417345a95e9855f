/* SPDX-License-Identifier: ISC */
/* The tape keeps the newest samples: every one that is read is itself, in order, and
   those that were overwritten are counted exactly.  With two threads this means something
   only under ThreadSanitizer (-Db_sanitize=thread) and beside test_tape_orders: x86 alone
   proves no ordering. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tape.h"

enum { MAX_BLOCK = 5000, FLOAT_EXACT = 1 << 24 };

/* Sample i is a number that follows from i, exact in a float. */
static float
sample(uint64_t i)
{
  return (float)((i * 2654435761u) % FLOAT_EXACT);
}

static void
write_samples(ear_tape *tape, uint64_t first, size_t n)
{
  static _Thread_local float x[MAX_BLOCK];
  for (size_t i = 0; i < n; ++i) {
    x[i] = sample(first + i);
  }
  ear_tape_write(tape, x, n);
}

static bool
are_samples(const float *x, uint64_t first, size_t n)
{
  for (size_t i = 0; i < n; ++i) {
    if (x[i] != sample(first + i)) {
      return false;
    }
  }
  return true;
}

static void
samples_come_out_in_order_and_the_oldest_are_lost(void **state)
{
  (void)state;
  static float x[MAX_BLOCK];
  for (size_t size = 1; size <= 4096; size = 3 * size + 1) {
    ear_tape *tape = ear_tape_new(size);
    assert_non_null(tape);
    const size_t capacity = ear_tape_capacity(tape);
    assert_true(capacity >= size && (capacity == 256 || capacity < 2 * size));
    uint64_t n_written = 0, at = 0;
    int n_losses = 0;
    for (int i = 0; i < 3000; ++i) {
      const size_t n =
          (size_t)rand() % (i % 5 ? capacity / 2 : 2 * capacity + 1) % MAX_BLOCK;
      assert_int_equal(ear_tape_overruns(tape, n),
                       n > 0 && n_written + n - at > capacity);
      write_samples(tape, n_written, n);
      n_written += n;
      assert_int_equal(ear_tape_head(tape), n_written);
      const size_t wish = (size_t)rand() % MAX_BLOCK;
      uint64_t lost = 1;
      const size_t got = ear_tape_read(tape, n_written, x, wish, &lost);
      if (n_written - at > capacity) {
        assert_int_equal(got, 0);
        assert_int_equal(lost, n_written - at - capacity + capacity / 16);
        ++n_losses;
      } else {
        assert_int_equal(lost, 0);
        assert_int_equal(got, wish < n_written - at ? wish : n_written - at);
        assert_true(are_samples(x, at, got));
      }
      at += got + lost;
    }
    assert_true(n_losses > 10 && n_losses < 2000);
    ear_tape_free(tape);
  }
}

static void
a_tape_has_room_for_what_was_asked(void **state)
{
  (void)state;
  for (size_t size = 1; size < 1 << 22; size = 3 * size + 1) {
    ear_tape *tape = ear_tape_new(size);
    assert_non_null(tape);
    assert_true(ear_tape_capacity(tape) >= size);
    ear_tape_free(tape);
  }
}

static void
nothing_behind_the_end_asked_for_is_read(void **state)
{
  (void)state;
  float x[256];
  uint64_t lost;
  ear_tape *tape = ear_tape_new(256);
  assert_non_null(tape);
  write_samples(tape, 0, 200);
  assert_int_equal(ear_tape_read(tape, 70, x, 256, &lost), 70);
  assert_int_equal(ear_tape_read(tape, 70, x, 256, &lost), 0);
  assert_int_equal(ear_tape_read(tape, 200, x, 256, &lost), 130);
  assert_true(are_samples(x, 70, 130));
  ear_tape_free(tape);
}

static void
a_full_tape_loses_nothing(void **state)
{
  (void)state;
  float x[256];
  uint64_t lost;
  ear_tape *tape = ear_tape_new(256);
  assert_non_null(tape);
  for (uint64_t at = 0; at < 2560; at += 256) {
    assert_false(ear_tape_overruns(tape, 256));
    write_samples(tape, at, 256);
    assert_true(ear_tape_overruns(tape, 1));
    assert_false(ear_tape_overruns(tape, 0));
    assert_int_equal(ear_tape_read(tape, at + 256, x, 256, &lost), 256);
    assert_int_equal(lost, 0);
    assert_true(are_samples(x, at, 256));
  }
  ear_tape_free(tape);
}

static void
nothing_written_overruns_nothing(void **state)
{
  (void)state;
  ear_tape *tape = ear_tape_new(256);
  assert_non_null(tape);
  for (uint64_t n = 0; n < 1024; n += 64) {
    assert_false(ear_tape_overruns(tape, 0));
    write_samples(tape, n, 64);
  }
  assert_true(ear_tape_overruns(tape, 1));
  ear_tape_free(tape);
}

static void
a_tape_beyond_all_memory_is_refused(void **state)
{
  (void)state;
  assert_null(ear_tape_new(SIZE_MAX));
  assert_null(ear_tape_new(SIZE_MAX / 4 + 1));
  assert_null(ear_tape_new(SIZE_MAX / 8));
  ear_tape_free(NULL);
}

typedef struct {
  ear_tape *tape;
  uint64_t n_samples;
  size_t max_block;
  bool breathe; /* let the reader keep up now and then */
  uint64_t n_overruns;
} passage;

static void *
write_all(void *user)
{
  passage *p = user;
  unsigned seed = 1;
  for (uint64_t n = 0; n < p->n_samples;) {
    const size_t wish = (size_t)rand_r(&seed) % p->max_block + 1;
    const size_t n_now = wish < p->n_samples - n ? wish : (size_t)(p->n_samples - n);
    p->n_overruns += ear_tape_overruns(p->tape, n_now);
    write_samples(p->tape, n, n_now);
    n += n_now;
    if (p->breathe && rand_r(&seed) % 4 == 0) {
      sched_yield();
    }
  }
  return NULL;
}

/* The reader reads as fast as it can, or sleeps so that it must lose. */
static void
pass(passage *p, size_t size)
{
  static float x[MAX_BLOCK];
  p->tape = ear_tape_new(size);
  assert_non_null(p->tape);
  pthread_t writer;
  assert_int_equal(pthread_create(&writer, NULL, write_all, p), 0);
  unsigned seed = 2;
  uint64_t n_read = 0, n_lost = 0;
  bool right = true;
  while (n_read + n_lost < p->n_samples) {
    const uint64_t at = n_read + n_lost;
    const uint64_t end = ear_tape_head(p->tape);
    right &= end >= at;
    uint64_t lost;
    const size_t n = (size_t)rand_r(&seed) % 700 + 1;
    const size_t got = ear_tape_read(p->tape, end, x, n, &lost);
    right &= are_samples(x, at, got) && (got == 0 || lost == 0);
    n_read += got;
    n_lost += lost;
    if (got == 0 || rand_r(&seed) % 16 == 0) {
      sched_yield();
    }
  }
  pthread_join(writer, NULL);
  print_message("tape of %zu: %llu read, %llu lost, %llu overruns\n",
                ear_tape_capacity(p->tape), (unsigned long long)n_read,
                (unsigned long long)n_lost, (unsigned long long)p->n_overruns);
  assert_true(right);
  assert_int_equal(n_read + n_lost, p->n_samples);
  assert_true(n_lost == 0 || p->n_overruns > 0);
  assert_true(n_read > 0);
  ear_tape_free(p->tape);
}

static void
every_sample_read_between_two_threads_is_itself(void **state)
{
  (void)state;
  for (size_t size = 256; size <= 65536; size *= 16) {
    passage blocks = {.n_samples = 2000000, .max_block = 200, .breathe = true};
    passage flood = {.n_samples = 2000000, .max_block = 200};
    passage long_blocks = {.n_samples = 2000000, .max_block = MAX_BLOCK, .breathe = true};
    pass(&blocks, size);
    pass(&flood, size);
    pass(&long_blocks, size);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(samples_come_out_in_order_and_the_oldest_are_lost),
      cmocka_unit_test(a_tape_has_room_for_what_was_asked),
      cmocka_unit_test(nothing_behind_the_end_asked_for_is_read),
      cmocka_unit_test(a_full_tape_loses_nothing),
      cmocka_unit_test(nothing_written_overruns_nothing),
      cmocka_unit_test(a_tape_beyond_all_memory_is_refused),
      cmocka_unit_test(every_sample_read_between_two_threads_is_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
