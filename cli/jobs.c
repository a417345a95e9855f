/* SPDX-License-Identifier: ISC */
/* A finished item waits in a temporary file until all before it are written; no thread
   begins an item further ahead than AHEAD, so that files and disk stay bounded. */
#include "jobs.h"

#include "progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 256 };

typedef struct {
  FILE *file; /* results, NULL if the item writes elsewhere */
  bool done;
} slot;

typedef struct {
  const job_list *list;
  pthread_mutex_t mutex;
  pthread_cond_t written; /* next_out has moved, or all is to stop */
  size_t next_in;         /* the item to begin next */
  size_t next_out;        /* the item to be written next */
  size_t n_done;
  slot slot[AHEAD]; /* of item i: i % AHEAD */
} pool;

static bool
copy_out(FILE *from, FILE *to)
{
  char bytes[16384];
  size_t n = 0;
  bool ok = fflush(from) == 0 && !ferror(from);
  rewind(from);
  while (ok && (n = fread(bytes, 1, sizeof bytes, from)) > 0) {
    ok = fwrite(bytes, 1, n, to) == n;
  }
  return ok && !ferror(from) && fflush(to) == 0;
}

/* Item i has finished: write it and all that waited for it.  Under the mutex. */
static void
finish(pool *p, size_t i)
{
  p->slot[i % AHEAD].done = true;
  p->n_done++;
  while (p->next_out < p->next_in && p->slot[p->next_out % AHEAD].done) {
    slot *s = &p->slot[p->next_out % AHEAD];
    if (s->file && stopping() != STOP_WRITE_FAILED) {
      progress_wipe();
      if (!copy_out(s->file, p->list->out)) {
        stop_all(STOP_WRITE_FAILED);
      }
    }
    if (s->file) {
      (void)fclose(s->file);
    }
    *s = (slot){0};
    p->next_out++;
  }
  pthread_cond_broadcast(&p->written);
}

static void *
work(void *user)
{
  pool *p = user;
  pthread_mutex_lock(&p->mutex);
  for (;;) {
    while (!stopping() && p->next_in < p->list->n_items &&
           p->next_in - p->next_out >= AHEAD) {
      pthread_cond_wait(&p->written, &p->mutex);
    }
    if (stopping() || p->next_in >= p->list->n_items) {
      break;
    }
    slot *s = &p->slot[p->next_in % AHEAD];
    s->file = p->list->out ? tmpfile() : NULL;
    if (p->list->out && !s->file) {
      complain("no temporary file could be made for results: %s", strerror(errno));
      stop_all(STOP_WRITE_FAILED);
      break;
    }
    FILE *out = s->file;
    const size_t i = p->next_in++;
    pthread_mutex_unlock(&p->mutex);
    p->list->work(p->list->user, i, out);
    pthread_mutex_lock(&p->mutex);
    finish(p, i);
  }
  pthread_cond_broadcast(&p->written);
  pthread_mutex_unlock(&p->mutex);
  return NULL;
}

static size_t
run_pool(const job_list *list)
{
  pool *p = calloc(1, sizeof *p);
  if (!p) {
    complain("there is not enough memory");
    stop_all(STOP_WRITE_FAILED);
    return 0;
  }
  p->list = list;
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->written, NULL);
  pthread_t thread[MAX_THREADS];
  unsigned n_threads = 0; /* besides this one */
  while (n_threads + 1 < list->n_threads && n_threads + 1 < list->n_items &&
         pthread_create(&thread[n_threads], NULL, work, p) == 0) {
    n_threads++;
  }
  (void)work(p);
  for (unsigned i = 0; i < n_threads; i++) {
    (void)pthread_join(thread[i], NULL);
  }
  const size_t n_done = p->n_done;
  pthread_cond_destroy(&p->written);
  pthread_mutex_destroy(&p->mutex);
  free(p);
  return n_done;
}

size_t
jobs_run(const job_list *list)
{
  if (list->n_items == 1) {
    list->work(list->user, 0, list->out);
    return 1;
  }
  return run_pool(list);
}
