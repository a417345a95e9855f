/* SPDX-License-Identifier: ISC */
/* Paths are asked of the kernel at each call, so that nothing has to be kept in step with
   what the process has open. */
#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

const char *const call_names[N_CALLS] = {
    "other", "open",     "create",   "read", "write",  "sync", "rename",
    "close", "truncate", "allocate", "map",  "unlink", "link", "mkdir"};

/* Where a call's arguments say what file it is of: by a descriptor or a name, whose
   folder may be given before it; -1: not so. */
static const struct known {
  long number;
  call_kind kind;
  int fd, folder, name;
} known[] = {
    {SYS_open, CALL_OPEN, -1, -1, 0},          {SYS_openat, CALL_OPEN, -1, 0, 1},
    {SYS_creat, CALL_CREATE, -1, -1, 0},       {SYS_read, CALL_READ, 0, -1, -1},
    {SYS_pread64, CALL_READ, 0, -1, -1},       {SYS_readv, CALL_READ, 0, -1, -1},
    {SYS_write, CALL_WRITE, 0, -1, -1},        {SYS_pwrite64, CALL_WRITE, 0, -1, -1},
    {SYS_writev, CALL_WRITE, 0, -1, -1},       {SYS_fsync, CALL_SYNC, 0, -1, -1},
    {SYS_fdatasync, CALL_SYNC, 0, -1, -1},     {SYS_rename, CALL_RENAME, -1, -1, 1},
    {SYS_renameat, CALL_RENAME, -1, 2, 3},     {SYS_renameat2, CALL_RENAME, -1, 2, 3},
    {SYS_close, CALL_CLOSE, 0, -1, -1},        {SYS_ftruncate, CALL_TRUNCATE, 0, -1, -1},
    {SYS_fallocate, CALL_ALLOCATE, 0, -1, -1}, {SYS_mmap, CALL_MAP, 4, -1, -1},
    {SYS_unlink, CALL_UNLINK, -1, -1, 0},      {SYS_unlinkat, CALL_UNLINK, -1, 0, 1},
    {SYS_link, CALL_LINK, -1, -1, 1},          {SYS_linkat, CALL_LINK, -1, 2, 3},
    {SYS_mkdir, CALL_MKDIR, -1, -1, 0},        {SYS_mkdirat, CALL_MKDIR, -1, 0, 1},
};
enum { N_KNOWN = sizeof known / sizeof *known };

bool
tracee_stop_at_calls(bool all)
{
  struct sock_filter code[N_KNOWN + 3];
  size_t n = 0;
  code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                           offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < N_KNOWN; ++i, ++n) {
    code[n] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)known[i].number,
                                     (unsigned char)(N_KNOWN - i), 0);
  }
  code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                           all ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW);
  code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  const struct sock_fprog program = {(unsigned short)n, code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static struct user_regs_struct
registers(pid_t tid)
{
  struct user_regs_struct r = {0};
  (void)ptrace(PTRACE_GETREGS, tid, NULL, &r);
  return r;
}

static long
argument(const struct user_regs_struct *r, int i)
{
  const unsigned long long a[] = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9};
  return (long)a[i];
}

/* The text at an address of the process; "" if it cannot be read. */
static void
read_text(pid_t tid, long address, char text[PATH_MAX])
{
  size_t n = 0;
  while (n < PATH_MAX - 1) { /* page by page: the next one may not be there */
    const size_t rest = 4096 - (size_t)(address + (long)n) % 4096;
    const size_t most = rest < PATH_MAX - 1 - n ? rest : PATH_MAX - 1 - n;
    void *from = (void *)((uintptr_t)address + n);
    const ssize_t got = process_vm_readv(tid, &(struct iovec){text + n, most}, 1,
                                         &(struct iovec){from, most}, 1, 0);
    if (got <= 0 || memchr(text + n, '\0', (size_t)got)) {
      n += got > 0 ? strlen(text + n) : 0;
      break;
    }
    n += (size_t)got;
  }
  text[n] = '\0';
}

static void
read_link(pid_t tid, const char *what, int fd, char path[PATH_MAX])
{
  char name[64];
  snprintf(name, sizeof name, fd >= 0 ? "/proc/%ld/%s/%d" : "/proc/%ld/%s", (long)tid,
           what, fd);
  const ssize_t n = readlink(name, path, PATH_MAX - 1);
  path[n > 0 ? n : 0] = '\0';
}

static void
find_path(pid_t tid, const struct known *k, const struct user_regs_struct *r,
          char path[PATH_MAX])
{
  char name[PATH_MAX], folder[PATH_MAX];
  path[0] = '\0';
  if (k->fd >= 0) {
    if ((int)argument(r, k->fd) >= 0) {
      read_link(tid, "fd", (int)argument(r, k->fd), path);
    }
    return;
  }
  read_text(tid, argument(r, k->name), name);
  const int at = k->folder >= 0 ? (int)argument(r, k->folder) : AT_FDCWD;
  if (name[0] == '/') {
    snprintf(path, PATH_MAX, "%s", name);
  } else if (name[0]) {
    read_link(tid, at == AT_FDCWD ? "cwd" : "fd", at == AT_FDCWD ? -1 : at, folder);
    snprintf(path, PATH_MAX, "%.*s/%.*s", PATH_MAX / 2, folder, PATH_MAX / 2 - 2, name);
  }
}

call
tracee_call(pid_t tid)
{
  const struct user_regs_struct r = registers(tid);
  call c = {CALL_OTHER, (long)r.orig_rax, ""};
  for (size_t i = 0; i < N_KNOWN; ++i) {
    if (known[i].number == c.number) {
      c.kind = known[i].kind;
      find_path(tid, &known[i], &r, c.path);
      if (c.kind == CALL_OPEN &&
          argument(&r, known[i].name + 1) & (O_CREAT | O_WRONLY | O_RDWR)) {
        c.kind = CALL_CREATE;
      }
    }
  }
  return c;
}

void
tracee_refuse(pid_t tid, int error)
{
  struct user_regs_struct r = registers(tid);
  r.orig_rax = (unsigned long long)-1;
  r.rax = (unsigned long long)-error;
  (void)ptrace(PTRACE_SETREGS, tid, NULL, &r);
}

void
tracee_shorten(pid_t tid)
{
  struct user_regs_struct r = registers(tid);
  if (r.orig_rax == SYS_writev) {
    r.rdx = r.rdx > 1 ? r.rdx / 2 : 1; /* of its pieces */
  } else {
    r.rdx = r.rdx > 1 ? r.rdx / 2 : r.rdx;
  }
  (void)ptrace(PTRACE_SETREGS, tid, NULL, &r);
}

void
tracee_return(pid_t tid, long value)
{
  struct user_regs_struct r = registers(tid);
  r.rax = (unsigned long long)value;
  (void)ptrace(PTRACE_SETREGS, tid, NULL, &r);
}
