/* SPDX-License-Identifier: ISC */
/* One BPF instruction, no exception to it: every system call becomes SIGSYS on the thread
   itself, whose handler writes down what it was and never returns (returning is a system
   call too). */
#include "rt_filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

rt_filter_report rt_filter_caught;

static void
on_sigsys(int signal_number, siginfo_t *info, void *context)
{
  (void)signal_number, (void)context;
  rt_filter_caught.number = info->si_syscall;
  rt_filter_caught.address = (uintptr_t)info->si_call_addr;
  atomic_store_explicit(&rt_filter_caught.caught, true, memory_order_release);
  for (;;) {
  }
}

bool
rt_filter_thread(void)
{
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGSYS); /* a handler of any other signal would return */
  struct sock_filter trap = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
  const struct sock_fprog program = {.len = 1, .filter = &trap};
  return sigaction(SIGSYS, &action, NULL) == 0 &&
         pthread_sigmask(SIG_SETMASK, &all, NULL) == 0 &&
         prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
