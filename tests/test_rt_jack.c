/* SPDX-License-Identifier: ISC */
/* The JACK callback of a live session, called by an audio thread over block sizes while
   the main thread swaps models, changes flags, resets, takes verdicts and levels, and
   loses the server and opens it again: verdicts and models arrive, every client is closed
   in time, and with "filter" the audio thread makes no system call.

   usage: test_rt_jack CYCLES filter|calm|open
     filter: from its first cycle on the audio thread may make no system call
     calm:   no filter; for sanitizers
     open:   freewheel on and off too, where the audio thread may wait
   exit code: 0; 1 a claim failed; 2 could not be set up; 3 a system call was caught */
#include "backend.h"
#include "fake_jack.h"
#include "rt_filter.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  CHANNELS = 2,
  SESSION_MS = 200, /* at least, from open to close */
  SPIN = 100,       /* turns for each frame, so that the analysis keeps up */
  WANTED = 3,       /* of everything, before the end */
};

/* The audio thread's, read by the main thread. */
static atomic_bool filtering, no_filter, quit;
static _Atomic uint64_t n_cycles;

/* The main thread's. */
static struct {
  sink *to;
  ear_live *live;
  ear_model *model[2];
  ear_flag_config flag[2];
  bool freewheels;
  uint32_t n_verdicts, n_swaps, n_flags, n_lost, n_changed, n_levels;
} s;

static void
make_sound(uint32_t *random, uint32_t n)
{
  for (uint32_t i = 0; i < n; ++i) {
    *random = *random * 1664525u + 1013904223u;
    const float x = (float)((int32_t)*random >> 8) / 33554432;
    fake_jack_sound[0][i] = x;
    fake_jack_sound[1][i] = i % 512 ? -x / 2 : 0;
  }
}

/* Without end when it is filtered: such a thread cannot even return. */
static void *
play(void *filter)
{
  static const uint32_t sizes[] = {64, 16, 128, 64, 64, 1024, 64, 256, 4096, 1};
  uint32_t random = 1;
  if (filter) {
    atomic_store(&no_filter, !rt_filter_thread());
    atomic_store(&filtering, true);
  }
  while (filter || !atomic_load(&quit)) {
    const uint32_t n = sizes[(random >> 16) % (sizeof sizes / sizeof sizes[0])];
    make_sound(&random, n);
    atomic_fetch_add(&n_cycles, fake_jack_cycle(n));
    for (volatile uint32_t i = 0; i < n * SPIN; ++i) {
    }
  }
  return NULL;
}

/* By write alone: the thread that was caught may hold the lock of stderr. */
static void
end_if_caught(void)
{
  if (atomic_load_explicit(&rt_filter_caught.caught, memory_order_acquire)) {
    char text[80];
    const int n = snprintf(text, sizeof text, "process() made system call %d\n",
                           rt_filter_caught.number);
    (void)!write(STDERR_FILENO, text, (size_t)n);
    _exit(3);
  }
}

static bool
begin(void)
{
  static const char *const name[] = {"harshness", "genre"};
  ear_analyzer_config config = {.rate_hz = 48000, .n_models = 2};
  for (int m = 0; m < 2; ++m) {
    if (ear_model_builtin(&s.model[m], name[m], NULL)) {
      return false;
    }
    config.model[m] = s.model[m];
    config.flag[m] = s.flag[m] = ear_flag_config_default(s.model[m]);
  }
  s.to = sink_new(false);
  if (!s.to || ear_live_new(&s.live, &config, 0, NULL)) {
    return false;
  }
  sink_set_live(s.to, s.live, 48000);
  return true;
}

/* Take what was heard, and ask for something else, round by round. */
static void
meddle(uint32_t round)
{
  ear_report report;
  float peak[CHANNELS], rms[CHANNELS];
  uint64_t at;
  while (sink_pop(s.to, &report)) {
    s.n_verdicts += report.kind == EAR_REPORT_VERDICT;
  }
  s.n_levels += sink_take_levels(s.to, peak, rms, CHANNELS);
  const uint32_t m = round / 16 % 2;
  if (round % 16 == 0) {
    ear_live_part *part = NULL;
    if (!ear_live_part_new(&part, s.live, m, s.model[m], NULL)) {
      sink_swap(s.to, m, part, &s.flag[m]);
    }
  }
  s.n_swaps += round % 16 == 15 && sink_swapped(s.to, m, &at);
  if (round % 16 == 4) {
    s.flag[m].hold_ms = (float)(round % 1000);
    sink_set_flags(s.to, m, &s.flag[m]);
    s.n_flags++;
  }
  if (round % 64 == 40) {
    sink_reset(s.to);
  }
}

