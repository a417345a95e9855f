/* SPDX-License-Identifier: ISC */
/* Between two exchanges all ranks hold the same state: what one rank alone knows is
   either its own part of the batch or goes through here. */
#include "parallel.h"
#include "fail.h"
#include "parallel_link.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sha256.h>

enum { STUCK_S = 600, LOOK_NS = 100000000 };
static const double ended_s = 0.3; /* the others are asked to end at the same moment */

static uint32_t rank, n_ranks = 1;
static bool agreed;                                 /* that the run failed */
static FILE *words;                                 /* stderr as it was */
static _Atomic(const volatile sig_atomic_t *) stop; /* NULL: not watched */

/* CLOCK_MONOTONIC in ns since when this rank waits for others, 0: it works.  Negative:
   they may take as long as they need. */
static atomic_llong waiting;

static long long
now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
enter(bool patient)
{
  atomic_store(&waiting, patient ? -now_ns() : now_ns());
}

static void
leave(void)
{
  atomic_store(&waiting, 0);
}

uint32_t
parallel_asked(void)
{
  const char *n = getenv("OMPI_COMM_WORLD_SIZE");
  const long asked = n ? strtol(n, NULL, 10) : 1;
  return asked > 1 ? (uint32_t)asked : 1;
}

/* What the others would say the first says too; what only they can say goes to words. */
static void
fall_silent(void)
{
  const int copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  words = copy >= 0 ? fdopen(copy, "w") : NULL;
  if (nowhere >= 0) {
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
}

ear_status
parallel_start(ear_error *err)
{
  words = stderr;
  if (parallel_asked() == 1) {
    return EAR_OK;
  }
  const ear_status st = link_open(&rank, &n_ranks, err);
  if (!st && rank > 0) {
    fall_silent();
  }
  return st;
}

void
parallel_end(const char *problem)
{
  if (n_ranks == 1) {
    return;
  }
  if (problem && !agreed) {
    if (rank > 0) {
      fprintf(words, "earshot-train: rank %u: %s\n", rank, problem);
      fflush(words);
    }
    link_abort();
  }
  enter(true);
  link_wait();
  leave();
  link_close();
}

uint32_t
parallel_rank(void)
{
  return rank;
}

uint32_t
parallel_ranks(void)
{
  return n_ranks;
}

bool
parallel_first(void)
{
  return rank == 0;
}

uint32_t
parallel_here(void)
{
  const char *n = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const long here = n && n_ranks > 1 ? strtol(n, NULL, 10) : 1;
  return here > 1 ? (uint32_t)here : 1;
}

uint32_t
parallel_part_of(uint32_t which, uint32_t n, uint32_t *first)
{
  const uint32_t each = n / n_ranks, more = n % n_ranks;
  *first = which * each + (which < more ? which : more);
  return each + (which < more);
}

uint32_t
parallel_part(uint32_t n, uint32_t *first)
{
  return parallel_part_of(rank, n, first);
}

void
parallel_sum(float *x, size_t n)
{
  if (n_ranks > 1) {
    enter(false);
    link_sum_f32(x, n);
    leave();
  }
}

void
parallel_sum_f64(double *x, size_t n)
{
  if (n_ranks > 1) {
    enter(false);
    link_sum_f64(x, n);
    leave();
  }
}

void
parallel_once(float *x, size_t n)
{
  if (rank > 0) {
    memset(x, 0, n * sizeof *x);
  }
}

void
parallel_merge(void *bytes, size_t n)
{
  if (n_ranks > 1) {
    enter(false);
    link_or(bytes, n);
    leave();
  }
}

/* Chan's pairwise rule, rank after rank. */
static void
combine(const double *part, uint32_t n, double *mean, double *m2, double *count)
{
  for (uint32_t c = 0; c < n; ++c) {
    double m = 0, s = 0, all = 0;
    for (uint32_t k = 0; k < n_ranks; ++k) {
      const double *p = part + (size_t)k * (2 * n + 1);
      const double more = p[2 * n], sum = all + more, d = p[c] - m;
      m += sum > 0 ? d * more / sum : 0;
      s += p[n + c] + (sum > 0 ? d * d * all * more / sum : 0);
      all = sum;
    }
    mean[c] = m;
    m2[c] = s;
    *count = all;
  }
}

void
parallel_moments(double *mean, double *m2, double *count, uint32_t n)
{
  if (n_ranks == 1) {
    return;
  }
  const size_t one = 2 * (size_t)n + 1;
  double *part = calloc(n_ranks * one, sizeof *part);
  if (!part) {
    fprintf(words, "earshot-train: not enough memory\n");
    link_abort();
    return;
  }
  double *mine = part + rank * one;
  memcpy(mine, mean, n * sizeof *mean);
  memcpy(mine + n, m2, n * sizeof *m2);
  mine[2 * n] = *count;
  parallel_merge(part, n_ranks * one * sizeof *part);
  combine(part, n, mean, m2, count);
  free(part);
}

void
parallel_tell_from(uint32_t from, void *bytes, size_t n)
{
  if (n_ranks > 1) {
    enter(true);
    link_tell(from, bytes, n);
    leave();
  }
}

void
parallel_tell(void *bytes, size_t n)
{
  parallel_tell_from(0, bytes, n);
}

bool
parallel_any(bool mine)
{
  uint8_t any = mine;
  parallel_merge(&any, 1);
  return any != 0;
}

ear_status
parallel_first_failure(ear_status mine, ear_error *err)
{
  ear_error e = {""};
  if (n_ranks == 1) {
    return mine;
  }
  enter(true);
  link_wait();
  leave();
  uint8_t *all = calloc(n_ranks, 1);
  if (!all) {
    link_abort();
    return EAR_NO_MEMORY;
  }
  all[rank] = (uint8_t)mine;
  parallel_merge(all, n_ranks);
  uint32_t k = 0;
  while (k < n_ranks && !all[k]) {
    ++k;
  }
  const ear_status st = k < n_ranks ? (ear_status)all[k] : EAR_OK;
  free(all);
  if (st) {
    const char *said = mine && err && err->text[0] ? err->text : ear_strerror(st);
    snprintf(e.text, sizeof e.text, "%s", said);
    parallel_tell_from(k, e.text, sizeof e.text);
    agreed = true;
    return k == 0 ? fail(err, st, "%s", e.text)
                  : fail(err, st, "rank %u: %.200s", k, e.text);
  }
  return EAR_OK;
}

ear_status
parallel_same(const void *bytes, size_t n, const char *what, ear_error *err)
{
  uint8_t hash[SHA256_DIGEST_LENGTH], first[SHA256_DIGEST_LENGTH];
  SHA2_CTX c;
  SHA256Init(&c);
  SHA256Update(&c, bytes, n);
  SHA256Final(hash, &c);
  memcpy(first, hash, sizeof hash);
  parallel_tell(first, sizeof first);
  const bool same = memcmp(hash, first, sizeof hash) == 0;
  return parallel_agree(
      same ? EAR_OK : fail(err, EAR_BAD_ARGUMENT, "%s is not what rank 0 has", what),
      err);
}

/* The last words of a rank whose others are gone. */
static void
give_up(const char *why)
{
  if (rank == 0) {
    fprintf(words,
            "earshot-train: %s: the run ends; its last checkpoint stands, the same "
            "command with --resume goes on, on any number of ranks\n",
            why);
    fflush(words);
  }
  _exit(EXIT_FAILURE);
}

static void *
watch(void *unused)
{
  const struct timespec look = {0, LOOK_NS};
  double asked_s = 0;
  (void)unused;
  for (;;) {
    nanosleep(&look, NULL);
    const long long since = atomic_load(&waiting);
    const double waited_s = since ? 1e-9 * (double)(now_ns() - llabs(since)) : 0;
    const volatile sig_atomic_t *asked = atomic_load(&stop);
    asked_s = asked && *asked ? asked_s + 1e-9 * LOOK_NS : 0;
    if (asked_s > ended_s && waited_s > ended_s) {
      give_up("a rank was ended or died");
    }
    if (asked && since > 0 && waited_s > STUCK_S) {
      give_up("a rank has not answered for ten minutes");
    }
  }
  return NULL;
}

ear_status
parallel_watch(const volatile sig_atomic_t *asked, ear_error *err)
{
  pthread_t thread;
  sigset_t all, before;
  static bool started;
  atomic_store(&stop, asked);
  if (n_ranks == 1 || started || !asked) {
    return EAR_OK;
  }
  started = true;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all,
                  &before); /* signals are for the thread that trains */
  const int problem = pthread_create(&thread, NULL, watch, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (problem) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for a thread");
  }
  pthread_detach(thread);
  return EAR_OK;
}
