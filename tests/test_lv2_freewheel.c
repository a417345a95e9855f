/* SPDX-License-Identifier: ISC */
/* A freewheeling plugin says what the analyzer says of the same samples, bit for bit and
   block by block; a live one says it later.

   usage: test_lv2_freewheel BUNDLE [full] */
#include "lv2_host.h"
#include "lv2_twin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RANDOM = 0 };

static const char *bundle;
static bool full;

static size_t
block_size(size_t split)
{
  return split == RANDOM ? (size_t)rand() % 8193 : split;
}

static void
every_block_has_the_analyzers_bits(void **state)
{
  (void)state;
  static const double rate_hz[] = {8000,  44100, 48000, 384000, 11025, 16000,
                                   22050, 88200, 96000, 176400, 192000};
  static const size_t split[] = {RANDOM, 64, 8192, 1, 441, 16384};
  const size_t n_rates = full ? 11 : 4, n_splits = full ? 6 : 3;
  for (size_t r = 0; r < n_rates; ++r) {
    for (size_t s = 0; s < n_splits; ++s) {
      pair p = pair_new(rate_hz[r], 1 + (r + s) % 2, full && split[s] != 1 ? 8 : 3);
      while (p.i < p.n) {
        pair_give(&p, block_size(split[s]));
        twin_assert_equal(p.t, p.h);
      }
      assert_true(p.t->n_verdicts > 8);
      pair_free(&p);
    }
  }
}

/* Each change comes with a block and holds from its first sample on. */
static void
automation_lands_on_its_block(void **state)
{
  (void)state;
  pair p = pair_new(48000, 2, full ? 90 : 30);
  uint32_t n_flags = 0, n_resets = 0;
  while (p.i < p.n) {
    twin *t = p.t;
    if (rand() % 8 == 0) {
      t->threshold = (float)(rand() % 101);
      t->hold = (float)(rand() % 3 * 1000);
      t->horizon = (uint32_t)rand() % 3;
      twin_set_flags(t);
    }
    t->enabled = t->enabled ? rand() % 90 > 0 : rand() % 3 == 0;
    const bool reset = rand() % 90 == 0;
    if (reset) {
      twin_reset(t);
      ++n_resets;
    }
    host_set(p.h, "threshold", t->threshold);
    host_set(p.h, "hold", t->hold);
    host_set(p.h, "horizon", (float)t->horizon);
    host_set(p.h, "enabled", t->enabled);
    host_set(p.h, "reset", reset);
    pair_give(&p, block_size(RANDOM) / 2);
    twin_assert_equal(t, p.h);
    if (reset) { /* the trigger goes back, for a new one to be seen */
      host_set(p.h, "reset", 0);
      pair_give(&p, 0);
    }
    n_flags += host_get(p.h, "flag") > 0;
  }
  assert_true(n_flags > 0 && n_resets > 0);
  pair_free(&p);
}

static void
held_reset_resets_once(void **state)
{
  (void)state;
  pair p = pair_new(44100, 1, 3);
  pair_give(&p, 44100 / 4);
  host_set(p.h, "reset", 1);
  twin_reset(p.t);
  while (p.i < p.n) {
    pair_give(&p, 4410);
    twin_assert_equal(p.t, p.h);
  }
  pair_free(&p);
}

/* Run empty blocks until the plugin has heard all: its age is then the twin's. */
static void
settle(pair *p)
{
  const ear_verdict *v = &p->t->verdict[0];
  const double at_s = v->t_s + (double)p->t->reset_at / p->t->rate_hz;
  const double age_ms = 1000 * ((double)p->t->n_samples / p->t->rate_hz - at_s);
  for (int i = 0; i < 20000; ++i) {
    host_run(p->h, 0);
    if (!v->n_labels || (host_get(p->h, "harsh_short") > 0 &&
                         (double)host_get(p->h, "age") < age_ms + 0.01)) {
      break;
    }
    usleep(1000);
  }
}

static void
wait_for_class(pair *p)
{
  const ear_verdict *v = &p->t->verdict[1];
  for (int i = 0; i < 20000 && v->n_labels; ++i) {
    const float confidence = v->p[EAR_INTEGRATED][v->label[EAR_INTEGRATED]] * 100;
    host_run(p->h, 0);
    if (memcmp(&confidence, (float[]){host_get(p->h, "confidence")}, sizeof(float)) ==
        0) {
      break;
    }
    usleep(1000);
  }
}

static void
live_says_the_same_a_little_later(void **state)
{
  (void)state;
  static const double rate_hz[] = {22050, 48000, 96000};
  for (size_t r = 0; r < (full ? 3 : 2); ++r) {
    pair p = pair_new(rate_hz[r], 2, full ? 10 : 4);
    host_set(p.h, "freewheel", 0);
    while (p.i < p.n) {
      for (size_t given = 0; given < (size_t)(rate_hz[r] / 4); given += 512) {
        pair_give(&p, 512);
      }
      settle(&p);
      wait_for_class(&p);
      twin_assert_equal(p.t, p.h);
    }
    pair_free(&p);
  }
}

