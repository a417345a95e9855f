/* SPDX-License-Identifier: ISC */
/* A program runs as ever until the n-th system call of a file whose name begins so,
   counted over all of its threads; that call fails, is cut short, or is the last that it
   makes.

   fault --under BEGINNING... [--calls KIND,...|--all] --at N --do FAULT [--on|--every]
         [--report FILE] -- PROGRAM ARGUMENT...

   FAULT: an error (ENOSPC EIO EROFS EINTR EDQUOT), short, kill-before, kill-after; none
   only counts.  --on: as of then, of all that a full (ENOSPC, EDQUOT), read-only (EROFS)
   or broken (EIO) disk would refuse.  --every: every second call as of then (so that who
   tries again gets on), --all: calls of any kind while such a file is written:
   from the call that creates it under a name in .tmp to that which renames it.
   The report is one line: how many calls there were, and which one was hit.
   Ends as the program does, with 128 + the signal that ended it; 125: it could not. */
#include "tracee.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHORT = -1, KILL_BEFORE = -2, KILL_AFTER = -3, MOST_THREADS = 4096 };

static struct {
  const char *under[8], *report;
  size_t n_under;
  unsigned kinds; /* a bit each */
  unsigned long at;
  int fault; /* errno, or one of the above; 0: none */
  bool on, every, all;
} o = {.kinds = ~(1u << CALL_OTHER | 1u << CALL_READ)};

static unsigned long n_calls;
static call hit;
static pid_t program;
static bool writing; /* --all: between create and rename */

/* Threads that have been seen, and what their call returns instead once it is made. */
static struct {
  pid_t tid;
  int error; /* 0: what it returns by itself */
  bool leaves, dies;
} thread[MOST_THREADS];
static size_t n_threads;

static size_t
thread_of(pid_t tid)
{
  size_t i = 0;
  while (i < n_threads && thread[i].tid != tid) {
    ++i;
  }
  if (i == n_threads && n_threads < MOST_THREADS) {
    thread[n_threads++].tid = tid;
  }
  return i < MOST_THREADS ? i : MOST_THREADS - 1;
}

/* Would a disk that is full, or cannot be written or read, refuse such a call? */
static bool
refused_as_of_then(call_kind k)
{
  const unsigned full = 1u << CALL_CREATE | 1u << CALL_WRITE | 1u << CALL_ALLOCATE |
                        1u << CALL_MKDIR | 1u << CALL_LINK;
  const unsigned names = 1u << CALL_RENAME | 1u << CALL_UNLINK | 1u << CALL_TRUNCATE;
  const unsigned bad = o.fault == EIO     ? ~(1u << CALL_CLOSE)
                       : o.fault == EROFS ? full | names
                                          : full;
  return bad >> k & 1;
}

/* Is this call one of those that are counted? */
static bool
counts(const call *c)
{
  bool under = false;
  for (size_t i = 0; i < o.n_under; ++i) {
    under |= strncmp(c->path, o.under[i], strlen(o.under[i])) == 0;
  }
  if (!o.all) {
    return under && (o.kinds >> c->kind & 1);
  }
  const char *dot = strrchr(c->path, '.');
  const bool temporary = dot && strcmp(dot, ".tmp") == 0;
  const bool now = writing || (under && c->kind == CALL_CREATE && temporary);
  writing = now && !(under && c->kind == CALL_RENAME);
  return now;
}

static bool
strikes(const call *c)
{
  if (!counts(c)) {
    return false;
  }
  ++n_calls;
  if (!o.fault || n_calls < o.at) {
    return false;
  }
  return n_calls == o.at || (o.on && refused_as_of_then(c->kind)) ||
         (o.every && (n_calls - o.at) % 2 == 0);
}

/* Before a call: how the thread goes on. */
static int
before(pid_t tid)
{
  const call c = tracee_call(tid);
  if (!strikes(&c)) {
    return PTRACE_CONT;
  }
  hit = hit.number || hit.path[0] ? hit : c;
  const size_t t = thread_of(tid);
  if (o.fault == KILL_BEFORE) {
    kill(program, SIGKILL);
    return -1;
  }
  if (o.fault == KILL_AFTER) {
    thread[t].dies = true;
    return PTRACE_SYSCALL;
  }
  if (o.fault == SHORT) {
    if (c.kind == CALL_WRITE) {
      tracee_shorten(tid);
    }
    return PTRACE_CONT;
  }
  if (c.kind == CALL_CLOSE) { /* is closed whatever it says */
    thread[t].error = o.fault;
    return PTRACE_SYSCALL;
  }
  tracee_refuse(tid, o.fault);
  return PTRACE_CONT;
}

