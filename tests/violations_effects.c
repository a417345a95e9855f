/* SPDX-License-Identifier: ISC */
/* Without a SEED_ defined these are clean real-time functions; each SEED_ puts one
   violation in, SEED_CALL=... a call.  Clang must refuse each by its function effects. */
#include "earshot.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

typedef void (*teller)(float) EAR_RT;

typedef struct {
  float sum;
  void (*tell)(float);
  teller tell_rt;
  pthread_mutex_t lock;
} meter;

/* Declared only: the audio path must not call what says nothing of itself. */
void meter_unmarked(meter *m);
void meter_marked(meter *m) EAR_RT;
void meter_violate(meter *m, float *out, size_t n) EAR_RT;
void meter_run(meter *m, float *out, const float *in, size_t n) EAR_RT;

extern _Thread_local float meter_of_thread;

/* No mark, but all of it is seen: clang looks inside. */
static float
add(float a, float b)
{
  return a + b;
}

static inline float *
grow(size_t n)
{
  return malloc(n * sizeof(float));
}

void
meter_run(meter *m, float *out, const float *in, size_t n)
{
  for (size_t i = 0; i < n; ++i) {
    m->sum = add(m->sum, in[i]);
  }
  memmove(out, in, n * sizeof(float));
  meter_marked(m);
  m->tell_rt(m->sum);
#if defined(SEED_HELPER_THAT_ALLOCATES)
  m->sum += *grow(n);
#elif defined(SEED_UNMARKED_POINTER)
  m->tell(m->sum);
#elif defined(SEED_UNMARKED_FUNCTION)
  meter_unmarked(m);
#elif defined(SEED_STATIC_LOCAL)
  static float peak;
  peak = m->sum > peak ? m->sum : peak;
#elif defined(SEED_THREAD_LOCAL)
  meter_of_thread = m->sum;
#elif defined(SEED_MARK_BY_ASSIGNMENT)
  m->tell_rt = m->tell;
#endif
}

void
meter_violate(meter *m, float *out, size_t n)
{
  m->sum += out[n - 1];
#ifdef SEED_CALL
  (void)SEED_CALL;
#endif
}
