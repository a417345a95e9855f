/* SPDX-License-Identifier: ISC */
/* Instances of the plugin, and live analyses of the engine, are made and freed N times
   each by 16 threads at once, some while sound still waits in them: memory, threads and
   open files are after that what they were after the first tenth.

   usage: test_stress MODULE N */
#include "crowd_host.h"
#include "earshot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, SLACK_KIB = 4096, THREADS = 16 };

static const double rate_hz[] = {48000, 44100, 22050, 32000};
static float sound[BLOCK];

static bool
use_plugin(int i)
{
  float out[BLOCK];
  crowd_seat seat;
  if (!crowd_sit(&seat, rate_hz[i % 4])) {
    return false;
  }
  bool passed = true;
  if (i % 3) {
    seat.value[PORT_FREEWHEEL] = i % 3 == 2;
    crowd_run(&seat, sound, out, BLOCK);
    passed = memcmp(out, sound, sizeof out) == 0;
  }
  crowd_leave(&seat);
  return passed;
}

static ear_model *model[2];

static bool
use_live(int i)
{
  ear_analyzer_config config = {.rate_hz = rate_hz[i % 4], .n_models = 2};
  for (int m = 0; m < 2; ++m) {
    config.model[m] = model[m];
    config.flag[m] = ear_flag_config_default(model[m]);
  }
  ear_live *live = NULL;
  ear_live_part *part = NULL;
  if (ear_live_new(&live, &config, 0.2, NULL)) {
    return false;
  }
  const float *const in[] = {sound};
  ear_live_push(live, in, 1, BLOCK);
  const bool swap = i % 16 == 0;
  bool ok = !swap || !ear_live_part_new(&part, live, 0, model[0], NULL);
  if (part && !ear_live_swap(live, part, &config.flag[0])) {
    ear_live_part_free(part);
    ok = false;
  }
  if (i % 3 == 1) {
    ear_live_finish(live);
  }
  ear_live_free(live);
  return ok;
}

/* One after the other, [next, end), by whichever thread is free. */
static bool (*use)(int i);
static atomic_int next, n_failed;
static int end;

static void *
work(void *user)
{
  for (int i; (i = atomic_fetch_add(&next, 1)) < end;) {
    atomic_fetch_add(&n_failed, !use(i));
  }
  return user;
}

static void
use_up_to(int n)
{
  pthread_t thread[THREADS];
  end = n;
  for (int t = 0; t < THREADS; ++t) {
    if (pthread_create(&thread[t], NULL, work, NULL)) {
      abort();
    }
  }
  for (int t = 0; t < THREADS; ++t) {
    pthread_join(thread[t], NULL);
  }
  atomic_store(&next, n);
}

static bool
repeat(const char *what, bool (*what_to_do)(int i), int n)
{
  const double begin_s = crowd_now_s();
  use = what_to_do;
  atomic_store(&next, 0);
  atomic_store(&n_failed, 0);
  use_up_to(n / 10);
  const holdings before = holdings_now();
  use_up_to(n);
  const holdings after = holdings_now();
  printf("%d %s in %.0f s, %d failed: %ld KiB, %ld threads, %ld files after the first "
         "tenth, %ld KiB, %ld threads, %ld files at the end\n",
         n, what, crowd_now_s() - begin_s, atomic_load(&n_failed), before.kib,
         before.n_threads, before.n_files, after.kib, after.n_threads, after.n_files);
  fflush(stdout);
  return !atomic_load(&n_failed) && after.kib <= before.kib + SLACK_KIB &&
         after.n_threads == before.n_threads && after.n_files == before.n_files;
}

int
main(int argc, char **argv)
{
  const int n = argc == 3 ? atoi(argv[2]) : 0;
  if (n < 10 || !crowd_open(argv[1]) || ear_model_builtin(&model[0], "harshness", NULL) ||
      ear_model_builtin(&model[1], "genre", NULL)) {
    fprintf(stderr, "usage: test_stress MODULE N, 10 or more\n");
    return 2;
  }
  for (int i = 0; i < BLOCK; ++i) {
    sound[i] = (float)((i * 7919) % 1000) / 2000 - 0.25f;
  }
  const bool plugins = repeat("plugins", use_plugin, n);
  const bool lives = repeat("live analyses", use_live, n);
  ear_model_unref(model[0]);
  ear_model_unref(model[1]);
  return plugins && lives ? 0 : 1;
}