static void
freewheeling_on_and_off_changes_nothing(void **state)
{
  (void)state;
  pair p = pair_new(44100, 2, full ? 30 : 6);
  for (bool freewheel = false; p.i < p.n; freewheel = !freewheel) {
    host_set(p.h, "freewheel", freewheel);
    const size_t end = p.i + (size_t)rand() % 22050;
    while (p.i < end && p.i < p.n) {
      pair_give(&p, 1 + block_size(RANDOM) / 4);
      if (freewheel) {
        twin_assert_equal(p.t, p.h);
      }
    }
  }
  host_set(p.h, "freewheel", 0);
  settle(&p);
  wait_for_class(&p);
  twin_assert_equal(p.t, p.h);
  pair_free(&p);
}

/* More commands at once than the engine keeps: what finds no room is sent later. */
static void
a_flood_of_commands_ends_as_the_last_one_says(void **state)
{
  (void)state;
  pair p = pair_new(22050, 1, 8);
  while (p.i < p.n) {
    host_set(p.h, "freewheel", 0);
    for (int i = 0; i < 3000; ++i) {
      p.t->threshold = i == 2999 ? 1 : (float)(100 - i % 2); /* flags at all, or never */
      host_set(p.h, "threshold", p.t->threshold);
      host_set(p.h, "reset", i == 2999);
      host_run(p.h, 0);
    }
    twin_set_flags(p.t);
    twin_reset(p.t);
    for (int i = 0; i < 50; ++i) { /* time for the worker to take them */
      host_run(p.h, 0);
      usleep(4000);
    }
    host_set(p.h, "freewheel", 1);
    for (int i = 0; i < 10; ++i) {
      pair_give(&p, 4096);
      twin_assert_equal(p.t, p.h);
    }
  }
  pair_free(&p);
}

/* Almost all of the tape waits when the host starts to render. */
static void
what_waits_when_freewheeling_starts_is_not_lost(void **state)
{
  (void)state;
  pair p = pair_new(48000, 1, 40);
  while (p.i < p.n) {
    host_set(p.h, "freewheel", 0);
    settle(&p);
    for (int i = 0; i < 5; ++i) {
      pair_give(&p, 8192);
    }
    host_set(p.h, "freewheel", 1);
    pair_give(&p, 16384);
    twin_assert_equal(p.t, p.h);
  }
  pair_free(&p);
}

/* What is still to be analysed of the time before a reset is never shown after it. */
static void
a_live_reset_hides_what_was_before(void **state)
{
  (void)state;
  pair p = pair_new(48000, 1, 12);
  host_set(p.h, "freewheel", 0);
  while (p.i < p.n) {
    for (int i = 0; i < 5; ++i) {
      pair_give(&p, 8192);
    }
    host_set(p.h, "reset", 1);
    for (int i = 0; i < 50; ++i) {
      host_run(p.h, 0);
      assert_true(host_get(p.h, "harsh_short") == 0 && host_get(p.h, "age") == 0);
      usleep(1000);
    }
    host_set(p.h, "reset", 0);
    host_run(p.h, 0);
  }
  pair_free(&p);
}

/* More than the tape holds at once: counted, until the next activation. */
static void
lost_blocks_are_counted_from_activation_on(void **state)
{
  (void)state;
  pair p = pair_new(48000, 1, 1);
  host_set(p.h, "freewheel", 0);
  memset(host_in(p.h, 0), 0, HOST_BLOCK * sizeof(float));
  for (int i = 0; i < 1000 && host_get(p.h, "dropped") < 3; ++i) {
    host_run(p.h, HOST_BLOCK);
  }
  assert_true(host_get(p.h, "dropped") >= 3);
  lilv_instance_deactivate(host_instance(p.h));
  lilv_instance_activate(host_instance(p.h));
  host_run(p.h, 0);
  assert_true(host_get(p.h, "dropped") == 0);
  host_set(p.h, "enabled", 0); /* rests: there is nothing to lose */
  for (int i = 0; i < 1000; ++i) {
    host_run(p.h, HOST_BLOCK);
  }
  assert_true(host_get(p.h, "dropped") == 0);
  pair_free(&p);
}

static void
activation_starts_anew(void **state)
{
  (void)state;
  pair p = pair_new(48000, 1, 6);
  for (int i = 0; i < 4; ++i) {
    while (p.i < p.n * (size_t)(i + 1) / 4) {
      pair_give(&p, 1000);
      twin_assert_equal(p.t, p.h);
    }
    lilv_instance_deactivate(host_instance(p.h));
    lilv_instance_activate(host_instance(p.h));
    twin_reset(p.t);
  }
  pair_free(&p);
}

static int
start(void **state)
{
  (void)state;
  host_open(bundle);
  return 0;
}

static int
stop(void **state)
{
  (void)state;
  host_close();
  return 0;
}

int
main(int argc, char **argv)
{
  bundle = argc > 1 ? argv[1] : NULL;
  full = argc > 2 && !strcmp(argv[2], "full");
  srand(3);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_block_has_the_analyzers_bits),
      cmocka_unit_test(automation_lands_on_its_block),
      cmocka_unit_test(held_reset_resets_once),
      cmocka_unit_test(live_says_the_same_a_little_later),
      cmocka_unit_test(freewheeling_on_and_off_changes_nothing),
      cmocka_unit_test(what_waits_when_freewheeling_starts_is_not_lost),
      cmocka_unit_test(a_flood_of_commands_ends_as_the_last_one_says),
      cmocka_unit_test(a_live_reset_hides_what_was_before),
      cmocka_unit_test(lost_blocks_are_counted_from_activation_on),
      cmocka_unit_test(activation_starts_anew),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
