/* SPDX-License-Identifier: ISC */
/* What the audio path must not import, one function for each, to see that the check of
   imports reports it; and one clean function. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void violation_none(float *out, const float *in, size_t n);
void *violation_malloc(size_t n);
void violation_printf(float x);
void violation_pthread_mutex_lock(pthread_mutex_t *lock);
void violation_of_a_helper(void **kept, size_t n);

void
violation_none(float *out, const float *in, size_t n)
{
  memcpy(out, in, n * sizeof(float));
}

void *
violation_malloc(size_t n)
{
  return malloc(n);
}

void
violation_printf(float x)
{
  printf("%g\n", (double)x);
}

void
violation_pthread_mutex_lock(pthread_mutex_t *lock)
{
  pthread_mutex_lock(lock);
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
