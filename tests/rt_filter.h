/* SPDX-License-Identifier: ISC */
/* A thread that may make no system call at all, ever again.  Not even exit: such a thread
   talks through memory alone, and dies with its process.

   What the kernel's filter cannot see: clock_gettime and its kin as long as the vDSO
   answers them (no system call is made), and page faults. */
#ifndef RT_FILTER_H
#define RT_FILTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The first system call that the filtered thread tried; it was not carried out, and the
   thread stays where it was caught. */
typedef struct {
  _Atomic bool caught;
  int number;        /* of the system call, as in <sys/syscall.h> */
  uintptr_t address; /* of the instruction after it */
} rt_filter_report;

extern rt_filter_report rt_filter_caught;

/* From here on this thread makes none.  False, and errno is set, if the kernel has no
   filters. */
bool rt_filter_thread(void);

#endif
