/* SPDX-License-Identifier: ISC */
/* Once it is warm, the chain of a file makes no heap call, takes no lock and makes no
   system call, whatever resamples: with the shipped models, a minute of sound, in one
   pass and as a scout.  The thread that pushes may make no system call at all; the first
   one would be caught. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "count_malloc.h"
#include "earshot.h"
#include "rt_filter.h"

enum { BLOCK = 8192, N_WARM = 8, N_BLOCKS = 350 };

static _Thread_local unsigned long n_own_locks;

/* In the place of libc's, for every library too. */
int
pthread_mutex_lock(pthread_mutex_t *mutex)
{
  static int (*own)(pthread_mutex_t *);
  ++n_own_locks;
  if (!own) {
    void *found = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    memcpy(&own, &found, sizeof own);
  }
  return own(mutex);
}

/* 48 kHz: two FFTs.  32 kHz: harshness as it is.  44,100.5 Hz: soxr. */
static const struct {
  double rate_hz;
  bool scout;
} way[] = {{48000, false}, {32000, false}, {44100.5, false}, {48000, true}};
enum { N_WAYS = sizeof way / sizeof *way };

typedef struct {
  ear_analyzer *an;
  ear_scout *scout; /* NULL: one pass */
  unsigned long n_verdicts, n_heap, n_locks;
} errand;

static errand errands[N_WAYS];
static bool refused; /* the kernel has no filters */
static atomic_bool done;
static float noise[BLOCK];

static void
count(void *user, const ear_verdict *v)
{
  (void)v;
  ++((errand *)user)->n_verdicts;
}

static void
push(errand *e, int n_blocks)
{
  for (int b = 0; b < n_blocks; b++) {
    if (e->scout) {
      ear_scout_push(e->scout, noise, BLOCK);
    } else {
      ear_analyzer_push(e->an, noise, BLOCK);
    }
  }
}

/* All errands, on one thread that makes no system call after they are warm. */
static void *
run_errands(void *user)
{
  for (int i = 0; i < N_WAYS; i++) {
    push(&errands[i], N_WARM);
  }
  refused = !rt_filter_thread();
  for (int i = 0; i < N_WAYS; i++) {
    errand *e = &errands[i];
    const unsigned long heap = n_own_allocations, locks = n_own_locks;
    push(e, N_BLOCKS);
    if (e->scout) {
      ear_analyzer_take(e->an, e->scout);
    }
    e->n_heap = n_own_allocations - heap;
    e->n_locks = n_own_locks - locks;
  }
  atomic_store(&done, true);
  for (;;) { /* its end would be a system call */
  }
  return user;
}

static void
set_out(errand *e, double rate_hz, bool scout)
{
  ear_analyzer_config config = {
      .rate_hz = rate_hz, .n_models = 2, .on_verdict = count, .user = e};
  ear_error err = {""};
  assert_int_equal(ear_model_builtin(&config.model[0], "harshness", &err), EAR_OK);
  assert_int_equal(ear_model_builtin(&config.model[1], "genre", &err), EAR_OK);
  config.flag[0] = ear_flag_config_default(config.model[0]);
  config.flag[1] = ear_flag_config_default(config.model[1]);
  assert_int_equal(ear_analyzer_new(&e->an, &config, &err), EAR_OK);
  if (scout) {
    const uint64_t n = (N_WARM + N_BLOCKS) * (uint64_t)BLOCK;
    assert_int_equal(ear_scout_new(&e->scout, &config, n, &err), EAR_OK);
    ear_scout_begin(e->scout, 64000);
  }
}

static void
a_minute_of_sound_takes_no_heap_lock_or_system_call(void **state)
{
  (void)state;
  pthread_t thread;
  for (int i = 0; i < N_WAYS; i++) {
    set_out(&errands[i], way[i].rate_hz, way[i].scout);
  }
  assert_int_equal(pthread_create(&thread, NULL, run_errands, NULL), 0);
  while (!atomic_load(&done) && !atomic_load(&rt_filter_caught.caught)) {
    (void)sched_yield();
  }
  if (atomic_load(&rt_filter_caught.caught)) {
    fail_msg("system call %d was made", rt_filter_caught.number);
  }
  assert_false(refused);
  for (int i = 0; i < N_WAYS; i++) {
    assert_true(errands[i].n_verdicts > 300);
    assert_int_equal(errands[i].n_heap, 0);
    assert_int_equal(errands[i].n_locks, 0);
  }
}

static void
heap_and_locks_are_counted(void **state)
{
  (void)state;
  const unsigned long heap = n_own_allocations, locks = n_own_locks;
  ear_model *model;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  assert_int_equal(ear_model_builtin(&model, "harshness", NULL), EAR_OK);
  ear_model_unref(model);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  assert_true(n_own_allocations > heap && n_own_locks > locks);
}

int
main(void)
{
  if (!COUNT_MALLOC) {
    return 77; /* a sanitizer makes calls of its own */
  }
  for (int i = 0; i < BLOCK; i++) {
    noise[i] = (float)((i * 7919) % 1000) / 2000 - 0.25f;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heap_and_locks_are_counted),
      cmocka_unit_test(a_minute_of_sound_takes_no_heap_lock_or_system_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
