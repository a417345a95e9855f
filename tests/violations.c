/* SPDX-License-Identifier: ISC */
/* Locks are held, descriptors open and memory is taken by violation_choose, in another
   thread than the one that violates: so each call goes all the way to the kernel, where
   it can. */
#include "violations.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum {
  LARGE = 1 << 22
}; /* more than the allocator has at hand: it must ask the kernel */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_of_cond = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spinlock;
static pthread_barrier_t barrier;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static mtx_t c11_mutex;
static sem_t empty;
static int null_file = -1, spare_file = -1;
static void *small, *large, *map;
void *volatile violations_kept; /* so that no compiler leaves an allocation out */

static void *
idle(void *user)
{
  return user;
}

static void
do_malloc(void)
{
  violations_kept = malloc(16);
}

static void
do_malloc_large(void)
{
  violations_kept = malloc(LARGE);
}

static void
do_calloc(void)
{
  violations_kept = calloc(LARGE, 1);
}

static void
do_realloc(void)
{
  violations_kept = realloc(large, 16 * (size_t)LARGE);
}

static void
do_free(void)
{
  free(small);
}

static void
do_free_large(void)
{
  free(large);
}

static void
do_posix_memalign(void)
{
  void *p = NULL;
  violations_kept = posix_memalign(&p, 4096, LARGE) ? NULL : p;
}

static void
do_aligned_alloc(void)
{
  violations_kept = aligned_alloc(4096, LARGE);
}

static void
do_mutex(void)
{
  pthread_mutex_lock(&mutex);
}

static void
do_mtx(void)
{
  mtx_lock(&c11_mutex);
}

static void
do_rwlock(void)
{
  pthread_rwlock_wrlock(&rwlock);
}

static void
do_rdlock(void)
{
  pthread_rwlock_rdlock(&rwlock);
}

static void
do_spinlock(void)
{
  pthread_spin_lock(&spinlock);
}

static void
do_barrier(void)
{
  pthread_barrier_wait(&barrier);
}

static void
do_cond_wait(void)
{
  pthread_mutex_lock(&mutex_of_cond);
  pthread_cond_wait(&cond, &mutex_of_cond);
}

static void
do_cond_signal(void)
{
  pthread_cond_signal(&cond);
}

static void
do_sem_wait(void)
{
  sem_wait(&empty);
}

static void
do_open(void)
{
  (void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
do_fopen(void)
{
  violations_kept = fopen("/dev/null", "r");
}

static void
do_read(void)
{
  char byte;
  (void)!read(null_file, &byte, 1);
}

static void
do_write(void)
{
  (void)!write(null_file, "", 1);
}

static void
do_close(void)
{
  close(spare_file);
}

static void
do_stat(void)
{
  struct stat st;
  (void)!stat("/", &st);
}

static void
do_printf(void)
{
  fprintf(stderr, "%p\n", large);
}

static void
do_nanosleep(void)
{
  nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
}

static void
do_usleep(void)
{
  usleep(1);
}

static void
do_sleep(void)
{
  sleep(1);
}

static void
do_clock_nanosleep(void)
{
  clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 1}, NULL);
}

static void
do_sched_yield(void)
{
  sched_yield();
}

static void
do_getpid(void)
{
  violations_kept = getpid() > 0 ? large : NULL;
}

static void
do_syscall(void)
{
  syscall(SYS_getppid);
}

static void
do_socket(void)
{
  (void)!socket(AF_UNIX, SOCK_STREAM, 0);
}

static void
do_poll(void)
{
  poll(NULL, 0, 1);
}

static void
do_mmap(void)
{
  violations_kept = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
do_munmap(void)
{
  munmap(map, 4096);
}

static void
do_thread(void)
{
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
}

static void
do_dlopen(void)
{
  violations_kept = dlopen("earshot-nosuch.so", RTLD_NOW);
}

static void
do_exit(void)
{
  _exit(0);
}

/* What no library shows. */
static void
do_bare_syscall(void)
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
} all[] = {{"malloc", do_malloc},
           {"malloc-large", do_malloc_large},
           {"calloc", do_calloc},
           {"realloc", do_realloc},
           {"free", do_free},
           {"free-large", do_free_large},
           {"posix_memalign", do_posix_memalign},
           {"aligned_alloc", do_aligned_alloc},
           {"mutex", do_mutex},
           {"mtx", do_mtx},
           {"rwlock", do_rwlock},
           {"rdlock", do_rdlock},
           {"spinlock", do_spinlock},
           {"barrier", do_barrier},
           {"cond_wait", do_cond_wait},
           {"cond_signal", do_cond_signal},
           {"sem_wait", do_sem_wait},
           {"open", do_open},
           {"fopen", do_fopen},
           {"read", do_read},
           {"write", do_write},
           {"close", do_close},
           {"stat", do_stat},
           {"printf", do_printf},
           {"nanosleep", do_nanosleep},
           {"usleep", do_usleep},
           {"sleep", do_sleep},
           {"clock_nanosleep", do_clock_nanosleep},
           {"sched_yield", do_sched_yield},
           {"getpid", do_getpid},
           {"syscall", do_syscall},
           {"socket", do_socket},
           {"poll", do_poll},
           {"mmap", do_mmap},
           {"munmap", do_munmap},
           {"thread", do_thread},
           {"dlopen", do_dlopen},
           {"exit", do_exit},
           {"bare-syscall", do_bare_syscall}};

/* Whoever comes next must wait, or goes to the kernel. */
static void
make_ready(void)
{
  pthread_mutex_lock(&mutex);
  mtx_init(&c11_mutex, mtx_plain);
  mtx_lock(&c11_mutex);
  pthread_rwlock_wrlock(&rwlock);
  pthread_spin_init(&spinlock, PTHREAD_PROCESS_PRIVATE);
  pthread_barrier_init(&barrier, NULL, 2);
  sem_init(&empty, 0, 0);
  null_file = open("/dev/null", O_RDWR | O_CLOEXEC);
  spare_file = open("/dev/null", O_RDWR | O_CLOEXEC);
  small = malloc(16);
  large = malloc(LARGE);
  map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

violation
violation_choose(void)
{
  const char *name = getenv("EARSHOT_SEED");
  const bool none = !name || !strcmp(name, "none");
  for (size_t i = 0; !none && i < sizeof all / sizeof all[0]; ++i) {
    if (strcmp(name, all[i].name) == 0) {
      make_ready();
      return all[i].violate;
    }
  }
  if (!none) {
    fprintf(stderr, "EARSHOT_SEED=%s is no violation\n", name);
    abort();
  }
  return NULL;
}
