/* SPDX-License-Identifier: ISC */
/* Both threads have the order; the one that comes last frees it. */
#include "jack_helper.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { PATIENCE_S = 3 };

struct jack_helper {
  jack_client_t *client;
  void (*describe)(void *user);
  void *user;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  bool close, closed, given_up; /* under mutex */
};

static void
free_helper(jack_helper *h)
{
  pthread_cond_destroy(&h->changed);
  pthread_mutex_destroy(&h->mutex);
  free(h);
}

static void *
help(void *user)
{
  jack_helper *h = user;
  h->describe(h->user);
  pthread_mutex_lock(&h->mutex);
  while (!h->close) {
    pthread_cond_wait(&h->changed, &h->mutex);
  }
  pthread_mutex_unlock(&h->mutex);
  (void)jack_client_close(h->client);
  free(h->user);
  pthread_mutex_lock(&h->mutex);
  h->closed = true;
  const bool given_up = h->given_up;
  pthread_cond_signal(&h->changed);
  pthread_mutex_unlock(&h->mutex);
  if (given_up) {
    free_helper(h);
  }
  return NULL;
}

static bool
start_thread(jack_helper *h)
{
  sigset_t all, was;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &was); /* signals are the main thread's */
  pthread_t thread;
  const bool ok = pthread_create(&thread, NULL, help, h) == 0;
  (void)pthread_sigmask(SIG_SETMASK, &was, NULL);
  return ok && pthread_detach(thread) == 0;
}

jack_helper *
jack_helper_new(jack_client_t *client, void (*describe)(void *user), void *user)
{
  jack_helper *h = calloc(1, sizeof *h);
  if (!h) {
    return NULL;
  }
  *h = (jack_helper){.client = client, .describe = describe, .user = user};
  pthread_condattr_t monotonic; /* steps of the clock do not count */
  (void)pthread_condattr_init(&monotonic);
  (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&h->mutex, NULL);
  pthread_cond_init(&h->changed, &monotonic);
  (void)pthread_condattr_destroy(&monotonic);
  if (!start_thread(h)) {
    free_helper(h);
    return NULL;
  }
  return h;
}

bool
jack_helper_close(jack_helper *h)
{
  struct timespec until;
  (void)clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += PATIENCE_S;
  pthread_mutex_lock(&h->mutex);
  h->close = true;
  pthread_cond_signal(&h->changed);
  int timeout = 0;
  while (!h->closed && timeout == 0) {
    timeout = pthread_cond_timedwait(&h->changed, &h->mutex, &until);
  }
  const bool closed = h->closed;
  h->given_up = !closed;
  pthread_mutex_unlock(&h->mutex);
  if (closed) {
    free_helper(h);
  }
  return closed;
}
