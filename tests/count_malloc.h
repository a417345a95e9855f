/* SPDX-License-Identifier: ISC */
/* Counts the allocations of the whole program, and of each thread, by taking the place of
   malloc; include it in one file of a program.  A sanitizer has its own malloc: there
   COUNT_MALLOC is 0 and nothing is counted. */
#ifndef EAR_TESTS_COUNT_MALLOC_H
#define EAR_TESTS_COUNT_MALLOC_H

#include <stdatomic.h>
#include <stddef.h>

/* clang names sanitizers otherwise than gcc */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define COUNT_MALLOC 0
#elif defined(__has_feature)
#define COUNT_MALLOC                                                                     \
  (!__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer))
#else
#define COUNT_MALLOC 1
#endif

static atomic_ulong n_allocations;
static _Thread_local unsigned long n_own_allocations;

#if COUNT_MALLOC
/* glibc's own, under the names that ours replace for every library too. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t n);
void *__libc_memalign(size_t alignment, size_t n);
void __libc_free(void *old);

static inline void
count_allocation(void)
{
  atomic_fetch_add_explicit(&n_allocations, 1, memory_order_relaxed);
  ++n_own_allocations;
}

void *
malloc(size_t n)
{
  count_allocation();
  return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
  count_allocation();
  return __libc_calloc(n, size);
}

void *
realloc(void *old, size_t n)
{
  count_allocation();
  return __libc_realloc(old, n);
}

void *
aligned_alloc(size_t alignment, size_t n)
{
  count_allocation();
  return __libc_memalign(alignment, n);
}

/* Giving back is a lock and maybe a system call, too. */
void
free(void *old)
{
  if (old) {
    count_allocation();
  }
  __libc_free(old);
}
#endif

#endif
