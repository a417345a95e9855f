/* SPDX-License-Identifier: ISC */
/* A slot with an analyzer, and a taker who knows what really runs: the linker leads the
   making and freeing of parts here (--wrap=ear_live_part_new, ear_live_part_free). */
#ifndef EAR_TESTS_SLOT_WORLD_H
#define EAR_TESTS_SLOT_WORLD_H

#include "disk_models.h"
#include "shelf.h"
#include "slot.h"

#include <pthread.h>

typedef struct {
  slot *slot; /* SLOT_HARSHNESS */
  ear_live *live;
  ear_model *builtin;
  slot_result *result;    /* the taker's */
  ear_live_part *in_live; /* what was given to live; NULL: its first */
  ear_model *runs;        /* in live */
  int n_taken;
  int n_made, n_freed; /* parts */
  bool refuse_parts;   /* for want of memory */
} world;

int world_new(world **w, const char *in_folder);
int world_end(world *w);

/* cmocka setup and teardown: *state is the world, in a folder of its own. */
static inline int
world_make(void **state)
{
  return folder_make(state) ? -1 : world_new((world **)state, folder);
}

static inline int
world_free(void **state)
{
  return world_end(*state) | folder_remove(state);
}

#define slot_test(claim) cmocka_unit_test_setup_teardown(claim, world_make, world_free)

void put(slot *sl, uint32_t number, const char *path);
void put_and_load(slot *sl, const char *path, const char *hash, const char *name);

/* Take what there is, as the audio thread does: the result in the taker's hands, which
   must tell the truth. */
const slot_result *take(world *w);

/* Request, put, load, take. */
const slot_result *ask(world *w, const char *path, const char *hash, const char *name);

/* One clean sentence with both words in it. */
void assert_sentence(const slot_result *r, const char *one, const char *two);
void assert_saved(world *w, const char *path, const char *hash, const char *name);

/* While held back, whoever makes a part waits until let go. */
void hold_back_parts(world *w, bool yes);
void wait_until_held_back(world *w);
void let_go(world *w);
pthread_t load_in_a_thread(world *w, uint32_t number);

/* Two threads that request, put and load, and one that saves, while this one takes. */
typedef struct {
  world *world;
  char path[3][PATH_MAX]; /* to ask for */
  char hash[3][65];
  int n_taken;
} crowd;
void crowd_run(crowd *c);

#endif
