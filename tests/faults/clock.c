/* SPDX-License-Identifier: ISC */
/* Preloaded into a program, this is a clock on the wall that somebody keeps setting:
   every look at it is a day, an hour or thirty years before or after the right time.  The
   clock that nobody can set (CLOCK_MONOTONIC) goes on as ever. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

static long
jump_s(void)
{
  static atomic_uint n;
  static const long by[] = {0, 86400, -3600, 946684800, -86400, 3600, -946684800};
  return by[atomic_fetch_add(&n, 1) % (sizeof by / sizeof *by)];
}

static int
look(clockid_t clock, struct timespec *t)
{
  int (*really)(clockid_t, struct timespec *);
  *(void **)&really = dlsym(RTLD_NEXT, "clock_gettime");
  const int bad = really(clock, t);
  if (!bad && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    t->tv_sec += jump_s();
  }
  return bad;
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
  return look(clock, t);
}

time_t
time(time_t *to)
{
  struct timespec t = {0};
  (void)look(CLOCK_REALTIME, &t);
  if (to) {
    *to = t.tv_sec;
  }
  return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict t, void *restrict zone)
{
  struct timespec now = {0};
  (void)zone;
  (void)look(CLOCK_REALTIME, &now);
  *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
  return 0;
}
