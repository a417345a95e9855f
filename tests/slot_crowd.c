/* SPDX-License-Identifier: ISC */
/* Threads count what goes wrong; only the one that takes asserts. */
#include "slot_world.h"

#include <sched.h>
#include <stdatomic.h>

static atomic_int n_working, n_wrong;

static void *
request(void *user)
{
  crowd *c = user;
  for (int i = 0; i < 200; ++i) {
    put_and_load(c->world->slot, c->path[i * 7 % 3], "", "");
  }
  atomic_fetch_sub(&n_working, 1);
  return NULL;
}

/* Path and hash always belong together. */
static void *
save(void *user)
{
  crowd *c = user;
  while (atomic_load(&n_working)) {
    slot_memo memo;
    slot_get_memo(c->world->slot, &memo);
    int i = 0;
    while (i < 3 && strcmp(c->path[i], memo.path)) {
      ++i;
    }
    if (i == 3 || (*memo.hash && strcmp(memo.hash, c->hash[i]))) {
      atomic_fetch_add(&n_wrong, 1);
    }
    slot_tidy(c->world->slot);
    sched_yield();
  }
  return NULL;
}

void
crowd_run(crowd *c)
{
  pthread_t thread[3];
  for (int i = 1; i < 3; ++i) {
    toy_hash(c->path[i], c->hash[i]);
  }
  atomic_store(&n_wrong, 0);
  atomic_store(&n_working, 2);
  for (int i = 0; i < 3; ++i) {
    assert_int_equal(pthread_create(&thread[i], NULL, i < 2 ? request : save, c), 0);
  }
  const int n = c->world->n_taken;
  while (atomic_load(&n_working)) {
    take(c->world);
    sched_yield();
  }
  for (int i = 0; i < 3; ++i) {
    assert_int_equal(pthread_join(thread[i], NULL), 0);
  }
  assert_int_equal(atomic_load(&n_wrong), 0);
  c->n_taken = c->world->n_taken - n;
}
