/* SPDX-License-Identifier: ISC */
/* Every item that was written is read once, in order, whole; a block that does not fit is
   refused whole.  With two threads this means something only under ThreadSanitizer
   (-Db_sanitize=thread) and beside test_ring_orders: x86 alone proves no ordering. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring.h"

/* Items of 1 byte to more than a cache line; every byte of item i follows from i. */
static const size_t sizes[] = {1, 3, 4, 8, 24, 200};
enum { N_SIZES = sizeof sizes / sizeof *sizes, MAX_SIZE = 200, MAX_BLOCK = 32 };

static void
fill(unsigned char *items, size_t size, uint64_t first, size_t n)
{
  for (size_t i = 0; i < n * size; i++) {
    items[i] = (unsigned char)((first + i / size) * 7 + i % size);
  }
}

/* 1 if items[0..n) are the items from `first` on. */
static int
is_filled(const unsigned char *items, size_t size, uint64_t first, size_t n)
{
  unsigned char expected[MAX_BLOCK * MAX_SIZE];
  fill(expected, size, first, n);
  return memcmp(items, expected, n * size) == 0;
}

static void
items_come_out_once_in_order_across_the_wrap(void **state)
{
  (void)state;
  unsigned char items[MAX_BLOCK * MAX_SIZE];
  for (size_t s = 0; s < N_SIZES; s++) {
    for (size_t n_items = 1; n_items <= MAX_BLOCK; n_items += 1 + n_items / 4) {
      ear_ring *ring = ear_ring_new(n_items, sizes[s]);
      assert_non_null(ring);
      const size_t capacity = ear_ring_writable(ring);
      assert_true(capacity >= n_items && capacity < 2 * n_items);
      uint64_t n_written = 0, n_read = 0;
      for (int i = 0; i < 2000; i++) {
        const size_t n = (size_t)rand() % (n_items + 1);
        const size_t free_items = capacity - (size_t)(n_written - n_read);
        assert_int_equal(ear_ring_writable(ring), free_items);
        fill(items, sizes[s], n_written, n);
        const size_t n_now = ear_ring_write(ring, items, n);
        assert_int_equal(n_now, n <= free_items ? n : 0);
        n_written += n_now;
        assert_int_equal(ear_ring_readable(ring), n_written - n_read);
        const size_t wish = (size_t)rand() % (n_items + 1);
        const size_t ready = (size_t)(n_written - n_read);
        const size_t got = ear_ring_read(ring, items, wish);
        assert_int_equal(got, wish < ready ? wish : ready);
        assert_true(is_filled(items, sizes[s], n_read, got));
        n_read += got;
      }
      ear_ring_free(ring);
    }
  }
}

static void
a_block_goes_in_whole_or_not_at_all(void **state)
{
  (void)state;
  uint32_t items[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  ear_ring *ring = ear_ring_new(8, sizeof *items);
  assert_non_null(ring);
  assert_int_equal(ear_ring_write(ring, items, 9), 0);
  assert_int_equal(ear_ring_write(ring, items, 5), 5);
  assert_int_equal(ear_ring_write(ring, items + 5, 4), 0);
  assert_int_equal(ear_ring_readable(ring), 5);
  assert_int_equal(ear_ring_write(ring, items + 5, 3), 3);
  assert_int_equal(ear_ring_writable(ring), 0);
  assert_int_equal(ear_ring_write(ring, items, SIZE_MAX), 0);
  uint32_t out[9] = {0};
  assert_int_equal(ear_ring_read(ring, out, 9), 8);
  assert_memory_equal(out, items, 8 * sizeof *items);
  assert_int_equal(ear_ring_read(ring, out, 9), 0);
  ear_ring_free(ring);
}

static void
a_ring_beyond_all_memory_is_refused(void **state)
{
  (void)state;
  assert_null(ear_ring_new(SIZE_MAX, 1));
  assert_null(ear_ring_new(SIZE_MAX / 2, 16));
  assert_null(ear_ring_new(16, SIZE_MAX / 4));
  assert_null(ear_ring_new(SIZE_MAX / 4 + 1, 4)); /* its bytes would wrap to 0 */
  assert_null(ear_ring_new(16, 0));
  ear_ring_free(NULL);
}

typedef struct {
  ear_ring *ring;
  size_t size;
  uint64_t n_items;
} passage;

static void *
write_all(void *user)
{
  const passage *p = user;
  unsigned char items[MAX_BLOCK * MAX_SIZE];
  unsigned seed = 1;
  for (uint64_t n = 0; n < p->n_items;) {
    const size_t wish = (size_t)rand_r(&seed) % 8 + 1;
    const size_t n_now = wish < p->n_items - n ? wish : (size_t)(p->n_items - n);
    fill(items, p->size, n, n_now);
    while (ear_ring_write(p->ring, items, n_now) == 0) {
      sched_yield();
    }
    n += n_now;
  }
  return NULL;
}

static void
every_item_passes_once_in_order_between_two_threads(void **state)
{
  (void)state;
  for (size_t s = 0; s < N_SIZES; s++) {
    for (size_t n_items = 8; n_items <= 64; n_items *= 8) {
      passage p = {ear_ring_new(n_items, sizes[s]), sizes[s], 100000};
      assert_non_null(p.ring);
      pthread_t writer;
      assert_int_equal(pthread_create(&writer, NULL, write_all, &p), 0);
      unsigned char items[MAX_BLOCK * MAX_SIZE];
      unsigned seed = 2;
      int in_order = 1;
      for (uint64_t n = 0; n < p.n_items;) {
        const size_t wish = (size_t)rand_r(&seed) % MAX_BLOCK + 1;
        const size_t got = ear_ring_read(p.ring, items, wish);
        in_order &= is_filled(items, p.size, n, got);
        n += got;
        if (got == 0) {
          sched_yield();
        }
      }
      pthread_join(writer, NULL);
      assert_true(in_order);
      assert_int_equal(ear_ring_readable(p.ring), 0);
      ear_ring_free(p.ring);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_come_out_once_in_order_across_the_wrap),
      cmocka_unit_test(a_block_goes_in_whole_or_not_at_all),
      cmocka_unit_test(a_ring_beyond_all_memory_is_refused),
      cmocka_unit_test(every_item_passes_once_in_order_between_two_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