/* After a call. */
static int
after(pid_t tid)
{
  const size_t t = thread_of(tid);
  if (thread[t].dies) {
    kill(program, SIGKILL);
    return -1;
  }
  if (thread[t].error) {
    tracee_return(tid, -thread[t].error);
    thread[t].error = 0;
  }
  return PTRACE_CONT;
}

static void
stopped(pid_t tid, int status)
{
  const int sig = WSTOPSIG(status), event = status >> 16;
  int how = PTRACE_CONT, deliver = 0;
  if (event == PTRACE_EVENT_SECCOMP) {
    how = before(tid);
  } else if (sig == (SIGTRAP | 0x80)) {
    how = after(tid);
  } else if (!event) {
    const size_t seen = n_threads;
    deliver = thread_of(tid) == seen && sig == SIGSTOP ? 0 : sig; /* a new one's first */
  }
  if (how >= 0) {
    (void)ptrace(how, tid, NULL, deliver);
  }
}

/* To the end of all threads and processes; how the program ended. */
static int
watch(void)
{
  int code = 125, status;
  pid_t tid;
  while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
    if (tid > 0 && WIFSTOPPED(status)) {
      stopped(tid, status);
    } else if (tid == program) {
      code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
  }
  return code;
}

static int
run(char **arguments)
{
  program = fork();
  if (program == 0) {
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    if (tracee_stop_at_calls(o.all)) {
      execvp(arguments[0], arguments);
    }
    perror(arguments[0]);
    _exit(125);
  }
  int status;
  const long events = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP |
                      PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                      PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (program < 0 || waitpid(program, &status, __WALL) != program ||
      !WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, program, NULL, events) != 0) {
    fprintf(stderr, "fault: this system does not let a process be traced: %s\n",
            strerror(errno));
    return 125;
  }
  (void)thread_of(program);
  (void)ptrace(PTRACE_CONT, program, NULL, 0);
  return watch();
}

static int
fault_of(const char *word)
{
  static const struct {
    const char *word;
    int fault;
  } known[] = {{"none", 0},
               {"ENOSPC", ENOSPC},
               {"EIO", EIO},
               {"EROFS", EROFS},
               {"EINTR", EINTR},
               {"EDQUOT", EDQUOT},
               {"short", SHORT},
               {"kill-before", KILL_BEFORE},
               {"kill-after", KILL_AFTER}};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    if (strcmp(known[i].word, word) == 0) {
      return known[i].fault;
    }
  }
  fprintf(stderr, "fault: %s is no fault\n", word);
  exit(125);
}

static unsigned
kinds_of(char *words)
{
  unsigned kinds = 0;
  for (char *w = strtok(words, ","); w; w = strtok(NULL, ",")) {
    for (int k = 0; k < N_CALLS; ++k) {
      kinds |= strcmp(call_names[k], w) == 0 ? 1u << k : 0;
    }
  }
  return kinds;
}

/* The first word that is the program's. */
static char **
read_options(char **word)
{
  for (++word; *word && strcmp(*word, "--") != 0; ++word) {
    if (strcmp(*word, "--on") == 0) {
      o.on = true;
    } else if (strcmp(*word, "--every") == 0) {
      o.every = true;
    } else if (strcmp(*word, "--all") == 0) {
      o.all = true;
    } else if (!word[1]) {
      break;
    } else if (strcmp(*word, "--under") == 0) {
      o.under[o.n_under++ % 8] = *++word;
    } else if (strcmp(*word, "--calls") == 0) {
      o.kinds = kinds_of(*++word);
    } else if (strcmp(*word, "--at") == 0) {
      o.at = strtoul(*++word, NULL, 10);
    } else if (strcmp(*word, "--do") == 0) {
      o.fault = fault_of(*++word);
    } else if (strcmp(*word, "--report") == 0) {
      o.report = *++word;
    } else {
      break;
    }
  }
  return *word && strcmp(*word, "--") == 0 ? word + 1 : word;
}

int
main(int argc, char **argv)
{
  char **arguments = argc > 1 ? read_options(argv) : argv + argc;
  if (!*arguments || !o.n_under || arguments[0][0] == '-') {
    fputs("usage: fault --under BEGINNING --at N --do FAULT [--calls KIND,...|--all] "
          "[--on|--every] [--report FILE] -- PROGRAM ARGUMENT...\n",
          stderr);
    return 125;
  }
  const int code = run(arguments);
  FILE *f = o.report ? fopen(o.report, "w") : NULL;
  if (f) {
    fprintf(f, "%lu %s %s\n", n_calls,
            hit.path[0] || hit.number ? call_names[hit.kind] : "-", hit.path);
    fclose(f);
  }
  return code;
}
