/* SPDX-License-Identifier: ISC */
/* Two batches: the readers fill one while the loop works on the other; they change places
   only when the last example of the one has been drawn. */
#include "fit_ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { N_READERS = 4 }; /* they wait for a disk more than they work */

struct fit_ahead {
  const example_source *source;
  batch batch[2];
  uint32_t filling; /* the one that is the readers' */
  uint32_t n_readers;
  pthread_t reader[N_READERS];
  pthread_mutex_t lock; /* of all below */
  pthread_cond_t work, done;
  batch_place place;       /* that is being filled */
  uint32_t begun, n_drawn; /* examples of it */
  bool end;
};

static void *
read_on(void *user)
{
  fit_ahead *a = user;
  const example_source *s = a->source;
  pthread_mutex_lock(&a->lock);
  while (!a->end) {
    if (a->begun == a->place.n) {
      pthread_cond_wait(&a->work, &a->lock);
      continue;
    }
    const uint32_t i = a->begun++;
    const batch_place at = a->place;
    const batch *b = &a->batch[a->filling];
    pthread_mutex_unlock(&a->lock);
    s->draw(s->self, at.epoch, at.first + i, b->x + i * b->patch,
            b->target + (size_t)i * b->n_outputs);
    pthread_mutex_lock(&a->lock);
    if (++a->n_drawn == a->place.n) {
      pthread_cond_signal(&a->done);
    }
  }
  pthread_mutex_unlock(&a->lock);
  return NULL;
}

/* As many as there can be; without any the loop draws for itself. */
static void
start_readers(fit_ahead *a)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the loop */
  while (a->n_readers < N_READERS &&
         pthread_create(&a->reader[a->n_readers], NULL, read_on, a) == 0) {
    ++a->n_readers;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

ear_status
fit_ahead_new(fit_ahead **a, const recipe *r, const example_source *source)
{
  *a = calloc(1, sizeof **a);
  if (!*a) {
    return EAR_NO_MEMORY;
  }
  (*a)->source = source;
  pthread_mutex_init(&(*a)->lock, NULL);
  pthread_cond_init(&(*a)->work, NULL);
  pthread_cond_init(&(*a)->done, NULL);
  for (int i = 0; i < (source->far ? 2 : 1); ++i) {
    if (batch_new(&(*a)->batch[i], r, source->n_labels)) {
      (*a)->batch[i] = (batch){0};
      fit_ahead_free(*a);
      *a = NULL;
      return EAR_NO_MEMORY;
    }
  }
  if (source->far) {
    start_readers(*a);
  }
  return EAR_OK;
}

void
fit_ahead_free(fit_ahead *a)
{
  if (!a) {
    return;
  }
  pthread_mutex_lock(&a->lock);
  a->end = true;
  pthread_cond_broadcast(&a->work);
  pthread_mutex_unlock(&a->lock);
  for (uint32_t i = 0; i < a->n_readers; ++i) {
    pthread_join(a->reader[i], NULL);
  }
  batch_free(&a->batch[0]);
  batch_free(&a->batch[1]);
  pthread_cond_destroy(&a->work);
  pthread_cond_destroy(&a->done);
  pthread_mutex_destroy(&a->lock);
  free(a);
}

static void
wait_for_all(fit_ahead *a)
{
  while (a->n_drawn < a->place.n) {
    pthread_cond_wait(&a->done, &a->lock);
  }
}

static void
begin(fit_ahead *a, batch_place place)
{
  a->place = place;
  a->begun = a->n_drawn = 0;
  pthread_cond_broadcast(&a->work);
}

batch *
fit_ahead_take(fit_ahead *a, batch_place now, batch_place next)
{
  if (a->n_readers == 0) {
    batch_draw(&a->batch[0], a->source, now.epoch, now.first, now.n);
    return &a->batch[0];
  }
  pthread_mutex_lock(&a->lock);
  wait_for_all(a);
  if (a->place.n != now.n || a->place.epoch != now.epoch || a->place.first != now.first) {
    begin(a, now); /* the first, or the loop went elsewhere */
    wait_for_all(a);
  }
  batch *ready = &a->batch[a->filling];
  a->filling = 1 - a->filling;
  begin(a, next);
  pthread_mutex_unlock(&a->lock);
  return ready;
}
