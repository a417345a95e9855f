/* SPDX-License-Identifier: ISC */
/* What the audio path must not import, one function for each, to see that the check of
   imports reports it; and one clean function. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

void violation_none(float *out, const float *in, size_t n);
void violation_of_a_helper(void **kept, size_t n);

/* Each is named after the function that it imports. */
#define VIOLATION(function, ...)                                                         \
  size_t violation_##function(char *at, size_t n);                                       \
  size_t violation_##function(char *at, size_t n)                                        \
  {                                                                                      \
    (void)at, (void)n;                                                                   \
    return (size_t)function(__VA_ARGS__);                                                \
  }

VIOLATION(malloc, n)
VIOLATION(calloc, n, n)
VIOLATION(realloc, at, n)
VIOLATION(aligned_alloc, 64, n)
VIOLATION(posix_memalign, (void **)at, 64, n)
VIOLATION(strdup, at)
VIOLATION(pthread_mutex_lock, (pthread_mutex_t *)at)
VIOLATION(pthread_rwlock_wrlock, (pthread_rwlock_t *)at)
VIOLATION(pthread_cond_wait, (pthread_cond_t *)at, (pthread_mutex_t *)(at + n))
VIOLATION(pthread_cond_signal, (pthread_cond_t *)at)
VIOLATION(pthread_join, (pthread_t)n, NULL)
VIOLATION(mtx_lock, (mtx_t *)at)
VIOLATION(sem_wait, (sem_t *)at)
VIOLATION(sem_post, (sem_t *)at)
VIOLATION(printf, "%s %zu\n", at, n)
VIOLATION(putenv, at)
VIOLATION(write, 1, "", 1)
VIOLATION(close, (int)n)
VIOLATION(usleep, (useconds_t)n)
VIOLATION(nanosleep, &(struct timespec){.tv_nsec = 1}, NULL)
VIOLATION(clock_gettime, CLOCK_MONOTONIC, (struct timespec *)at)
VIOLATION(sched_yield)
VIOLATION(getpid)
VIOLATION(syscall, (long)n)
VIOLATION(socket, AF_UNIX, SOCK_STREAM, 0)
VIOLATION(munmap, at, n)
VIOLATION(dlopen, at, RTLD_NOW)
VIOLATION(getenv, at)
VIOLATION(rand)

void
violation_none(float *out, const float *in, size_t n)
{
  memcpy(out, in, n * sizeof(float));
}

static __attribute__((noinline)) void *
grow(void *kept, size_t n)
{
  return realloc(kept, n + 1);
}

void
violation_of_a_helper(void **kept, size_t n)
{
  *kept = grow(*kept, n);
}
