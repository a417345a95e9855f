/* SPDX-License-Identifier: ISC */
/* run() of the plugin's module, called by an audio thread over rates, block sizes,
   control changes, model swaps, resets and bypass: audio passes bit by bit, verdicts and
   models arrive; and with "filter", the audio thread makes no system call.

   usage: test_rt_run MODULE HARSHNESS-MODEL CLASSIFIER-MODEL RUNS filter|open
     filter: from its first run on the audio thread may make no system call; it freewheels
             only once the analysis is its own, since the hand-over may wait
     open:   no filter, freewheel on and off: for sanitizers
   exit code: 0; 1 a claim failed; 2 could not be set up; 3 a system call was caught */
#include "rt_drive.h"
#include "rt_filter.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The audio thread and the main thread meet here alone: one fills a job in and sets
   `due`, the other does it and clears `due`. */
typedef struct {
  rt_host *host; /* NULL: install the filter */
  rt_script script;
  rt_outcome outcome;
  bool failed; /* no filter */
  _Atomic bool due;
} job;

static job the_job;

static void *
play(void *user)
{
  job *j = user;
  for (;;) {
    while (!atomic_load_explicit(&j->due, memory_order_acquire)) {
    }
    if (j->host) {
      rt_drive(j->host, &j->script, &j->outcome);
    } else {
      j->failed = !rt_filter_thread();
    }
    atomic_store_explicit(&j->due, false, memory_order_release);
  }
  return NULL;
}

/* Those that a library is most likely to make. */
static const char *
name_call(int number)
{
  static const struct {
    int number;
    const char *name;
  } known[] = {{SYS_mmap, "mmap"},
               {SYS_munmap, "munmap"},
               {SYS_mremap, "mremap"},
               {SYS_brk, "brk"},
               {SYS_futex, "futex"},
               {SYS_write, "write"},
               {SYS_openat, "openat"},
               {SYS_getpid, "getpid"},
               {SYS_getppid, "getppid"},
               {SYS_read, "read"},
               {SYS_close, "close"},
               {SYS_madvise, "madvise"},
               {SYS_clock_nanosleep, "clock_nanosleep"},
               {SYS_socket, "socket"},
               {SYS_sched_yield, "sched_yield"},
               {SYS_poll, "poll"},
               {SYS_exit_group, "exit_group"}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
    if (known[i].number == number) {
      return known[i].name;
    }
  }
  return "another";
}

/* The file that is mapped there, of /proc/self/maps.  Not by dladdr, which waits for a
   lock that a caught dlopen holds. */
static const char *
name_file(uintptr_t address)
{
  static char maps[1 << 18], name[256];
  const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  size_t size = 0;
  for (ssize_t n = 1; n > 0 && size < sizeof maps - 1; size += (size_t)n) {
    n = read(file, maps + size, sizeof maps - 1 - size);
    n = n < 0 ? 0 : n;
  }
  close(file);
  for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
    unsigned long begin, end;
    if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %255s", &begin, &end, name) == 3 &&
        begin <= address && address < end) {
      return name;
    }
  }
  return "no file";
}

/* By write alone: the thread that was caught may hold the lock of stderr. */
static void
end_if_caught(void)
{
  if (!atomic_load_explicit(&rt_filter_caught.caught, memory_order_acquire)) {
    return;
  }
  char text[512];
  const int number = rt_filter_caught.number;
  const int n = snprintf(text, sizeof text, "run() made system call %s (%d) in %s\n",
                         name_call(number), number, name_file(rt_filter_caught.address));
  (void)!write(STDERR_FILENO, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
  _exit(3);
}

static void
have_done(rt_host *host, const rt_script *script)
{
  const struct timespec pause = {.tv_nsec = 1000000};
  the_job.host = host;
  if (script) {
    the_job.script = *script;
  }
  atomic_store_explicit(&the_job.due, true, memory_order_release);
  while (atomic_load_explicit(&the_job.due, memory_order_acquire)) {
    nanosleep(&pause, NULL);
    end_if_caught();
  }
  if (the_job.failed) {
    perror("test_rt_run: no filter on the audio thread");
    _exit(2);
  }
}

static rt_host *
need_host(const char *module, uint32_t n_channels, double rate_hz)
{
  rt_host *host = rt_host_new(module, n_channels, rate_hz);
  if (!host) {
    _exit(2);
  }
  return host;
}

/* One session a rate; the one at 48 kHz takes half of the runs. */
static void
play_sessions(const char *module, rt_script script)
{
  static const double rates_hz[] = {48000, 8000, 22050, 44100, 96000, 384000};
  enum { N_RATES = sizeof rates_hz / sizeof rates_hz[0] };
  const uint64_t n_runs = script.n_runs;
  for (uint32_t i = 0; i < N_RATES; ++i) {
    rt_host *host = need_host(module, i % 3 == 2 ? 1 : 2, rates_hz[i]);
    script.n_runs = i ? n_runs / 2 / (N_RATES - 1) : n_runs / 2;
    script.seed = i + 1;
    have_done(host, &script);
    rt_host_free(host);
  }
}

/* The analysis is handed over before the filter comes, then runs under it. */
static rt_host *
hand_over(const char *module)
{
  rt_host *host = need_host(module, 2, 48000);
  have_done(host, &(rt_script){.n_runs = 100, .pace = RT_FREEWHEEL, .seed = 1});
  have_done(NULL, NULL);
  return host;
}

static int
judge(const rt_outcome *o)
{
  printf("%llu runs, %llu frames, %llu verdicts, %llu pictures, own models %llu + %llu "
         "times\n",
         (unsigned long long)o->n_runs, (unsigned long long)o->n_frames,
         (unsigned long long)o->n_verdicts, (unsigned long long)o->n_pictures,
         (unsigned long long)o->n_own[SLOT_HARSHNESS],
         (unsigned long long)o->n_own[SLOT_CLASSIFIER]);
  if (o->n_wrong) {
    printf("%llu blocks did not pass bit by bit\n", (unsigned long long)o->n_wrong);
  }
  if (!o->n_verdicts || !o->n_pictures || !o->n_own[SLOT_HARSHNESS] ||
      !o->n_own[SLOT_CLASSIFIER]) {
    printf("too little happened to prove anything\n");
    return 1;
  }
  return o->n_wrong ? 1 : 0;
}

int
main(int argc, char **argv)
{
  const bool filter = argc == 6 && strcmp(argv[5], "filter") == 0;
  if (argc != 6 || (!filter && strcmp(argv[5], "open") != 0)) {
    fprintf(stderr, "usage: test_rt_run MODULE HARSHNESS-MODEL CLASSIFIER-MODEL RUNS "
                    "filter|open\n");
    return 2;
  }
  rt_script script = {.n_runs = strtoull(argv[4], NULL, 10),
                      .pace = filter ? RT_LIVE : RT_ALTERNATING,
                      .model = {argv[2], argv[3]}};
  pthread_t audio;
  if (pthread_create(&audio, NULL, play, &the_job)) {
    return 2;
  }
  rt_host *wheel = filter ? hand_over(argv[1]) : NULL;
  play_sessions(argv[1], script);
  if (wheel) {
    have_done(wheel, &(rt_script){
                         .n_runs = script.n_runs / 50, .pace = RT_FREEWHEEL, .seed = 2});
  }
  const int code = judge(&the_job.outcome);
  fflush(stdout);
  _exit(code); /* the audio thread cannot end by itself */
}
