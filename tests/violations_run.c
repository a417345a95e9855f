/* SPDX-License-Identifier: ISC */
/* The plugin's module with one violation seeded into run(), to see that each proof of the
   audio thread's purity catches it.  Linked with --wrap=messages_write around the very
   objects of the module.  The violation is named by EARSHOT_SEED when the module is
   loaded, and done in the 5,000th run and from then on. */
#include "plugin.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CLEAN_RUNS = 5000, LARGE = 1 << 20 };

void __real_messages_write(plugin *pl);
void __wrap_messages_write(plugin *pl);

static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER;
static uint32_t n_runs;
void *volatile violations_kept; /* so that no compiler leaves the allocation out */

static void
allocate(void)
{
  violations_kept = malloc(16);
  free(violations_kept);
}

/* More than the allocator has at hand: it must ask the kernel. */
static void
allocate_much(void)
{
  violations_kept = malloc(LARGE);
  free(violations_kept);
}

static void
take_mutex(void)
{
  pthread_mutex_lock(&taken);
}

static void
write_byte(void)
{
  (void)!write(STDERR_FILENO, "", 0);
}

static void
open_file(void)
{
  (void)!open("/dev/null", O_RDONLY);
}

static void
print(void)
{
  fprintf(stderr, "%u runs\n", n_runs);
}

static void
sleep_a_little(void)
{
  nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
}

/* What no library shows. */
static void
trap_to_kernel(void)
{
#if defined(__x86_64__)
  long result = SYS_getpid;
  __asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_getpid;
  register long result __asm__("x0");
  __asm__ volatile("svc 0" : "=r"(result) : "r"(number) : "memory");
#else
#error "write down a bare system call for this processor"
#endif
}

static const struct {
  const char *name;
  void (*violate)(void);
} all[] = {{"malloc", allocate},      {"large-malloc", allocate_much},
           {"mutex", take_mutex},     {"write", write_byte},
           {"open", open_file},       {"printf", print},
           {"sleep", sleep_a_little}, {"bare-syscall", trap_to_kernel}};

static void (*violate)(void);

__attribute__((constructor)) static void
choose(void)
{
  const char *name = getenv("EARSHOT_SEED");
  for (size_t i = 0; name && i < sizeof all / sizeof all[0]; ++i) {
    if (strcmp(name, all[i].name) == 0) {
      violate = all[i].violate;
    }
  }
  if (name && !violate && strcmp(name, "none") != 0) {
    fprintf(stderr, "EARSHOT_SEED=%s is no violation\n", name);
    abort();
  }
  if (name && strcmp(name, "mutex") == 0) {
    pthread_mutex_lock(&taken); /* whoever comes next must wait */
  }
}

void
__wrap_messages_write(plugin *pl)
{
  __real_messages_write(pl);
  if (++n_runs >= CLEAN_RUNS && violate) {
    violate();
  }
}
