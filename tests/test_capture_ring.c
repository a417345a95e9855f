/* SPDX-License-Identifier: ISC */
/* Every frame arrives once and in order, or is counted as lost, whatever the sizes of
   blocks and reads. */
#include "capture_ring.h" /* before cmocka, which has a fail of its own */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BLOCK = 700, N_FRAMES = 400000 };

/* Frame i of channel c: whole numbers that float32 holds exactly. */
static float
sample(size_t i, uint32_t c)
{
  return (float)((i * 4 + c) % 16000000);
}

static void
write_frames(capture_ring *r, size_t at, size_t n)
{
  static float x[3][MAX_BLOCK];
  const float *in[3] = {x[0], x[1], x[2]};
  for (uint32_t c = 0; c < r->n_channels; c++) {
    for (size_t i = 0; i < n; i++) {
      x[c][i] = sample(at + i, c);
    }
  }
  capture_ring_write(r, in, n);
}

static size_t
read_frames(capture_ring *r, size_t at, size_t n)
{
  static float x[3 * MAX_BLOCK];
  const size_t got = capture_ring_read(r, x, n);
  for (uint32_t c = 0; c < r->n_channels; c++) {
    for (size_t i = 0; i < got; i++) {
      assert_true(x[c * got + i] == sample(at + i, c));
    }
  }
  return got;
}

static void
every_size_of_block_and_read_keeps_the_order(void **state)
{
  (void)state;
  for (uint32_t n_channels = 1; n_channels <= 3; n_channels++) {
    capture_ring r;
    assert_true(capture_ring_make(&r, n_channels, 1000));
    srand(n_channels);
    size_t written = 0, read = 0;
    while (read < N_FRAMES / 4) {
      const size_t n = (size_t)rand() % MAX_BLOCK;
      if (written - read + n <= r.n_frames) {
        write_frames(&r, written, n);
        written += n;
      }
      read += read_frames(&r, read, (size_t)rand() % MAX_BLOCK);
    }
    assert_int_equal(r.n_lost, 0);
    capture_ring_free(&r);
  }
}

static void
a_block_that_finds_no_room_is_lost_whole_and_counted(void **state)
{
  (void)state;
  capture_ring r;
  assert_true(capture_ring_make(&r, 2, 1024));
  assert_int_equal(r.n_frames, 1024);
  write_frames(&r, 0, 600);
  write_frames(&r, 600, 424); /* full to the last frame */
  write_frames(&r, 5000, 1);
  write_frames(&r, 5000, 700);
  assert_int_equal(r.n_lost, 701);
  assert_int_equal(read_frames(&r, 0, 700), 700);
  write_frames(&r, 1024, 700); /* there is room again */
  assert_int_equal(read_frames(&r, 700, 700), 700);
  assert_int_equal(read_frames(&r, 1400, 700), 324);
  assert_int_equal(read_frames(&r, 1724, 700), 0);
  assert_int_equal(r.n_lost, 701);
  capture_ring_free(&r);
}

static void *
write_all(void *user)
{
  capture_ring *r = user;
  for (size_t at = 0; at < N_FRAMES;) {
    const size_t n = 1 + at % 257;
    const unsigned long long lost = atomic_load(&r->n_lost);
    write_frames(r, at, n);
    if (atomic_load(&r->n_lost) == lost) {
      at += n;
    } else {
      (void)sched_yield();
    }
  }
  return NULL;
}

static void
two_threads_see_every_frame_once_in_order(void **state)
{
  (void)state;
  capture_ring r;
  pthread_t writer;
  assert_true(capture_ring_make(&r, 2, 512));
  assert_int_equal(pthread_create(&writer, NULL, write_all, &r), 0);
  for (size_t at = 0; at < N_FRAMES;) {
    const size_t got = read_frames(&r, at, 1 + at % 301);
    at += got;
    if (got == 0) {
      (void)sched_yield();
    }
  }
  pthread_join(writer, NULL);
  capture_ring_free(&r);
}

/* The linker leads the ring's call here. */
static bool no_memory;
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *
__wrap_malloc(size_t n)
{
  return no_memory ? NULL : __real_malloc(n);
}

static void
a_ring_without_memory_is_none(void **state)
{
  capture_ring r;
  (void)state;
  no_memory = true;
  const bool made = capture_ring_make(&r, 2, 1000);
  no_memory = false;
  assert_false(made);
  capture_ring_free(&r);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_size_of_block_and_read_keeps_the_order),
      cmocka_unit_test(a_block_that_finds_no_room_is_lost_whole_and_counted),
      cmocka_unit_test(a_ring_without_memory_is_none),
      cmocka_unit_test(two_threads_see_every_frame_once_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
