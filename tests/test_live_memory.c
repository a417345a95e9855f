/* SPDX-License-Identifier: ISC */
/* No function that the audio thread calls allocates or frees, nor does the analysis once
   it is warm, but for a reset at unequal rates; and an instance is small. */
#include "live_stand.h"

#include "count_malloc.h"

#include <malloc.h>

static void
audio_functions_allocate_nothing(void **state)
{
  (void)state;
  if (!COUNT_MALLOC) {
    skip();
  }
  size_t n;
  float *x = music(48000, 2, &n);
  const ear_analyzer_config config = settings(48000, 0, N_TOYS, NULL);
  ear_live *live = make_live(48000, 0, N_TOYS, 0.1);
  ear_live_part *part = NULL;
  const unsigned long at_start = n_own_allocations;
  assert_int_equal(ear_live_part_new(&part, live, 1, model[2], NULL), EAR_OK);
  assert_true(n_own_allocations > at_start); /* the counter counts */
  const unsigned long before = n_own_allocations;
  bool swapped = false, reset = false, all_done = true;
  ear_report report;
  for (size_t i = 0; i + 64 <= n; i += 64) {
    push_block(live, x + i, 64);
    if (i % 6400 == 0) {
      sleep_ms(1);
      all_done &= ear_live_set_flags(live, 0, &config.flag[0]);
      reset |= ear_live_reset(live);
      if (!swapped) {
        swapped = ear_live_swap(live, part, &config.flag[2]);
      }
    }
    while (ear_live_pop(live, &report)) {
    }
    ear_live_resume(live);
    all_done &= ear_live_stats_get(live).samples_in == i + 64;
  }
  assert_int_equal(n_own_allocations, before);
  assert_true(swapped && reset && all_done);
  ear_live_free(live);
  free(x);
}

static void
analysis_allocates_nothing_once_it_is_warm(void **state)
{
  (void)state;
  if (!COUNT_MALLOC) {
    skip();
  }
  static const double rate_hz[] = {22050, 48000};
  for (int i = 0; i < 4; ++i) {
    const double rate = rate_hz[i % 2];
    const way w = i < 2 ? WORKER : FREEWHEEL;
    size_t n;
    float *x = music(rate, 4, &n);
    const ear_analyzer_config config = settings(rate, 0, N_TOYS, NULL);
    ear_live *live = make_live(rate, 0, N_TOYS, 1);
    ear_live_part *part[3];
    for (uint32_t p = 0; p < 3; ++p) {
      assert_int_equal(ear_live_part_new(&part[p], live, p, model[3 - p], NULL), EAR_OK);
    }
    push_block(live, x, 1000);
    if (w == FREEWHEEL) {
      ear_live_analyse(live);
    }
    ear_live_drain(live);
    const unsigned long before = n_own_allocations, all_before = n_allocations;
    ear_report report;
    unsigned n_reports = 0;
    for (size_t at = 0; at + 700 <= n; at += 700) {
      wait_for_room(live, 700, rate);
      push_block(live, x + at, 700);
      if (w == FREEWHEEL) {
        ear_live_analyse(live);
        if (at % 7000 == 0 && at / 7000 < 3) {
          assert_true(ear_live_swap(live, part[at / 7000], &config.flag[3 - at / 7000]));
        }
      }
      while (ear_live_pop(live, &report)) {
        ++n_reports;
      }
    }
    if (w == WORKER) {
      ear_live_drain(live);
      assert_int_equal(n_allocations, all_before);
    }
    assert_int_equal(n_own_allocations, before); /* the worker frees what was swapped */
    assert_true(n_reports > 100);
    ear_live_free(live);
    for (int p = 0; w == WORKER && p < 3; ++p) {
      ear_live_part_free(part[p]);
    }
    free(x);
  }
}

static size_t
bytes_in_use(void)
{
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void
an_instance_of_both_built_in_models_is_under_2_mib(void **state)
{
  (void)state;
  if (!COUNT_MALLOC) {
    skip();
  }
  static const char *const name[] = {"harshness", "genre"};
  static const double ring_s[] = {1, 2};
  ear_analyzer_config config = {.rate_hz = 48000, .n_models = 2};
  for (int m = 0; m < 2; ++m) {
    assert_int_equal(ear_model_builtin(&config.model[m], name[m], NULL), EAR_OK);
    config.flag[m] = ear_flag_config_default(config.model[m]);
  }
  for (int i = 0; i < 2; ++i) {
    size_t n;
    float *x = music(48000, ring_s[i], &n);
    const size_t before = bytes_in_use();
    ear_live *live = NULL;
    assert_int_equal(ear_live_new(&live, &config, ring_s[i], NULL), EAR_OK);
    push_block(live, x, n);
    ear_live_drain(live);
    const size_t bytes = bytes_in_use() - before;
    print_message("%g s: %.2f MiB an instance, models not counted\n", ring_s[i],
                  (double)bytes / (1 << 20));
    assert_true(bytes < 2 << 20);
    ear_live_free(live);
    free(x);
  }
  ear_model_unref(config.model[0]);
  ear_model_unref(config.model[1]);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(audio_functions_allocate_nothing),
      cmocka_unit_test(analysis_allocates_nothing_once_it_is_warm),
      cmocka_unit_test(an_instance_of_both_built_in_models_is_under_2_mib),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