/* What JACK's notification thread does in the meantime. */
static void *
notify(void *user)
{
  const atomic_bool *stop = user;
  for (uint32_t i = 0; !atomic_load(stop); ++i) {
    fake_jack_xrun();
    fake_jack_ports_change();
    if (s.freewheels && i % 8 == 4) {
      fake_jack_freewheel(i % 16 == 4);
    }
    usleep(2000);
  }
  return NULL;
}

/* From open until the server goes, or its rate changes. */
static bool
run_session(uint32_t number, void **memory)
{
  const backend_config config = {.client_name = "earshot", .n_channels = CHANNELS};
  const struct timespec pause = {.tv_nsec = 1000000};
  backend_info info;
  ear_error err = {""};
  backend *b = NULL;
  static atomic_bool stop;
  pthread_t notifier;
  atomic_store(&stop, false);
  if (!backend_jack.open(&b, &config, s.to, &info, memory, &err) ||
      !backend_jack.start(b, &err) || pthread_create(&notifier, NULL, notify, &stop)) {
    fprintf(stderr, "test_rt_jack: %s\n", err.text);
    return false;
  }
  const uint64_t begun = atomic_load(&n_cycles);
  backend_state state = BACKEND_RUNNING;
  for (uint32_t i = 0; state == BACKEND_RUNNING; ++i) {
    meddle(number * SESSION_MS + i);
    if (i == SESSION_MS) {
      atomic_store(&stop, true);
      pthread_join(notifier, NULL);
    }
    if (i >= SESSION_MS && atomic_load(&n_cycles) > begun) {
      number % 2 ? fake_jack_rate(44100) : fake_jack_gone();
    }
    state = backend_jack.poll(b, &err);
    nanosleep(&pause, NULL);
    end_if_caught();
  }
  s.n_lost += state == BACKEND_LOST;
  s.n_changed += state == BACKEND_CHANGED;
  backend_jack.close(b);
  return true;
}

static bool
enough(uint64_t wanted)
{
  return atomic_load(&n_cycles) >= wanted && s.n_verdicts >= WANTED &&
         s.n_swaps >= WANTED && s.n_flags >= WANTED && s.n_levels >= WANTED &&
         s.n_lost >= WANTED && s.n_changed >= WANTED;
}

int
main(int argc, char **argv)
{
  const uint64_t wanted = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
  const bool filter = argc == 3 && !strcmp(argv[2], "filter");
  s.freewheels = argc == 3 && !strcmp(argv[2], "open");
  if (!wanted || (!filter && !s.freewheels && strcmp(argv[2], "calm") != 0)) {
    fprintf(stderr, "usage: test_rt_jack CYCLES filter|calm|open\n");
    return 2;
  }
  pthread_t audio;
  void *memory = NULL;
  be_quiet();
  if (!begin() || pthread_create(&audio, NULL, play, filter ? &s : NULL)) {
    return 2;
  }
  while (filter && !atomic_load(&filtering)) {
    usleep(1000);
  }
  if (atomic_load(&no_filter)) {
    fprintf(stderr, "test_rt_jack: no filter on the audio thread\n");
    return 2;
  }
  for (uint32_t i = 0; !enough(wanted); ++i) {
    if (!run_session(i, &memory)) {
      return 1;
    }
  }
  printf("%llu cycles, %u verdicts, %u models swapped in, %u flags set, the server lost "
         "%u times and changed %u times\n",
         (unsigned long long)atomic_load(&n_cycles), s.n_verdicts, s.n_swaps, s.n_flags,
         s.n_lost, s.n_changed);
  fflush(stdout);
  if (fake_jack_given_up()) {
    fprintf(stderr, "test_rt_jack: a client was given up: its callback did not end\n");
    _exit(1);
  }
  if (filter) {
    _exit(0); /* the audio thread cannot end by itself */
  }
  atomic_store(&quit, true);
  pthread_join(audio, NULL);
  backend_jack.forget(memory);
  sink_free(s.to);
  ear_live_free(s.live);
  ear_model_unref(s.model[0]);
  ear_model_unref(s.model[1]);
  return 0;
}
