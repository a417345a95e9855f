/* SPDX-License-Identifier: ISC */
/* Stretch k is looked at by any thread in slot k % n_slots and judged by the caller once
   all before it are; a slot is free again then.  Samples come from where they should, in
   the number announced, or the whole is refused. */
#include "segments.h"

#include <pthread.h>
#include <stdlib.h>

enum { STRETCH_S = 30, MIN_STRETCHES = 2, MAX_INSIDE = 64 };

typedef enum { WAITING, LOOKED_AT, BROKEN_OFF, IRREGULAR } slot_state;

typedef struct {
  slot_state state; /* of the stretch under way */
  ear_scout *scout;
  reader *sound;
} slot;

typedef struct {
  const segments_job *job;
  uint64_t n_frames, n_each;
  size_t n_stretches;
  unsigned n_slots;
  slot slot[MAX_INSIDE + 1];
  pthread_mutex_t mutex; /* of all below, and of the states */
  pthread_cond_t moved;
  size_t next_in, next_out;
  bool stop;
} pool;

/* The samples [at, end) into the scout; false if they cannot all be had. */
static slot_state
push(const pool *p, slot *s, uint64_t at, uint64_t end)
{
  float mono[READER_BLOCK];
  if (!reader_seek(s->sound, at)) {
    return IRREGULAR;
  }
  while (at < end) {
    const size_t wanted = end - at < READER_BLOCK ? (size_t)(end - at) : READER_BLOCK;
    if (stopping()) {
      return BROKEN_OFF;
    }
    if (reader_read_some(s->sound, mono, wanted) != wanted) {
      return IRREGULAR;
    }
    ear_scout_push(s->scout, mono, wanted);
    at += wanted;
  }
  return end < p->n_frames || reader_read_some(s->sound, mono, 1) == 0 ? LOOKED_AT
                                                                       : IRREGULAR;
}

static slot_state
look_at(const pool *p, slot *s, size_t k)
{
  const uint64_t first = k * p->n_each;
  const bool last = k + 1 == p->n_stretches;
  const uint64_t at = ear_scout_begin(s->scout, first);
  const slot_state state = push(p, s, at, last ? p->n_frames : first + p->n_each);
  if (last && state == LOOKED_AT) {
    ear_scout_finish(s->scout);
  }
  return state;
}

static void *
work(void *user)
{
  pool *p = user;
  pthread_mutex_lock(&p->mutex);
  for (;;) {
    while (!p->stop && p->next_in < p->n_stretches &&
           p->next_in - p->next_out >= p->n_slots) {
      pthread_cond_wait(&p->moved, &p->mutex);
    }
    if (p->stop || p->next_in >= p->n_stretches) {
      break;
    }
    const size_t k = p->next_in++;
    slot *s = &p->slot[k % p->n_slots];
    pthread_mutex_unlock(&p->mutex);
    const slot_state state = look_at(p, s, k);
    pthread_mutex_lock(&p->mutex);
    s->state = state;
    pthread_cond_broadcast(&p->moved);
  }
  pthread_mutex_unlock(&p->mutex);
  return NULL;
}

/* Judge the stretches in their order, until the last or until one cannot be had. */
static segments_result
judge(pool *p)
{
  slot_state state = LOOKED_AT;
  pthread_mutex_lock(&p->mutex);
  while (state == LOOKED_AT && p->next_out < p->n_stretches) {
    slot *s = &p->slot[p->next_out % p->n_slots];
    while (s->state == WAITING) {
      pthread_cond_wait(&p->moved, &p->mutex);
    }
    state = s->state;
    if (state == LOOKED_AT) {
      const uint64_t first = p->next_out * p->n_each, left = p->n_frames - first;
      pthread_mutex_unlock(&p->mutex);
      ear_analyzer_take(p->job->an, s->scout);
      p->job->judged(p->job->user, left < p->n_each ? left : p->n_each);
      pthread_mutex_lock(&p->mutex);
      s->state = WAITING;
      p->next_out++;
      pthread_cond_broadcast(&p->moved);
    }
    state = stopping() ? BROKEN_OFF : state;
  }
  p->stop = true;
  pthread_cond_broadcast(&p->moved);
  pthread_mutex_unlock(&p->mutex);
  return state == LOOKED_AT    ? SEGMENTS_DONE
         : state == BROKEN_OFF ? SEGMENTS_BROKEN_OFF
                               : SEGMENTS_REFUSED;
}

static bool
open_slots(pool *p)
{
  for (unsigned i = 0; i < p->n_slots; i++) {
    ear_error err;
    slot *s = &p->slot[i];
    if (ear_scout_new(&s->scout, p->job->config, p->n_each, &err) != EAR_OK ||
        !reader_open(&s->sound, p->job->path, NULL, &err)) {
      return false;
    }
  }
  return true;
}

/* One thread looks at least, the caller judges. */
static segments_result
run_threads(pool *p)
{
  pthread_t thread[MAX_INSIDE];
  unsigned n = 0;
  while (n + 1 < p->n_slots && pthread_create(&thread[n], NULL, work, p) == 0) {
    n++;
  }
  const segments_result result = n > 0 ? judge(p) : SEGMENTS_REFUSED;
  for (unsigned i = 0; i < n; i++) {
    (void)pthread_join(thread[i], NULL);
  }
  return result;
}

segments_result
segments_run(const segments_job *job, const reader_info *info)
{
  const uint64_t n_each =
      (uint64_t)(STRETCH_S * info->rate_hz / EAR_SCOUT_STEP) * EAR_SCOUT_STEP;
  const uint64_t n_stretches = info->n_frames / n_each + 1;
  pool *p = n_stretches > MIN_STRETCHES ? calloc(1, sizeof *p) : NULL;
  if (!p) {
    return SEGMENTS_REFUSED;
  }
  const uint64_t most = job->n_threads < MAX_INSIDE ? job->n_threads : MAX_INSIDE;
  p->job = job;
  p->n_frames = info->n_frames;
  p->n_each = n_each;
  p->n_stretches = (size_t)n_stretches;
  p->n_slots = (unsigned)(most < n_stretches ? most : n_stretches) + 1;
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->moved, NULL);
  const segments_result result = open_slots(p) ? run_threads(p) : SEGMENTS_REFUSED;
  for (unsigned i = 0; i < p->n_slots; i++) {
    ear_scout_free(p->slot[i].scout);
    reader_close(p->slot[i].sound);
  }
  pthread_cond_destroy(&p->moved);
  pthread_mutex_destroy(&p->mutex);
  free(p);
  return result;
}
