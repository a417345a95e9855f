/* SPDX-License-Identifier: ISC */
/* Both queues are first in, first out, behind one lock that is never held while the
   plugin runs. */
#include "lv2_work.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct note {
  struct note *next;
  uint32_t size;
  max_align_t data[];
} note;

typedef struct {
  note *first, **end;
} queue;

struct work_desk {
  LilvInstance *instance;
  const LV2_Worker_Interface *plugin;
  bool threaded, stop;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t filled;
  queue work, answers;
  uint32_t refuse;
};

static void
put(queue *q, uint32_t size, const void *data)
{
  note *n = malloc(sizeof *n + size);
  n->next = NULL;
  n->size = size;
  memcpy(n->data, data, size);
  *q->end = n;
  q->end = &n->next;
}

static note *
take(queue *q)
{
  note *n = q->first;
  if (n) {
    q->first = n->next;
    q->end = q->first ? q->end : &q->first;
  }
  return n;
}

static note *
take_locked(work_desk *desk, queue *q)
{
  pthread_mutex_lock(&desk->lock);
  note *n = take(q);
  pthread_mutex_unlock(&desk->lock);
  return n;
}

LV2_Worker_Status
work_schedule_in(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  work_desk *desk = handle;
  pthread_mutex_lock(&desk->lock);
  const bool refused = desk->refuse > 0;
  if (refused) {
    --desk->refuse;
  } else {
    put(&desk->work, size, data);
    pthread_cond_signal(&desk->filled);
  }
  pthread_mutex_unlock(&desk->lock);
  return refused ? LV2_WORKER_ERR_NO_SPACE : LV2_WORKER_SUCCESS;
}

void
work_refuse(work_desk *desk, uint32_t n_times)
{
  pthread_mutex_lock(&desk->lock);
  desk->refuse = n_times;
  pthread_mutex_unlock(&desk->lock);
}

static LV2_Worker_Status
respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
  work_desk *desk = handle;
  pthread_mutex_lock(&desk->lock);
  put(&desk->answers, size, data);
  pthread_mutex_unlock(&desk->lock);
  return LV2_WORKER_SUCCESS;
}

static bool
work_once(work_desk *desk)
{
  note *n = take_locked(desk, &desk->work);
  if (!n) {
    return false;
  }
  desk->plugin->work(lilv_instance_get_handle(desk->instance), respond, desk, n->size,
                     n->data);
  free(n);
  return true;
}

static void *
work_always(void *user)
{
  work_desk *desk = user;
  for (bool stop = false; !stop;) {
    pthread_mutex_lock(&desk->lock);
    while (!desk->work.first && !desk->stop) {
      pthread_cond_wait(&desk->filled, &desk->lock);
    }
    stop = desk->stop && !desk->work.first;
    pthread_mutex_unlock(&desk->lock);
    work_once(desk);
  }
  return NULL;
}

work_desk *
work_new(bool threaded)
{
  work_desk *desk = calloc(1, sizeof *desk);
  assert_non_null(desk);
  desk->threaded = threaded;
  desk->work.end = &desk->work.first;
  desk->answers.end = &desk->answers.first;
  pthread_mutex_init(&desk->lock, NULL);
  pthread_cond_init(&desk->filled, NULL);
  return desk;
}

void
work_open(work_desk *desk, LilvInstance *instance)
{
  desk->instance = instance;
  desk->plugin = lilv_instance_get_extension_data(instance, LV2_WORKER__interface);
  assert_non_null(desk->plugin);
  if (desk->threaded) {
    assert_int_equal(pthread_create(&desk->thread, NULL, work_always, desk), 0);
  }
}

void
work_free(work_desk *desk)
{
  if (!desk) {
    return;
  }
  if (desk->threaded) {
    pthread_mutex_lock(&desk->lock);
    desk->stop = true;
    pthread_cond_signal(&desk->filled);
    pthread_mutex_unlock(&desk->lock);
    pthread_join(desk->thread, NULL);
  }
  while (work_once(desk)) {
  }
  for (note *n; (n = take(&desk->answers)); free(n)) {
  }
  pthread_mutex_destroy(&desk->lock);
  pthread_cond_destroy(&desk->filled);
  free(desk);
}

void
work_after_run(work_desk *desk)
{
  LV2_Handle handle = lilv_instance_get_handle(desk->instance);
  while (!desk->threaded && work_once(desk)) {
  }
  for (note *n; (n = take_locked(desk, &desk->answers)); free(n)) {
    desk->plugin->work_response(handle, n->size, n->data);
  }
  if (desk->plugin->end_run) {
    desk->plugin->end_run(handle);
  }
}
