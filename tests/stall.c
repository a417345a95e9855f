/* SPDX-License-Identifier: ISC */
/* Preloaded into a program, this keeps every thread that sleeps with nanosleep() asleep
   as long as the file $STALL exists.  In earshot live that is the analysis thread alone:
   it rests between two looks at the audio. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int
nanosleep(const struct timespec *time, struct timespec *left)
{
  static int (*sleep_really)(const struct timespec *, struct timespec *);
  if (!sleep_really) {
    *(void **)&sleep_really = dlsym(RTLD_NEXT, "nanosleep");
  }
  const char *stall = getenv("STALL");
  while (stall && access(stall, F_OK) == 0) {
    const struct timespec a_while = {.tv_nsec = 10000000};
    (void)sleep_really(&a_while, NULL);
  }
  return sleep_really(time, left);
}
